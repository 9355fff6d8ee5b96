"""All that stands between scores and answers, learned together on validation rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.decisions import Decisions, Support
from toprank.core.ratings import Ratings
from toprank.core.stored import stored
from toprank.decisions.abstention import Abstain
from toprank.decisions.calibration import Calibration, fit_calibration
from toprank.decisions.expected_rating import ExpectedRating, fit_expected_rating
from toprank.decisions.objectives import Objective
from toprank.decisions.segments import SegmentCalibration, fit_segments
from toprank.decisions.thresholds import Threshold, learn_threshold

__all__ = ["DecisionPolicy", "fit_policy"]


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
    expected : ExpectedRating
        From that P(liked) to the expected rating.
    threshold : Threshold
        Its cutoff is on P(liked), so that no pair is recommended before one that is more likely liked.
    abstain : Abstain, optional
        When to say neither yes nor no; never by default.
    """

    calibration: Calibration
    segments: SegmentCalibration
    expected: ExpectedRating
    threshold: Threshold
    abstain: Abstain = field(default_factory=Abstain)

    def __call__(self, user: IntArray, item: IntArray, scores: FloatArray, known: Support) -> Decisions:
        """Decide on n pairs by their scores; one without a score (NaN) is answered from its segment alone."""
        probability, low, high = self.segments(self.calibration(scores), known)
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


def fit_policy(
    scores: FloatArray, validation: Ratings, known: Support, objective: Objective, *, abstain: Abstain | None = None
) -> DecisionPolicy:
    """Learn calibration, segments, expected rating and cutoff from validation rows.

    Rows without a score (NaN) only teach what their segment is worth; at least one row needs a score. ``known`` is
    counted in the training rows.
    """
    liked, scored = validation.liked, ~np.isnan(scores)
    calibration = fit_calibration(np.asarray(scores)[scored], liked[scored])
    rough = calibration(scores)
    filled = np.where(scored, rough, liked[~scored].mean() if not scored.all() else 0.5)
    segments = fit_segments(filled, liked, validation.user, known)
    probability, _, _ = segments(rough, known)
    return DecisionPolicy(
        calibration,
        segments,
        fit_expected_rating(probability, validation.value, validation.scale),
        learn_threshold(probability, liked, objective),
        Abstain() if abstain is None else abstain,
    )
