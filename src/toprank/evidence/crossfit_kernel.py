"""The compiled loops behind :mod:`toprank.evidence.crossfit`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["rows_by_key", "sums_without_fold"]


@numba.njit(cache=True, nogil=True)
def rows_by_key(keys: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give where the rows of each key begin (int64[size + 1]), and the rows, key by key; those below 0 are in none."""
    start = np.zeros(size + 1, np.int64)
    for key in keys:
        if key >= 0:
            start[key + 1] += 1
    start = np.cumsum(start)
    free, rows = start.copy(), np.empty(start[size], np.int64)
    for row in range(len(keys)):
        key = keys[row]
        if key >= 0:
            rows[free[key]] = row
            free[key] += 1
    return start, rows


@numba.njit(cache=True, nogil=True)
def sums_without_fold(
    counts: IntArray, sums: FloatArray, place: IntArray, start: IntArray, rows: IntArray, value: FloatArray,
    liked: BoolArray, fold: IntArray, residual: FloatArray,
) -> None:  # fmt: skip
    """Sum what is in the key of each row but not in its fold, where ``place`` (int64[n]) says, not at -1.

    ``counts`` (int64[2, m], zeros before) gets ratings and liked ones, ``sums`` (float64[3, m], likewise) ratings,
    their squares, and ``residual`` (float32[n, folds]), of which each row takes that of its own fold, 0 for rows in it.
    """
    folds = residual.shape[1]
    seen, likes = np.zeros(folds, np.int64), np.zeros(folds, np.int64)
    parts = np.zeros((3, folds))
    for key in range(len(start) - 1):
        begin, end = start[key], start[key + 1]
        if end - begin < 2:
            continue
        seen[:], likes[:], parts[:] = 0, 0, 0.0
        all_liked, total, squares = 0, 0.0, 0.0
        for at in range(begin, end):
            row = rows[at]
            own, rating = fold[row], value[row]
            seen[own] += 1
            likes[own] += liked[row]
            parts[0, own] += rating
            parts[1, own] += rating * rating
            all_liked += liked[row]
            total += rating
            squares += rating * rating
            for one in range(folds):
                parts[2, one] += residual[row, one]
        for at in range(begin, end):
            to, own = place[rows[at]], fold[rows[at]]
            if to >= 0:
                counts[0, to], counts[1, to] = end - begin - seen[own], all_liked - likes[own]
                sums[0, to], sums[1, to] = total - parts[0, own], squares - parts[1, own]
                sums[2, to] = parts[2, own]
