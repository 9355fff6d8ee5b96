"""Intervals of P(liked) that hold the share liked of new pairs, not only what it would be of very many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.logistic import expit, logit
from toprank.core.stored import stored

__all__ = ["PairIntervals", "fit_intervals"]

Z = 1.959964
"""97.5 % point of the normal distribution."""

GRID = 201
"""Probabilities at which the variance is worked out; between, it is interpolated."""

_EDGE = 1e-6


@stored
@dataclass(frozen=True, eq=False)
class PairIntervals:
    r"""Widens the interval of a calibrated P(liked) to one that holds what is observed.

    The segment's variance V of the log odds says how surely the line is known. Beside it stand the noise of the
    calibration near this P and that of as many new pairs, each the inverse of the information of the validation pairs
    whose P lies within half the interval's own width w:

    .. math:: V^* = 2 V + \frac{2}{\sum_{|P_i - P| \le w / 2} P_i (1 - P_i)}, \qquad w \text{ that of } V^*

    Parameters
    ----------
    probability : float64[k]
        P(liked), rising.
    variance : float64[k]
        The second part there.
    """

    probability: FloatArray
    variance: FloatArray

    def __call__(self, probability: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give both ends of the wider interval (float64[n]), above 0 and below 1."""
        odds = logit(probability)
        own = ((logit(high) - logit(low)) / (2 * Z)) ** 2
        reach = Z * np.sqrt(2 * own + np.interp(probability, self.probability, self.variance))
        below, above = (np.clip(expit(at), _EDGE, 1 - _EDGE) for at in (odds - reach, odds + reach))
        return np.minimum(below, probability), np.maximum(above, probability)


def fit_intervals(probability: FloatArray, low: FloatArray, high: FloatArray) -> PairIntervals:
    """Learn from the P(liked) of validation rows and their segments' intervals how many rows lie near each P.

    Examples
    --------
    >>> p = np.linspace(0.01, 0.99, 1000)
    >>> low, high = fit_intervals(p, p, p)(np.array([0.5]), np.array([0.5]), np.array([0.5]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.4], [0.6])
    """
    ranked = np.sort(probability)
    information = np.append(0.0, np.cumsum(ranked * (1 - ranked)))
    grid = np.clip(np.unique(np.quantile(ranked, np.linspace(0, 1, GRID))), _EDGE, 1 - _EDGE)
    own = float(np.median(((logit(high) - logit(low)) / (2 * Z)) ** 2))
    variance = np.full(len(grid), 2 * own)
    for _ in range(20):  # the wider the interval, the more rows lie within, the less noise they have
        reach = Z * np.sqrt(variance)
        half = (expit(logit(grid) + reach) - expit(logit(grid) - reach)) / 2
        to, begin = np.searchsorted(ranked, grid + half, side="right"), np.searchsorted(ranked, grid - half)
        noise = 2 / np.maximum(information[to] - information[begin], 0.25)
        variance = (variance + 2 * own + noise) / 2
    return PairIntervals(grid, np.maximum(variance - 2 * own, 0.0))
