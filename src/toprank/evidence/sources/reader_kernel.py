"""Compiled loops over the lists of readers: what each reader's own ratings say of an item, by group."""

from __future__ import annotations

import numba

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["count_held", "first_matches", "sum_matches"]


@numba.njit(cache=True, nogil=True)
def sum_matches(
    count: IntArray,
    total: FloatArray,
    squares: FloatArray,
    liked_count: IntArray,
    residual_sum: FloatArray,
    row: IntArray,
    code: IntArray,
    start: IntArray,
    rated: IntArray,
    value: FloatArray,
    liked: BoolArray,
    residual: FloatArray,
) -> None:
    """Sum each reader's ratings of items in the same group as the item asked about, group by group.

    The five answers are [k, n] and begin as zeros; ``code`` is int32[n, k] of the pairs' items, ``rated`` int32[m, k]
    of the rated ones, -1 where an item has no such group. Ratings are added in the order of the list.
    """
    keys = code.shape[1]
    for pair in range(len(row)):
        begin, end = start[row[pair]], start[row[pair] + 1]
        for at in range(begin, end):
            for key in range(keys):
                if code[pair, key] >= 0 and code[pair, key] == rated[at, key]:
                    count[key, pair] += 1
                    total[key, pair] += value[at]
                    squares[key, pair] += value[at] * value[at]
                    liked_count[key, pair] += liked[at]
                    residual_sum[key, pair] += residual[at]


@numba.njit(cache=True, nogil=True)
def first_matches(answer: IntArray, row: IntArray, code: IntArray, start: IntArray, rated: IntArray) -> None:
    """Find the first rating of each reader in the same group as the item asked about (int64[k, n], -1 before)."""
    keys = code.shape[1]
    for pair in range(len(row)):
        begin, end = start[row[pair]], start[row[pair] + 1]
        for key in range(keys):
            if code[pair, key] >= 0:
                for at in range(begin, end):
                    if code[pair, key] == rated[at, key]:
                        answer[key, pair] = at
                        break


@numba.njit(cache=True, nogil=True)
def count_held(answer: IntArray, row: IntArray, code: IntArray, start: IntArray, held: AnyArray) -> None:
    """Count the items that each reader holds in the same group as the item asked about (int64[k, n], 0 before)."""
    keys = code.shape[1]
    for pair in range(len(row)):
        for at in range(start[row[pair]], start[row[pair] + 1]):
            for key in range(keys):
                answer[key, pair] += code[pair, key] >= 0 and code[pair, key] == held[at, key]
