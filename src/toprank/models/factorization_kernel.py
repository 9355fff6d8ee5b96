"""The compiled loops behind :mod:`toprank.models.factorization`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["inner", "solve"]


@numba.njit(cache=True, nogil=True)
def solve(
    answer: FloatArray,
    begin: int,
    end: int,
    start: IntArray,
    other: IntArray,
    target: FloatArray,
    fixed: FloatArray,
    damping: float,
    penalty: float,
) -> None:
    """Solve the ridge regression of each row of one side on the other side, ``fixed`` (float64[o, 1 + k]).

    Rows begin to end are written into ``answer`` (float64[n, 1 + k]: offset and factors, zeros without ratings); others
    can be done by another thread meanwhile. A row's ratings begin at ``start`` (int64[n + 1]): the row of the ``other``
    side (int32[m]) and the standardised value (float64[m]). The penalty counts for each rating of the row. By
    Cholesky's decomposition of our own: a library's may sum in another order on another processor.
    """
    size = fixed.shape[1]
    gram, known = np.empty((size, size)), np.empty(size)
    x = np.ones(size)  # its first entry, which meets the offset, stays 1
    for row in range(begin, end):
        answer[row, :] = 0.0
        count = start[row + 1] - start[row]
        if count == 0:
            continue
        gram[:, :] = 0.0
        known[:] = 0.0
        for place in range(start[row], start[row + 1]):
            theirs = fixed[other[place]]
            x[1:] = theirs[1:]
            rest = target[place] - theirs[0]
            for i in range(size):
                known[i] += x[i] * rest
                for j in range(i + 1):
                    gram[i, j] += x[i] * x[j]
        gram[0, 0] += damping
        for i in range(1, size):
            gram[i, i] += penalty * count
        for i in range(size):
            for j in range(i + 1):
                left = gram[i, j]
                for k in range(j):
                    left -= gram[i, k] * gram[j, k]
                gram[i, j] = np.sqrt(left) if i == j else left / gram[j, j]
        for i in range(size):
            for k in range(i):
                known[i] -= gram[i, k] * known[k]
            known[i] /= gram[i, i]
        for i in range(size - 1, -1, -1):
            for k in range(i + 1, size):
                known[i] -= gram[k, i] * known[k]
            known[i] /= gram[i, i]
        answer[row] = known


@numba.njit(cache=True, nogil=True)
def inner(users: IntArray, items: IntArray, user: FloatArray, item: FloatArray) -> FloatArray:
    """Give the sum of both offsets and of the products of the factors, for each pair (float64[n])."""
    sums = np.empty(len(users))
    for pair in range(len(users)):
        one, other = user[users[pair]], item[items[pair]]
        total = one[0] + other[0]
        for k in range(1, len(one)):
            total += one[k] * other[k]
        sums[pair] = total
    return sums
