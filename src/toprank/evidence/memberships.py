"""Attributes of several values, such as genres and tags: what each item belongs to, and how much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes
from toprank.core.stored import stored
from toprank.data.reading.roles import plain_column, roles_of

__all__ = ["Memberships", "find_memberships"]

MAX_VALUES = 64
"""How many values count: those of the most items. The others are as if unknown."""

MIN_ITEMS = 2
"""Items that a value must have."""

MIN_FLAGS = 4
"""So many columns of 0 and 1, or more, are one attribute."""

SEVERAL = {"|": 0.05, ";": 0.2, ",": 0.2}
"""Separators, and the share of texts that must hold one."""

MIN_EACH = 5.0
"""Items a value must have on average where a separator is guessed: what has fewer is a text with commas, no list."""

_NO_LISTS = ("title", "author", "series", "publisher", "isbn", "year")
_JSON = r"^\s*\[.*\]\s*$"
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,\[\]'\"][^,\[\]'\"]*)")
_NOTHING = frozenset(["", "na", "n/a", "none", "null", "nan", "unknown", "(no genres listed)"])


@stored
@dataclass(frozen=True, eq=False)
class Memberships:
    """What each position belongs to of an attribute with several values.

    Parameters
    ----------
    name : str
        What the attribute is called.
    values : tuple of str
        The values, the most frequent first.
    start : int64[n + 1]
        Where the values of each position begin.
    value : int32[m]
        Which they are, ascending within a position.
    weight : float64[m]
        How much a position belongs to each; the squares of a position add up to 1.
    columns : tuple of str
        The columns of the table that it comes from.
    """

    name: str
    values: tuple[str, ...]
    start: IntArray
    value: Int32Array
    weight: FloatArray
    columns: tuple[str, ...]

    @classmethod
    def of(
        cls, name: str, columns: tuple[str, ...], found: list[list[tuple[str, float]]], row: Int32Array
    ) -> Memberships | None:
        """Make them of each row's values and weights, for positions by their rows; None where there are no two."""
        ids: dict[str, int] = {}
        spelt: list[str] = []
        rows, value, weight = [], [], []
        for number, members in enumerate(found):
            for text, amount in members:
                key = text.strip().casefold()
                if key in _NOTHING or not amount > 0:
                    continue
                if key not in ids:
                    ids[key] = len(ids)
                    spelt.append(text.strip())
                rows.append(number)
                value.append(ids[key])
                weight.append(amount)
        table = sparse.csr_array(
            (np.array(weight, np.float64), (np.array(rows, np.int64), np.array(value, np.int64))),
            shape=(len(found) + 1, max(1, len(ids))),
        )
        by_position = table[np.where(row < 0, len(found), row)]
        items = np.bincount(by_position.indices, minlength=len(ids))
        order = sorted(
            (k for k in range(len(ids)) if items[k] >= MIN_ITEMS), key=lambda k: (-items[k], spelt[k].casefold())
        )
        if len(order) < 2:
            return None
        kept = by_position[:, order[:MAX_VALUES]].tocsr()
        kept.sort_indices()
        of_position = np.repeat(np.arange(len(row)), np.diff(kept.indptr))
        norm = np.sqrt(np.bincount(of_position, kept.data**2, minlength=len(row)))
        return cls(
            name, tuple(spelt[k] for k in order[:MAX_VALUES]), kept.indptr.astype(np.int64),
            kept.indices.astype(np.int32), kept.data / norm[of_position], columns,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """The weights as a matrix (float64[n, values])."""
        return sparse.csr_array((self.weight, self.value, self.start), shape=(len(self), len(self.values)))

    def of_item(self, position: int) -> list[tuple[int, float]]:
        """Give what one position belongs to, and how much."""
        begin, end = int(self.start[position]), int(self.start[position + 1])
        return list(zip(self.value[begin:end].tolist(), self.weight[begin:end].tolist(), strict=True))

    def alike(self, like: IntArray) -> Memberships:
        """Add positions that belong where others do; like -1, nowhere."""
        count = np.append(np.diff(self.start), 0)[like]
        begin = np.append(self.start[:-1], 0)[like]
        taken = np.repeat(begin - np.append(0, np.cumsum(count))[:-1], count) + np.arange(count.sum())
        return replace(
            self,
            start=np.append(self.start, self.start[-1] + np.cumsum(count)),
            value=np.append(self.value, self.value[taken]),
            weight=np.append(self.weight, self.weight[taken]),
        )


def find_memberships(attributes: Attributes, row: Int32Array) -> tuple[Memberships, ...]:
    """Find the columns of an item table that hold several values each.

    Lists, maps of values to how often they were given, text like ``Action|Comedy``, ``['action', 'comedy']`` or
    ``action, comedy``, and four or more columns of 0 and 1 together.

    Examples
    --------
    >>> table = pa.table({"id": list("abcd"), "genres": ["Action|Comedy", "Comedy", "Drama|Action", "drama"]})
    >>> (found,) = find_memberships(Attributes(table, np.arange(4, dtype=np.int32)), np.arange(4, dtype=np.int32))
    >>> found.values, found.matrix.toarray().round(2).tolist()
    (('Action', 'Comedy', 'Drama'), [[0.71, 0.71, 0.0], [0.0, 1.0, 0.0], [0.71, 0.0, 0.71], [0.0, 0.0, 1.0]])
    """
    roles = roles_of(attributes)
    taken = {roles.get(role) for role in _NO_LISTS}
    names = attributes.names if attributes.learn_from is None else attributes.learn_from
    found: list[Memberships | None] = []
    flags = []
    for name in names:
        if name in taken:
            continue
        column = plain_column(attributes.table.column(name))
        if _is_flag(column):
            flags.append(name)
            continue
        members = _members(column)
        if members is not None:
            found.append(Memberships.of(name, (name,), members, row))
    if len(flags) >= MIN_FLAGS:
        columns = [np.asarray(attributes.table.column(name).cast(pa.int8()).fill_null(0)) for name in flags]
        each = [[(flags[k], 1.0) for k in np.flatnonzero(values)] for values in np.stack(columns, axis=1)]
        found.append(Memberships.of(_together(flags), tuple(flags), each, row))
    return tuple(one for one in found if one is not None)


def _together(names: list[str]) -> str:
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"


def _is_flag(column: pa.ChunkedArray) -> bool:
    if pa.types.is_boolean(column.type):
        return True
    if not pa.types.is_integer(column.type):
        return False
    ends = pc.min_max(column).as_py()
    return bool(ends["min"] == 0 and ends["max"] == 1)


def _members(column: pa.ChunkedArray) -> list[list[tuple[str, float]]] | None:
    """Give each row's values and weights; None where the column does not hold several."""
    kind = column.type
    if pa.types.is_map(kind):
        # How often a tag was given says less the more often it was.
        return [_weighed(row) for row in column.to_pylist()]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        if pa.types.is_nested(kind.value_type):
            return None
        return [[(str(one), 1.0) for one in row or () if one is not None] for row in column.to_pylist()]
    if not pa.types.is_string(kind):
        return None
    texts = column.drop_null()
    filled = texts.filter(pc.not_equal(texts, ""))
    if len(filled) == 0:
        return None
    if pc.mean(pc.match_substring_regex(filled, _JSON).cast(pa.float64())).as_py() >= 0.8:
        return [_plain("".join(parts) for parts in _QUOTED.findall(text or "")) for text in column.to_pylist()]
    for separator, least in SEVERAL.items():
        share = pc.mean(pc.match_substring(filled, separator).cast(pa.float64())).as_py()
        if share < least:
            continue
        split = [_plain((text or "").split(separator)) for text in column.to_pylist()]
        each = {one.strip().casefold() for row in split for one, _ in row}
        if sum(map(len, split)) >= (MIN_ITEMS if separator == "|" else MIN_EACH) * len(each):
            return split
    return None


def _plain(texts: Iterable[str]) -> list[tuple[str, float]]:
    return [(text, 1.0) for text in dict.fromkeys(text.strip() for text in texts) if text]


def _weighed(row: Any) -> list[tuple[str, float]]:
    pairs = row.items() if isinstance(row, dict) else row or ()
    return [(str(name), float(np.log1p(max(0.0, float(times or 0))))) for name, times in pairs]
