"""The compiled loops behind :mod:`toprank.nets.attention.lookup`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["BOOK", "RATER", "nearest_books", "nearest_raters"]

BOOK = 13
"""What is told of a rated book: that there is one, its rating against the reader's mean, its residual, whether it is
liked, its similarity, up to four kinds shared, whether it is the same work, how many hold it, how many books the reader
rated, how far its first number lies."""

RATER = 10
"""What is told of a rater: that there is one, the rating against the rater's mean, its residual, whether it is liked,
the similarity to the reader, the rater's mean and count, whether it is another work of the kind, whether rater and
reader share a group, the rater's mean against the reader's."""


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
    order: IntArray,
    users: IntArray,
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
    """Tell of the reader's rated books that are most like each target; their own fold is not looked at.

    Parameters
    ----------
    answer : float32[n, books, BOOK]
        Where to write; zeros before.
    order : int64[n]
        In which to go through the pairs, which changes no answer: what neighbours in it share is still at hand.
    users, items, hidden : int[n]
        The pairs, and the fold whose labels each must not see; the number of folds for none.
    start, rated, fold, value, liked : int64[n_users + 1], int32[m], int64[m], float32[m], bool[m]
        Training rows, those of a user from ``start[user]`` on.
    residual, mean : float32[folds + 1, m], float32[folds + 1, n_users]
        Without each fold; the last without none.
    spread : float
        What a difference of 1 is told for, in rating points.
    work, kinds, number : int32[n_items], int32[n_items, k], float32[n_items]
        Of each item; NaN where the number is unknown.
    vectors, holders : float32[folds + 1, n_works, d], float32[n_works]
        Of each work, the vectors without what each fold tells of who holds it.
    """
    most = answer.shape[1]
    best, place = np.empty(most, np.float32), np.empty(most, np.int64)
    for q in order:
        user, target, leave = users[q], items[q], hidden[q]
        found = 0
        for row in range(start[user], start[user + 1]):
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
        count = np.log1p(np.float32(start[user + 1] - start[user])) / 4
        for g in range(found):
            row = place[g]
            other = rated[row]
            told = answer[q, g]
            told[0] = 1
            told[1] = (value[row] - mean[leave, user]) / spread
            told[2] = residual[leave, row] / spread
            told[3] = np.float32(liked[row]) - np.float32(0.5)
            told[4] = _dot(vectors[leave, work[target]], vectors[leave, work[other]])
            for k in range(min(4, kinds.shape[1])):
                told[5 + k] = kinds[target, k] >= 0 and kinds[target, k] == kinds[other, k]
            told[9] = work[target] == work[other]
            told[10] = np.log1p(holders[work[other]]) / 4
            told[11] = count
            far = abs(number[target] - number[other])
            told[12] = min(far, np.float32(4)) if far >= 0 else np.float32(1)


@numba.njit(cache=True, nogil=True)
def nearest_raters(
    answer: FloatArray,
    order: IntArray,
    users: IntArray,
    items: IntArray,
    hidden: IntArray,
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
    at_row: IntArray,
    profile: FloatArray,
    candidates: int,
) -> None:
    """Tell of the raters of each target that are most like the reader, then of those of its kind.

    Parameters
    ----------
    answer : float32[n, raters, RATER]
        Where to write; zeros before.
    order, users, items, hidden : int[n]
        As for :func:`nearest_books`.
    starts, rows : tuple of two int64 arrays each
        Training rows by work, and by kind: those of a group are ``rows[start[group]:start[group + 1]]``.
    groups : int32[n_items, 2]
        The work of each item, and its kind or -1.
    user, item, fold, value, liked, residual, mean : arrays
        The training rows, as for :func:`nearest_books`.
    count : float32[folds + 1, n_users]
        Ratings of each user.
    middle : float32[folds + 1]
        Mean of all ratings without each fold.
    spread : float
        What a difference of 1 is told for, in rating points.
    shared : int32[n_users]
        A group of users, -1 where unknown.
    at_row : int32[n_users]
        Where each user stands in ``profile``.
    profile : float32[folds + 1, n_readers, d]
        Of each reader.
    candidates : int
        Of more rows of a group than this, evenly spaced ones are looked at.
    """
    most = answer.shape[1]
    best, place = np.empty(most, np.float32), np.empty(most, np.int64)
    for q in order:
        reader, target, leave = users[q], items[q], hidden[q]
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
                if fold[row] == leave or user[row] == reader or same_work:
                    continue
                similar = _dot(profile[leave, at_row[reader]], profile[leave, at_row[user[row]]])
                found = _keep(best, place, found, similar, row)
            for g in range(min(found, most - filled)):
                row = place[g]
                other = user[row]
                told = answer[q, filled]
                told[0] = 1
                told[1] = (value[row] - mean[leave, other]) / spread
                told[2] = residual[leave, row] / spread
                told[3] = np.float32(liked[row]) - np.float32(0.5)
                told[4] = best[g]
                told[5] = (mean[leave, other] - middle[leave]) / spread
                told[6] = np.log1p(count[leave, other]) / 4
                told[7] = kind
                told[8] = shared[other] >= 0 and shared[other] == shared[reader]
                told[9] = (mean[leave, other] - mean[leave, reader]) / spread
                filled += 1
