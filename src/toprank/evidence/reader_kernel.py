"""Compiled loops over the lists of readers: what each reader's own ratings say of an item, by group."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["match_ranges", "start_numba", "sum_ranges", "weighted_rows"]


@numba.njit(cache=True, nogil=True)
def start_numba() -> int:
    """Do nothing: the first call of any loop has numba set itself up, which takes a while."""
    return 0


@numba.njit(cache=True, nogil=True)
def match_ranges(
    first: IntArray, last: IntArray, row: IntArray, asked: IntArray, start: IntArray, code: IntArray, order: IntArray
) -> None:
    """Find the reader's entries in the same group as the item asked about: ``order[k, first:last]``.

    ``first`` and ``last`` are int64[k, n]; ``asked`` is int32[n, k] of the pairs' items, -1 where an item has no such
    group, which nothing is in.
    """
    for pair in range(len(row)):
        begin, end = start[row[pair]], start[row[pair] + 1]
        for key in range(asked.shape[1]):
            wanted = asked[pair, key]
            low, high = begin, end
            while low < high:
                middle = (low + high) // 2
                if code[order[key, middle], key] < wanted:
                    low = middle + 1
                else:
                    high = middle
            first[key, pair] = low
            high = end
            while low < high:
                middle = (low + high) // 2
                if code[order[key, middle], key] <= wanted:
                    low = middle + 1
                else:
                    high = middle
            last[key, pair] = low if wanted >= 0 else first[key, pair]


@numba.njit(cache=True, nogil=True)
def sum_ranges(
    count: IntArray,
    total: FloatArray,
    squares: FloatArray,
    liked_count: IntArray,
    residual_sum: FloatArray,
    rows: IntArray,
    first: IntArray,
    last: IntArray,
    order: IntArray,
    value: FloatArray,
    liked: BoolArray,
    residual: AnyArray,
) -> None:
    """Sum the ratings of each range, in the order of the list, to ``rows`` of the five answers, which are zeros."""
    for key in range(first.shape[0]):
        row = rows[key]
        for pair in range(first.shape[1]):
            for place in range(first[key, pair], last[key, pair]):
                at = order[key, place]
                count[row, pair] += 1
                total[row, pair] += value[at]
                squares[row, pair] += value[at] * value[at]
                liked_count[row, pair] += liked[at]
                residual_sum[row, pair] += residual[at]


@numba.njit(cache=True, nogil=True)
def weighted_rows(start: IntArray, row: IntArray, value: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sum rows of a matrix (float32[r, m]), each times its value, in their order (float32[n, m])."""
    answer = np.zeros((len(start) - 1, matrix.shape[1]), np.float32)
    for one in range(len(start) - 1):
        total = answer[one]
        for at in range(start[one], start[one + 1]):
            worth, line = value[at], matrix[row[at]]
            for column in range(len(total)):
                total[column] += worth * line[column]
    return answer
