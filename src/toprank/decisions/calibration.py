"""From scores to probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.logistic import expit, logit
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Calibration", "fit_calibration"]

ISOTONIC_ROWS = 1000
"""From this many rows on, calibration may be isotonic; scikit-learn's guide warns of overfitting below."""

CROSSED = 5
"""Parts of the rows; what was fitted on the others is judged on each."""

GRID = 201


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


Way = Callable[[FloatArray, BoolArray, FloatArray | None], Calibration]


def fit_calibration(scores: FloatArray, liked: BoolArray, weight: FloatArray | None = None) -> Calibration:
    """Learn P(liked) from scores: a logistic curve with few rows, what serves best with many.

    With many rows, scores that are probabilities may stay as they are; else the curve is logistic in the scores (in
    their log odds, where they are probabilities) or isotonic, whichever has the least log loss on rows that it was not
    fitted on. Isotonic fits (Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability
    Estimates", KDD 2002) follow any shape, and chance with it; logistic ones are Platt's, "Probabilistic Outputs for
    Support Vector Machines", 1999. Constant scores, or outcomes all alike, give the share liked, with one imagined row
    of each outcome, so that no probability is 0 or 1. Rows count by their weights (float64[n]), all alike by default.

    Examples
    --------
    >>> calibration = fit_calibration(np.array([8.0, 8.0, 8.0]), np.array([True, True, False]))
    >>> calibration(np.array([8.0, 9.0])).tolist()
    [0.6, 0.6]
    """
    if len(scores) == 0 or len(scores) != len(liked):
        raise OptionError(f"calibration needs as many scores as outcomes, at least one: {len(scores)}, {len(liked)}")
    scores = np.asarray(scores, dtype=np.float64)
    if scores.min() == scores.max() or scores.std() == 0 or bool(liked.all()) or not bool(liked.any()):
        return _constant(float(scores.min()), liked, weight)
    if len(scores) < ISOTONIC_ROWS:
        return _logistic(scores, liked, weight)
    ways = [_logistic, _isotonic]
    if scores.min() > 0 and scores.max() < 1:
        ways = [_as_they_are, _logistic_in_odds, _isotonic]
    return min(ways, key=lambda way: _crossed_loss(way, scores, liked, weight))(scores, liked, weight)


def _crossed_loss(way: Way, scores: FloatArray, liked: BoolArray, weight: FloatArray | None) -> float:
    """Give the log loss of rows that a way was not fitted on; in which order rows come makes no difference."""
    part = np.empty(len(scores), np.int64)
    part[np.lexsort((liked, scores))] = np.arange(len(scores)) % CROSSED
    losses = np.empty(len(scores))
    for number in range(CROSSED):
        inside, outside = part == number, part != number
        found = way(scores[outside], liked[outside], None if weight is None else weight[outside])(scores[inside])
        losses[inside] = -np.log(np.where(liked[inside], found, 1.0 - found))
    return float(np.average(losses, weights=weight))


def _as_they_are(scores: FloatArray, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    edge = 1.0 / (len(scores) + 2)
    ends = np.array([edge, 1.0 - edge])
    return Calibration(ends, ends)


def _isotonic(scores: FloatArray, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    edge = 1.0 / (len(scores) + 2)
    fitted = IsotonicRegression(y_min=edge, y_max=1.0 - edge, out_of_bounds="clip").fit(scores, liked, weight)
    return Calibration(fitted.X_thresholds_, fitted.y_thresholds_)


def _logistic_in_odds(scores: FloatArray, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    found = _logistic(logit(scores), liked, weight)
    return Calibration(expit(found.score), found.probability)


def _logistic(scores: FloatArray, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    centre, width = float(scores.mean()), float(scores.std())
    logistic = LogisticRegression().fit(((scores - centre) / width)[:, None], liked, weight)
    if logistic.coef_[0, 0] <= 0:  # scores that run the wrong way say nothing
        return _constant(float(scores.min()), liked, weight)
    grid = np.linspace(scores.min() - width, scores.max() + width, GRID)
    found = logistic.predict_proba(((grid - centre) / width)[:, None])[:, 1]
    return Calibration(grid, np.ascontiguousarray(found))


def _constant(score: float, liked: BoolArray, weight: FloatArray | None) -> Calibration:
    share = float(np.average(liked, weights=weight)) * len(liked)
    return Calibration(np.array([score]), np.array([(share + 1) / (len(liked) + 2)]))
