from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from toprank.core.arrays import FloatArray
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.measurements import Comparison
from toprank.evaluation.measures import (
    SLICES,
    Answers,
    compare,
    measure_intervals,
    measure_scores,
    measure_slices,
    verdict,
)

NAMES = {"always": "always recommend", "bias": "damped bias", "user-mean": "user mean"}


def answers(n: int = 400, skill: float = 1.5, *, everything: bool = False, seed: int = 13) -> Answers:
    rng = np.random.default_rng(seed)
    liked = rng.random(n) < 0.5
    scores = np.zeros(n) if everything else skill * liked + rng.normal(size=n)
    recommend = np.ones(n, dtype=bool) if everything else scores > 0
    return Answers(liked, scores, 1 / (1 + np.exp(-scores)), recommend, recommend, liked * 9.0, scores + 5)


def test_a_good_model_is_better_than_always() -> None:
    good, always = answers(), answers(everything=True)
    draws = UserBootstrap(np.arange(400) // 4, good.liked, rng=np.random.default_rng(1))
    on_f1, on_auc = compare("always", measure_intervals(good, draws), measure_intervals(always, draws), draws)
    assert (on_f1.metric, on_auc.metric) == ("f1", "auc")
    assert 0 < on_f1.low < on_f1.difference < on_f1.high
    assert on_auc.better
    assert verdict([on_f1, on_auc], names=NAMES).startswith("better than always recommend by 0.")


def test_noise_is_called_better_than_chance_about_as_rarely_as_it_should() -> None:
    called = 0
    for seed in range(80):
        noise = answers(skill=0.0, seed=seed)
        draws = UserBootstrap(np.arange(400) // 4, noise.liked, rng=np.random.default_rng(1), replicates=200)
        always = answers(everything=True, seed=seed)
        _, on_auc = compare("always", measure_intervals(noise, draws), measure_intervals(always, draws), draws)
        called += on_auc.better
    assert called <= 6  # 2.5 % of 80 are 2; more than 6 has a chance below 0.4 %


def f1_against(baseline: str, difference: float, low: float, high: float) -> Comparison:
    return Comparison(baseline, "f1", difference, low, high)


def test_verdicts_name_what_is_not_beaten() -> None:
    always = f1_against("always", 0.025, 0.021, 0.029)
    assert verdict([always], names=NAMES) == "better than always recommend by 0.025 (0.021 to 0.029)"
    behind = f1_against("bias", -0.011, -0.014, -0.008)
    level = f1_against("user-mean", 0.0, -0.001, 0.001)
    assert verdict([always, behind, level], names=NAMES) == (
        "better than always recommend by 0.025 (0.021 to 0.029); "
        "worse than damped bias by 0.011 (0.008 to 0.014); no better than user mean (-0.001 to 0.001)"
    )


def test_verdicts_name_the_strongest_when_all_are_beaten() -> None:
    parts = [f1_against("always", 0.03, 0.02, 0.04), f1_against("bias", 0.01, 0.005, 0.015)]
    parts.append(f1_against("user-mean", 0.02, 0.01, 0.03))
    assert verdict(parts, names=NAMES).endswith("; better than damped bias by 0.010 (0.005 to 0.015)")


def test_an_end_that_is_not_zero_does_not_read_as_zero() -> None:
    assert verdict([f1_against("always", 0.002, 0.0001, 0.004)], names=NAMES).endswith("(0.0001 to 0.0040)")


def test_a_lucky_cutoff_of_a_model_that_knows_nothing_is_not_called_better() -> None:
    lucky = Comparison("always", "f1", 0.0001, 0.00002, 0.0002, told_apart=False)
    assert not lucky.better
    assert verdict([lucky], names=NAMES).startswith("no better than always recommend")
    good, always = answers(), answers(everything=True)
    upside_down = replace(good, scores=-good.scores)
    draws = UserBootstrap(np.arange(400) // 4, good.liked, rng=np.random.default_rng(1))
    line = measure_intervals(always, draws)
    assert compare("always", measure_intervals(good, draws), line, draws)[0].better
    # The same decisions, but scores that rank no better than chance.
    on_f1, on_auc = compare("always", measure_intervals(upside_down, draws), line, draws)
    assert on_f1.low > 0 > on_auc.low
    assert not on_f1.better


def test_models_that_decide_alike_have_no_interval_to_show() -> None:
    assert verdict([f1_against("always", 0.0, 0.0, 0.0)], names=NAMES) == "no better than always recommend"


def test_too_few_readers_can_tell_nothing() -> None:
    good, always = answers(40), answers(40, everything=True)
    draws = UserBootstrap(np.arange(40) // 4, good.liked, rng=np.random.default_rng(1))
    comparisons = compare("always", measure_intervals(good, draws), measure_intervals(always, draws), draws)
    assert all(c.undecided and not c.better and not c.worse for c in comparisons)
    assert verdict(comparisons, names=NAMES) == "too few readers to tell whether it is better than always recommend"


def test_another_objective_is_compared_as_well() -> None:
    def gain(liked_yes: FloatArray, yes: FloatArray, liked: FloatArray, rows: FloatArray) -> FloatArray:
        return np.asarray((liked_yes - 2 * (yes - liked_yes)) / rows)

    good, always = answers(), answers(everything=True)
    draws = UserBootstrap(np.arange(400) // 4, good.liked, rng=np.random.default_rng(1))
    measured = measure_intervals(good, draws, gain)
    expected = (good.liked & good.learned).mean() - 2 * (~good.liked & good.learned).mean()
    assert measured[0]["objective"].value == pytest.approx(expected)
    assert measured[0]["objective"].low < expected < measured[0]["objective"].high
    comparisons = compare("always", measured, measure_intervals(always, draws, gain), draws)
    assert [c.metric for c in comparisons] == ["f1", "auc", "objective"]
    assert verdict(comparisons, names=NAMES, metric="objective", unit=" in gain").endswith(") in gain")


def test_slices_part_the_rows_by_what_is_known() -> None:
    everything = answers(8)
    user = np.array([0, 0, 3, 9, 9, 4, 5, 90])
    item = np.array([0, 9, 0, 0, 2, 9, 5, 80])
    slices = measure_slices(everything, user, item)
    assert [(s.name, s.rows) for s in slices] == list(zip(SLICES, [2, 2, 2, 2], strict=True))
    assert sum(s.liked for s in slices) == everything.liked.sum()


def test_an_empty_slice_has_no_figures() -> None:
    empty = measure_slices(answers(4), np.full(4, 9), np.full(4, 9))[0]
    assert empty.rows == 0
    assert all(math.isnan(value) for value in empty.measurements.values())


def test_without_expected_ratings_there_is_no_error_in_rating_points() -> None:
    full = answers()
    measured = measure_scores(full)
    assert measured["auc"] > 0.7
    assert measured["mae"] > 0
    without = Answers(full.liked, full.scores, full.probability, full.fixed, full.learned, full.ratings, None)
    assert math.isnan(measure_scores(without)["rmse"])
    assert measure_scores(without)["log_loss"] == pytest.approx(measured["log_loss"])
