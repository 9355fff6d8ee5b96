"""From scores to probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Calibration", "fit_calibration"]

ISOTONIC_ROWS = 1000
"""From this many rows on, calibration is isotonic; scikit-learn's guide warns of overfitting below."""


@stored
@dataclass(frozen=True, eq=False)
class Calibration:
    """A rising, piecewise linear map from scores to P(liked).

    Parameters
    ----------
    score : float64[k]
        Scores at which the probability is given, ascending.
    probability : float64[k]
        P(liked) there, not falling. Between, it is interpolated; outside, the nearest end holds.
    """

    score: FloatArray
    probability: FloatArray

    def __call__(self, scores: FloatArray) -> FloatArray:
        """Give P(liked) (float64[n]), above 0 and below 1; NaN stays NaN."""
        # With a single point, interp gives a number for NaN too.
        return np.where(np.isnan(scores), np.nan, np.interp(scores, self.score, self.probability))


def fit_calibration(scores: FloatArray, liked: BoolArray, weight: FloatArray | None = None) -> Calibration:
    """Learn P(liked) from scores: isotonic with many rows, a logistic curve with few.

    The isotonic fit is Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability
    Estimates", KDD 2002; the logistic one is Platt's, "Probabilistic Outputs for Support Vector Machines", 1999.
    Constant scores, or outcomes all alike, give the share liked, with one imagined row of each outcome, so that no
    probability is 0 or 1. Rows count by their weights (float64[n]), all alike by default.

    Examples
    --------
    >>> calibration = fit_calibration(np.array([8.0, 8.0, 8.0]), np.array([True, True, False]))
    >>> calibration(np.array([8.0, 9.0])).tolist()
    [0.6, 0.6]
    """
    if len(scores) == 0 or len(scores) != len(liked):
        raise OptionError(f"calibration needs as many scores as outcomes, at least one: {len(scores)}, {len(liked)}")
    scores = np.asarray(scores, dtype=np.float64)
    edge = 1.0 / (len(scores) + 2)
    low, high = float(scores.min()), float(scores.max())
    if low == high or scores.std() == 0 or bool(liked.all()) or not bool(liked.any()):
        return _constant(low, liked, weight)
    if len(scores) >= ISOTONIC_ROWS:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=edge, y_max=1.0 - edge, out_of_bounds="clip").fit(scores, liked, weight)
        return Calibration(fitted.X_thresholds_, fitted.y_thresholds_)
    from sklearn.linear_model import LogisticRegression

    centre, width = float(scores.mean()), float(scores.std())
    logistic = LogisticRegression().fit(((scores - centre) / width)[:, None], liked, weight)
    if logistic.coef_[0, 0] <= 0:  # scores that run the wrong way say nothing
        return _constant(low, liked, weight)
    grid = np.linspace(low - width, high + width, 201)
    return Calibration(grid, logistic.predict_proba(((grid - centre) / width)[:, None])[:, 1])


def _constant(score: float, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    share = float(np.average(liked, weights=weight)) * len(liked)
    return Calibration(np.array([score]), np.array([(share + 1) / (len(liked) + 2)]))
