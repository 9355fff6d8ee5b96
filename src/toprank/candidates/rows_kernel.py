"""The compiled loops behind :mod:`toprank.candidates.generators`, over rows of sparse matrices, sorted or not."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["best_of_rows", "dense_product", "pick_values", "ranks_among", "sparse_product"]


@numba.njit(cache=True, nogil=True)
def best_of_rows(start: IntArray, column: IntArray, value: FloatArray, n: int) -> tuple[IntArray, IntArray]:
    """Give row and column (int64[m] both) of each row's n largest values; of equal ones the first columns."""
    rows = len(start) - 1
    size = 0
    for row in range(rows):
        size += min(n, start[row + 1] - start[row])
    of_row, of_column = np.empty(size, np.int64), np.empty(size, np.int64)
    found = 0
    for row in range(rows):
        begin, end = start[row], start[row + 1]
        if end - begin <= n:
            for at in range(begin, end):
                of_row[found], of_column[found] = row, column[at]
                found += 1
            continue
        least = np.partition(value[begin:end], end - begin - n)[end - begin - n]
        last = found + n
        tied = np.empty(end - begin, np.int64)
        ties = 0
        for at in range(begin, end):
            if value[at] > least:
                of_row[found], of_column[found] = row, column[at]
                found += 1
            elif value[at] == least:
                tied[ties] = column[at]
                ties += 1
        first = np.sort(tied[:ties])
        for at in range(last - found):
            of_row[found], of_column[found] = row, first[at]
            found += 1
    return of_row, of_column


@numba.njit(cache=True, nogil=True)
def pick_values(
    start: IntArray, column: IntArray, value: FloatArray, line: FloatArray, row: IntArray, asked: IntArray
) -> FloatArray:
    """Give the value at each asked column of each row (float32[m]), rows ascending; 0 where there is none.

    ``line`` (float32[n_columns]) is room: zeros before and after.
    """
    answer = np.zeros(len(row), np.float32)
    at = 0
    while at < len(row):
        here = row[at]
        for place in range(start[here], start[here + 1]):
            line[column[place]] = value[place]
        while at < len(row) and row[at] == here:
            answer[at] = line[asked[at]]
            at += 1
        for place in range(start[here], start[here + 1]):
            line[column[place]] = 0.0
    return answer


@numba.njit(cache=True, nogil=True)
def dense_product(start: IntArray, row: IntArray, value: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sum rows of a matrix (float32[r, m]), each times its value, in their order (float32[n, m])."""
    answer = np.zeros((len(start) - 1, matrix.shape[1]), np.float32)
    for one in range(len(start) - 1):
        total = answer[one]
        for at in range(start[one], start[one + 1]):
            worth, line = value[at], matrix[row[at]]
            for column in range(len(total)):
                total[column] += worth * line[column]
    return answer


@numba.njit(cache=True, nogil=True)
def sparse_product(
    start: IntArray, row: IntArray, value: FloatArray, of_start: IntArray, of_column: IntArray, of_value: FloatArray,
    mark: IntArray,
) -> tuple[IntArray, IntArray, FloatArray]:  # fmt: skip
    """Do the same with a sparse matrix: where each sum begins, its columns in no order, and their values.

    ``mark`` (int32[n_columns]) is room: zeros before and after. Values are what scipy finds, to the last bit.
    """
    most = 0
    for at in range(len(row)):
        most += of_start[row[at] + 1] - of_start[row[at]]
    begin = np.zeros(len(start), np.int64)
    column, total = np.empty(most, np.int32), np.empty(most, np.float32)
    found = 0
    for one in range(len(start) - 1):
        for at in range(start[one], start[one + 1]):
            for place in range(of_start[row[at]], of_start[row[at] + 1]):
                here = of_column[place]
                more = value[at] * of_value[place]
                if mark[here] == 0:
                    column[found], total[found] = here, more
                    found += 1
                    mark[here] = found - begin[one]
                else:
                    total[begin[one] + mark[here] - 1] += more
        begin[one + 1] = found
        for at in range(begin[one], found):
            mark[column[at]] = 0
    return begin, column[:found], total[:found]


@numba.njit(cache=True, nogil=True)
def ranks_among(start: IntArray, ascending: FloatArray, row: IntArray, asked: FloatArray) -> FloatArray:
    """Give how many of the ascending values of its row are above each asked one, of equals half (float32[n])."""
    answer = np.empty(len(row), np.float32)
    for at in range(len(row)):
        begin, end = start[row[at]], start[row[at] + 1]
        own = ascending[begin:end]
        both = np.searchsorted(own, asked[at], "left") + np.searchsorted(own, asked[at], "right")
        answer[at] = (end - begin) - both / 2
    return answer
