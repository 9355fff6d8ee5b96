"""The compiled part of the bootstrap; imported only when intervals are computed."""

from __future__ import annotations

import numpy as np
from numba import njit

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["weighted_auc"]


@njit(cache=True)
def weighted_auc(
    weights: IntArray, group: IntArray, liked: BoolArray, first_of_ties: BoolArray, out: FloatArray
) -> None:
    """Compute the AUC once for each row of ``weights``.

    ``group``, ``liked`` and ``first_of_ties`` describe the rows by rising score: the group that carries the weight,
    the outcome, and whether the score differs from the one before.
    """
    for replicate in range(len(weights)):
        weight = weights[replicate]
        liked_sum = other_sum = liked_here = other_here = wins = 0.0
        for row in range(len(group)):
            if first_of_ties[row]:
                wins += liked_here * (other_sum + 0.5 * other_here)
                liked_sum += liked_here
                other_sum += other_here
                liked_here = other_here = 0.0
            if liked[row]:
                liked_here += weight[group[row]]
            else:
                other_here += weight[group[row]]
        wins += liked_here * (other_sum + 0.5 * other_here)
        liked_sum += liked_here
        other_sum += other_here
        both = liked_sum * other_sum
        out[replicate] = wins / both if both > 0 else np.nan
