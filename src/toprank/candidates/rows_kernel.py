"""The compiled loops behind :mod:`toprank.candidates.generators`, over rows of sparse matrices, sorted or not."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["best_of_rows", "pick_values"]


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
    start: IntArray, column: IntArray, value: FloatArray, width: int, row: IntArray, asked: IntArray
) -> FloatArray:
    """Give the value at each asked column of each row (float32[m]), rows ascending; 0 where there is none."""
    answer = np.zeros(len(row), np.float32)
    line = np.zeros(width, np.float32)
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
