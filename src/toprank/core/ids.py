"""Translation between external ids and int32 positions, done once on the way in and once on the way out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray, Int32Array
from toprank.errors import OptionError

__all__ = ["IdIndex"]

FEW = 100
"""Of so few ids each is looked up by itself, unless there is a dict of all already."""

_WHOLE = re.compile(r"(0|-?[1-9]\d{0,17})(\.0+)?")
"""What spells a whole number: 7, and 7.0, which pandas makes of a 7 beside gaps."""


class IdIndex:
    """A set of external ids, all strings or all integers, in ascending order; an id's place is its position.

    The order does not depend on the order of the rows that the ids came from, so nothing computed on positions does
    either. Only :meth:`grown` puts ids behind others.

    Parameters
    ----------
    ids : int64[n] or object[n] of str
        Distinct ids in ascending order.

    Examples
    --------
    >>> index = IdIndex.of(["b", "a", "b"])
    >>> index.positions(["a", "b", "nobody"]).tolist()
    [0, 1, -1]
    >>> index.ids.tolist()
    ['a', 'b']

    An index of integers also finds an id that is written as text:

    >>> IdIndex.of([276726, 8]).positions(["276726", "0276726"]).tolist()
    [1, -1]
    """

    def __init__(self, ids: AnyArray) -> None:
        ids = np.asarray(ids)
        if ids.ndim != 1:
            raise OptionError(f"ids must be one-dimensional, not of shape {ids.shape}")
        if np.issubdtype(ids.dtype, np.integer):
            ids = ids.astype(np.int64)
        elif ids.dtype.kind in "UT" or (ids.dtype == object and set(map(type, ids)) <= {str}):
            ids = ids.astype(object)
        else:
            raise OptionError(f"ids must all be integers or all be strings, not {ids.dtype}")
        if len(ids) > 1 and not bool(np.all(ids[:-1] < ids[1:])):
            raise OptionError("ids must be distinct and ascending; IdIndex.of sorts them")
        if len(ids) > np.iinfo(np.int32).max:
            raise OptionError(f"{len(ids):,} ids do not fit int32 positions")
        ids.setflags(write=False)
        self._ids = ids

    @classmethod
    def of(cls, values: Iterable[str | int] | AnyArray) -> IdIndex:
        """Build an index of the distinct values, given in any order."""
        # As objects: numpy's own fixed-width text would drop NULs at the end of an id.
        listed = values if isinstance(values, np.ndarray) else list(values)
        array = np.asarray(listed, dtype=object if len(listed) and isinstance(listed[0], str) else None)
        return cls(np.unique(array) if len(array) else np.empty(0, dtype=np.int64))

    def grown(self, values: Iterable[Any] | AnyArray) -> IdIndex:
        """Add ids behind those that there are, whose positions stay; the new ones ascend among themselves.

        Examples
        --------
        >>> IdIndex.of(["b", "d"]).grown(["c", "b", "a"]).ids.tolist()
        ['b', 'd', 'a', 'c']
        """
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        unknown = np.flatnonzero(self.positions(listed) < 0)
        if len(unknown) == 0:
            return self
        fresh: list[Any] = [_as_integer(listed[row]) if self.is_integer else str(listed[row]) for row in unknown]
        texts = sorted(value for value in fresh if isinstance(value, str))
        if self.is_integer and texts:
            raise OptionError(f"the ids are whole numbers, but {texts[0]!r} is not one; give whole numbers")
        grown = IdIndex.in_order(np.concatenate([self._ids, IdIndex.of(fresh)._ids.astype(self._ids.dtype)]))
        if len(grown) > np.iinfo(np.int32).max:
            raise OptionError(f"{len(grown):,} ids do not fit int32 positions")
        return grown

    @classmethod
    def in_order(cls, ids: AnyArray) -> IdIndex:
        """Take distinct ids as they stand (int64[n], or object[n] of str): those of an index that has grown."""
        index = cls.__new__(cls)
        ids.setflags(write=False)
        index._ids = ids
        return index

    @property
    def ids(self) -> AnyArray:
        """The ids by position (int64[n], or object[n] of str), read-only."""
        return self._ids

    @property
    def is_integer(self) -> bool:
        """Whether the ids are integers."""
        return self._ids.dtype != object

    @cached_property
    def _position(self) -> dict[str | int, int]:
        return {external: position for position, external in enumerate(self._ids.tolist())}

    @cached_property
    def _ascending(self) -> int:
        """How many ids ascend from the first on; those behind were added later."""
        falls = np.flatnonzero(self._ids[1:] <= self._ids[:-1])
        return int(falls[0]) + 1 if len(falls) else len(self._ids)

    @cached_property
    def _added(self) -> dict[str | int, int]:
        return {external: self._ascending + k for k, external in enumerate(self._ids[self._ascending :].tolist())}

    def _find(self, value: str | int, otherwise: int) -> int:
        """Look one id up among the ascending ones, which takes no dict of all; then among those added later."""
        if isinstance(value, str) is self.is_integer:
            return otherwise
        place = bisect_left(self._ids, value, 0, self._ascending)
        known = place < self._ascending and self._ids[place] == value
        return place if known else self._added.get(value, otherwise)

    def positions(self, ids: Iterable[Any] | AnyArray) -> Int32Array:
        """Translate external ids to positions (int32[n]), -1 if unknown; 1, 1.0, "1" and "1.0" find each other."""
        values = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
        few = len(values) <= FEW and "_position" not in self.__dict__
        find = self._find if few else self._position.get
        if self.is_integer:
            return np.fromiter((find(_as_integer(v), -1) for v in values), np.int32, len(values))
        found = np.fromiter((find(str(v), -1) for v in values), np.int32, len(values))
        for row in np.flatnonzero(found < 0).tolist():
            found[row] = find(str(_as_integer(values[row])), -1)
        return found

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> str | int:
        value: str | int = self._ids[position]
        return value if isinstance(value, str) else int(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdIndex) and (self is other or np.array_equal(self._ids, other._ids))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = "integer" if self.is_integer else "string"
        return f"IdIndex({len(self):,} {kind} ids)"


def _as_integer(value: Any) -> int | str:
    """Give the whole number that a value is or spells, else its text."""
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value)
        return int(match[1]) if match else value
    is_whole = isinstance(value, (int, np.integer)) or (isinstance(value, (float, np.floating)) and value.is_integer())
    return int(value) if is_whole and -(2**63) <= value < 2**63 else str(value)
