"""Pairs of a user and an item that occur more than once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toprank.core.arrays import Int32Array, IntArray
from toprank.core.ids import IdIndex
from toprank.data.reading.open_table import OpenTable
from toprank.data.reading.quoting import quoted
from toprank.data.reading.read_options import Duplicates
from toprank.errors import DataError

__all__ = ["Explicit", "drop_rated", "merge_duplicates"]


@dataclass(frozen=True, eq=False)
class Explicit:
    """Explicit ratings before they are :class:`~toprank.core.ratings.Ratings`."""

    # user, item: positions
    user: Int32Array  # int32[n]
    item: Int32Array  # int32[n]
    value: npt.NDArray[np.float64]  # float64[n]: ratings, in rating points
    row: IntArray  # int[n]: row numbers in the table they were read from

    def take(self, rows: IntArray) -> Explicit:
        """Keep some rows."""
        return Explicit(self.user[rows], self.item[rows], self.value[rows], self.row[rows])


def merge_duplicates(
    explicit: Explicit,
    policy: Duplicates,
    opened: OpenTable,
    lines: Callable[[IntArray], IntArray],
    indexes: tuple[IdIndex, IdIndex],
) -> tuple[Explicit, list[str]]:
    """Leave one rating a pair: the last, where it stands, or the mean where the first stands; say what was merged."""
    pair = _pairs(explicit.user, explicit.item, len(indexes[1]))
    if _all_distinct(pair):
        return explicit, []
    _, first, group, count = np.unique(pair, return_index=True, return_inverse=True, return_counts=True)
    repeats = len(pair) - len(first)
    if policy == "error":
        second = int(np.flatnonzero(first[group] != np.arange(len(pair)))[0])
        both = lines(explicit.row[[int(first[group[second]]), second]]).tolist()
        user, item = indexes[0][int(explicit.user[second])], indexes[1][int(explicit.item[second])]
        raise DataError(
            f"user {quoted(user)} rated item {quoted(item)} already on {opened.unit} {both[0]}; "
            f"{repeats:,} {'row repeats' if repeats == 1 else 'rows repeat'} an earlier pair",
            "leave one of them, or say --duplicates last or --duplicates mean",
            source=opened.label,
            line=both[1],
            unit=opened.unit,
        )
    note = f"{repeats:,} repeated ratings of {int((count > 1).sum()):,} pairs merged: "
    if policy == "last":
        last = np.zeros(len(first), np.int64)
        last[group] = np.arange(len(pair))  # of repeated places numpy keeps the last assignment
        return explicit.take(np.sort(last)), [f"{note}the last was kept"]
    mean = np.bincount(group, explicit.value) / count
    kept = np.sort(first)
    merged = explicit.take(kept)
    return Explicit(merged.user, merged.item, mean[group[kept]], merged.row), [f"{note}their mean was taken"]


def drop_rated(
    user: Int32Array, item: Int32Array, explicit: Explicit, items: int
) -> tuple[tuple[Int32Array, Int32Array], list[str]]:
    """Leave each implicit pair once, and only those that have no rating."""
    notes = []
    pair, rated = _pairs(user, item, items), _pairs(explicit.user, explicit.item, items)
    if _all_distinct(np.concatenate([pair, rated])):
        return (user, item), []
    keep = ~np.isin(pair, rated)
    if not keep.all():
        notes.append(f"{int((~keep).sum()):,} implicit rows were dropped, for their pairs have ratings")
        user, item, pair = user[keep], item[keep], pair[keep]
    if not _all_distinct(pair):
        first = np.sort(np.unique(pair, return_index=True)[1])
        notes.append(f"{len(pair) - len(first):,} repeated implicit rows were dropped")
        user, item = user[first], item[first]
    return (user, item), notes


def _pairs(user: Int32Array, item: Int32Array, items: int) -> IntArray:
    return user.astype(np.int64) * items + item


def _all_distinct(pair: IntArray) -> bool:
    ordered = np.sort(pair)
    return bool(np.all(ordered[:-1] < ordered[1:]))
