from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.errors import OptionError
from toprank.evaluation.achieved import Achieved, cross_fitted, measure_achieved
from toprank.evaluation.bootstrap import UserBootstrap, interval


def shares(yes: FloatArray, all_yes: FloatArray, liked: FloatArray, rows: FloatArray) -> dict[str, FloatArray]:
    """Give precision and recall."""
    return {"precision": yes / all_yes, "recall": yes / np.maximum(liked, 1)}


def test_nothing_of_a_user_is_learned_from_when_it_is_decided_on() -> None:
    user = np.random.default_rng(13).integers(40, size=300)
    asked_of: list[IntArray] = []

    def decide(learn: IntArray, asked: IntArray) -> BoolArray:
        assert not set(user[learn]) & set(user[asked])
        assert len(learn) + len(asked) == 300
        asked_of.append(asked)
        return np.asarray(asked % 3 == 0)

    decided = cross_fitted(user, decide, rng=np.random.default_rng(13), folds=7)
    assert len(asked_of) == 7
    assert decided.tolist() == (np.arange(300) % 3 == 0).tolist()


def test_few_users_make_few_folds() -> None:
    folds: list[int] = []

    def decide(learn: IntArray, asked: IntArray) -> BoolArray:
        folds.append(len(asked))
        return np.ones(len(asked), dtype=np.bool_)

    cross_fitted(np.array([5, 5, 9]), decide, rng=np.random.default_rng(13))
    assert sorted(folds) == [1, 2]
    with pytest.raises(OptionError, match="at least 2 folds and 2 users"):
        cross_fitted(np.array([5, 5]), decide, rng=np.random.default_rng(13))


def test_a_cutoff_that_only_remembers_achieves_nothing_on_others() -> None:
    rng = np.random.default_rng(13)
    user, liked = np.repeat(np.arange(200), 5), rng.random(1000) < 0.5

    def decide(learn: IntArray, asked: IntArray) -> BoolArray:
        return np.isin(asked, learn) & liked[asked]

    assert not cross_fitted(user, decide, rng=rng).any()


def test_figures_are_those_of_the_decisions_and_intervals_are_wide_enough_for_other_rows() -> None:
    rng = np.random.default_rng(13)
    user, liked = np.repeat(np.arange(300), 5), rng.random(1500) < 0.6
    recommend = rng.random(1500) < 0.3 + 0.4 * liked
    draws = UserBootstrap(user, liked, rng=rng)
    precision, recall = measure_achieved(liked, recommend, draws, shares)
    assert precision.name == "precision"
    assert precision.value == pytest.approx((liked & recommend).sum() / recommend.sum())
    assert recall.value == pytest.approx((liked & recommend).sum() / liked.sum())
    replicates = draws.decisions(recommend, lambda *counts: shares(*counts)["recall"])["objective"]
    low, high = interval(replicates)
    assert recall.high - recall.low == pytest.approx(math.sqrt(2) * (high - low), rel=0.02)
    many = measure_achieved(liked, recommend, draws, shares, other_rows=10**9)[1]
    assert (many.low, many.high) == pytest.approx((low, high), abs=1e-4)


def test_other_rows_come_out_inside_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        user = np.repeat(np.arange(80), 5)
        liked = rng.random((2, 400)) < 0.6
        recommend = rng.random((2, 400)) < 0.3 + 0.4 * liked
        achieved = measure_achieved(
            liked[0], recommend[0], UserBootstrap(user, liked[0], rng=rng, replicates=200), shares
        )
        held.append([each.holds((liked[1] & recommend[1]).sum() / whole[1].sum())
                     for each, whole in zip(achieved, (recommend, liked), strict=True)])  # fmt: skip
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_with_few_users_nothing_is_expected() -> None:
    liked = np.array([True, False, True])
    draws = UserBootstrap(np.arange(3), liked, rng=np.random.default_rng(13))
    precision, _ = measure_achieved(liked, np.ones(3, dtype=bool), draws, shares)
    assert math.isnan(precision.low)
    assert precision.beside(0.5) == "precision is 0.500; there were too few readers to say what was to be expected"
    assert not precision.holds(0.5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.9, "f1 is 0.900, above the 0.700 to 0.800 that was to be expected"),
        (0.75, "f1 is 0.750; 0.700 to 0.800 was to be expected"),
        (0.69, "f1 is 0.690, below the 0.700 to 0.800 that was to be expected"),
        (math.nan, "f1 is not defined; 0.700 to 0.800 was to be expected"),
    ],
)
def test_it_is_said_in_words(value: float, words: str) -> None:
    assert Achieved("f1", 0.75, 0.7, 0.8).beside(value) == words
