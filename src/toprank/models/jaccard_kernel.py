"""The compiled part of the Jaccard neighbourhood; imported only when one is fitted, for numba takes its time."""

from __future__ import annotations

import numpy as np
from numba import njit

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["grouped", "neighbourhood_scores"]

SAME, COMMON, RANK = 0, 1, 2


@njit(cache=True)
def grouped(key: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Sort row numbers by a key of 0 to size - 1, by counting: equal keys keep their order.

    Returns ``start`` (int64[size + 1]) and ``order`` (int32[n]); the rows with key k are
    ``order[start[k]:start[k + 1]]``.
    """
    start = np.zeros(size + 1, np.int64)
    for k in key:
        start[k + 1] += 1
    for k in range(size):
        start[k + 1] += start[k]
    place = start[:-1].copy()
    order = np.empty(len(key), np.int32)
    for row in range(len(key)):
        order[place[key[row]]] = row
        place[key[row]] += 1
    return start, order


@njit(cache=True, error_model="numpy")
def neighbourhood_scores(
    users: IntArray,
    items: IntArray,
    by_user: IntArray,
    user_start: IntArray,
    user_item: IntArray,
    user_value: FloatArray,
    item_start: IntArray,
    item_user: IntArray,
    item_value: FloatArray,
    user_mean: FloatArray,
    global_mean: float,
) -> FloatArray:
    """Score pairs; ``by_user`` lists the pairs grouped by user, so that each user's neighbours are found once.

    Work is the number of (rating of the user, other rating of that item) pairs; memory is a few numbers a user.
    """
    n_users = len(user_start) - 1
    # Side by side, so that a neighbour costs one cache line: items both gave the same value, items both rated, and the
    # order in which neighbours with a same value were met.
    near = np.zeros((n_users, 3), np.int32)
    met = np.empty(n_users, np.int32)
    n_met = n_ranked = 0
    current = -1
    longest = 0
    for item in range(len(item_start) - 1):
        longest = max(longest, item_start[item + 1] - item_start[item])
    found = np.empty(longest, np.int64)
    scores = np.empty(len(users), np.float64)

    for pair in by_user:
        user, item = users[pair], items[pair]
        n_own = user_start[user + 1] - user_start[user]
        if user != current:
            for k in range(n_met):
                near[met[k], SAME] = 0
                near[met[k], COMMON] = 0
            n_met = n_ranked = 0
            current = user
            for own in range(user_start[user], user_start[user + 1]):
                shared = user_item[own]
                for row in range(item_start[shared], item_start[shared + 1]):
                    other = item_user[row]
                    if near[other, COMMON] == 0:
                        met[n_met] = other
                        n_met += 1
                    near[other, COMMON] += 1
                    if item_value[row] == user_value[own]:
                        if near[other, SAME] == 0:
                            near[other, RANK] = n_ranked
                            n_ranked += 1
                        near[other, SAME] += 1

        # Whether a mean of equal values comes out at that value or one bit below depends on the order of addition,
        # and a cutoff at a possible rating sees that bit. This is the order of the notebook's sparse products:
        # weights over raters as stored, weighted values over neighbours as met.
        n_found = 0
        weights = 0.0
        for row in range(item_start[item], item_start[item + 1]):
            other = item_user[row]
            if other != user and near[other, SAME] > 0:
                union = n_own + user_start[other + 1] - user_start[other] - near[other, COMMON]
                weights += near[other, SAME] / union
                found[n_found] = np.int64(near[other, RANK]) << 32 | row
                n_found += 1
        if n_found > 0:
            total = 0.0
            if n_found > 1:
                found[:n_found].sort()
            for k in range(n_found):
                row = found[k] & 0xFFFFFFFF
                other = item_user[row]
                union = n_own + user_start[other + 1] - user_start[other] - near[other, COMMON]
                total += near[other, SAME] / union * item_value[row]
            scores[pair] = total / weights
        elif n_own > 0:
            scores[pair] = user_mean[user]
        else:
            scores[pair] = global_mean
    return scores
