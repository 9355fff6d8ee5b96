"""The compiled loops behind :mod:`toprank.candidates.generators`, over rows of sparse matrices, sorted or not."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["join_works", "pick_values", "ranks_among", "sparse_product"]


@numba.njit(cache=True, nogil=True)
def pick_values(
    start: IntArray, column: IntArray, value: FloatArray, mark: IntArray, row: IntArray, asked: IntArray
) -> FloatArray:
    """Give the value at each asked column of each row (float32[m]), rows ascending; 0 where there is none.

    ``mark`` (int32[n_columns]) is room: zeros before and after.
    """
    answer = np.zeros(len(row), np.float32)
    at = 0
    while at < len(row):
        begin, here = at, row[at]
        if at + 1 == len(row) or row[at + 1] != here:  # of a single one there is nothing to mark
            for place in range(start[here], start[here + 1]):
                if column[place] == asked[at]:
                    answer[at] = value[place]
            at += 1
            continue
        while at < len(row) and row[at] == here:
            mark[asked[at]] = at + 1  # of a column that is asked about twice the last
            at += 1
        for place in range(start[here], start[here + 1]):
            if mark[column[place]] > 0:
                answer[mark[column[place]] - 1] = value[place]
        for place in range(begin, at):
            answer[place] = answer[mark[asked[place]] - 1]
        for place in range(begin, at):
            mark[asked[place]] = 0
    return answer


@numba.njit(cache=True, nogil=True)
def join_works(
    held_start: IntArray, held: IntArray, rows: tuple[IntArray, IntArray], works: tuple[IntArray, IntArray],
    code: IntArray, related_start: IntArray, related: IntArray, group: IntArray, popular_start: IntArray,
    popular: IntArray, of_all: IntArray, mark: IntArray,
) -> tuple[IntArray, IntArray]:  # fmt: skip
    """Give the works that any source brings each reader who does not hold them: reader (ascending), work (int64[n]).

    Two sources are rows, ascending, and their works. Of the groups of what a reader holds (``code``: int32[n_works, k],
    -1 for none) and of those that the reader belongs to (``group``: int64[n_readers, g], likewise) the works are given
    by where they begin; ``of_all`` are everybody's. ``mark`` (int32[n_works]) is room: zeros before and after.
    """
    of_row, of_work = np.empty(1024, np.int64), np.empty(1024, np.int64)
    size, first, second = 0, 0, 0
    found = np.empty(len(mark), np.int64)
    for reader in range(len(held_start) - 1):
        mine = held[held_start[reader] : held_start[reader + 1]]
        for work in mine:
            mark[work] = 1
        n = 0
        while first < len(rows[0]) and rows[0][first] == reader:
            n = _add(found, n, works[0][first : first + 1], mark)
            first += 1
        while second < len(rows[1]) and rows[1][second] == reader:
            n = _add(found, n, works[1][second : second + 1], mark)
            second += 1
        for work in mine:
            for one in code[work]:
                if one >= 0:
                    n = _add(found, n, related[related_start[one] : related_start[one + 1]], mark)
        for one in group[reader]:
            if one >= 0:
                n = _add(found, n, popular[popular_start[one] : popular_start[one + 1]], mark)
        n = _add(found, n, of_all, mark)
        if size + n > len(of_row):
            more_rows, more_works = np.empty(2 * (size + n), np.int64), np.empty(2 * (size + n), np.int64)
            for at in range(size):
                more_rows[at], more_works[at] = of_row[at], of_work[at]
            of_row, of_work = more_rows, more_works
        for at in range(n):
            of_row[size], of_work[size] = reader, found[at]
            size += 1
        for work in mine:
            mark[work] = 0
        for work in found[:n]:
            mark[work] = 0
    return of_row[:size], of_work[:size]


@numba.njit(cache=True, nogil=True)
def _add(found: IntArray, n: int, works: IntArray, mark: IntArray) -> int:
    """Add the works that are not marked yet; say how many there are then."""
    for work in works:
        if mark[work] == 0:
            mark[work] = 1
            found[n] = work
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def sparse_product(
    start: IntArray, row: IntArray, value: FloatArray, of_start: IntArray, of_column: IntArray, of_value: FloatArray,
    mark: IntArray,
) -> tuple[IntArray, IntArray, FloatArray]:  # fmt: skip
    """Sum rows of a sparse matrix, each times its value: where each sum begins, its columns in no order, their values.

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
        if at > 0 and row[at] == row[at - 1] and asked[at] == asked[at - 1]:  # as many have a score of 0
            answer[at] = answer[at - 1]
            continue
        end = start[row[at] + 1]
        first = _place(ascending, start[row[at]], end, asked[at], False)
        last = _place(ascending, first, end, asked[at], True)
        answer[at] = (end - last) + (last - first) / 2
    return answer


@numba.njit(cache=True, nogil=True)
def _place(ascending: FloatArray, low: int, high: int, asked: float, after: bool) -> int:
    """Give the first place of a value among ascending ones, or the one behind it (``np.searchsorted`` takes longer)."""
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < asked or (after and ascending[middle] == asked):
            low = middle + 1
        else:
            high = middle
    return low
