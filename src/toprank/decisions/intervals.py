"""Intervals of P(liked) that hold the share liked of new pairs, not only what it would be of very many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
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
    whose P lies within half the interval's own width w, times the design effect d of their readers: pairs of one
    reader stray together.

    .. math:: V^* = 2 V + \frac{2 d}{\sum_{|P_i - P| \le w / 2} P_i (1 - P_i)}, \qquad w \text{ that of } V^*, \qquad
              d = \frac{\sum_u (\sum_{i \in u} y_i - P_i)^2}{\sum_i P_i (1 - P_i)} \ge 1

    with the sums of d over the pairs within w / 2 of each other, and over all P (Kish, "Survey Sampling", 1965).

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


def fit_intervals(
    probability: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    liked: BoolArray | None = None,
    user: IntArray | None = None,
    weight: FloatArray | None = None,
) -> PairIntervals:
    """Learn from the P(liked) of validation rows and their segments' intervals how many rows lie near each P.

    What happened to the rows of which readers (bool[n], int[n]) says how far a reader's rows stray together; without,
    rows are taken as independent. Weights (float64[n]) should add up to what the rows are worth.

    Examples
    --------
    >>> p = np.linspace(0.01, 0.99, 1000)
    >>> low, high = fit_intervals(p, p, p)(np.array([0.5]), np.array([0.5]), np.array([0.5]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.4], [0.6])
    """
    order = np.argsort(probability, kind="stable")
    ranked = probability[order]
    rows = np.ones(len(ranked)) if weight is None else weight[order]
    information = np.append(0.0, np.cumsum(rows * ranked * (1 - ranked)))
    grid = np.clip(np.unique(np.quantile(ranked, np.linspace(0, 1, GRID))), _EDGE, 1 - _EDGE)
    own = float(np.median(((logit(high) - logit(low)) / (2 * Z)) ** 2))

    def near(effect: float) -> tuple[FloatArray, IntArray, IntArray]:
        """Give the variance at each grid point, and the rows that lie within half the width."""
        variance = np.full(len(grid), 2 * own)
        for _ in range(20):  # the wider the interval, the more rows lie within, the less noise they have
            reach = Z * np.sqrt(variance)
            half = (expit(logit(grid) + reach) - expit(logit(grid) - reach)) / 2
            to, begin = np.searchsorted(ranked, grid + half, side="right"), np.searchsorted(ranked, grid - half)
            noise = 2 * effect / np.maximum(information[to] - information[begin], 0.25)
            variance = (variance + 2 * own + noise) / 2
        return variance, begin, to

    variance, begin, to = near(1.0)
    if liked is not None and user is not None:
        _, group = np.unique(user[order], return_inverse=True)
        strayed = rows * (liked[order] - ranked)
        together = sum(
            float(np.sum(np.bincount(group[a:b], strayed[a:b]) ** 2)) for a, b in zip(begin, to, strict=True)
        )
        apart = np.append(0.0, np.cumsum(rows**2 * ranked * (1 - ranked)))
        variance, _, _ = near(max(1.0, together / float(np.sum(apart[to] - apart[begin]))))
    return PairIntervals(grid, np.maximum(variance - 2 * own, 0.0))
