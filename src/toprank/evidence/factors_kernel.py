"""The compiled loops behind :mod:`toprank.evidence.factors`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["ask", "moments", "products", "solve", "turn"]


@numba.njit(cache=True, nogil=True)
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
    their_covariance: FloatArray,
    their_weight: FloatArray,
    precision: FloatArray,
    pull: FloatArray,
    without: FloatArray,
    noise: FloatArray,
    rounds: int,
) -> None:
    """Find the posterior of each row of one side, given those of the other side; rows begin to end are written.

    A row's ratings begin at ``start`` (int64[n + 1]): the row of the ``other`` side (int32[m]) and the standardised
    value (float64[m]). Means are float64[n, 1 + k], offset and factors; covariances float32[n, (1 + k)(2 + k) / 2],
    lower triangles row by row. The prior is given by its precision, by what that makes of its mean, and as mean and
    covariance in one table for rows without ratings. With ``rounds`` above 0 the rows are readers: each has a
    precision of its own, ``weight``, found in so many rounds with its prior, a gamma distribution of shape
    ``noise[0]`` and mean 1 / ``noise[1]``; ``error`` (float64[n]) is the expected sum of squared errors. With 0 they
    are items, and each rating counts by its reader's ``their_weight``. By Cholesky's decomposition of our own: a
    library's may sum in another order on another processor.
    """
    size = mean.shape[1]
    gram, a, known = np.empty((size, size)), np.empty((size, size)), np.empty(size)
    for row in range(begin, end):
        if start[row + 1] == start[row]:  # what the prior says
            mean[row], covariance[row] = without[0, :size], without[1]
            if rounds > 0:
                weight[row], error[row] = 1.0 / noise[1], 0.0
            continue
        gram[:, :] = 0.0
        known[:] = 0.0
        total = 0.0
        for place in range(start[row], start[row + 1]):
            one = other[place]
            y, c = theirs[one], their_covariance[one]
            z, w = target[place] - y[0], 1.0 if rounds > 0 else their_weight[one]
            total += w * (z * z + c[0])
            known[0] += w * z
            gram[0, 0] += w
            at = 1
            for i in range(1, size):
                known[i] += w * (z * y[i] - c[at])
                gram[i, 0] += w * y[i]
                at += 1
                for j in range(1, i + 1):
                    gram[i, j] += w * (y[i] * y[j] + c[at])
                    at += 1
        count = start[row + 1] - start[row]
        m, packed = mean[row], covariance[row]
        own = 1.0 / noise[1] if rounds > 0 else 1.0
        for _ in range(max(1, rounds)):
            for i in range(size):
                for j in range(i + 1):
                    left = own * gram[i, j] + precision[i, j]
                    for k in range(j):
                        left -= a[i, k] * a[j, k]
                    a[i, j] = np.sqrt(left) if i == j else left / a[j, j]
            for i in range(size):
                left = own * known[i] + pull[i]
                for k in range(i):
                    left -= a[i, k] * m[k]
                m[i] = left / a[i, i]
            for i in range(size - 1, -1, -1):
                left = m[i]
                for k in range(i + 1, size):
                    left -= a[k, i] * m[k]
                m[i] = left / a[i, i]
            for j in range(size):  # the inverse of the triangle, in its place
                a[j, j] = 1.0 / a[j, j]
                for i in range(j + 1, size):
                    left = 0.0
                    for k in range(j, i):
                        left -= a[i, k] * a[k, j]
                    a[i, j] = left / a[i, i]
            at = 0
            rest = total
            for i in range(size):
                rest -= 2.0 * known[i] * m[i]
                for j in range(i + 1):
                    left = 0.0
                    for k in range(i, size):
                        left += a[k, i] * a[k, j]
                    packed[at] = left
                    rest += gram[i, j] * (left + m[i] * m[j]) * (1.0 if i == j else 2.0)
                    at += 1
            if rounds > 0:
                rest = max(0.0, rest)
                own = (noise[0] + count / 2.0) / (noise[0] * noise[1] + rest / 2.0)
                weight[row] = own
                error[row] = rest


@numba.njit(cache=True, nogil=True)
def moments(mean: FloatArray, covariance: FloatArray, start: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give mean and covariance of what the rows with ratings are (float64[1 + k], float64[1 + k, 1 + k])."""
    size, n = mean.shape[1], 0
    center, spread = np.zeros(size), np.zeros((size, size))
    for row in range(len(mean)):
        if start[row + 1] > start[row]:
            n += 1
            center += mean[row]
    center /= max(1, n)
    for row in range(len(mean)):
        if start[row + 1] > start[row]:
            at = 0
            for i in range(size):
                for j in range(i + 1):
                    spread[i, j] += covariance[row, at] + (mean[row, i] - center[i]) * (mean[row, j] - center[j])
                    at += 1
    for i in range(size):
        for j in range(i + 1):
            spread[i, j] /= max(1, n)
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
