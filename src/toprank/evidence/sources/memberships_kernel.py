"""Compiled loops over readers' lists: how much each likes what items belong to."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray

__all__ = ["fit_tastes"]


@numba.njit(cache=True, nogil=True)
def fit_tastes(
    taste: FloatArray,
    start: IntArray,
    item: IntArray,
    residual: AnyArray,
    fold: IntArray,
    skip: int,
    member_start: IntArray,
    member: IntArray,
    weight: FloatArray,
    penalty: float,
    scale: float,
) -> None:
    """Fit each reader's tastes to what is left of their ratings by ridge regression; those of a fold do not count.

    ``taste`` is float64[readers, values] of zeros. The equations are of the values that the reader's items have; they
    are solved by Cholesky's method, so that no library's threads have a say.
    """
    n_values = taste.shape[1]
    place = np.full(n_values, -1, np.int64)
    values = np.empty(n_values, np.int64)
    gram = np.empty((n_values, n_values))
    right = np.empty(n_values)
    for reader in range(len(start) - 1):
        n = 0
        for at in range(start[reader], start[reader + 1]):
            if fold[at] == skip:
                continue
            for k in range(member_start[item[at]], member_start[item[at] + 1]):
                if place[member[k]] < 0:
                    place[member[k]] = n
                    values[n] = member[k]
                    n += 1
        if n == 0:
            continue
        gram[:n, :n] = 0.0
        right[:n] = 0.0
        for at in range(start[reader], start[reader + 1]):
            if fold[at] == skip:
                continue
            begin, end = member_start[item[at]], member_start[item[at] + 1]
            for k in range(begin, end):
                row = place[member[k]]
                right[row] += scale * weight[k] * residual[at]
                for other in range(begin, end):
                    gram[row, place[member[other]]] += scale * weight[k] * weight[other]
        for row in range(n):
            gram[row, row] += penalty
        for column in range(n):
            for row in range(column, n):
                total = gram[row, column]
                for k in range(column):
                    total -= gram[row, k] * gram[column, k]
                gram[row, column] = np.sqrt(total) if row == column else total / gram[column, column]
        for row in range(n):
            for k in range(row):
                right[row] -= gram[row, k] * right[k]
            right[row] /= gram[row, row]
        for row in range(n - 1, -1, -1):
            for k in range(row + 1, n):
                right[row] -= gram[k, row] * right[k]
            right[row] /= gram[row, row]
        for row in range(n):
            taste[reader, values[row]] = right[row]
            place[values[row]] = -1
