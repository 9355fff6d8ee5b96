"""How likely a pair is to be picked, and what a picked row counts where any pair is meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.stored import stored

__all__ = ["WORTH", "Exposure", "fit_exposure"]

WORTH = 0.7
"""Weights are clipped so that rows are worth at least this share of as many equal ones: what readers and works with few
ratings lack, the levels of support answer for, and a promise by few heavy rows would promise nothing."""

FEW = 10_000
"""Fewer rows than some thousands can afford less: they are worth at least 1 less so many of these."""


@stored
@dataclass(frozen=True, eq=False)
class Exposure:
    r"""The chance that a pair is picked, up to a factor.

    .. math:: e(u, i, y) \propto \exp\big(b^T z_{ui} + \delta y\big)

    z is what is known of the pair before it is picked: the relevance, and how many ratings reader and work have. y says
    whether it is liked: by :math:`\delta` the log odds that a pair is picked are higher for one that would be liked,
    beyond what P(liked) and z say of it.

    Parameters
    ----------
    centre, slope : float64[f]
        What is subtracted from z, and b.
    largest : float
        The inverse propensity is clipped here, before the outcome counts.
    taste : float
        :math:`\delta`, at least 0.
    """

    centre: FloatArray
    slope: FloatArray
    largest: float
    taste: float

    def weights(self, features: FloatArray, liked: BoolArray) -> FloatArray:
        """Give what picked rows count for any pair (float64[n], mean 1) by z (float64[n, f]) and outcome."""
        weight = np.minimum(_inverse(features, self.centre, self.slope), self.largest)
        weight = weight * np.exp(-self.taste * liked)
        return np.asarray(weight / weight.mean())

    def by_counts(self, counts: FloatArray, *, worth: float) -> FloatArray:
        """Weigh pairs (float64[n]) for readers and works drawn evenly: by how many ratings both have (float64[n, 2]).

        The weights are clipped so that the rows are worth at least the share of as many equal ones.
        """
        inverse = _inverse(counts, self.centre[1:], self.slope[1:])
        return np.minimum(inverse, _largest(inverse, worth))


def fit_exposure(picked: FloatArray, random: FloatArray) -> Exposure:
    r"""Learn the propensity from what is known of picked pairs (float64[n, f]) and of random ones (float64[m, f]).

    Logistic regression tells picked pairs from random ones; its odds are the ratio of their densities, and the inverse
    of that is the weight (Qin, "Inferences for case-control and semiparametric two-sample density ratio models",
    Biometrika 1998). NaN counts as the mean, and the outcome not yet. Weights are clipped at the largest value at which
    Kish's :math:`(\sum w)^2 / \sum w^2` is at least :math:`\max(0.7, 1 - n / 10000)` of the n rows.
    """
    from sklearn.linear_model import LogisticRegression

    both = np.concatenate([picked, random])
    known = ~np.isnan(both)
    centre = np.where(known, both, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, both - centre, 0.0)
    scale = np.maximum(filled.std(axis=0), 1e-9)
    of = np.append(np.ones(len(picked), np.bool_), np.zeros(len(random), np.bool_))
    # Both sides weigh alike, so that the intercept is about what separates them, not how many there are.
    row = np.where(of, len(random) / len(of), len(picked) / len(of))
    slope = LogisticRegression(C=1.0).fit(filled / scale, of, row).coef_[0] / scale
    largest = _largest(_inverse(picked, centre, slope), max(WORTH, 1 - len(picked) / FEW))
    return Exposure(centre, slope, largest, 0.0)


def _largest(weight: FloatArray, worth: float) -> float:
    """Find where to clip weights so that rows are worth a share of as many equal ones."""
    ranked = np.sort(weight)
    total = np.append(0.0, np.cumsum(ranked))[:-1]
    squared = np.append(0.0, np.cumsum(ranked**2))[:-1]
    above = np.arange(len(ranked), 0, -1)  # how many are clipped where each is the largest
    found = (total + above * ranked) ** 2 / (squared + above * ranked**2)
    # Where all are clipped they are equal, so that one is always found but for rounding.
    return float(ranked[np.flatnonzero(found >= min(worth, 1 - 1e-9) * len(ranked))[-1]])


def _inverse(features: FloatArray, centre: FloatArray, slope: FloatArray) -> FloatArray:
    away = np.where(np.isnan(features), 0.0, features - centre)
    return np.asarray(np.exp(-np.clip(away @ slope, -30, 30)))
