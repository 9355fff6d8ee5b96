"""The compiled loops that write down what is known of candidates, pair by pair, a row for each feature.

Arrays lie row by row (C order), or another shape of a single pair would be compiled, and loaded, once more.
"""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray

__all__ = ["weigh", "write_groups", "write_popularity", "write_scores"]

ONE = np.float32(1)


@numba.njit(cache=True, nogil=True)
def write_scores(
    answer: FloatArray, row: IntArray, own: FloatArray, best: FloatArray, rank: FloatArray, near: int
) -> None:
    """Write scores as shares of the reader's best, their roots, the logarithm of their rank, whether that is low."""
    for at in range(len(row)):
        share = max(own[at], np.float32(0)) / max(best[row[at]], np.float32(1e-9))
        answer[0, at] = share
        answer[1, at] = np.sqrt(share)
        answer[2, at] = np.log1p(rank[at])
        answer[3, at] = np.float32(rank[at] < near)


@numba.njit(cache=True, nogil=True)
def write_groups(
    answer: FloatArray, row: IntArray, work: IntArray, start: IntArray, liked: BoolArray, held: Int32Array,
    code: Int32Array, room: FloatArray,
) -> None:  # fmt: skip
    """Write how many works of each pair's groups its reader holds, how many liked, and which share of all that is.

    Three of ``answer`` a group; rows ascend. Groups are numbered one kind behind the other, -1 for none: ``held``
    (int32[m, g]) are those of what is held, ``code`` (int32[n_works, g]) those of what is asked about. ``room``
    (float32[2, groups]) are zeros before and after.
    """
    at = 0
    while at < len(row):
        reader = row[at]
        begin, end = start[reader], start[reader + 1]
        for place in range(begin, end):
            for one in held[place]:
                if one >= 0:
                    room[0, one] += ONE
                    room[1, one] += np.float32(liked[place])
        holdings = np.float32(max(end - begin, 1))
        while at < len(row) and row[at] == reader:
            for kind, one in enumerate(code[work[at]]):
                count = room[0, one] if one >= 0 else np.float32(0)
                likes = room[1, one] if one >= 0 else np.float32(0)
                answer[3 * kind, at] = np.log1p(count) if count > 0 else np.float32(0)  # which most are
                answer[3 * kind + 1, at] = np.log1p(likes) if likes > 0 else np.float32(0)
                answer[3 * kind + 2, at] = count / holdings
            at += 1
        for place in range(begin, end):
            for one in held[place]:
                if one >= 0:
                    room[0, one] = room[1, one] = np.float32(0)


@numba.njit(cache=True, nogil=True)
def write_popularity(
    answer: FloatArray, row: IntArray, work: IntArray, group: IntArray, start: IntArray, key: IntArray,
    count: FloatArray, total: FloatArray, holders: FloatArray, every: float,
) -> None:  # fmt: skip
    """Write how popular works are in the groups of their readers, and how many times as often as elsewhere.

    ``key`` (group x n_works + work, ascending, those of a group from ``start`` on) has a ``count`` each; ``total`` is
    how many works each group holds; of a work are ln(1 + ``holders``), of all works ``every``. A group of -1 is none.
    """
    n_works, share = len(holders), np.float32(every)
    low, high, before, last = 0, 0, np.int64(-2), np.int64(-1)
    for at in range(len(row)):
        mine = group[row[at]]
        if mine != before or work[at] < last:  # else the search goes on where it ended
            low, high = (start[mine], start[mine + 1]) if mine >= 0 else (0, 0)
        before, last = mine, work[at]
        wanted, end, step = mine * n_works + work[at], high, 1
        while low + step < end and key[low + step] < wanted:
            low += step
            step *= 2
        end = min(end, low + step + 1)
        while low < end:
            middle = (low + end) // 2
            if key[middle] < wanted:
                low = middle + 1
            else:
                end = middle
        found = count[low] if low < high and key[low] == wanted else np.float32(0)
        held = total[mine] if mine >= 0 else np.float32(0)
        overall = np.exp(holders[work[at]]) / share
        answer[0, at] = np.log1p(found) if found > 0 else np.float32(0)
        # One expected holding more on both sides, so that few holders say little.
        answer[1, at] = np.log((found + ONE) / (held * overall + ONE))


@numba.njit(cache=True, nogil=True)
def weigh(features: FloatArray, mean: FloatArray, gain: FloatArray) -> FloatArray:
    """Sum, feature by feature (float32[f, n]), what each counts (float32[n]); NaN counts as the mean."""
    total = np.zeros(features.shape[1], np.float32)
    for one in range(len(features)):
        for at in range(len(total)):
            away = features[one, at] - mean[one]
            total[at] += gain[one] * (away if away == away else np.float32(0))
    return total
