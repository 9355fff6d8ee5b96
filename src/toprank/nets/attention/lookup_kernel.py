"""The compiled loops behind :mod:`toprank.nets.attention.lookup`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["BOOK", "RATER", "nearest_books", "nearest_raters"]

BOOK = 13
"""A token of a rated book: that there is one, its rating against the reader's mean, its residual, whether it is liked,
its similarity, up to four kinds shared, whether it is the same work, how many hold it, how many books the reader rated,
how far its first number lies."""

RATER = 10
"""A token of a rater: that there is one, the rating against the rater's mean, its residual, whether it is liked, the
similarity to the reader, the rater's mean and count, whether it is another work of the kind, whether rater and reader
share a group, the rater's mean against the reader's."""


@numba.njit(cache=True, nogil=True, inline="always")
def _keep(best: FloatArray, place: IntArray, found: int, similar: AnyArray | float, row: int) -> int:
    """Insert a row into a descending list of the most similar ones; of equals the earlier stays first."""
    most = len(best)
    if found == most and similar <= best[most - 1]:
        return found
    at = min(found, most - 1)
    while at > 0 and best[at - 1] < similar:
        best[at], place[at] = best[at - 1], place[at - 1]
        at -= 1
    best[at], place[at] = similar, row
    return min(found + 1, most)


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"}, inline="always")
def _dot(one: FloatArray, other: FloatArray) -> AnyArray:
    total: AnyArray = np.float32(0)  # type: ignore[assignment]
    for k in range(len(one)):
        total += one[k] * other[k]
    return total


@numba.njit(cache=True, nogil=True)
def nearest_books(
    answer: FloatArray,
    which: IntArray,
    order: IntArray,
    readers: IntArray,
    items: IntArray,
    hidden: IntArray,
    start: IntArray,
    rated: IntArray,
    fold: IntArray,
    value: FloatArray,
    liked: BoolArray,
    residual: FloatArray,
    mean: FloatArray,
    spread: float,
    work: IntArray,
    kinds: IntArray,
    number: FloatArray,
    vectors: FloatArray,
    holders: FloatArray,
) -> None:
    """Fill in the reader's rated books that are most like each target; their own fold is not looked at.

    ``answer`` is float32[n, books, BOOK], zeros before, and ``which`` (int64[n, books], -1 before) their rows.
    ``order`` (int64[n]) is that in which to go through the pairs, which changes no answer: what neighbours in it share
    is still at hand. ``hidden`` is the fold whose labels a pair must not see, the number of folds for none. The
    readers' ratings are ``rated``, ``fold``, ``value``, ``liked`` and ``residual`` (float32[folds + 1, m]), those of
    one from ``start`` on; ``mean`` is float32[folds + 1, readers]. A difference of 1 stands for ``spread`` rating
    points. Of items there are ``work``, ``kinds`` (int32[n_items, k]) and ``number`` (NaN where unknown), of works
    ``vectors`` (float32[folds + 1, n_works, d]) and ``holders``.
    """
    most = answer.shape[1]
    best, place = np.empty(most, np.float32), np.empty(most, np.int64)
    for q in order:
        reader, target, leave = readers[q], items[q], hidden[q]
        found = 0
        for row in range(start[reader], start[reader + 1]):
            if fold[row] == leave:
                continue
            other = rated[row]
            similar = _dot(vectors[leave, work[target]], vectors[leave, work[other]])
            worth = np.float32(3)
            for k in range(kinds.shape[1]):
                if kinds[target, k] >= 0 and kinds[target, k] == kinds[other, k]:
                    similar += worth
                worth /= 2
            if work[target] == work[other]:
                similar += 20
            found = _keep(best, place, found, similar, row)
        count = np.log1p(np.float32(start[reader + 1] - start[reader])) / 4
        for g in range(found):
            row = place[g]
            other = rated[row]
            token = answer[q, g]
            which[q, g] = row
            token[0] = 1
            token[1] = (value[row] - mean[leave, reader]) / spread
            token[2] = residual[leave, row] / spread
            token[3] = np.float32(liked[row]) - np.float32(0.5)
            token[4] = _dot(vectors[leave, work[target]], vectors[leave, work[other]])
            for k in range(min(4, kinds.shape[1])):
                token[5 + k] = kinds[target, k] >= 0 and kinds[target, k] == kinds[other, k]
            token[9] = work[target] == work[other]
            token[10] = np.log1p(holders[work[other]]) / 4
            token[11] = count
            far = abs(number[target] - number[other])
            token[12] = min(far, np.float32(4)) if far >= 0 else np.float32(1)


@numba.njit(cache=True, nogil=True)
def nearest_raters(
    answer: FloatArray,
    which: IntArray,
    order: IntArray,
    readers: IntArray,
    items: IntArray,
    hidden: IntArray,
    own: IntArray,
    own_mean: FloatArray,
    own_shared: IntArray,
    own_vector: FloatArray,
    starts: tuple[IntArray, ...],
    rows: tuple[IntArray, ...],
    groups: IntArray,
    user: IntArray,
    item: IntArray,
    fold: IntArray,
    value: FloatArray,
    liked: BoolArray,
    residual: FloatArray,
    mean: FloatArray,
    count: FloatArray,
    middle: FloatArray,
    spread: float,
    shared: IntArray,
    vector: FloatArray,
    candidates: int,
) -> None:
    """Fill in the raters of each target that are most like the reader, then those of its kind.

    ``answer`` is float32[n, raters, RATER], zeros before, and ``which`` (int64[n, raters], -1 before) their rows;
    ``order``, ``readers``, ``items`` and ``hidden`` are as for :func:`nearest_books`. Of each reader there are ``own``
    (which rater it is, -1 for none), ``own_mean`` and ``own_vector`` (float32[folds + 1, readers, ...]) and
    ``own_shared``, a group or -1. Training rows are ``user``, ``item``, ``fold``, ``value``, ``liked``, ``residual``;
    those of a group are ``rows[k][starts[k][group]:]``, by work and by kind, which ``groups`` (int32[n_items, 2])
    names. Of users there are ``mean``, ``count`` and ``vector`` (all [folds + 1, n_users, ...]) and ``shared``;
    ``middle`` is the mean of all ratings without each fold. Of more rows of a group than ``candidates`` evenly spaced
    ones are looked at.
    """
    most = answer.shape[1]
    best, place = np.empty(most, np.float32), np.empty(most, np.int64)
    for q in order:
        reader, target, leave = readers[q], items[q], hidden[q]
        filled = 0
        for kind in range(2):
            group = groups[target, kind]
            if group < 0 or filled == most:
                continue
            begin, end = starts[kind][group], starts[kind][group + 1]
            stride = max(1, -(-(end - begin) // candidates))
            found = 0
            for at in range(begin, end, stride):
                row = rows[kind][at]
                same_work = kind == 1 and groups[item[row], 0] == groups[target, 0]
                if fold[row] == leave or user[row] == own[reader] or same_work:
                    continue
                similar = _dot(own_vector[leave, reader], vector[leave, user[row]])
                found = _keep(best, place, found, similar, row)
            for g in range(min(found, most - filled)):
                row = place[g]
                other = user[row]
                token = answer[q, filled]
                which[q, filled] = row
                token[0] = 1
                token[1] = (value[row] - mean[leave, other]) / spread
                token[2] = residual[leave, row] / spread
                token[3] = np.float32(liked[row]) - np.float32(0.5)
                token[4] = best[g]
                token[5] = (mean[leave, other] - middle[leave]) / spread
                token[6] = np.log1p(count[leave, other]) / 4
                token[7] = kind
                token[8] = shared[other] >= 0 and shared[other] == own_shared[reader]
                token[9] = (mean[leave, other] - own_mean[leave, reader]) / spread
                filled += 1
