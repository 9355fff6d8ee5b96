"""Pairs of a user and an item that occur more than once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from toprank.core.arrays import BoolArray, Int32Array, IntArray
from toprank.core.ids import IdIndex
from toprank.core.times import NO_TIME, TimeColumn
from toprank.data.reading.quoting import quoted
from toprank.data.reading.read_options import Duplicates
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError

__all__ = ["Explicit", "merge_duplicates", "rows_unrated"]


@dataclass(frozen=True, eq=False)
class Explicit:
    """Explicit ratings before they are :class:`~toprank.core.ratings.Ratings`."""

    # user, item: positions
    user: Int32Array  # int32[n]
    item: Int32Array  # int32[n]
    value: npt.NDArray[np.float64]  # float64[n]: ratings, in rating points
    row: Int32Array  # int32[n]: row numbers in the table they were read from
    time: TimeColumn = None  # int64[n]: when each was given

    def take(self, rows: IntArray | BoolArray) -> Explicit:
        """Keep some rows."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        time = None if self.time is None else self.time[rows]
        return Explicit(self.user[rows], self.item[rows], self.value[rows], self.row[rows], time)

    def extended(self, user: Int32Array, item: Int32Array) -> Explicit:
        """Add pairs of another file, of which no value and no time is known."""
        more = len(user)
        return Explicit(
            np.append(self.user, user),
            np.append(self.item, item),
            np.append(self.value, np.full(more, np.nan)),
            np.append(self.row, np.full(more, -1, np.int32)),
            None if self.time is None else np.append(self.time, np.full(more, NO_TIME)),
        )


def merge_duplicates(
    explicit: Explicit,
    policy: Duplicates,
    opened: OpenTable,
    rows: Rows,
    indexes: tuple[IdIndex, IdIndex],
) -> tuple[Explicit, list[str]]:
    """Leave one rating a pair: the last, where it stands, or the mean where the first stands; say what was merged.

    Where there are times, the last is the latest; of equally late ones, and of those without a time, the last row.
    """
    if _all_distinct(_pairs(explicit.user, explicit.item, len(indexes[1]))):
        return explicit, []
    pair = _pairs(explicit.user, explicit.item, len(indexes[1]))
    _, first, group, count = np.unique(pair, return_index=True, return_inverse=True, return_counts=True)
    repeats = len(pair) - len(first)
    if policy == "error":
        second = int(np.flatnonzero(first[group] != np.arange(len(pair)))[0])
        at = explicit.row[[int(first[group[second]]), second]]
        both, files = rows.lines(at).tolist(), [rows.source(int(row), opened.label) for row in at]
        where = f" of {files[0]}" if files[0] != files[1] else ""
        user, item = indexes[0][int(explicit.user[second])], indexes[1][int(explicit.item[second])]
        raise DataError(
            f"user {quoted(user)} rated item {quoted(item)} already on {opened.unit} {both[0]}{where}; "
            f"{repeats:,} {'row repeats' if repeats == 1 else 'rows repeat'} an earlier pair",
            "leave one of them, or say --duplicates last or --duplicates mean",
            source=files[1],
            line=both[1],
            unit=opened.unit,
        )
    note = f"{repeats:,} repeated ratings of {int((count > 1).sum()):,} pairs merged: "
    if policy == "last":
        last = np.zeros(len(first), np.int64)
        # A time that is not known is the least number, so it gives way to any other.
        order = np.arange(len(pair)) if explicit.time is None else np.argsort(explicit.time, kind="stable")
        last[group[order]] = order  # of repeated places numpy keeps the last assignment
        which = "last" if explicit.time is None else "latest"
        return explicit.take(np.sort(last)), [f"{note}the {which} was kept"]
    mean = np.bincount(group, explicit.value) / count
    kept = np.sort(first)
    merged = explicit.take(kept)
    return replace(merged, value=mean[group[kept]], time=_latest(explicit.time, group, kept)), [
        f"{note}their mean was taken"
    ]


def _latest(time: TimeColumn, group: IntArray, kept: IntArray) -> TimeColumn:
    """Give the time since when a mean has been known: that of the pair's latest rating."""
    if time is None:
        return None
    latest = np.full(int(group.max()) + 1, NO_TIME)
    np.maximum.at(latest, group, time)
    return latest[group[kept]]


def rows_unrated(
    user: Int32Array, item: Int32Array, time: TimeColumn, explicit: Explicit, items: int
) -> tuple[IntArray, list[str]]:
    """Give the rows of implicit pairs that have no rating, each pair once: where it stands first, or was earliest."""
    notes = []
    pair, rated = _pairs(user, item, items), _pairs(explicit.user, explicit.item, items)
    rows = np.arange(len(pair))
    if _all_distinct(np.concatenate([pair, rated])):
        return rows, []
    keep = ~np.isin(pair, rated)
    if not keep.all():
        notes.append(f"{int((~keep).sum()):,} implicit rows were dropped, for their pairs have ratings")
        rows, pair = rows[keep], pair[keep]
    if not _all_distinct(pair.copy()):
        order = np.arange(len(pair)) if time is None else np.argsort(time[rows], kind="stable")
        first = np.sort(order[np.unique(pair[order], return_index=True)[1]])
        notes.append(f"{len(pair) - len(first):,} repeated implicit rows were dropped")
        rows = rows[first]
    return rows, notes


def _pairs(user: Int32Array, item: Int32Array, items: int) -> IntArray:
    pair = user.astype(np.int64)
    pair *= items
    pair += item
    return pair


def _all_distinct(pair: IntArray) -> bool:
    """Tell whether no pair comes twice; sorts them where they stand."""
    pair.sort()
    return bool(np.all(pair[:-1] < pair[1:]))
