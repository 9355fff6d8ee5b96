"""What is chosen for a model on validation rows: calibration and cutoffs; and the baselines, served alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.decisions.calibration import Calibration, fit_calibration
from toprank.decisions.objectives import FBeta, Objective
from toprank.decisions.thresholds import Threshold, cutoff_curve, learn_threshold
from toprank.evaluation.curves import measure_curves
from toprank.evaluation.measurements import Curves
from toprank.evaluation.scorecard import BASELINES, Predictions, always_f1
from toprank.models.base import FittedModel
from toprank.targets import Target

__all__ = ["Calibrated", "baseline_predictions", "calibrate", "draw_curves"]


@dataclass(frozen=True, eq=False)
class Calibrated:
    """How a model's scores become probabilities and decisions."""

    target: Target
    calibration: Calibration
    fixed: Threshold
    learned: Threshold

    def predict(self, rows: Ratings, scores: FloatArray) -> Predictions:
        """Put what the scores (float[n], no NaN) say of rows beside what happened."""
        return Predictions(
            liked=rows.liked,
            scores=scores,
            probability=self.calibration(scores),
            learned=self.learned.decide(scores),
            ratings=rows.value,
            expected=self.target.to_ratings(scores, rows.scale),
            fixed=self.fixed.decide(scores),
        )


def calibrate(name: str, target: Target, scores: FloatArray, validation: Ratings, objective: Objective) -> Calibrated:
    """Choose by scores of the validation rows (float[n], no NaN)."""
    fixed = Threshold(target.fixed_cutoff(validation.scale), objective, float("nan"))
    # The line that every model is held against stays what its name says, whatever the objective.
    learned = fixed if name == "always" else learn_threshold(scores, validation.liked, objective)
    return Calibrated(target, fit_calibration(scores, validation.liked), fixed, learned)


def draw_curves(scores: FloatArray, liked: BoolArray, on_test: Predictions) -> Curves:
    """Compute what a report draws of one model; ``scores`` and ``liked`` are those of the validation rows."""
    cutoffs, f1 = cutoff_curve(scores, liked, FBeta(1.0))
    return measure_curves(
        liked=on_test.liked,
        scores=on_test.scores,
        probability=on_test.probability,
        # A picture has no place for the cutoff that recommends everything but the lowest score.
        cutoffs=np.maximum(cutoffs, float(scores.min())),
        f1_by_cutoff=f1,
        always_f1=always_f1(liked),
    )


def baseline_predictions(
    train: Dataset, validation: Ratings, rows: Ratings, objective: Objective, *, known: Dataset | None = None
) -> dict[str, Predictions]:
    """Fit each baseline, and calibrate it and choose its cutoff as the recommender's own.

    They learn from ``train``, and answer about ``rows`` with what they know of ``known``, where that is more.
    """
    from toprank.models.registry import BASELINES as MODELS

    found = {}
    nothing_random = np.random.default_rng(0)
    for name in BASELINES:
        model = MODELS[name].model
        fitted = model.fit(train, rng=nothing_random)
        chosen = calibrate(name, model.target, _scores(fitted, validation, train), validation, objective)
        if known is not None:
            fitted = model.fit(known, rng=nothing_random)
        scores = _scores(fitted, rows, train if known is None else known)
        found[name] = replace(chosen.predict(rows, scores), fixed=None)
    return found


def _scores(fitted: FittedModel, rows: Ratings, learned: Dataset) -> FloatArray:
    """Score rows; what has no score is answered with the mean."""
    return np.nan_to_num(fitted.scores(rows.user, rows.item), nan=float(learned.ratings.value.mean()))
