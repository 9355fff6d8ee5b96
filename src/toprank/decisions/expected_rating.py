"""From scores to the rating that is to be expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.scale import RatingScale
from toprank.core.stored import stored
from toprank.decisions.calibration import ISOTONIC_ROWS
from toprank.errors import OptionError

__all__ = ["ExpectedRating", "fit_expected_rating"]


@stored
@dataclass(frozen=True, eq=False)
class ExpectedRating:
    """A piecewise linear map from scores to ratings that does not fall.

    Parameters
    ----------
    score : float64[k]
        Scores at which the rating is given, ascending.
    rating : float64[k]
        The expected rating there, in rating points. Between, it is interpolated; outside, the nearest end holds.
    """

    score: FloatArray
    rating: FloatArray

    def __call__(self, scores: FloatArray) -> FloatArray:
        """Give the expected rating (float64[n]), in rating points, on the scale; NaN stays NaN."""
        # With a single point, interp gives a number for NaN too.
        return np.where(np.isnan(scores), np.nan, np.interp(scores, self.score, self.rating))


def fit_expected_rating(
    scores: FloatArray, values: FloatArray, scale: RatingScale, weight: FloatArray | None = None
) -> ExpectedRating:
    """Learn the mean rating given for each score: isotonic with many rows, a straight line with few.

    Isotonic regression is the least squares fit among all maps that do not fall (Barlow, Bartholomew, Bremner and
    Brunk, "Statistical Inference under Order Restrictions", 1972).
    Scores that are constant, or run the wrong way, give the mean rating everywhere. Rows count by their weights
    (float64[n]), all alike by default.

    Examples
    --------
    >>> expected = fit_expected_rating(np.array([0.2, 0.4, 0.6]), np.array([4.0, 6.0, 8.0]), RatingScale(1, 10, 8))
    >>> expected(np.array([0.3, 0.5, 0.9])).round(2).tolist()
    [5.0, 7.0, 10.0]
    """
    if len(scores) == 0 or len(scores) != len(values) or bool(np.isnan(scores).any()):
        raise OptionError(
            f"an expected rating needs as many scores as ratings, at least one and no NaN: {len(scores)}, {len(values)}"
        )
    scores, values = np.asarray(scores, dtype=np.float64), np.asarray(values, dtype=np.float64)
    low, width = float(scores.min()), float(np.ptp(scores))
    middle = float(np.average(values, weights=weight))
    mean = ExpectedRating(np.array([low]), np.array([middle]))
    if width == 0:
        return mean
    if len(scores) >= ISOTONIC_ROWS:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=scale.low, y_max=scale.high, out_of_bounds="clip").fit(scores, values, weight)
        return ExpectedRating(fitted.X_thresholds_, fitted.y_thresholds_)
    away = (scores - low) / width
    spread = np.cov(away, values, bias=True, aweights=weight)
    slope = float(spread[0, 1] / spread[0, 0])
    if slope <= 0:
        return mean
    ends = np.average(away, weights=weight) + (np.array([scale.low, scale.high]) - middle) / slope
    return ExpectedRating(low + width * ends, np.array([scale.low, scale.high]))
