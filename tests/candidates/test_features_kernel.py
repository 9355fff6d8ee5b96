from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates.features_kernel import weigh, write_groups, write_popularity, write_scores


def test_scores_are_shares_of_the_best_with_their_ranks() -> None:
    answer = np.empty((4, 3), np.float32)
    own, rank = np.array([4, 1, -2], np.float32), np.array([0, 1, 12], np.float32)
    best = np.array([4, 0, 0], np.float32)
    write_scores(answer, np.array([0, 0, 2]), own, best, rank, 10)
    by_pair = answer.T
    assert by_pair == pytest.approx(np.array([[1, 1, 0, 1], [0.25, 0.5, np.log(2), 1], [0, 0, np.log(13), 0]]))


def test_groups_are_counted_for_each_reader_apart() -> None:
    code, room = np.array([[0, 2], [0, -1], [1, 2]], np.int32), np.zeros((2, 3), np.float32)
    liked = np.array([True, False, True])
    answer = np.empty((6, 3), np.float32)
    write_groups(answer, np.array([0, 0, 1]), np.array([1, 2, 0]), np.array([0, 2, 3]), liked, code, code, room)
    expected = [[np.log(3), np.log(2), 1, 0, 0, 0], [0, 0, 0, np.log(2), np.log(2), 0.5]]
    by_pair = answer.T
    assert by_pair == pytest.approx(np.array([*expected, [0, 0, 0, np.log(2), np.log(2), 1]]))
    assert not room.any()


def test_popularity_is_found_in_whatever_order_works_are_asked_about() -> None:
    rng, n_works, groups = np.random.default_rng(8), 60, 5
    key = np.sort(rng.choice(n_works * groups, 120, replace=False))
    count, total = rng.integers(1, 9, 120).astype(np.float32), rng.integers(1, 99, groups).astype(np.float32)
    start, holders = np.searchsorted(key, np.arange(groups + 1) * n_works), rng.random(n_works).astype(np.float32)
    row, work, group = np.repeat(np.arange(8), 40), rng.integers(0, n_works, 320), rng.integers(-1, groups, 8)
    work[:160].sort()
    answer = np.empty((2, 320), np.float32)
    write_popularity(answer, row, work, group, start, key, count, total, holders, 50.0)
    mine = group[row]
    at = np.minimum(np.searchsorted(key, mine * n_works + work), 119)
    found = np.where((mine >= 0) & (key[at] == mine * n_works + work), count[at], 0)
    ratio = (found + 1) / (np.where(mine < 0, 0, total[mine]) * np.exp(holders[work]) / 50 + 1)
    by_pair = answer.T
    assert by_pair == pytest.approx(np.stack([np.log1p(found), np.log(ratio)], axis=1), rel=1e-5, abs=1e-6)


def test_what_is_not_known_weighs_as_the_mean() -> None:
    features = np.array([[1, np.nan], [3, 4]], np.float32)
    assert weigh(features, np.array([2, 1], np.float32), np.array([10, 1], np.float32)).tolist() == [-8, 3]
