"""The compiled loops behind :mod:`toprank.models.forest`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["BLOCK", "FEW", "answer_rows", "lay_out"]

BLOCK = 64
"""Rows that are asked together: enough to keep the processor busy, few enough to stay in its nearest cache."""

FEW = 8
"""Rows that go down the trees one after the other: fewer steps each than to look at all splits."""

BITS, BRUIJN = 32, 0x077CB531
"""Leaves of a word; and what a power of two is multiplied by, so that its five highest bits tell which one it is
(Leiserson, Prokop and Randall, "Using de Bruijn sequences to index a 1 in a computer word", 1998)."""

TINY = np.float32(1e-35)
"""What is no further from 0 is 0 to LightGBM."""


@numba.njit(cache=True, nogil=True)
def answer_rows(
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
    split_start: IntArray,
    split: Int32Array,
    word_start: IntArray,
    leaf: FloatArray,
) -> None:
    """Sum the leaves that rows come to, over the trees of each booster in turn, into ``answer`` (float64[k, n]).

    Rows begin to end of ``matrix`` (float32[n, n_columns], in Fortran order) are done; others can be done by another
    thread meanwhile. ``column`` and ``missing`` (int32[c]): which column is looked at, and the key that stands for NaN
    there. ``first`` (int64[k + 1]): where the trees of each booster begin; ``root`` and ``depth`` (int32[t]): of each
    tree. ``node`` (int32[m, 4]): what is looked at, of ``column``; the largest key that goes left; the left and the
    right child; a leaf is its own child, of the ``value`` (float64[m]). A number's key is an integer in the same order:
    its bits, all but the sign turned over if it is below 0. The last four are those of :func:`lay_out`.
    """
    keys = np.zeros((len(column), BLOCK), np.int32)
    number = np.empty(1, np.float32)
    bits = number.view(np.int32)
    place = np.empty(BLOCK, np.int32)
    left = np.empty((max(1, np.diff(word_start).max()) if len(root) else 1, BLOCK), np.int32)
    total = np.empty(BLOCK)
    for at in range(begin, end, BLOCK):
        rows = min(BLOCK, end - at)
        for c in range(len(column)):
            for r in range(rows):
                number[0] = matrix[at + r, column[c]]
                if abs(number[0]) <= TINY:
                    number[0] = 0
                key = bits[0] ^ ((bits[0] >> 31) & 0x7FFFFFFF)
                keys[c, r] = missing[c] if number[0] != number[0] else key
        for booster in range(len(first) - 1):
            if rows <= FEW:
                for r in range(rows):
                    own = keys[:, r]
                    answer[booster, at + r] = _one(
                        own, first[booster], first[booster + 1], root, depth, node, value, place
                    )
                continue
            total[:] = 0
            for tree in range(first[booster], first[booster + 1]):
                words = leaf[word_start[tree] : word_start[tree + 1]]
                left[: len(words)] = -1
                for s in range(split_start[tree], split_start[tree + 1]):
                    _leave(left[split[s, 2]], keys[split[s, 0]], split[s, 1], split[s, 3])
                _add(total, left, words)
            answer[booster, at : at + rows] = total[:rows]


@numba.njit(cache=True, nogil=True)
def _leave(left: Int32Array, keys: Int32Array, bar: int, kept: int) -> None:
    """Strike out the leaves on the left of a split for the rows that go right."""
    for r in range(BLOCK):
        left[r] &= kept if keys[r] > bar else -1


@numba.njit(cache=True, nogil=True)
def _add(total: FloatArray, left: Int32Array, words: FloatArray) -> None:
    """Add the first leaf that is left to each row's total."""
    for r in range(BLOCK):
        word = 0
        while left[word, r] == 0:
            word += 1
        lowest = np.int64(np.uint32(left[word, r] & -left[word, r]))
        total[r] += words[word, ((lowest * BRUIJN) >> 27) & (BITS - 1)]


@numba.njit(cache=True, nogil=True)
def lay_out(
    root: Int32Array, leaves: IntArray, node: Int32Array, value: FloatArray
) -> tuple[IntArray, Int32Array, IntArray, FloatArray]:
    """Say of each split which leaves a row can no longer come to that goes right: those on its left.

    Of the leaves from left to right, a row comes to the first that no split takes from it, in whatever order they are
    looked at (Lucchese and others, "QuickScorer: a fast algorithm to rank documents with additive ensembles of
    regression trees", 2015). ``leaves`` are int64[t]. Gives where the splits of each tree begin, these (int32[s, 4]:
    what is looked at, the largest key that goes left, a word of leaves and the bits that stay; a split of leaves in
    several words is in each), where the words of each tree begin, and the values of a word's leaves (float64[w, 32],
    by what :data:`BRUIJN` tells).
    """
    split_start, word_start = np.zeros(len(root) + 1, np.int64), np.zeros(len(root) + 1, np.int64)
    for tree in range(len(root)):
        word_start[tree + 1] = word_start[tree] + (leaves[tree] + BITS - 1) // BITS
    leaf = np.zeros((word_start[-1], BITS))
    splits = 0
    for tree in range(len(root)):
        splits += (leaves[tree] - 1) * (word_start[tree + 1] - word_start[tree])
    split = np.empty((splits, 4), np.int32)
    size, begin = np.ones(len(node), np.int64), np.zeros(len(node), np.int64)
    splits = 0
    for tree in range(len(root)):
        first, inner = root[tree], leaves[tree] - 1
        for here in range(first + inner - 1, first - 1, -1):  # children come after
            size[here] = size[node[here, 2]] + size[node[here, 3]]
        for here in range(first, first + inner):
            left, right = node[here, 2], node[here, 3]
            begin[left] = begin[here]
            begin[right] = end = begin[here] + size[left]
            for word in range(begin[here] // BITS, (end - 1) // BITS + 1):
                low, high = max(begin[here] - word * BITS, 0), min(end - word * BITS, BITS)
                gone = (np.int64(1) << high) - (np.int64(1) << low)
                split[splits, 0], split[splits, 1], split[splits, 2] = node[here, 0], node[here, 1], word
                split[splits, 3] = np.int32(~gone)
                splits += 1
        split_start[tree + 1] = splits
        for here in range(first + inner, first + 2 * inner + 1):
            word, bit = begin[here] // BITS, begin[here] % BITS
            leaf[word_start[tree] + word, (((np.int64(1) << bit) * BRUIJN) >> 27) & (BITS - 1)] = value[here]
    return split_start, split[:splits].copy(), word_start, leaf


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
