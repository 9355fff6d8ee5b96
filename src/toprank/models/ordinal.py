"""What a network over evidence reads and answers: evidence on one scale, and ratings as steps that they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.ratings import Ratings
from toprank.core.stored import stored
from toprank.data.relative_liking import RelativeRatings

__all__ = ["FeatureScaler", "OrdinalLevels"]

MAX_STEPS = 20
"""Of a scale with more distinct ratings, quantiles are the steps."""


@stored
@dataclass(frozen=True, eq=False)
class OrdinalLevels:
    """The steps of a scale that a rating may reach, and what ratings between them are on average.

    Parameters
    ----------
    at : float64[k]
        Ascending; a rating reaches those that are not above it.
    level : float64[k + 1]
        Mean rating below the first step, from each to the next, and from the last on.
    liked_level : int
        Which step is "liked".

    Examples
    --------
    >>> steps = OrdinalLevels.of(np.array([1.0, 3.0, 4.0, 4.0]), liked_from=4.0)
    >>> steps.at.tolist(), steps.level.tolist(), steps.liked_level
    ([3.0, 4.0], [1.0, 3.0, 4.0], 1)
    """

    at: FloatArray
    level: FloatArray
    liked_level: int

    @classmethod
    def of(cls, values: FloatArray, liked_from: float) -> OrdinalLevels:
        """Find the steps of ratings, some of which are liked and some not."""
        values = np.asarray(values, np.float64)
        at = np.unique(values)[1:]
        if len(at) > MAX_STEPS:
            at = np.unique(np.quantile(values, np.linspace(0, 1, MAX_STEPS + 1)[1:-1]))
        # Ratings from the last below the liked up to those are not told apart: no rating lies between.
        at = np.unique(np.append(at[(at < liked_from) | (at > values[values >= liked_from].min())], liked_from))
        at = at[at > values.min()]
        bins = np.searchsorted(at, values, "right")
        count = np.bincount(bins, minlength=len(at) + 1)
        level = np.bincount(bins, values, minlength=len(at) + 1) / np.maximum(count, 1)
        return cls(at, level, int(np.searchsorted(at, liked_from)))

    def liked_levels(self, ratings: Ratings, users: IntArray) -> IntArray:
        """Give the step from which each user likes (int64[n]): that of all, or the user's own."""
        if not isinstance(ratings, RelativeRatings):
            return np.full(len(users), self.liked_level)
        return np.minimum(np.searchsorted(self.at, ratings.bar[users]), len(self.at) - 1)

    def bins(self, values: FloatArray) -> IntArray:
        """Give how many steps each rating reaches (int64[n])."""
        return np.searchsorted(self.at, np.asarray(values, np.float64), "right")


@stored
@dataclass(frozen=True, eq=False)
class FeatureScaler:
    """Evidence as inputs of a network: mean 0 and spread 1, cut off at 3; unknown is 0, and said so apart.

    Parameters
    ----------
    mean, spread : float32[c]
    gaps : int64[g]
        Columns that are unknown for some pairs.
    """

    mean: FloatArray
    spread: FloatArray
    gaps: IntArray

    @classmethod
    def of(cls, matrix: FloatArray) -> FeatureScaler:
        """Learn it from the evidence of the training rows."""
        mean, spread = np.zeros(matrix.shape[1], np.float32), np.ones(matrix.shape[1], np.float32)
        share = np.zeros(matrix.shape[1])
        for column in range(matrix.shape[1]):
            values = matrix[:, column]
            known = values[~np.isnan(values)]
            share[column] = 1 - len(known) / max(1, len(values))
            if len(known):
                mean[column] = known.mean(dtype=np.float64)
                spread[column] = max(float(known.std(dtype=np.float64)), 1e-6)
        return cls(mean, spread, np.flatnonzero((share > 0.001) & (share < 1)))

    def __call__(self, matrix: FloatArray) -> FloatArray:
        """Scale evidence (float32[n, c] to float16[n, c + g])."""
        columns = matrix.shape[1]
        answer = np.empty((len(matrix), columns + len(self.gaps)), np.float16)
        for column in range(columns):
            scaled = np.clip((matrix[:, column] - self.mean[column]) / self.spread[column], -3, 3)
            answer[:, column] = np.nan_to_num(scaled, copy=False)
        for place, column in enumerate(self.gaps):
            answer[:, columns + place] = np.isnan(matrix[:, column])
        return answer
