"""How ratings of a book have moved lately, and since when and until when it has been rated: recency-weighted sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.stored import stored
from toprank.core.times import DAY, NO_TIME, known_times
from toprank.evidence.pairs import Pairs
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.statistics import without_fold

__all__ = ["HALF_LIVES", "Recency", "RecencySource", "days_since", "first_and_last"]

HALF_LIVES = (30 * DAY, 180 * DAY)
"""After so long a rating counts half."""

DAMPING = 3.0
"""Ratings' worth of pull of a recent mean to 0."""

LITTLE = 0.1
"""A smaller move, in rating points, is not worth a word."""

NAMES = (
    "recency: last",
    "recency: first",
    *(f"recency: {what} {half // DAY} days" for half in HALF_LIVES for what in ("trend", "share")),
)
"""Days since its last and first rating (logarithms); by how much its recent residuals are above all; how much of its
ratings is recent."""


@stored
@dataclass(frozen=True, eq=False)
class Recency:
    r"""Sums of a work's ratings, each weighted by its age, and when it was rated first and last.

    .. math:: W_h = \sum_r 2^{-(\tau_h - t_r)/h}, \qquad E_h = \sum_r 2^{-(\tau_h - t_r)/h} e_r, \qquad
              trend_h = \frac{E_h}{W_h + 3} - \frac{E_\infty}{n + 3}

    with the residuals e after a damped bias, and each half-life h counted from :math:`\tau_h`, the first whole multiple
    of it after the latest rating. To move :math:`\tau_h` is to multiply by a power of two, which rounds nothing: what
    comes from another shard, or later, or is older than the rest, is added as if all had come at once.

    Parameters
    ----------
    latest : int
        The latest time: what is said is said as of then.
    origin : int64[h]
        Multiples of each half-life up to :math:`\tau_h`.
    count, residual : int64[n_works], float64[n_works]
        Ratings that have times, and the sum of what is left of them.
    recent, moved : float64[h, n_works]
        :math:`W_h` and :math:`E_h`.
    first, last : int64[n_works]
        Times; unknown where there is no rating.
    """

    latest: int
    origin: IntArray
    count: IntArray
    residual: FloatArray
    recent: FloatArray
    moved: FloatArray
    first: IntArray
    last: IntArray

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    @classmethod
    def of(cls, work: IntArray, time: IntArray, residual: FloatArray, size: int) -> Recency:
        """Sum ratings that have times."""
        origin = origins(int(time.max()))
        weights = weights_of(time, origin)
        recent = _summed(work, weights, size)
        moved = _summed(work, weights * residual, size)
        first, last = first_and_last(work, time, size)
        count, total = np.bincount(work, minlength=size), np.asarray(np.bincount(work, residual, size), np.float64)
        return cls(int(time.max()), origin, count, total, recent, moved, first, last)

    def columns(self, pairs: Pairs) -> FloatArray:
        fresh = now_factors(self.latest, self.origin)
        found = _columns(
            self.latest, self.count, self.residual, fresh * self.recent, fresh * self.moved, self.first, self.last, 1.0
        )
        return found[pairs.work]

    def updated(self, change: EvidenceUpdate) -> Recency:
        """Add ratings by their age and take away those that they replace; first and last are those of all."""
        update, size = change.update, change.after.work.size
        time = np.concatenate(
            [
                np.full(len(rows), NO_TIME) if data.ratings.time is None else data.ratings.time[rows]
                for data, rows in ((update.after, update.added), (update.before, update.removed))
            ]
        )
        every = update.after.ratings
        known = known_times(every.time, len(every))
        if every.time is None or not known.any():
            return self._grown(size)
        latest, some = int(every.time[known].max()), time != NO_TIME
        moved_on = self._grown(size)._counted_from(np.maximum(origins(latest), self.origin))
        work, sign = change.work[some], change.sign[some]
        weights = weights_of(time[some], moved_on.origin) * sign
        residual = change.residual[some]
        count = moved_on.count + np.bincount(work, sign, size).astype(np.int64)
        none = count == 0  # so that nothing is left of what has gone

        def added(before: FloatArray, weight: FloatArray) -> FloatArray:
            return np.where(none, 0.0, before + np.bincount(work, weight, size))

        first, last = first_and_last(change.after.work.code[every.item[known]], every.time[known], size)
        return Recency(
            latest, moved_on.origin, count, added(moved_on.residual, sign * residual),
            np.stack([added(one, weight) for one, weight in zip(moved_on.recent, weights, strict=True)]),
            np.stack([added(one, weight * residual) for one, weight in zip(moved_on.moved, weights, strict=True)]),
            first, last,
        )  # fmt: skip

    def merged(self, other: Recency) -> Recency:
        """Add the sums of another shard, counted from the later of both origins."""
        origin = np.maximum(self.origin, other.origin)
        one, two = self._counted_from(origin), other._counted_from(origin)
        known = (one.last != NO_TIME, two.last != NO_TIME)
        first = np.where(known[0] & known[1], np.minimum(one.first, two.first), np.maximum(one.first, two.first))
        return Recency(
            max(self.latest, other.latest), origin, one.count + two.count, one.residual + two.residual,
            one.recent + two.recent, one.moved + two.moved, first, np.maximum(one.last, two.last),
        )  # fmt: skip

    def describe(self, part: str) -> str:
        return "how it has been rated lately, and since when"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        trend = row[NAMES[2]]
        if np.isnan(trend) or abs(trend) < LITTLE:
            return ""
        return f"lately rated {abs(trend):.1f} {'higher' if trend > 0 else 'lower'} than before"

    def _grown(self, size: int) -> Recency:
        more = size - len(self.count)
        if more == 0:
            return self
        unknown, nothing = np.full(more, NO_TIME), np.zeros((len(HALF_LIVES), more))
        return replace(
            self, count=np.append(self.count, np.zeros(more, np.int64)),
            residual=np.append(self.residual, np.zeros(more)), recent=np.hstack([self.recent, nothing]),
            moved=np.hstack([self.moved, nothing]), first=np.append(self.first, unknown),
            last=np.append(self.last, unknown),
        )  # fmt: skip

    def _counted_from(self, origin: IntArray) -> Recency:
        """Count ages from other origins: the sums are halved once for each half-life in between."""
        halved = np.ldexp(1.0, np.maximum(self.origin - origin, -10_000).astype(np.int32))[:, None]
        return replace(self, origin=origin, recent=self.recent * halved, moved=self.moved * halved)


class RecencySource:
    """Learns :class:`Recency`."""

    name = "recency"
    groups: ClassVar[Mapping[str, str]] = {"recency": "how the book has been rated lately, where ratings have times"}

    def learn(self, rows: TrainingRows) -> Learned | None:
        time, size = rows.ratings.time, rows.groupings.work.size
        if time is None or "recency" in rows.without:
            return None
        some = np.flatnonzero(time != NO_TIME)
        work, when = rows.work[some].astype(np.int64), time[some]
        found = Recency.of(work, when, rows.residual[-1, some].astype(np.float64), size)
        weights = weights_of(when, found.origin) * now_factors(found.latest, found.origin)
        columns = np.empty((len(rows.sample), len(NAMES)), np.float32)
        fold = rows.fold[some]
        counts = without_fold(fold, rows.folds, work, size, np.ones(len(work)))
        recents = [without_fold(fold, rows.folds, work, size, weight) for weight in weights]
        for number in range(rows.folds):
            left = rows.residual[number, some].astype(np.float64)  # 0 in the fold
            moved = _summed(work, weights * left, size)
            seen = fold != number
            first, last = first_and_last(work[seen], when[seen], size)
            total = np.asarray(np.bincount(work, left, size), np.float64)
            recent = np.stack([one[number] for one in recents])
            of_works = _columns(found.latest, counts[number], total, recent, moved, first, last, rows.scale)
            inside = np.flatnonzero(rows.sampled_fold == number)
            columns[inside] = of_works[rows.work[rows.sample[inside]]]
        return Learned(found, columns)


def _summed(work: IntArray, weights: FloatArray, size: int) -> FloatArray:
    return np.stack([np.asarray(np.bincount(work, weight, size), np.float64) for weight in weights])


def origins(latest: int) -> IntArray:
    """Give the multiple of each half-life from which ages are counted (int64[h])."""
    return np.array([-(-latest // half) for half in HALF_LIVES], np.int64)


def weights_of(time: IntArray, origin: IntArray) -> FloatArray:
    """Give what ratings count by their age at the origins (float64[h, n])."""
    halves = np.array(HALF_LIVES)[:, None]
    # The whole half-lives apart from the rest, so that the same rating counts the same from any origin.
    whole, rest = np.divmod(time[None, :], halves)
    return np.asarray(np.ldexp(np.exp2(rest / halves), np.maximum(whole - origin[:, None], -10_000).astype(np.int32)))


def now_factors(latest: int, origin: IntArray) -> FloatArray:
    """Give what turns sums as of the origins into sums as of the latest time (float64[h, 1])."""
    halves = np.array(HALF_LIVES)
    return np.asarray(np.exp2((origin * halves - latest) / halves)[:, None])


def first_and_last(key: IntArray, time: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give the first and the last time of each key (int64[size] both); unknown where it has none."""
    last = np.full(size, NO_TIME)
    np.maximum.at(last, key, time)
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, key, time)
    return np.where(last == NO_TIME, NO_TIME, first), last


def days_since(time: IntArray, latest: int | IntArray) -> FloatArray:
    """Give the logarithm of 1 plus the days since (float64[n]); NaN where the time is not known."""
    return np.where(time == NO_TIME, np.nan, np.log1p(np.maximum(latest - np.where(time == NO_TIME, 0, time), 0) / DAY))


def _columns(
    latest: int, count: FloatArray | IntArray, residual: FloatArray, recent: FloatArray, moved: FloatArray,
    first: IntArray, last: IntArray, scale: float,
) -> FloatArray:  # fmt: skip
    """Give the columns of each work (float32[n_works, 6])."""
    none = count == 0
    overall = scale * residual / (scale * count + DAMPING)
    columns = [days_since(last, latest), days_since(first, latest)]
    for one, sums in zip(recent, moved, strict=True):
        trend = scale * sums / (scale * one + DAMPING) - overall
        columns += [np.where(none, np.nan, trend), np.where(none, np.nan, one / np.maximum(count, 1))]
    return np.stack(columns, axis=1).astype(np.float32)
