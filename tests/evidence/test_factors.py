from __future__ import annotations

import numpy as np
import pytest

from toprank.core.arrays import FloatArray, IntArray
from toprank.evidence import factors
from toprank.evidence.factors import Factors, Normal, ReaderFactors, learn_factors

RNG = np.random.default_rng(4)
N_USERS, N_ITEMS = 60, 30


def learned(user: IntArray, item: IntArray, value: FloatArray, size: int = 2, sweeps: int = 15) -> Factors:
    return learn_factors(
        user, item, value, n_users=N_USERS, n_items=N_ITEMS, factors=size, sweeps=sweeps,
        rng=np.random.default_rng(1),
    )  # fmt: skip


def rated() -> tuple[IntArray, IntArray, FloatArray]:
    pair = np.sort(RNG.permutation(N_USERS * N_ITEMS)[:900])
    user, item = pair // N_ITEMS, pair % N_ITEMS
    p, q = RNG.normal(size=(N_USERS, 2)), RNG.normal(size=(N_ITEMS, 2))
    noise = np.where(np.arange(N_USERS) % 2, 0.3, 1.5)[user]
    return user, item, 5 + (p[user] * q[item]).sum(axis=1) + noise * RNG.normal(size=900)


USER, ITEM, VALUE = rated()
FOUND = learned(USER, ITEM, VALUE)
START = np.searchsorted(USER, np.arange(N_USERS + 1))
READERS = FOUND.readers(START, ITEM, VALUE)


def full(packed: FloatArray) -> FloatArray:
    answer = np.zeros((3, 3))
    answer[np.tril_indices(3)] = packed
    return answer + np.tril(answer, -1).T


def test_a_reader_is_a_ridge_regression_on_what_items_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "ROUNDS", 50)  # until the reader's noise stays as it is
    readers = FOUND.readers(START, ITEM, VALUE)
    for reader in (0, 7):
        mine = slice(START[reader], START[reader + 1])
        z = (VALUE[mine] - FOUND.center) / FOUND.scale
        # The items as they may be: many draws of each, all of which the reader rated.
        precision, pull = FOUND.of_readers.precision.copy(), FOUND.of_readers.pull.copy()
        draw = np.random.default_rng(3)
        first = np.tile(np.array([1.0, 0.0, 0.0]), (400_000, 1))
        for item, value in zip(ITEM[mine], z, strict=True):
            items = draw.multivariate_normal(FOUND.item[item], full(FOUND.covariance[item]), 400_000)
            first[:, 1:] = items[:, 1:]
            precision += readers.weight[reader] * first.T @ first / len(first)
            pull += readers.weight[reader] * first.T @ (value - items[:, 0]) / len(first)
        spread = np.linalg.inv(precision)
        assert readers.mean[reader] == pytest.approx(spread @ pull, abs=0.005)
        assert full(readers.covariance[reader]) == pytest.approx(spread, abs=0.002)


def test_the_spread_is_that_of_what_both_may_be() -> None:
    draw = np.random.default_rng(3)
    offsets, products, spread = FOUND.expected(READERS, np.array([5]), np.array([8])).T
    readers = draw.multivariate_normal(READERS.mean[5], full(READERS.covariance[5]), 400_000)
    items = draw.multivariate_normal(FOUND.item[8], full(FOUND.covariance[8]), 400_000)
    sums = readers[:, 0] + items[:, 0] + (readers[:, 1:] * items[:, 1:]).sum(axis=1)
    assert offsets[0] + products[0] == pytest.approx(FOUND.center + FOUND.scale * sums.mean(), abs=0.01)
    assert spread[0] == pytest.approx(FOUND.scale * sums.std(), rel=0.01)


def test_noisy_readers_are_told_from_careful_ones() -> None:
    careful = np.arange(N_USERS) % 2 == 1
    assert np.median(READERS.weight[careful]) > 3 * np.median(READERS.weight[~careful])


def test_who_has_rated_nothing_is_as_all_are() -> None:
    nobody = FOUND.readers(np.array([0, 0]), np.empty(0, np.int32), np.empty(0))
    assert nobody.mean[0] == pytest.approx(FOUND.of_readers.mean)
    assert full(nobody.covariance[0]) == pytest.approx(np.linalg.inv(FOUND.of_readers.precision), rel=1e-5)


def test_a_reader_alone_is_the_reader_among_all() -> None:
    alone = FOUND.readers(np.array([0, START[8] - START[7]]), ITEM[START[7] : START[8]], VALUE[START[7] : START[8]])
    assert np.array_equal(alone.mean[0], READERS.mean[7])
    assert np.array_equal(alone.covariance[0], READERS.covariance[7])


def test_ratings_that_come_and_go_leave_items_as_they_were() -> None:
    row = np.array([3, 4, 3])
    item = np.array([2, 2, 9])
    value = np.array([1.0, 9.0, 5.0])
    moved = FOUND.updated(READERS, row, item, value, np.ones(3))
    assert abs(moved.item[2] - FOUND.item[2]).max() > 0.01
    untouched = ~np.isin(np.arange(N_ITEMS), item)
    assert np.array_equal(moved.item[untouched], FOUND.item[untouched])
    back = moved.updated(READERS, row, item, value, -np.ones(3))
    assert back.item == pytest.approx(FOUND.item, abs=1e-5)
    assert back.covariance == pytest.approx(FOUND.covariance, abs=1e-5)


def test_a_rating_that_comes_counts_as_if_it_had_been_there() -> None:
    # With one reader whose position is known for sure: the closed form of a normal prior and one observation.
    sure = ReaderFactors(np.array([[0.5, 1.0, -1.0]]), np.zeros((1, 6), np.float32), np.array([4.0]))
    prior = Normal(np.array([0.1, 0.2, 0.3]), np.diag([2.0, 3.0, 4.0]))
    one = Factors(0.0, 1.0, np.zeros((0, 3)), np.zeros((0, 6), np.float32), prior, prior, np.array([5.0, 1.0])).grown(1)
    assert one.item[0] == pytest.approx(prior.mean)
    moved = one.updated(sure, np.array([0]), np.array([0]), np.array([2.0]), np.ones(1))
    x = np.array([1.0, 1.0, -1.0])
    spread = np.linalg.inv(prior.precision + 4.0 * np.outer(x, x))
    assert moved.item[0] == pytest.approx(spread @ (prior.pull + 4.0 * x * 1.5), rel=1e-5)


def test_shards_are_put_together() -> None:
    nothing = FOUND.grown(N_ITEMS + 1)
    both = nothing.merged(nothing)
    assert both.item[-1] == pytest.approx(FOUND.of_items.mean, abs=1e-5)  # neither knows anything of it
    assert (both.covariance[:N_ITEMS, 0] < FOUND.covariance[:, 0]).all()


def test_factors_that_explain_nothing_are_dropped_and_the_others_stay_what_they_are() -> None:
    many = learned(USER, ITEM, VALUE, size=6)
    assert many.item.shape == (N_ITEMS, 3)
    expected = [one.expected(one.readers(START, ITEM, VALUE), USER, ITEM)[:, :2].sum(axis=1) for one in (many, FOUND)]
    assert np.corrcoef(*expected)[0, 1] > 0.99
    rng = np.random.default_rng(5)
    noise = learn_factors(
        rng.integers(400, size=12_000), rng.integers(200, size=12_000), rng.normal(size=12_000),
        n_users=400, n_items=200, factors=6, sweeps=20, rng=rng,
    )  # fmt: skip
    assert noise.item.shape == (200, 2)
