"""The compiled loops behind :mod:`toprank.evidence.factors`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["ask", "expectations", "moments", "products", "solve", "turn"]

LANES = 64
"""Rows that are solved side by side, number by number, as processors do several at once."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def expectations(mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """Give, of each row of one side, all that sums over ratings need of it (float32[n, 1 + 2 size + k (k + 1) / 2]).

    First 1 and the factors, then the expected offset and its products with the factors, its square, and the expected
    products of the factors, row by row of their triangle.
    """
    n, size = mean.shape
    table = np.empty((n, 2 * size + 1 + size * (size - 1) // 2), np.float32)
    for row in range(n):
        table[row, 0] = 1.0
        table[row, size] = mean[row, 0]
        table[row, 2 * size] = mean[row, 0] * mean[row, 0] + covariance[row, 0]
        at, to = 1, 2 * size + 1
        for i in range(1, size):
            table[row, i] = mean[row, i]
            table[row, size + i] = mean[row, 0] * mean[row, i] + covariance[row, at]
            for j in range(1, i + 1):
                table[row, to] = mean[row, i] * mean[row, j] + covariance[row, at + j]
                to += 1
            at += i + 1
    return table


@numba.njit(cache=True, nogil=True, error_model="numpy")
def solve(
    mean: FloatArray,
    covariance: FloatArray,
    weight: FloatArray,
    error: FloatArray,
    begin: int,
    end: int,
    start: IntArray,
    other: IntArray,
    target: FloatArray,
    theirs: FloatArray,
    their_weight: FloatArray,
    precision: FloatArray,
    pull: FloatArray,
    without: FloatArray,
    noise: FloatArray,
    rounds: int,
) -> None:
    """Find the posterior of each row of one side, given those of the other side; rows begin to end are written.

    A row's ratings begin at ``start`` (int64[n + 1]): the row of the ``other`` side (int32[m]) and the standardised
    value (float64[m]); ``theirs`` is :func:`expectations` of the other side. Means are float64[n, 1 + k], offset and
    factors; covariances float32[n, (1 + k)(2 + k) / 2], lower triangles row by row. The prior is given by its
    precision, by what that makes of its mean, and as mean and covariance in one table for rows without ratings. With
    ``rounds`` above 0 the rows are readers: each has a precision of its own, ``weight``, found in so many rounds with
    its prior, a gamma distribution of shape ``noise[0]`` and mean 1 / ``noise[1]``; ``error`` (float64[n]) is the
    expected sum of squared errors. With 0 they are items, and each rating counts by its reader's ``their_weight``. By
    Cholesky's decomposition of our own: a library's may sum in another order on another processor. Triangles are row
    by row: i, j is at i (i + 1) / 2 + j.
    """
    size, width, columns, lanes = mean.shape[1], covariance.shape[1], theirs.shape[1], min(LANES, end - begin)
    sums, linear = np.empty(columns), np.empty(size + 1)
    gram, a = np.zeros((width, lanes)), np.zeros((width, lanes))
    known, m = np.zeros((size, lanes)), np.zeros((size, lanes))
    total, count, rest, own, left = np.zeros(lanes), np.zeros(lanes), np.zeros(lanes), np.ones(lanes), np.zeros(lanes)
    which = np.empty(lanes, np.int64)
    here = begin
    while here < end:
        rows = 0
        while here < end and rows < lanes:
            if start[here + 1] == start[here]:  # what the prior says
                mean[here], covariance[here] = without[0, :size], without[1]
                if rounds > 0:
                    weight[here], error[here] = 1.0 / noise[1], 0.0
            else:
                which[rows] = here
                rows += 1
            here += 1
        for lane in range(rows):
            first = which[lane]
            sums[:], linear[:], square = 0.0, 0.0, 0.0
            for place in range(start[first], start[first + 1]):
                one, z = other[place], target[place]
                w = 1.0 if rounds > 0 else their_weight[one]
                for i in range(columns):
                    sums[i] += w * theirs[one, i]
                z *= w
                for i in range(size + 1):
                    linear[i] += z * theirs[one, i]
                square += z * target[place]
            count[lane] = start[first + 1] - start[first]
            total[lane] = square - 2.0 * linear[size] + sums[2 * size]
            at = 2 * size + 1
            for i in range(size):
                known[i, lane] = linear[i] - sums[size + i]
                row = i * (i + 1) // 2
                gram[row, lane] = sums[i]
                for j in range(1, i + 1):
                    gram[row + j, lane] = sums[at]
                    at += 1
        own[:] = 1.0 / noise[1] if rounds > 0 else 1.0
        for again in range(max(1, rounds)):
            # The lower triangle a, with a a' the precision, and 1 / a on its diagonal.
            for i in range(size):
                row = i * (i + 1) // 2
                for j in range(i + 1):
                    column, prior = j * (j + 1) // 2, precision[i, j]
                    for lane in range(lanes):
                        left[lane] = own[lane] * gram[row + j, lane] + prior
                    for k in range(j):
                        for lane in range(lanes):
                            left[lane] -= a[row + k, lane] * a[column + k, lane]
                    if i == j:
                        for lane in range(lanes):
                            a[row + j, lane] = 1.0 / np.sqrt(left[lane])
                    else:
                        for lane in range(lanes):
                            a[row + j, lane] = left[lane] * a[column + j, lane]
            for i in range(size):
                row, prior = i * (i + 1) // 2, pull[i]
                for lane in range(lanes):
                    left[lane] = own[lane] * known[i, lane] + prior
                for k in range(i):
                    for lane in range(lanes):
                        left[lane] -= a[row + k, lane] * m[k, lane]
                for lane in range(lanes):
                    m[i, lane] = left[lane] * a[row + i, lane]
            for i in range(size - 1, -1, -1):
                for k in range(i + 1, size):
                    for lane in range(lanes):
                        m[i, lane] -= a[k * (k + 1) // 2 + i, lane] * m[k, lane]
                for lane in range(lanes):
                    m[i, lane] *= a[i * (i + 1) // 2 + i, lane]
            for j in range(size):  # the inverse of the triangle, in its place
                for i in range(j + 1, size):
                    row = i * (i + 1) // 2
                    left[:] = 0.0
                    for k in range(j, i):
                        for lane in range(lanes):
                            left[lane] -= a[row + k, lane] * a[k * (k + 1) // 2 + j, lane]
                    for lane in range(lanes):
                        a[row + j, lane] = left[lane] * a[row + i, lane]
            for i in range(size):
                for j in range(i + 1):
                    at, twice = i * (i + 1) // 2 + j, 1.0 if i == j else 2.0
                    left[:] = 0.0
                    for k in range(i, size):
                        row = k * (k + 1) // 2
                        for lane in range(lanes):
                            left[lane] += a[row + i, lane] * a[row + j, lane]
                    if rounds > 0:
                        for lane in range(lanes):
                            rest[lane] += twice * gram[at, lane] * (left[lane] + m[i, lane] * m[j, lane])
                    if again >= rounds - 1:
                        for lane in range(rows):
                            covariance[which[lane], at] = left[lane]
            if rounds > 0:
                for i in range(size):
                    for lane in range(lanes):
                        rest[lane] -= 2.0 * known[i, lane] * m[i, lane]
                for lane in range(lanes):
                    rest[lane] = max(0.0, total[lane] + rest[lane])
                    own[lane] = (noise[0] + count[lane] / 2.0) / (noise[0] * noise[1] + rest[lane] / 2.0)
                for lane in range(rows):
                    weight[which[lane]], error[which[lane]] = own[lane], rest[lane]
                rest[:] = 0.0
        for i in range(size):
            for lane in range(rows):
                mean[which[lane], i] = m[i, lane]


@numba.njit(cache=True, nogil=True)
def moments(table: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Give mean and covariance of what rows are (float64[1 + k], float64[1 + k, 1 + k]), of :func:`expectations`."""
    sums = np.zeros(table.shape[1])
    for row in range(len(table)):
        for at in range(table.shape[1]):
            sums[at] += table[row, at]
    sums /= max(1, len(table))
    center, spread = sums[:size].copy(), np.empty((size, size))
    center[0], spread[0, 0] = sums[size], sums[2 * size]
    at = 2 * size + 1
    for i in range(1, size):
        spread[i, 0] = sums[size + i]
        for j in range(1, i + 1):
            spread[i, j] = sums[at]
            at += 1
    for i in range(size):
        for j in range(i + 1):
            spread[i, j] -= center[i] * center[j]
            spread[j, i] = spread[i, j]
    return center, spread


@numba.njit(cache=True, nogil=True)
def products(mean: FloatArray, start: IntArray) -> FloatArray:
    """Give the mean products of the rows' factors, each row as often as it has ratings (float64[k, k])."""
    size = mean.shape[1] - 1
    total = np.zeros((size, size))
    for row in range(len(mean)):
        for i in range(size):
            for j in range(size):
                total[i, j] += (start[row + 1] - start[row]) * mean[row, 1 + i] * mean[row, 1 + j]
    total /= max(1, start[-1])
    return total


@numba.njit(cache=True, nogil=True)
def turn(mean: FloatArray, covariance: FloatArray, by: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the same rows in another basis, ``by`` (float64[1 + k', 1 + k])."""
    fewer, size = by.shape
    turned, packed = np.zeros((len(mean), fewer)), np.zeros((len(mean), fewer * (fewer + 1) // 2), np.float32)
    spread, half = np.empty((size, size)), np.empty((fewer, size))
    for row in range(len(mean)):
        at = 0
        for i in range(size):
            for j in range(i + 1):
                spread[i, j] = spread[j, i] = covariance[row, at]
                at += 1
        at = 0
        for i in range(fewer):
            for j in range(size):
                turned[row, i] += by[i, j] * mean[row, j]
                half[i, j] = 0.0
                for k in range(size):
                    half[i, j] += by[i, k] * spread[k, j]
            for j in range(i + 1):
                total = 0.0
                for k in range(size):
                    total += half[i, k] * by[j, k]
                packed[row, at] = total
                at += 1
    return turned, packed


@numba.njit(cache=True, nogil=True)
def ask(
    answer: FloatArray,
    begin: int,
    end: int,
    rows: IntArray,
    items: IntArray,
    mean: FloatArray,
    covariance: FloatArray,
    theirs: FloatArray,
    their_covariance: FloatArray,
) -> None:
    """Give each pair's offsets, product of factors, and variance of their sum (float64[n, 3]), from begin to end."""
    size = mean.shape[1]
    for pair in range(begin, end):
        x, y = mean[rows[pair]], theirs[items[pair]]
        c, e = covariance[rows[pair]], their_covariance[items[pair]]
        product, variance, at = 0.0, 0.0, 0
        for i in range(size):
            if i > 0:
                product += x[i] * y[i]
            for j in range(i + 1):
                left = c[at] * (y[j] if j > 0 else 1.0) * (y[i] if i > 0 else 1.0)
                left += e[at] * (x[j] if j > 0 else 1.0) * (x[i] if i > 0 else 1.0)
                if j > 0:
                    left += c[at] * e[at]
                variance += left if i == j else 2.0 * left
                at += 1
        answer[pair, 0] = x[0] + y[0]
        answer[pair, 1] = product
        answer[pair, 2] = variance
