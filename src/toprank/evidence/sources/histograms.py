"""How often each rating is given, by the reader and to the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.engine import merge_tasks
from toprank.core.stored import stored
from toprank.evidence.crossfit import Cells
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.reason_words import NOTHING_RATED
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.statistics import without_fold

__all__ = ["FoldedHistograms", "HistogramSource", "RatingHistograms", "level_edges"]

SMOOTHING = 3.0
"""Ratings' worth of pull on histograms."""

MAX_LEVELS = 20
"""Of more distinct ratings, quantiles are the levels."""


@stored
@dataclass(frozen=True, eq=False)
class RatingHistograms:
    r"""The share of each level among a book's ratings and among a reader's, pulled to that among all.

    .. math:: \frac{n_l + 3 s_l}{n + 3}

    Parameters
    ----------
    edges : float64[levels - 1]
        From which rating on each level is, the lowest left out.
    pull : float64[levels]
        :math:`3 s_l`.
    of_book : int64[n_works, levels]
        Ratings of each work at each level.
    """

    edges: FloatArray
    pull: FloatArray
    of_book: IntArray

    @cached_property
    def names(self) -> tuple[str, ...]:
        levels = range(1, len(self.pull) + 1)
        return tuple(f"{side} ratings: step {level}" for side in ("reader", "book") for level in levels)

    def of_readers(self, readers: Readers) -> FloatArray:
        """Give the shares of each reader (float32[n, levels])."""
        if "histograms" not in readers.sides:
            counts = self.count(readers.lists.reader, readers.value, len(readers))
            readers.sides["histograms"] = self.shares(counts)
        found: FloatArray = readers.sides["histograms"]
        return found

    def count(self, key: IntArray, value: FloatArray, size: int) -> IntArray:
        """Count the ratings of each key at each level (int64[size, levels])."""
        levels = len(self.pull)
        level = np.searchsorted(self.edges, value, "right")
        return np.bincount(key.astype(np.int64) * levels + level, minlength=size * levels).reshape(size, levels)

    def shares(self, counts: IntArray) -> FloatArray:
        """Pull counts to the shares of all (float32)."""
        seen = counts.sum(axis=1, keepdims=True)
        return np.asarray((counts + self.pull) / (seen + SMOOTHING), np.float32)

    def columns(self, pairs: Pairs) -> FloatArray:
        return np.hstack([self.of_readers(pairs.readers)[pairs.row], self.shares(self.of_book[pairs.work])])

    def updated(self, change: EvidenceUpdate) -> RatingHistograms:
        """Count new ratings, exactly; what all give on average stays."""
        come, go = slice(0, change.added), slice(change.added, None)
        works = change.after.work.size
        counts = np.concatenate([self.of_book, np.zeros((works - len(self.of_book), len(self.pull)), np.int64)])
        counts = counts + self.count(change.work[come], change.value[come], works)
        return replace(self, of_book=counts - self.count(change.work[go], change.value[go], works))

    def merged(self, other: RatingHistograms) -> RatingHistograms:
        """Add the counts of another shard, exactly."""
        return replace(self, of_book=self.of_book + other.of_book)

    def describe(self, part: str) -> str:
        return {
            "reader ratings": "how the reader spreads ratings over the scale",
            "book ratings": "how its readers spread theirs",
        }[part]

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        known = part == "book ratings" or pair.rated[0] > 0
        return "" if known else NOTHING_RATED


@dataclass(frozen=True, eq=False)
class FoldedHistograms:
    """Shares without each fold (float32[folds + 1, n, levels]); the last leaves nothing out."""

    of_reader: FloatArray
    of_book: FloatArray


class HistogramSource:
    """Learns :class:`RatingHistograms`."""

    name = "histograms"
    summed = True
    groups: ClassVar[Mapping[str, str]] = {
        "histograms": "how often the reader, and the book's readers, give each rating"
    }

    def learn(self, rows: TrainingRows) -> Learned:
        value, user, work = rows.readers.value, rows.ratings.user, rows.work
        edges = level_edges(value if rows.levels is None else rows.levels)
        level = np.searchsorted(edges, value, "right")
        share = np.bincount(level, minlength=len(edges) + 1)  # of each level, those that these rows lack too
        n_users, n_works = len(rows.readers), rows.groupings.work.size
        cells = Cells.of(work[rows.sample], rows.sampled_fold, n_works, rows.folds)
        shards = [_shard(rows, level, some) for some in rows.shards]
        sums = merge_tasks(_sum_shard, shards, cells.bare, n_users, len(share), rows.folds)
        found = RatingHistograms(edges, SMOOTHING * share / max(1, len(value)), sums.of_book)
        inside = np.bincount(rows.fold * len(share) + level, minlength=rows.folds * len(share)).reshape(rows.folds, -1)
        others = np.maximum(len(level) - inside.sum(axis=1, keepdims=True), 1)
        pull = (SMOOTHING * (share - inside) / others)[rows.sampled_fold]
        columns = np.empty((len(rows.sample), 2 * len(share)), np.float32)
        for begin, rest in ((0, sums.readers), (len(share), sums.cells[cells.of_rows])):
            seen = rest.sum(axis=1, keepdims=True) + SMOOTHING
            columns[:, begin : begin + len(share)] = (rest + pull) / seen
        if not rows.keep_folds:
            return Learned(found, columns)
        coarse = rows.coarse
        sides = (_shares(level, coarse, key, size, len(share)) for key, size in ((user, n_users), (work, n_works)))
        return Learned(found, columns, FoldedHistograms(*sides))


@dataclass(frozen=True, eq=False)
class _Shard:
    """The training rows of some readers, and which of them are asked about."""

    user: IntArray
    work: IntArray
    level: IntArray
    fold: IntArray
    sample: IntArray


@dataclass(frozen=True, eq=False)
class _Sums:
    """What shards count by level: of each work, without folds of the reader of each row, and of cells of works."""

    of_book: IntArray
    readers: IntArray
    cells: IntArray

    def merged(self, other: _Sums) -> _Sums:
        readers = np.concatenate([self.readers, other.readers])
        return _Sums(self.of_book + other.of_book, readers, self.cells + other.cells)


def _shard(rows: TrainingRows, level: IntArray, some: slice) -> _Shard:
    return _Shard(rows.ratings.user[some], rows.work[some], level[some], rows.fold[some], rows.sampled_in(some))


def _sum_shard(shard: _Shard, asked: Cells, n_users: int, levels: int, folds: int) -> _Sums:
    """Count the rows of a shard; other shards are asked about these cells of works too."""
    n_works, given = len(asked.start) - 1, (shard.level, levels, shard.fold, folds)
    of_book = np.bincount(shard.work * np.int64(levels) + shard.level, minlength=n_works * levels)
    mine = Cells.of(shard.user[shard.sample], shard.fold[shard.sample], n_users, folds)
    readers = mine.counts(shard.user, *given)[mine.of_rows]
    return _Sums(of_book.reshape(n_works, levels), readers, asked.counts(shard.work, *given))


def level_edges(values: FloatArray) -> FloatArray:
    """Give the ratings from which on the levels above the lowest are; of more than 20 levels, quantiles.

    Examples
    --------
    >>> level_edges(np.array([3.0, 5.0, 3.0, 4.0])).tolist()
    [4.0, 5.0]
    """
    edges = np.unique(values)[1:]
    if len(edges) >= MAX_LEVELS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, MAX_LEVELS + 1)[1:-1]))
    return np.asarray(edges, np.float64)


def _shares(level: IntArray, rows: TrainingRows, key: IntArray, size: int, levels: int) -> FloatArray:
    fold, folds = rows.fold, rows.folds
    seen = without_fold(fold, folds, key, size, np.ones(len(key)))
    total = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    shares = np.empty((folds + 1, size, levels), np.float32)
    for step in range(shares.shape[2]):
        here = without_fold(fold, folds, key, size, (level == step).astype(np.float64))
        shares[:, :, step] = (here + SMOOTHING * here.sum(axis=1, keepdims=True) / total) / (seen + SMOOTHING)
    return shares
