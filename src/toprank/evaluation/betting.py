r"""Bets against a mean: tests and intervals that stay valid however often one looks.

After Ian Waudby-Smith and Aaditya Ramdas, "Estimating means of bounded random variables by betting", Journal of the
Royal Statistical Society B 86, 2024. Whoever bets against a true mean at fair odds multiplies their capital by
:math:`1 / \alpha` at any time with a probability of at most :math:`\alpha` (Ville). The stakes are a mixture: a part of
the capital is bet at each of a dozen fixed stakes, so that the capital is a mean of products.
"""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import FloatArray

__all__ = ["capital_against", "mean_interval"]

STAKES = np.geomspace(0.02, 0.9, 12)
"""Shares of what can be lost that are bet; the best one is about the distance over the variance."""

_HALVINGS = 30


def capital_against(values: FloatArray, mean: float) -> FloatArray:
    r"""Give the log capital, after each value, of who bets that the mean is below a bound.

    .. math:: K_t = \frac{1}{J} \sum_j \prod_{i \le t} \Big(1 + c_j \Big(\frac{1 - z_i}{1 - m} - 1\Big)\Big)

    Parameters
    ----------
    values : float64[n]
        Between 0 and 1, in the order in which they came; given those before, each has a mean of at least ``mean``.
    mean : float
        The bound, above 0 and below 1.

    Returns
    -------
    float64[n]
        :math:`\log K_t`; that it ever reaches :math:`\log 1/\alpha` has a probability of at most :math:`\alpha`.

    Examples
    --------
    >>> bool(capital_against(np.zeros(10), 0.5)[-1] > np.log(20)), bool(capital_against(np.ones(10), 0.5)[-1] < 0)
    (True, True)
    """
    gains = (1 - np.asarray(values, np.float64)) / (1 - mean) - 1
    each = np.cumsum(np.log1p(np.outer(gains, STAKES)), axis=0)
    most = each.max(axis=1, initial=-np.inf)
    found: FloatArray = most + np.log(np.exp(each - most[:, None]).mean(axis=1))
    return found


def mean_interval(values: FloatArray, alpha: float) -> tuple[float, float]:
    r"""Give an interval that holds the mean of values at all times together with a probability of 1 - alpha.

    Parameters
    ----------
    values : float64[n]
        Between 0 and 1, in the order in which they came, of one mean.
    alpha : float
        Half of it for each end.

    Returns
    -------
    low, high : float
        The means that neither better has :math:`2 / \alpha` against, now.

    Examples
    --------
    >>> low, high = mean_interval(np.tile([1.0, 1.0, 0.0, 1.0], 250), 0.05)
    >>> bool(0.66 < low < 0.75 < high < 0.84)
    True
    >>> mean_interval(np.array([]), 0.05)
    (0.0, 1.0)
    """
    values = np.asarray(values, np.float64)
    return 1 - _highest(1 - values, alpha / 2), _highest(values, alpha / 2)


def _highest(values: FloatArray, alpha: float) -> float:
    """Give the largest mean that is not yet refuted from above; the capital grows with the mean bet against."""
    if len(values) == 0:
        return 1.0
    # Equal values are bet on together: sums of logarithms do not depend on the order.
    distinct, count = np.unique(values, return_counts=True)
    bar = np.log(len(STAKES) / alpha)
    low, high = float(values.mean()), 1.0
    for _ in range(_HALVINGS):
        mean = (low + high) / 2
        gains = (1 - distinct) / max(1 - mean, 1e-12) - 1
        refuted = np.logaddexp.reduce(count @ np.log1p(np.outer(gains, STAKES))) >= bar
        low, high = (low, mean) if refuted else (mean, high)
    return high
