"""Cutoffs whose bound holds on new rows, not only on those it was chosen on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.decisions.objectives import BoundedObjective, FBeta, Objective, ShareAtMost
from toprank.decisions.promise import START, Promise
from toprank.decisions.thresholds import Threshold, cutoffs_between, learn_threshold
from toprank.errors import OptionError

__all__ = ["UNREACHABLE", "check_promise_options", "choose_threshold", "promised_threshold"]

UNREACHABLE = ("best", "nothing")
"""Where a bound can't be promised: recommend by the best bound that can be, or recommend nothing."""

STEP = 1.01
"""From one tested cutoff to the next so many times the rows are recommended."""


def choose_threshold(
    probability: FloatArray, liked: BoolArray, user: IntArray, objective: Objective, *,
    confidence: float = 0.95, unreachable: str = "best", weight: FloatArray | None = None,
) -> tuple[Threshold, Promise | None]:  # fmt: skip
    """Promise the bound of an objective that has one; else take the cutoff with the best point estimate."""
    if isinstance(objective, BoundedObjective):
        return promised_threshold(
            probability, liked, user, objective, confidence=confidence, unreachable=unreachable, weight=weight
        )
    return learn_threshold(probability, liked, objective, weight), None


def promised_threshold(
    probability: FloatArray,
    liked: BoolArray,
    user: IntArray,
    objective: BoundedObjective,
    *,
    confidence: float = 0.95,
    unreachable: str = "best",
    weight: FloatArray | None = None,
) -> tuple[Threshold, Promise]:
    r"""Find the lowest cutoff whose bound holds on new rows of other readers.

    The share that the bound is about, a ratio of two sums over users, has a lower confidence limit at each cutoff,
    that of Clopper and Pearson for :math:`n^* = n / d` independent rows; d is the design effect, the variance between
    users over that of independent rows, at least 1 (Korn and Graubard, "Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data", Survey Methodology 1998). With one row a user it is
    the exact binomial test.

    Cutoffs are tested from high to low, on a grid that outcomes had no part in, and the last before the first whose
    limit is below the bound is taken: testing in a fixed order costs nothing for many cutoffs (Angelopoulos and others,
    "Learn then Test", 2021). As many new rows stray as much as these do, so the limit is the normal distribution's at
    :math:`\sqrt 2` times its quantile: :math:`\alpha = \Phi(-\sqrt 2\, z)`.

    With weights all sums are weighted, and the linearised variance is that of the weighted ratio, as of a sample that
    was drawn with unequal chances (Korn and Graubard's case); d is at least Kish's :math:`n \sum w^2 / (\sum w)^2`, so
    that a few heavy rows that happen to be liked prove no more than they are.

    Where the bound fails at the first cutoff, the best limit among cutoffs that recommend 30, 120, 480, … rows is
    promised instead, each tested at a fraction of the level, if it says more than the share liked of all rows. Else
    nothing is, and the cutoff is the point estimate's, or that of F1 where there is none.

    Parameters
    ----------
    probability : float64[n]
        P(liked) of validation rows, no NaN, best learned from other users' rows than the row's own; what is learned
        from the same rows flatters the cutoff.
    liked : bool[n]
        What happened.
    user : int[n]
        The user of each row; users are taken as independent.
    objective : BoundedObjective
        Holds the bound.
    confidence : float
        From 0.5 up to, not including, 1.
    unreachable : str
        ``best`` or ``nothing``: what to recommend where the bound can't be promised.
    weight : float64[n], optional
        What rows count, above 0, such as the inverse of their chance to be there; all alike by default.

    Returns
    -------
    Threshold, Promise

    Raises
    ------
    OptionError
        If an option is out of range, there are no rows, the lengths differ, or a probability is NaN.

    Examples
    --------
    >>> from toprank.decisions.objectives import parse_objective
    >>> rng = np.random.default_rng(13)
    >>> p = rng.uniform(size=20_000)
    >>> liked = rng.random(20_000) < p
    >>> threshold, promise = promised_threshold(p, liked, np.arange(20_000), parse_objective("precision>=0.8"))
    >>> 0.6 < threshold.cutoff < 0.65, promise.kept
    (True, True)
    """
    from scipy.special import ndtr, ndtri  # a saved model answers without it

    check_promise_options(confidence, unreachable)
    point_estimate = learn_threshold(probability, liked, objective, weight)
    if len(user) != len(liked):
        raise OptionError(f"a promise needs the user of each row: {len(user)} users for {len(liked)} rows")
    level = float(ndtr(-math.sqrt(2) * ndtri(confidence)))
    rows = np.ones(len(liked)) if weight is None else weight * (len(weight) / weight.sum())
    liked_share = float(np.average(liked, weights=rows))
    requested = promised = objective.bound(liked_share)
    if isinstance(objective, ShareAtMost):
        curve = _Curve.of_shares(probability, user, rows)
        cutoff = curve.last_kept(curve.lower_limit(level) >= 1 - requested)
    else:
        curve = _Curve.of_precision(probability, liked, user, rows)
        unequal = float(np.mean(rows**2))  # so many weighted rows are worth an equal one
        begin = START * unequal / (1 - requested) if requested < 1 else math.inf
        tested = curve.thinned(begin * STEP ** np.arange(math.log(max(len(liked) / begin, 1), STEP) + 1))
        cutoff = tested.last_kept(tested.lower_limit(level) >= requested)
        if cutoff == math.inf:
            cutoff, promised = curve.best_limit(level, above=liked_share)
            if math.isnan(promised):  # whatever looks best; where no cutoff seems to keep the bound either, by F1
                seems = (
                    point_estimate
                    if point_estimate.cutoff < math.inf
                    else learn_threshold(probability, liked, FBeta(), weight)
                )
                cutoff = seems.cutoff
            cutoff = math.inf if unreachable == "nothing" else cutoff
    yes = probability >= cutoff
    counts = (float(rows[liked & yes].sum()), float(rows[yes].sum()), float(rows[liked].sum()), float(len(liked)))
    figures = {name: float(value[0]) for name, value in objective.figures(*(np.array([n]) for n in counts)).items()}
    promise = Promise(
        str(objective), requested, promised, confidence, share=counts[1] / counts[3], precision=figures["precision"],
        liked_share=liked_share, rows=len(liked), readers=len(np.unique(user)),
    )  # fmt: skip
    return Threshold(cutoff, objective, figures["recall"]), promise


def check_promise_options(confidence: float, unreachable: str) -> None:
    """Refuse a confidence or a way out that there is not."""
    if not 0.5 <= confidence < 1:
        raise OptionError(f"the confidence is {confidence:g}; it must be at least 0.5 and below 1, such as 0.95")
    if unreachable not in UNREACHABLE:
        raise OptionError(f"unreachable is {unreachable!r}; write {' or '.join(map(repr, UNREACHABLE))}")


@dataclass(frozen=True, eq=False)
class _Curve:
    """For each cutoff, from high to low, a ratio of two sums over users ([c] each).

    ``rows`` are recommended; ``trials`` are the rows of the ratio's lower sum, ``variance`` that of the ratio between
    users (linearised), ``unequal`` what unequal weights alone make of it, and ``users`` have trials.
    """

    cutoff: FloatArray
    rows: IntArray
    ratio: FloatArray
    trials: FloatArray
    variance: FloatArray
    unequal: FloatArray
    users: IntArray

    @classmethod
    def of_precision(cls, probability: FloatArray, liked: BoolArray, user: IntArray, weight: FloatArray) -> _Curve:
        """Liked rows over recommended ones."""
        order = np.argsort(-probability, kind="stable")
        _, group = np.unique(user[order], return_inverse=True)
        row = weight[order]
        hit = liked[order] * row
        hits, rows = _before(group, hit), _before(group, row)
        return cls._of(
            probability[order], np.cumsum(hit), np.cumsum(row), np.cumsum(rows == 0), np.arange(1.0, len(hit) + 1),
            squares=(np.cumsum(hit * (2 * hits + hit)), np.cumsum(hits * row + hit * rows + hit * row),
                     np.cumsum(row * (2 * rows + row))),
            squared=np.cumsum(row**2),
        )  # fmt: skip

    @classmethod
    def of_shares(cls, probability: FloatArray, user: IntArray, weight: FloatArray) -> _Curve:
        """Rows that are not recommended over all rows."""
        order = np.argsort(-probability, kind="stable")
        users, group = np.unique(user[order], return_inverse=True)
        row, n = weight[order], len(order)
        size = np.bincount(group, row)
        left = size[group] - _before(group, row)
        whole, squared = np.full(n, row.sum()), np.full(n, float(np.sum(size**2)))
        return cls._of(
            probability[order], whole - np.cumsum(row), whole, np.full(n, len(users)), np.full(n, float(n)),
            squares=(squared - np.cumsum(row * (2 * left - row)), squared - np.cumsum(row * size[group]), squared),
            squared=np.full(n, float(np.sum(row**2))),
        )  # fmt: skip

    @classmethod
    def _of(
        cls, ranked: FloatArray, part: FloatArray, whole: FloatArray, users: IntArray, trials: FloatArray,
        *, squares: tuple[FloatArray, FloatArray, FloatArray], squared: FloatArray,
    ) -> _Curve:  # fmt: skip
        """Of running sums over rows ([n]), of users' squared parts, parts times wholes, and squared wholes, and of
        squared weights.
        """
        cutoff, last = cutoffs_between(ranked)
        part, whole, users, trials = part[last], whole[last], users[last], trials[last]
        parts, products, wholes = (square[last] for square in squares)
        ratio = np.maximum(part, 0.0) / whole
        between = np.maximum(parts - 2 * ratio * products + ratio**2 * wholes, 0.0)
        variance = between * users / np.maximum(users - 1, 1) / whole**2
        return cls(cutoff, last + 1, ratio, trials, variance, trials * squared[last] / whole**2, users)

    def thinned(self, rows: FloatArray) -> _Curve:
        """Keep the first cutoffs that recommend at least so many rows."""
        found = np.searchsorted(self.rows, rows[rows <= self.rows[-1]])
        keep = np.unique(found)
        return _Curve(*(getattr(self, field.name)[keep] for field in fields(self)))

    def lower_limit(self, level: float) -> FloatArray:
        """Give the ratio that is passed but with a chance of ``level`` (float64[c])."""
        from scipy.special import betaincinv, stdtrit

        independent = self.ratio * (1 - self.ratio) / np.maximum(self.trials - 1, 1)
        effect = np.maximum(self.variance / np.maximum(independent, 1e-300), np.maximum(self.unequal, 1.0))
        trials, users = (np.maximum(number - 1, 0.01) for number in (self.trials, self.users))
        rows = self.trials / effect * (stdtrit(trials, level) / stdtrit(users, level)) ** 2
        limit = betaincinv(np.maximum(rows * self.ratio, 1e-9), rows * (1 - self.ratio) + 1, level)
        return np.where(rows * self.ratio > 1e-9, limit, 0.0)

    def last_kept(self, kept: BoolArray) -> float:
        """Give the last cutoff before the first whose bound is not kept; infinity if that is the first."""
        run = len(kept) if bool(kept.all()) else int(np.argmin(kept))
        return float(self.cutoff[run - 1]) if run else math.inf

    def best_limit(self, level: float, *, above: float) -> tuple[float, float]:
        """Give the cutoff with the best limit, and it (in hundredths); infinity and NaN if none is above ``above``."""
        sizes = START * 4.0 ** np.arange(20)
        few = self.thinned(sizes[sizes <= self.rows[-1]])
        if len(few.cutoff) == 0:
            return math.inf, math.nan
        limits = np.floor(100 * few.lower_limit(level / len(few.cutoff))) / 100
        best = int(np.flatnonzero(limits == limits.max())[-1])
        return (float(few.cutoff[best]), float(limits[best])) if limits[best] > above else (math.inf, math.nan)


def _before(group: IntArray, value: FloatArray) -> FloatArray:
    """Give for each row the sum of the values of earlier rows of its group (float64[n])."""
    order = np.argsort(group, kind="stable")
    total = np.cumsum(value[order]) - value[order]
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    sums = np.empty(len(group))
    sums[order] = total - np.repeat(total[first], np.diff(first, append=len(group)))
    return sums
