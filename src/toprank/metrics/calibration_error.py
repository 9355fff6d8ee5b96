"""Whether probabilities mean what they say."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["calibration_curve", "expected_calibration_error"]


def expected_calibration_error(
    liked: BoolArray, probability: FloatArray, *, bins: int = 15, weight: FloatArray | None = None
) -> float:
    r"""Give the mean gap between stated and observed share liked over equally wide bins, weighted by their rows.

    .. math:: ECE = \sum_b \frac{n_b}{n} \left| \overline{liked}_b - \overline{probability}_b \right|

    as in Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017; NaN without rows. Rows
    count by their weights (float64[n]), all alike by default.

    Examples
    --------
    >>> expected_calibration_error(np.array([True, True, False, False]), np.full(4, 0.75))
    0.25
    """
    if len(liked) == 0:
        return float("nan")
    bin_of = np.minimum((np.asarray(probability) * bins).astype(np.int64), bins - 1)
    row = np.ones(len(liked)) if weight is None else weight
    gap = np.bincount(bin_of, row * (np.asarray(liked, np.float64) - probability), minlength=bins)
    return float(np.abs(gap).sum() / row.sum())


def calibration_curve(
    liked: BoolArray, probability: FloatArray, *, bins: int = 10
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Give mean P(liked), share liked and rows of bins of about equally many rows, by rising probability.

    Equal probabilities are never torn apart, so there may be fewer bins.
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1])) if len(liked) else np.empty(0)
    bin_of = np.searchsorted(edges, probability, side="left")
    rows = np.bincount(bin_of, minlength=len(edges) + 1)
    used = rows > 0
    predicted = np.bincount(bin_of, probability, minlength=len(rows))[used] / rows[used]
    observed = np.bincount(bin_of, np.asarray(liked, np.float64), minlength=len(rows))[used] / rows[used]
    return predicted, observed, rows[used]
