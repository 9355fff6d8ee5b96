"""Latent factors: what a Bayesian matrix factorisation expects, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.logistic import normal_cdf
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.threads import side_by_side
from toprank.evidence.factors import Factors, ReaderFactors, learn_factors
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.reason_words import NOTHING_RATED
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["FactorSource", "LatentFactors"]

NAMES = tuple(f"factors: {what}" for what in ("rating", "taste", "liked"))
"""The columns: the expected rating, what of it is taste, and the chance that it is liked: by a normal
distribution whose spread is what is not known of both and the reader's noise."""

FACTORS = 6
SWEEPS = 15


@stored
@dataclass(frozen=True, eq=False)
class LatentFactors:
    """Posteriors of works, and the least liked rating; readers' posteriors follow from their lists."""

    factors: Factors
    bar: float

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    def of_readers(self, readers: Readers) -> ReaderFactors:
        """Find the posteriors of readers, once."""
        return readers.once("factors", lambda: self.factors.readers(readers.lists.start, readers.work, readers.value))

    def columns(self, pairs: Pairs) -> FloatArray:
        return _columns(self.factors, self.of_readers(pairs.readers), pairs.row, pairs.work, _bars(pairs, self.bar))

    def updated(self, change: EvidenceUpdate) -> LatentFactors:
        """Move the posteriors of the works of new ratings by these, given what their readers are now."""
        grown = self.factors.grown(change.after.work.size)
        readers = LatentFactors(grown, self.bar).of_readers(change.readers.anew())
        moved = grown.updated(readers, change.reader, change.work, change.value, change.sign)
        return LatentFactors(moved, self.bar)

    def merged(self, other: LatentFactors) -> LatentFactors:
        """Put the posteriors of another shard, of factors in the same space, beside these."""
        return LatentFactors(self.factors.merged(other.factors), self.bar)

    def describe(self, part: str) -> str:
        return "what readers of like taste make of it"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        if not pair.rated[0]:
            return NOTHING_RATED
        return f"readers of your taste would give it about {row[NAMES[0]]:.1f}"


class FactorSource:
    """Learns :class:`LatentFactors`."""

    name = "factors"
    groups: ClassVar[Mapping[str, str]] = {"factors": "latent factors of readers and books, and how sure they are"}

    def learn(self, rows: TrainingRows) -> Learned | None:
        folds = range(max(0, self.parts(rows) - 1))
        parts: list[Any] = side_by_side(lambda fold: self.part(fold, rows), folds)
        return self.joined(rows, [*parts, self.part(len(folds), rows)] if folds else [])

    def parts(self, rows: TrainingRows) -> int:
        """Those without each fold, and that of all rows."""
        return 0 if "factors" in rows.without else rows.left_out + 1

    def part(self, number: int, rows: TrainingRows) -> FloatArray | Factors:
        """Give the columns of the sampled rows of a fold, or what is learned of all."""
        rows = rows.coarse
        ratings, value = rows.ratings, rows.readers.value
        seen = np.flatnonzero(rows.fold != number)
        found = learn_factors(
            ratings.user[seen], rows.work[seen], value[seen], n_users=len(rows.readers),
            n_items=rows.groupings.work.size, factors=FACTORS, sweeps=SWEEPS, rng=derive_rng(rows.rng, "factors"),
        )  # fmt: skip
        if number == rows.folds:
            return found
        start = np.searchsorted(ratings.user[seen], np.arange(len(rows.readers) + 1))
        readers = found.readers(start, rows.work[seen], value[seen])
        pairs = rows.asked.take(np.flatnonzero(rows.sampled_fold == number))
        return _columns(found, readers, pairs.row, pairs.work, _bars(pairs, _bar(ratings)))

    def joined(self, rows: TrainingRows, parts: Sequence[Any]) -> Learned | None:
        if not parts:
            return None
        columns, fold = np.empty((len(rows.sample), len(NAMES)), np.float32), rows.coarse.sampled_fold
        for number, found in enumerate(parts[:-1]):
            columns[fold == number] = found
        return Learned(LatentFactors(parts[-1], _bar(rows.ratings)), columns)


def _bar(ratings: Ratings) -> float:
    """Give the middle between the ratings that are liked and those that are not, where one bar parts them."""
    liked = ratings.liked
    if liked.all() or not liked.any():
        return ratings.scale.liked_from
    return float(ratings.value[liked].min() + ratings.value[~liked].max()) / 2


def _bars(pairs: Pairs, bar: float) -> FloatArray | float:
    """Give the least rating that each pair's reader likes."""
    own = pairs.readers.lists.bar
    return bar if own is None else own[pairs.row]


def _columns(
    factors: Factors, readers: ReaderFactors, row: IntArray, work: IntArray, bar: FloatArray | float
) -> FloatArray:
    offsets, products, spread = factors.expected(readers, row, work).T
    rating = offsets + products
    noise = factors.scale / np.sqrt(readers.weight[row])
    return np.stack([rating, products, normal_cdf((rating - bar) / np.hypot(spread, noise))], axis=1)
