"""The compiled loops behind :mod:`toprank.models.forest`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["BLOCK", "descend"]

BLOCK = 32
"""Rows that go down a tree side by side: enough to keep the processor busy, few enough to stay in its nearest cache."""

TINY = np.float32(1e-35)
"""What is no further from 0 is 0 to LightGBM."""


@numba.njit(cache=True, nogil=True)
def descend(
    answer: FloatArray,
    begin: int,
    end: int,
    matrix: FloatArray,
    column: Int32Array,
    missing: Int32Array,
    first: IntArray,
    root: Int32Array,
    depth: Int32Array,
    node: Int32Array,
    value: FloatArray,
) -> None:
    """Sum the leaves that rows come to, over the trees of each booster in turn, into ``answer`` (float64[k, n]).

    Rows begin to end of ``matrix`` (float32[n, n_columns], in Fortran order) are done; others can be done by another
    thread meanwhile. ``column`` and ``missing`` (int32[c]): which column is looked at, and the key that stands for NaN
    there. ``first`` (int64[k + 1]): where the trees of each booster begin; ``root`` and ``depth`` (int32[t]): of each
    tree. ``node`` (int32[m, 4]): what is looked at, of ``column``; the largest key that goes left; the left and the
    right child; a leaf is its own child, of the ``value`` (float64[m]). A number's key is an integer in the same order:
    its bits, all but the sign turned over if it is below 0.
    """
    keys = np.empty((BLOCK, len(column)), np.int32)
    number = np.empty(1, np.float32)
    bits = number.view(np.int32)
    place = np.empty(BLOCK, np.int32)
    total = np.empty(BLOCK)
    for at in range(begin, end, BLOCK):
        rows = min(BLOCK, end - at)
        for c in range(len(column)):
            for r in range(rows):
                number[0] = matrix[at + r, column[c]]
                if abs(number[0]) <= TINY:
                    number[0] = 0
                key = bits[0] ^ ((bits[0] >> 31) & 0x7FFFFFFF)
                keys[r, c] = missing[c] if number[0] != number[0] else key
        for booster in range(len(first) - 1):
            if rows == 1:  # trees go side by side then
                answer[booster, at] = _one(keys[0], first[booster], first[booster + 1], root, depth, node, value, place)
                continue
            total[:rows] = 0
            for tree in range(first[booster], first[booster + 1]):
                place[:rows] = root[tree]
                for _ in range(depth[tree]):
                    for r in range(rows):
                        here = place[r]
                        right = keys[r, node[here, 0]] > node[here, 1]
                        place[r] = node[here, 2 + np.int64(right)]
                for r in range(rows):
                    total[r] += value[place[r]]
            answer[booster, at : at + rows] = total[:rows]


@numba.njit(cache=True, nogil=True)
def _one(
    keys: Int32Array, begin: int, end: int, root: Int32Array, depth: Int32Array, node: Int32Array, value: FloatArray,
    place: Int32Array,
) -> float:  # fmt: skip
    """Sum the leaves that one row comes to in some trees, in their order."""
    total = 0.0
    for first in range(begin, end, BLOCK):
        trees = min(BLOCK, end - first)
        place[:trees] = root[first : first + trees]
        for _ in range(depth[first : first + trees].max()):
            for tree in range(trees):
                here = place[tree]
                place[tree] = node[here, 2 + np.int64(keys[node[here, 0]] > node[here, 1])]
        for tree in range(trees):
            total += value[place[tree]]
    return total
