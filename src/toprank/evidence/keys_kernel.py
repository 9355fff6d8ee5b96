"""The compiled loops behind :mod:`toprank.evidence.keys`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["add_effects", "number_keys", "take_numbers"]


@numba.njit(cache=True, nogil=True)
def number_keys(
    answer: IntArray, user: IntArray, item: IntArray, user_codes: Int32Array, item_codes: Int32Array,
    of_user: IntArray, of_item: IntArray, size: IntArray, start: IntArray, seen_start: IntArray, seen: IntArray,
) -> None:  # fmt: skip
    """Number each pair in each key (``answer``: int64[k, n]); see :meth:`toprank.evidence.keys.KeyIndex.numbers`.

    A key is a column of each side's codes (``of_user``, ``of_item``: int64[k], -1 for a side that it does not name);
    ``size`` is how many groups of items there are. What was seen of a pair of groups begins at ``seen_start``.
    """
    for pair in range(len(item)):  # the codes of an item lie side by side
        for key in range(len(answer)):
            users, items = of_user[key], of_item[key]
            begin, end = seen_start[key], seen_start[key + 1]
            mine = item[pair] if items >= 0 else user[pair]
            value = np.int64(-1)
            if mine >= 0:
                value = item_codes[mine, items] if items >= 0 else user_codes[mine, users]
            if users < 0 or items < 0 or value < 0:
                answer[key, pair] = value + start[key] if value >= 0 else -1
                continue
            group = user_codes[user[pair], users] if user[pair] >= 0 else -1
            if group < 0:
                answer[key, pair] = -1
                continue
            wanted, low, high = group * size[key] + value, begin, end
            while low < high:
                middle = (low + high) // 2
                if seen[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            known = low < end and seen[low] == wanted
            answer[key, pair] = start[key] + (low if known else end) - begin


@numba.njit(cache=True, nogil=True)
def take_numbers(
    count: IntArray, total: FloatArray, squares: FloatArray, liked: IntArray, residual: FloatArray, rows: IntArray,
    numbers: IntArray, of_count: IntArray, of_total: FloatArray, of_squares: FloatArray, of_liked: IntArray,
    of_residual: FloatArray,
) -> None:  # fmt: skip
    """Write the statistics of numbers (int64[k, n]; -1 for none) to ``rows`` of the five answers, which are zeros."""
    for key in range(len(numbers)):
        row = rows[key]
        for pair in range(numbers.shape[1]):
            number = numbers[key, pair]
            if number >= 0:
                count[row, pair], total[row, pair] = of_count[number], of_total[number]
                squares[row, pair], liked[row, pair] = of_squares[number], of_liked[number]
                residual[row, pair] = of_residual[number]


@numba.njit(cache=True, nogil=True)
def add_effects(
    answer: FloatArray, user: IntArray, item: IntArray, user_codes: Int32Array, item_codes: Int32Array,
    of_user: IntArray, of_item: IntArray, start: IntArray, effects: FloatArray,
) -> None:  # fmt: skip
    """Add the effects (float[m, 2]) of each pair's groups in keys of one side, whose effects begin at ``start``."""
    for pair in range(len(item)):
        for key in range(len(of_user)):
            items = of_item[key]
            mine, code = item[pair] if items >= 0 else user[pair], np.int64(-1)
            if mine >= 0:
                code = item_codes[mine, items] if items >= 0 else user_codes[mine, of_user[key]]
            if code >= 0:
                answer[pair, 0] += effects[start[key] + code, 0]
                answer[pair, 1] += effects[start[key] + code, 1]
