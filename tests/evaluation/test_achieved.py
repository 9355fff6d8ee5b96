from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.core.arrays import BoolArray, IntArray
from toprank.decisions.objectives import ExpectedGain, PrecisionAtLeast, ShareAtMost
from toprank.errors import OptionError
from toprank.evaluation.achieved import Achieved, ServedObjective, cross_fitted, measure_achieved
from toprank.evaluation.bootstrap import UserBootstrap, interval

PRECISION_AND_RECALL = PrecisionAtLeast(0.5)


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
    precision, recall = measure_achieved(liked, recommend, draws, PRECISION_AND_RECALL)
    assert precision.name == "precision"
    assert precision.value == pytest.approx((liked & recommend).sum() / recommend.sum())
    assert recall.value == pytest.approx((liked & recommend).sum() / liked.sum())
    replicates = PRECISION_AND_RECALL.figures(*draws.counts(recommend))["recall"]
    low, high = interval(replicates)
    assert recall.high - recall.low == pytest.approx(math.sqrt(2) * (high - low), rel=0.02)
    many = measure_achieved(liked, recommend, draws, PRECISION_AND_RECALL, other_rows=10**9)[1]
    assert (many.low, many.high) == pytest.approx((low, high), abs=1e-4)


def test_other_rows_come_out_inside_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        user = np.repeat(np.arange(80), 5)
        liked = rng.random((2, 400)) < 0.6
        recommend = rng.random((2, 400)) < 0.3 + 0.4 * liked
        achieved = measure_achieved(
            liked[0], recommend[0], UserBootstrap(user, liked[0], rng=rng, replicates=200), PRECISION_AND_RECALL
        )
        held.append([each.holds((liked[1] & recommend[1]).sum() / whole[1].sum())
                     for each, whole in zip(achieved, (recommend, liked), strict=True)])  # fmt: skip
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def of_good_items(wrong: int, *, users: int = 60) -> tuple[BoolArray, BoolArray, UserBootstrap]:
    """Decisions of which few are wrong, so that in many draws none is."""
    liked, recommend = np.repeat([True, False], users), np.repeat([True, False], users)
    recommend[users : users + wrong] = True
    return liked, recommend, UserBootstrap(np.arange(2 * users) % users, liked, rng=np.random.default_rng(13))


@pytest.mark.parametrize("wrong", [0, 1, 2, 5, 60])
@pytest.mark.parametrize("objective", [PrecisionAtLeast(0.95), ShareAtMost(0.5)])
@pytest.mark.parametrize("other_rows", [None, 3])
def test_intervals_of_shares_are_shares(wrong: int, objective: ServedObjective, other_rows: int | None) -> None:
    for one in measure_achieved(*of_good_items(wrong), objective, other_rows=other_rows):
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_interval_of_a_gain_is_not_cut_off_at_0() -> None:
    (gain,) = measure_achieved(*of_good_items(30), ExpectedGain(1, -2), other_rows=3)
    assert gain.low < 0 < gain.high


def test_with_few_users_nothing_is_predicted() -> None:
    liked = np.array([True, False, True])
    draws = UserBootstrap(np.arange(3), liked, rng=np.random.default_rng(13))
    precision, _ = measure_achieved(liked, np.ones(3, dtype=bool), draws, PRECISION_AND_RECALL)
    assert math.isnan(precision.low)
    assert precision.beside(0.5) == "precision is 0.500; there were too few readers to predict it"
    assert not precision.holds(0.5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.9, "f1 is 0.900, above the 0.700 to 0.800 predicted beforehand"),
        (0.75, "f1 is 0.750; predicted beforehand: 0.700 to 0.800"),
        (0.69, "f1 is 0.690, below the 0.700 to 0.800 predicted beforehand"),
        (math.nan, "f1 is not defined; predicted beforehand: 0.700 to 0.800"),
    ],
)
def test_it_is_said_in_words(value: float, words: str) -> None:
    assert Achieved("f1", 0.75, 0.7, 0.8).beside(value) == words
