"""Readers as lists: whatever is computed of a reader is computed from what they rated and hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.core.times import TimeColumn, stacked_times

__all__ = ["ReaderLists"]


@stored
@dataclass(frozen=True, eq=False)
class ReaderLists:
    """Some readers, each with the ratings they gave and the items they hold without one.

    A reader who is known, one who has just rated three books and one who changed a rating differ in nothing but
    where their list comes from.

    Parameters
    ----------
    user : int64[n]
        The reader's position in the index of users, for what is known of them beside their list; -1 for a new one.
    start : int64[n + 1]
        Where each reader's ratings begin.
    item : int32[m]
        The items rated, ascending within a reader.
    value : float32[m]
        The ratings, in rating points.
    liked : bool[m]
        Which of them are liked.
    held_start, held : int64[n + 1], int32[h]
        The items held without a rating, likewise.
    bar : float32[n] or None
        The least rating with which each reader likes an item, where that is the reader's own.
    time : int64[m] or None
        When each rating was given, as in :class:`~toprank.core.ratings.Ratings`.

    Examples
    --------
    >>> lists = ReaderLists.single([5, 2], [9.0, 3.0], [True, False])
    >>> lists.item.tolist(), lists.value.tolist(), lists.count.tolist()
    ([2, 5], [3.0, 9.0], [2])
    """

    user: IntArray
    start: IntArray
    item: Int32Array
    value: FloatArray
    liked: BoolArray
    held_start: IntArray
    held: Int32Array
    bar: FloatArray | None = None
    time: TimeColumn = None

    @classmethod
    def of(cls, data: Dataset) -> ReaderLists:
        """Give the list of every user of a dataset's index, in its order."""
        ratings = data.ratings.canonical()
        size = len(ratings.users)
        user, item = np.empty(0, np.int32), np.empty(0, np.int32)
        if data.implicit is not None:
            order = np.lexsort((data.implicit.item, data.implicit.user))
            user, item = data.implicit.user[order], data.implicit.item[order]
        every = np.arange(size + 1)
        return cls(
            user=np.arange(size),
            start=np.searchsorted(ratings.user, every),
            item=ratings.item,
            value=ratings.value,
            liked=ratings.liked,
            held_start=np.searchsorted(user, every),
            held=item,
            bar=getattr(ratings, "bar", None),
            time=ratings.time,
        )

    @classmethod
    def single(
        cls,
        item: IntArray | list[int],
        value: FloatArray | list[float],
        liked: BoolArray | list[bool],
        *,
        user: int = -1,
        held: IntArray | list[int] | None = None,
        bar: float | None = None,
        time: TimeColumn = None,
    ) -> ReaderLists:
        """Give one reader of these ratings; each item comes once."""
        order = np.argsort(item, kind="stable")
        without = np.sort(np.asarray([] if held is None else held, np.int32))
        return cls(
            user=np.array([user]),
            start=np.array([0, len(order)]),
            item=np.asarray(item, np.int32)[order],
            value=np.asarray(value, np.float32)[order],
            liked=np.asarray(liked, np.bool_)[order],
            held_start=np.array([0, len(without)]),
            held=without,
            bar=None if bar is None else np.array([bar], np.float32),
            time=None if time is None else np.asarray(time, np.int64)[order],
        )

    def __len__(self) -> int:
        return len(self.user)

    @cached_property
    def count(self) -> IntArray:
        """How many ratings each reader gave (int64[n])."""
        return np.diff(self.start)

    @cached_property
    def reader(self) -> IntArray:
        """Whose each rating is, as a row of these readers (int64[m])."""
        return np.repeat(np.arange(len(self)), self.count)

    @cached_property
    def holder(self) -> IntArray:
        """Whose each item held without a rating is (int64[h])."""
        return np.repeat(np.arange(len(self)), np.diff(self.held_start))

    def take(self, rows: IntArray) -> ReaderLists:
        """Give some of the readers, in the order asked; -1 is a new one of whom nothing is known."""
        rows = np.asarray(rows, np.int64)
        start, at = _taken(self.start, rows)
        held_start, held_at = _taken(self.held_start, rows)
        return ReaderLists(
            np.where(rows < 0, -1, self.user[rows]), start, self.item[at], self.value[at], self.liked[at], held_start,
            self.held[held_at], None if self.bar is None else np.where(rows < 0, self.bar.mean(), self.bar[rows]),
            None if self.time is None else self.time[at],
        )  # fmt: skip

    def merged(self, other: ReaderLists) -> ReaderLists:
        """Put the lists of another shard beside these: each reader's list is in one of them, and empty in the other."""
        start, order = _interleaved(self.start, other.start)
        held_start, held_order = _interleaved(self.held_start, other.held_start)
        item, value, liked = (
            np.concatenate([getattr(self, name), getattr(other, name)])[order] for name in ("item", "value", "liked")
        )
        held = np.concatenate([self.held, other.held])[held_order]
        time = stacked_times([(self.time, len(self.item)), (other.time, len(other.item))])
        time = None if time is None else time[order]
        return ReaderLists(self.user, start, item, value, liked, held_start, held, self.bar, time)


def _taken(start: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Give where the chosen rows' entries begin now, and where each entry was."""
    count = np.where(rows < 0, 0, start[rows + 1] - start[rows])
    begin = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(count, out=begin[1:])
    return begin, np.arange(begin[-1]) + np.repeat(start[rows] - begin[:-1], count)


def _interleaved(one: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    """Give where each row's entries begin when those of two are joined, and in which order."""
    count = np.diff(one), np.diff(other)
    row = np.concatenate([np.repeat(np.arange(len(size)), size) for size in count])
    return one + other, np.argsort(row, kind="stable")
