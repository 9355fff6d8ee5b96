"""Whether probabilities mean what they say."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["calibration_curve", "expected_calibration_error"]


def expected_calibration_error(liked: BoolArray, probability: FloatArray, *, bins: int = 15) -> float:
    r"""Give the mean gap between stated and observed share liked over equally wide bins, weighted by their rows.

    .. math:: ECE = \sum_b \frac{n_b}{n} \left| \overline{liked}_b - \overline{probability}_b \right|

    as in Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.

    Parameters
    ----------
    liked : bool[n]
        Whether the user liked the item.
    probability : float[n]
        P(liked), 0 to 1.
    bins : int
        Number of bins of equal width.

    Returns
    -------
    float
        0 to 1; NaN when there are no rows.

    Examples
    --------
    >>> expected_calibration_error(np.array([True, True, False, False]), np.full(4, 0.75))
    0.25
    """
    if len(liked) == 0:
        return float("nan")
    place = np.minimum((np.asarray(probability) * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, np.asarray(liked, np.float64) - probability, minlength=bins)
    return float(np.abs(gap).sum() / len(liked))


def calibration_curve(
    liked: BoolArray, probability: FloatArray, *, bins: int = 10
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Compare stated and observed share liked over bins of about equally many rows.

    Parameters
    ----------
    liked : bool[n]
        Whether the user liked the item.
    probability : float[n]
        P(liked), 0 to 1.
    bins : int
        Number of bins; equal probabilities are never torn apart, so there may be fewer.

    Returns
    -------
    predicted, observed : float64[b]
        Mean P(liked) and share liked of each bin, by rising probability.
    rows : int64[b]
        Rows in each bin.
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1])) if len(liked) else np.empty(0)
    place = np.searchsorted(edges, probability, side="left")
    rows = np.bincount(place, minlength=len(edges) + 1)
    used = rows > 0
    predicted = np.bincount(place, probability, minlength=len(rows))[used] / rows[used]
    observed = np.bincount(place, np.asarray(liked, np.float64), minlength=len(rows))[used] / rows[used]
    return predicted, observed, rows[used]
