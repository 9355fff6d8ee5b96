"""Explicit ratings and implicit interactions as parallel arrays of positions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.ids import IdIndex
from toprank.core.scale import RatingScale
from toprank.core.stored import stored
from toprank.core.times import TimeColumn, checked_times, stacked_times
from toprank.errors import OptionError

__all__ = ["Interactions", "Ratings"]


@stored
@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """Pairs of a user and an item with no value: "has it, gave no rating".

    Parameters
    ----------
    user, item : int32[n]
        Positions in ``users`` and ``items``.
    users, items : IdIndex
        The external ids.
    time : int64[n], optional
        When, in microseconds since 1970 in UTC; :data:`~toprank.core.times.NO_TIME` where it is not known.
    """

    user: Int32Array
    item: Int32Array
    users: IdIndex
    items: IdIndex
    time: TimeColumn = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name, index in (("user", self.users), ("item", self.items)):
            column = _frozen(getattr(self, name), np.int32)
            if len(column) and not (column.min() >= 0 and column.max() < len(index)):
                bad = int(column[(column < 0) | (column >= len(index))][0])
                raise OptionError(f"{name} holds the position {bad}, but its index has {len(index):,} ids")
            object.__setattr__(self, name, column)
        if len(self.user) != len(self.item):
            raise OptionError(f"user has {len(self.user):,} rows and item {len(self.item):,}; they must be equal")
        object.__setattr__(self, "time", checked_times(self.time, len(self.user)))

    def take(self, rows: IntArray | BoolArray) -> Interactions:
        """Keep some rows; ids stay."""
        time = None if self.time is None else self.time[rows]
        return replace(self, user=self.user[rows], item=self.item[rows], time=time)

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        return f"Interactions({len(self):,} of {len(self.users):,} users and {len(self.items):,} items)"


@stored
@dataclass(frozen=True, eq=False, repr=False)
class Ratings:
    """Explicit ratings, one row a (user, item) pair, in the order of their source.

    Parameters
    ----------
    user, item : int32[n]
        Positions in ``users`` and ``items``.
    value : float32[n]
        Ratings, in rating points; each lies on ``scale``.
    users, items : IdIndex
        The external ids. They may hold more ids than have ratings.
    scale : RatingScale
        The scale and the bar for "liked".
    time : int64[n], optional
        When each was given, in microseconds since 1970 in UTC; :data:`~toprank.core.times.NO_TIME` where it is not
        known, and None where no row has a time.

    Examples
    --------
    >>> ratings = Ratings.of(["ann", "bob", "ann"], ["x", "x", "y"], [9, 3, 8], RatingScale(1, 10, 8))
    >>> ratings.liked.tolist()
    [True, False, True]
    >>> ratings.take([0, 2]).value.tolist()
    [9.0, 8.0]
    """

    user: Int32Array
    item: Int32Array
    value: FloatArray
    users: IdIndex
    items: IdIndex
    scale: RatingScale
    time: TimeColumn = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        pairs = Interactions(self.user, self.item, self.users, self.items)
        object.__setattr__(self, "user", pairs.user)
        object.__setattr__(self, "item", pairs.item)
        object.__setattr__(self, "time", checked_times(self.time, len(pairs)))
        value = _frozen(self.value, np.float32)
        if len(value) != len(pairs):
            raise OptionError(f"value has {len(value):,} rows and user {len(pairs):,}; they must be equal")
        on_scale = self.scale.contains(value)
        if not bool(on_scale.all()):
            row = int(np.flatnonzero(~on_scale)[0])
            raise OptionError(f"row {row} has the rating {value[row]:g}, which is not on the scale {self.scale}")
        object.__setattr__(self, "value", value)

    @classmethod
    def of(
        cls,
        user: list[str] | list[int] | AnyArray,
        item: list[str] | list[int] | AnyArray,
        value: list[float] | FloatArray,
        scale: RatingScale,
        *,
        time: list[int] | AnyArray | None = None,
    ) -> Ratings:
        """Build ratings from external ids.

        Parameters
        ----------
        user, item : sequence of str or int
            External ids, one a row.
        value : sequence of float
            Ratings, in rating points.
        scale : RatingScale
            The scale they live on.
        time : sequence of int, optional
            Microseconds since 1970 in UTC, one a row, or an array of ``datetime64``.

        Returns
        -------
        Ratings
        """
        users, items = IdIndex.of(user), IdIndex.of(item)
        positions = users.positions(user), items.positions(item)
        when = None if time is None else np.asarray(time)
        return cls(*positions, np.asarray(value, np.float32), users, items, scale, time=when)

    @property
    def liked(self) -> BoolArray:
        """Which rows are liked (bool[n])."""
        return self.scale.liked(self.value)

    @property
    def liked_in_words(self) -> str:
        """The scale, and what "liked" means."""
        return str(self.scale)

    def take(self, rows: IntArray | BoolArray | list[int]) -> Ratings:
        """Keep some rows; ids and scale stay.

        Parameters
        ----------
        rows : int[m] or bool[n]
            Row numbers, or a mask.

        Returns
        -------
        Ratings
        """
        rows = np.asarray(rows, dtype=None if len(rows) else np.int64)
        time = None if self.time is None else self.time[rows]
        return replace(self, user=self.user[rows], item=self.item[rows], value=self.value[rows], time=time)

    def indexed(self, users: IdIndex, items: IdIndex) -> Ratings:
        """Give the same rows over indexes that have grown."""
        return replace(self, users=users, items=items)

    def joined(self, user: IntArray, item: IntArray, value: FloatArray, time: TimeColumn = None) -> Ratings:
        """Add rows behind those that there are: positions, ratings in rating points, and times where known."""
        return replace(
            self,
            user=np.concatenate([self.user, user]),
            item=np.concatenate([self.item, item]),
            value=np.concatenate([self.value, value]),
            time=stacked_times([(self.time, len(self)), (time, len(user))]),
        )

    def canonical(self) -> Ratings:
        """Sort the rows by user, then item, stably: whatever is summed over them is then equal to the last bit."""
        key = self.user.astype(np.int64) * len(self.items) + self.item
        return self if bool(np.all(key[:-1] <= key[1:])) else self.take(np.argsort(key, kind="stable"))

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        """Say how many there are, and on which scale; the arrays would fill pages."""
        ids = f"{len(self.users):,} users and {len(self.items):,} items"
        return f"{type(self).__name__}({len(self):,} of {ids}, {self.liked_in_words})"


def _frozen(column: AnyArray, dtype: type[np.generic]) -> AnyArray:
    array = np.ascontiguousarray(column, dtype=dtype)
    if array.ndim != 1:
        raise OptionError(f"columns must be one-dimensional, not of shape {array.shape}")
    if array is column and array.flags.writeable:
        array = array.copy()
    array.setflags(write=False)
    return array
