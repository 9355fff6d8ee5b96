"""All that stands between scores and answers, learned together on validation rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.decisions import Decisions, Support
from toprank.core.ratings import Ratings
from toprank.core.stored import stored
from toprank.core.threads import one_blas_thread
from toprank.decisions.abstention import Abstain
from toprank.decisions.calibration import Calibration, fit_calibration
from toprank.decisions.expected_rating import ExpectedRating, fit_expected_rating
from toprank.decisions.guarantees import check_promise_options, choose_threshold
from toprank.decisions.intervals import PairIntervals, fit_intervals
from toprank.decisions.objectives import BoundedObjective, Objective, ShareAtMost
from toprank.decisions.promise import Promise
from toprank.decisions.segments import SegmentCalibration, fit_segments
from toprank.decisions.thresholds import Threshold

__all__ = ["DecisionPolicy", "cross_fitted_probability", "fit_policy", "fit_probability"]

FOLDS = 5
"""Of readers, where P(liked) is learned without a row's own reader."""


@stored
@dataclass(frozen=True, eq=False)
class DecisionPolicy:
    """From scores and what is known to decisions.

    Parameters
    ----------
    calibration : Calibration
        From scores to P(liked) for all pairs alike.
    segments : SegmentCalibration
        What it is, and how surely, for a pair of which so much is known.
    intervals : PairIntervals
        How wide the interval of P(liked) must be to hold what is observed.
    expected : ExpectedRating
        From that P(liked) to the expected rating.
    threshold : Threshold
        Its cutoff is on P(liked), so that no pair is recommended before one that is more likely liked.
    abstain : Abstain, optional
        When to say neither yes nor no; never by default.
    promise : Promise, optional
        What the cutoff keeps on new rows, where the objective has a bound.
    """

    calibration: Calibration
    segments: SegmentCalibration
    intervals: PairIntervals
    expected: ExpectedRating
    threshold: Threshold
    abstain: Abstain = field(default_factory=Abstain)
    promise: Promise | None = None

    def __call__(self, user: IntArray, item: IntArray, scores: FloatArray, known: Support) -> Decisions:
        """Decide on n pairs by their scores; one without a score (NaN) is answered from its segment alone."""
        probability, low, high = self.segments(self.calibration(scores), known)
        low, high = self.intervals(probability, low, high)
        unsure = self.abstain.unsure(probability, low, high, cutoff=self.threshold.cutoff)
        return Decisions(
            user=np.asarray(user, dtype=np.int32),
            item=np.asarray(item, dtype=np.int32),
            probability=probability,
            low=low,
            high=high,
            expected=self.expected(probability),
            recommend=self.threshold.decide(probability) & ~unsure,
            unsure=unsure,
            known=known,
        )


@one_blas_thread()
def fit_policy(
    scores: FloatArray,
    validation: Ratings,
    known: Support,
    objective: Objective,
    *,
    abstain: Abstain | None = None,
    confidence: float = 0.95,
    unreachable: str = "best",
    weight: FloatArray | None = None,
) -> DecisionPolicy:
    """Learn calibration, segments, expected rating and cutoff from validation rows.

    Rows without a score (NaN) only teach what their segment is worth; at least one row needs a score. ``known`` is
    counted in the training rows. A bound is promised with the confidence; ``unreachable`` says what to recommend where
    it can't be, see :func:`toprank.decisions.guarantees.promised_threshold`. Rows count by their weights (float64[n],
    above 0), all alike by default; with weights the promise is about any pair.
    """
    check_promise_options(confidence, unreachable)
    liked, user = validation.liked, validation.user
    calibration, segments = fit_probability(scores, liked, user, known, weight=weight)
    probability, low, high = segments(calibration(scores), known)
    honest = probability  # a share looks at no outcome, so none can flatter it
    if isinstance(objective, BoundedObjective) and not isinstance(objective, ShareAtMost):
        honest = cross_fitted_probability(scores, liked, user, known, segments, weight=weight)
    threshold, promise = choose_threshold(
        honest, liked, user, objective, confidence=confidence, unreachable=unreachable, weight=weight
    )
    if promise is not None and weight is not None:
        promise = replace(promise, about="any")
    return DecisionPolicy(
        calibration,
        segments,
        fit_intervals(probability, low, high, liked=liked, user=user, weight=_worth(weight)),
        fit_expected_rating(probability, validation.value, validation.scale, weight),
        threshold,
        Abstain() if abstain is None else abstain,
        promise,
    )


def fit_probability(
    scores: FloatArray, liked: BoolArray, user: IntArray, known: Support, *,
    weight: FloatArray | None = None, like: SegmentCalibration | None = None,
) -> tuple[Calibration, SegmentCalibration]:  # fmt: skip
    """Learn P(liked) from validation rows, by their weights; ``like`` was learned from about the same ones."""
    scored = ~np.isnan(scores)
    of_scored = None if weight is None else weight[scored]
    calibration = fit_calibration(np.asarray(scores)[scored], liked[scored], of_scored)
    rough = calibration(scores)
    filled = np.where(scored, rough, liked[~scored].mean() if not scored.all() else 0.5)
    return calibration, fit_segments(filled, liked, user, known, weight=_worth(weight), like=like)


def cross_fitted_probability(
    scores: FloatArray, liked: BoolArray, user: IntArray, known: Support, like: SegmentCalibration,
    *, weight: FloatArray | None = None,
) -> FloatArray:  # fmt: skip
    """Give P(liked) as learned from other readers' rows, whose own outcomes flatter no cutoff (float64[n])."""
    users, group, rows = np.unique(user, return_inverse=True, return_counts=True)
    # Dealt by their number of rows, so that no fold has most of the large readers.
    fold = np.empty(len(users), dtype=np.int64)
    fold[np.lexsort((users, -rows))] = np.arange(len(users)) % min(FOLDS, len(users))
    probability = np.empty(len(scores))
    for number in range(int(fold.max()) + 1):
        asked = fold[group] == number
        learn = ~asked if bool(np.any(~asked & ~np.isnan(scores))) else np.ones_like(asked)
        calibration, segments = fit_probability(
            scores[learn], liked[learn], user[learn], known.take(learn),
            weight=None if weight is None else weight[learn], like=like,
        )  # fmt: skip
        probability[asked], _, _ = segments(calibration(scores[asked]), known.take(asked))
    return probability


def _worth(weight: FloatArray | None) -> FloatArray | None:
    """Scale weights so that they add up to as many equal rows as they are worth (Kish): (sum w)^2 / sum w^2."""
    return None if weight is None else weight * (weight.sum() / np.sum(weight**2))
