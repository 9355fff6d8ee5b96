"""Interactions without a rating, counted: signal of their own, never a rating of 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.stored import stored
from toprank.evidence.keys import READER, GroupKey, KeyIndex, ReaderKeys, join_indexes
from toprank.evidence.pairs import Pairs
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["ImplicitCounts", "ImplicitSource"]


@stored
@dataclass(frozen=True, eq=False)
class ImplicitCounts:
    """How many interactions without a rating there are of each key: of the reader, of a book, of both.

    Parameters
    ----------
    keys : tuple of GroupKey
        In the order of the columns.
    index : KeyIndex
        Numbers of the keys that are not the reader's.
    count : int64[numbers]
    """

    keys: tuple[GroupKey, ...]
    index: KeyIndex
    count: IntArray

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{key.name}: held" for key in self.keys)

    @cached_property
    def own(self) -> ReaderKeys:
        """The keys of the reader."""
        return ReaderKeys.among(self.keys)

    def columns(self, pairs: Pairs) -> FloatArray:
        first, last = pairs.matches(self.own, held=True)
        number, mine = pairs.numbers(self.index), np.array([key.of_reader for key in self.keys], np.bool_)
        answer = np.empty((len(self.keys), len(pairs)))
        answer[mine] = np.where(pairs.codes(self.own).T < 0, np.nan, np.log1p(last - first))
        answer[~mine] = np.where(number < 0, np.nan, np.log1p(self.count[number]))
        return answer.T

    def updated(self, change: EvidenceUpdate) -> ImplicitCounts:
        """Make room for new groups; new ratings are no interactions without one."""
        index, opened = change.grown(self.index)
        return replace(self, index=index, count=np.insert(self.count, opened, 0))

    def merged(self, other: ImplicitCounts) -> ImplicitCounts:
        """Add the counts of another shard, exactly."""
        index, mine, theirs = join_indexes(self.index, other.index)
        return replace(self, index=index, count=np.insert(self.count, mine, 0) + np.insert(other.count, theirs, 0))

    def describe(self, part: str) -> str:
        return ""  # the same part is described by the ratings of its key

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        if row.get(f"{part}: count", 0.0) > 0:
            return ""  # ratings say more
        held = row[f"{part}: held"]
        return "" if np.isnan(held) or held == 0 else f"{np.expm1(held):,.0f} held without a rating"


class ImplicitSource:
    """Learns :class:`ImplicitCounts`."""

    name = "implicit"
    groups: ClassVar[Mapping[str, str]] = {"implicit": "who has what without having rated it"}

    def learn(self, rows: TrainingRows) -> Learned | None:
        implicit, groupings = rows.data.implicit, rows.groupings
        if implicit is None or len(implicit) == 0:
            return None
        crossed = [group.name for group in groupings.items if group.crossed]
        keys = [GroupKey(READER, None), *(GroupKey(None, name) for name in crossed)]
        keys += [GroupKey(READER, group.name) for group in groupings.items[1:] if group.crossed]
        index = KeyIndex.of(tuple(key for key in keys if not key.of_reader), groupings, implicit.user, implicit.item)
        number = index.numbers(groupings, implicit.user, implicit.item)
        found = ImplicitCounts(tuple(keys), index, np.bincount(number[number >= 0], minlength=index.size))
        return Learned(found, found.columns(rows.asked))
