"""The compiled loops behind :mod:`toprank.evidence.additive`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["backfit"]


@numba.njit(cache=True, nogil=True)
def backfit(
    numbers: IntArray, first: IntArray, value: FloatArray, rows: IntArray, sweeps: int, ratio: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Fit means and one pair of shrunken effects for each number of each key, key by key.

    Parameters
    ----------
    numbers : int32[k, n]
        Each row's number in each key; -1 for none.
    first : int64[k + 1]
        Where the effects of each key begin.
    value : float64[n, 2]
        Two things to fit, each on its own; together they cost little more than one.
    rows : int64[m]
        The rows to fit them on.
    sweeps : int
        How often to go over all keys.
    ratio : float
        The first guess at each key's damping: the variance within a group over that between groups.

    Returns
    -------
    mean : float64[2]
    effects : float64[first[k], 2]
    damping : float64[k, 2]
        Of each key, in the end.
    """
    n_keys = len(first) - 1
    n = len(rows)
    effects = np.zeros((first[n_keys], 2))
    sums = np.zeros((first[n_keys], 2))
    counts = np.zeros(first[n_keys], np.int32)
    mean = np.zeros(2)
    for row in rows:
        mean[0] += value[row, 0]
        mean[1] += value[row, 1]
    mean /= max(1, n)
    rest = np.empty((n, 2))
    mine = np.empty((n_keys, n), np.int64)
    for place in range(n):
        rest[place, 0] = value[rows[place], 0] - mean[0]
        rest[place, 1] = value[rows[place], 1] - mean[1]
    for key in range(n_keys):
        for place in range(n):
            number = numbers[key, rows[place]]
            mine[key, place] = first[key] + number if number >= 0 else -1
            if number >= 0:
                counts[first[key] + number] += 1
    damping = np.full((n_keys, 2), ratio)
    within, between = np.zeros(2), np.zeros(2)
    for _ in range(sweeps):
        for key in range(n_keys):
            within[:] = 1e-12
            for place in range(n):
                at = mine[key, place]
                for target in range(2):
                    within[target] += rest[place, target] ** 2 / n
                    if at >= 0:
                        sums[at, target] += rest[place, target]
            between[:] = 1e-12
            groups = 0
            for at in range(first[key], first[key + 1]):
                if counts[at] == 0:
                    continue
                groups += 1
                for target in range(2):
                    shrunken = counts[at] + damping[key, target]
                    fresh = (sums[at, target] + counts[at] * effects[at, target]) / shrunken
                    # What the effect changes by, so that the rest can be corrected in place.
                    sums[at, target] = fresh - effects[at, target]
                    effects[at, target] = fresh
                    between[target] += fresh * fresh + within[target] / shrunken
            for place in range(n):
                at = mine[key, place]
                if at >= 0:
                    rest[place, 0] -= sums[at, 0]
                    rest[place, 1] -= sums[at, 1]
            sums[first[key] : first[key + 1]] = 0.0
            for target in range(2):
                if groups > 0:
                    damping[key, target] = min(max(within[target] * groups / between[target], 0.5), 1e4)
    return mean, effects, damping
