"""The compiled loops behind :mod:`toprank.evidence.crossfit`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["find_cells", "levels_without_fold", "rows_by_key", "sums_without_fold"]


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
def find_cells(
    cell_start: IntArray, cell_fold: IntArray, of: IntArray, start: IntArray, rows: IntArray, fold: IntArray, folds: int
) -> int:
    """Number the pairs of a key and a fold that rows show, key by key, and say how many there are.

    ``cell_start`` (int64[size + 1]) gets where those of each key begin, ``cell_fold`` the fold of each, and ``of``
    which is that of each row; rows in no key are left alone.
    """
    place, count = np.empty(folds, np.int64), 0
    for key in range(len(start) - 1):
        cell_start[key] = count
        place[:] = -1
        for at in range(start[key], start[key + 1]):
            row = rows[at]
            own = fold[row]
            if place[own] < 0:
                place[own], cell_fold[count] = count, own
                count += 1
            of[row] = place[own]
    cell_start[len(start) - 1] = count
    return count


@numba.njit(cache=True, nogil=True)
def sums_without_fold(
    counts: IntArray, sums: FloatArray, cell_start: IntArray, cell_fold: IntArray, start: IntArray, rows: IntArray,
    value: FloatArray, liked: BoolArray, fold: IntArray, residual: FloatArray,
) -> None:  # fmt: skip
    """Sum what is in the key of each cell but not in its fold.

    ``counts`` (int64[2, c], zeros before) gets ratings and liked ones, ``sums`` (float64[3, c], likewise) ratings,
    their squares, and ``residual`` (float32[n, folds]), of which each cell takes that of its fold, 0 for rows in it.
    """
    folds = residual.shape[1]
    seen, likes = np.zeros(folds, np.int64), np.zeros(folds, np.int64)
    parts = np.zeros((3, folds))
    for key in range(len(start) - 1):
        begin, end = start[key], start[key + 1]
        first, last = cell_start[key], cell_start[key + 1]
        if (
            begin == end
            or first == last
            or (end - begin == last - first == 1 and fold[rows[begin]] == cell_fold[first])
        ):
            continue  # nothing is in it, asked of it, or outside of the fold
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
        for cell in range(first, last):
            own = cell_fold[cell]
            counts[0, cell], counts[1, cell] = end - begin - seen[own], all_liked - likes[own]
            sums[0, cell], sums[1, cell] = total - parts[0, own], squares - parts[1, own]
            sums[2, cell] = parts[2, own]


@numba.njit(cache=True, nogil=True)
def levels_without_fold(
    counts: IntArray, cell_start: IntArray, cell_fold: IntArray, start: IntArray, rows: IntArray, level: IntArray,
    fold: IntArray, folds: int,
) -> None:  # fmt: skip
    """Count what is in the key of each cell but not in its fold at each level (int64[c, levels], zeros before)."""
    inside = np.empty((folds, counts.shape[1]), np.int64)
    for key in range(len(start) - 1):
        first, last = cell_start[key], cell_start[key + 1]
        if first == last:
            continue
        inside[:] = 0
        for at in range(start[key], start[key + 1]):
            inside[fold[rows[at]], level[rows[at]]] += 1
            counts[first, level[rows[at]]] += 1
        for cell in range(last - 1, first - 1, -1):  # the first has those of all
            counts[cell] = counts[first] - inside[cell_fold[cell]]
