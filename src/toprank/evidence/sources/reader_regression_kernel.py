"""The compiled loops behind :mod:`toprank.evidence.sources.reader_regression`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["ask", "leave_out", "moments", "solve"]


@numba.njit(cache=True, nogil=True)
def alike(one: Int32Array, other: Int32Array, strength: FloatArray) -> float:
    """Add up the strengths of the groups (int32[k]) that two items share; the first is shared by all."""
    total = strength[0]
    for k in range(len(one)):
        if one[k] >= 0 and one[k] == other[k]:
            total += strength[k + 1]
    return float(total)


@numba.njit(cache=True, nogil=True)
def factor(square: FloatArray) -> None:
    """Turn the upper triangle of a positive definite matrix into its Cholesky factor U, of U' U, in place."""
    n = len(square)
    for i in range(n):
        # What rows above take from this one: four at a time, so that it is read and written less, in the same order.
        row, k = square[i], 0
        while k + 4 <= i:
            a, b, c, d = square[k], square[k + 1], square[k + 2], square[k + 3]
            for j in range(i, n):
                row[j] = (((row[j] - a[i] * a[j]) - b[i] * b[j]) - c[i] * c[j]) - d[i] * d[j]
            k += 4
        for rest in range(k, i):
            a = square[rest]
            for j in range(i, n):
                row[j] -= a[i] * a[j]
        row[i] = np.sqrt(max(row[i], 1e-12))
        for j in range(i + 1, n):
            row[j] /= row[i]


@numba.njit(cache=True, nogil=True)
def substitute(up: FloatArray, right: FloatArray) -> None:
    """Solve U' U x = b in place, for several b (float64[n, c])."""
    n, columns = right.shape
    for i in range(n):
        for c in range(columns):
            right[i, c] /= up[i, i]
        for k in range(i + 1, n):
            for c in range(columns):
                right[k, c] -= up[i, k] * right[i, c]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            for c in range(columns):
                right[i, c] -= up[i, k] * right[k, c]
        for c in range(columns):
            right[i, c] /= up[i, i]


@numba.njit(cache=True, nogil=True)
def inverse_of(up: FloatArray) -> FloatArray:
    """Give the inverse of U' U: what solving for the unit matrix gives, without what is 0 or known by symmetry."""
    n = len(up)
    right = np.eye(n)
    for i in range(n):
        for c in range(i + 1):
            right[i, c] /= up[i, i]
        for k in range(i + 1, n):
            for c in range(i + 1):
                right[k, c] -= up[i, k] * right[i, c]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            for c in range(i + 1):
                right[i, c] -= up[i, k] * right[k, c]
        for c in range(i + 1):
            right[i, c] /= up[i, i]
            right[c, i] = right[i, c]
    return right


@numba.njit(cache=True, nogil=True)
def factor_of(code: Int32Array, begin: int, end: int, strength: FloatArray) -> FloatArray:
    """Give the Cholesky factor of 1 + K over the rows of a block."""
    n = end - begin
    up, turned = np.zeros((n, n)), code[begin:end].T.copy()
    for i in range(n):
        row = up[i]
        row[i:] = strength[0]
        for k in range(len(turned)):
            group, worth = turned[k], strength[k + 1]
            own = group[i]
            if own >= 0:
                for j in range(i, n):
                    row[j] += worth if group[j] == own else 0.0
        row[i] += 1.0
    factor(up)
    return up


@numba.njit(cache=True, nogil=True)
def solve(
    answer: FloatArray, begin: int, end: int, blocks: IntArray, code: Int32Array, rest: FloatArray, strength: FloatArray
) -> None:
    """Solve (1 + K) a = y in each block, begin to end; y and a are float64[m, 2]."""
    for block in range(begin, end):
        first, last = blocks[block], blocks[block + 1]
        answer[first:last] = rest[first:last]
        substitute(factor_of(code, first, last, strength), answer[first:last])


@numba.njit(cache=True, nogil=True)
def ask(
    answer: FloatArray, begin: int, end: int, row: IntArray, asked: Int32Array, block_of: IntArray, blocks: IntArray,
    code: Int32Array, solved: FloatArray, strength: FloatArray,
) -> None:  # fmt: skip
    """Say what each pair's reader makes of its item (float64[n, 2]), begin to end.

    The blocks of a reader begin at ``block_of``. Of several the last counts whose first group is not above the item's.
    """
    for pair in range(begin, end):
        answer[pair] = 0.0
        block, after = block_of[row[pair]], block_of[row[pair] + 1]
        if block == after:
            continue
        while block + 1 < after and code[blocks[block + 1], 0] <= asked[pair, 0]:
            block += 1
        for at in range(blocks[block], blocks[block + 1]):
            near = alike(asked[pair], code[at], strength)
            answer[pair, 0] += near * solved[at, 0]
            answer[pair, 1] += near * solved[at, 1]


@numba.njit(cache=True, nogil=True)
def leave_out(
    answer: FloatArray, begin: int, end: int, blocks: IntArray, code: Int32Array, fold: IntArray, rest: FloatArray,
    strength: FloatArray,
) -> None:  # fmt: skip
    r"""Say what each row's reader makes of it without its fold (float64[m, 2]), blocks begin to end.

    With :math:`A = (1 + K)^{-1}`, and y without the fold F (``rest``, float32[m, 2 folds]), the rows of F get
    :math:`-A_{FF}^{-1} (A y)_F` (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, 5.4.2).
    """
    for block in range(begin, end):
        first, last = blocks[block], blocks[block + 1]
        n = last - first
        if n == 1:
            answer[first] = 0.0
            continue
        inverse = inverse_of(factor_of(code, first, last, strength))
        for i in range(n):
            own = fold[first + i]
            size = 0
            met = False
            for j in range(n):
                if fold[first + j] == own:
                    met = met or j < i
                    size += 1
            if met:
                continue  # the fold's first row answered for all of it
            inside = np.empty(size, np.int64)
            size = 0
            for j in range(n):
                if fold[first + j] == own:
                    inside[size] = j
                    size += 1
            square, right = np.empty((size, size)), np.zeros((size, 2))
            for a in range(size):
                for b in range(size):
                    square[a, b] = inverse[inside[a], inside[b]]
                for j in range(n):
                    if fold[first + j] != own:
                        right[a, 0] -= inverse[inside[a], j] * rest[first + j, 2 * own]
                        right[a, 1] -= inverse[inside[a], j] * rest[first + j, 2 * own + 1]
            factor(square)
            substitute(square, right)
            for a in range(size):
                answer[first + inside[a]] = right[a]


@numba.njit(cache=True, nogil=True)
def moments(
    products: FloatArray, means: FloatArray, blocks: IntArray, code: Int32Array, rest: FloatArray, most: int
) -> None:
    """Sum, over pairs of rows of a block, what groups they share by what they share, and by the product of rests."""
    groups = code.shape[1] + 1
    share = np.ones(groups)
    for block in range(len(blocks) - 1):
        first, n = blocks[block], min(blocks[block + 1] - blocks[block], most)
        for i in range(first, first + n):
            for j in range(first, i):
                for k in range(1, groups):
                    share[k] = 1.0 if code[i, k - 1] >= 0 and code[i, k - 1] == code[j, k - 1] else 0.0
                product = rest[i] * rest[j]
                for k in range(groups):
                    if share[k] > 0:
                        means[k] += product / n
                        for other in range(groups):
                            products[k, other] += share[other] / n
