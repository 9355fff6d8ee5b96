from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from toprank.decisions.objectives import ExpectedGain, FBeta, Objective, PrecisionAtLeast
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.scorecard import (
    BASELINES,
    SLICES,
    Predictions,
    Scorecard,
    judged,
    measure_scores,
    measure_slices,
    score,
    verdict_against,
)
from toprank.models.registry import MODELS

F1 = FBeta(1.0)


def predictions(n: int = 400, skill: float = 1.5, *, everything: bool = False, seed: int = 13) -> Predictions:
    rng = np.random.default_rng(seed)
    liked = rng.random(n) < 0.5
    scores = np.zeros(n) if everything else skill * liked + rng.normal(size=n)
    recommend = np.ones(n, dtype=bool) if everything else scores > 0
    return Predictions(liked, scores, 1 / (1 + np.exp(-scores)), recommend, liked * 9.0, scores + 5, recommend)


def card(n: int = 400, *, objective: Objective = F1, replicates: int = 1000, **models: Predictions) -> Scorecard:
    """Measure models; four rows a user."""
    liked = next(iter(models.values())).liked
    draws = UserBootstrap(np.arange(n) // 4, liked, rng=np.random.default_rng(1), replicates=replicates)
    return score(models, draws, objective)


def test_every_baseline_is_a_model() -> None:
    assert BASELINES.keys() < MODELS.keys()


def test_a_good_model_is_better_than_always() -> None:
    on_f1, on_auc = card(model=predictions(), always=predictions(everything=True)).compare_all("model", ("always",))
    assert (on_f1.metric, on_auc.metric) == ("f1", "auc")
    assert 0 < on_f1.low < on_f1.difference < on_f1.high
    assert on_auc.better
    assert verdict_against([on_f1, on_auc], "f1").startswith("F1 clearly higher than always recommend by 0.")


def test_noise_is_called_better_than_chance_about_as_rarely_as_it_should() -> None:
    called = 0
    for seed in range(80):
        noise, always = predictions(skill=0.0, seed=seed), predictions(everything=True, seed=seed)
        _, on_auc = card(noise=noise, always=always, replicates=200).compare("noise", "always")
        called += on_auc.better
    assert called <= 6  # 2.5 % of 80 are 2; more than 6 has a chance below 0.4 %


def test_a_lucky_cutoff_of_a_model_that_knows_nothing_is_not_called_better() -> None:
    good, always = predictions(), predictions(everything=True)
    measured = card(good=good, upside_down=replace(good, scores=-good.scores), always=always)
    assert measured.compare("good", "always")[0].better
    # The same decisions, but scores that rank no better than chance.
    on_f1, on_auc = measured.compare("upside_down", "always")
    assert on_f1.low > 0 > on_auc.low
    assert not on_f1.better


def test_a_model_is_compared_with_each_baseline_but_itself() -> None:
    one = predictions()
    measured = card(always=one, bias=one)
    assert {c.baseline for c in measured.compare_all("bias", ("always", "bias"))} == {"always"}
    assert {(c.difference, c.outcome) for c in measured.compare_all("bias", ("always",))} == {(0.0, "same")}


def test_too_few_readers_can_tell_nothing() -> None:
    measured = card(40, good=predictions(40), always=predictions(40, everything=True))
    comparisons = measured.compare("good", "always")
    assert all(c.undecided and not c.better and not c.worse for c in comparisons)
    assert math.isnan(measured.intervals["good"]["f1"].low)
    assert verdict_against(comparisons, "f1") == "too few readers to tell whether it is better than always recommend"


def test_another_objective_is_compared_as_well() -> None:
    good, always = predictions(), predictions(everything=True)
    measured = card(good=good, always=always, objective=ExpectedGain(1, -2))
    gain = measured.intervals["good"]["objective"]
    expected = (good.liked & good.learned).mean() - 2 * (~good.liked & good.learned).mean()
    assert gain.value == pytest.approx(expected)
    assert gain.low < expected < gain.high
    comparisons = measured.compare("good", "always")
    assert [c.metric for c in comparisons] == ["f1", "auc", "objective"]
    assert verdict_against(comparisons, measured.objective).startswith("gain clearly higher than always recommend by ")


def test_where_always_cannot_serve_the_objective_a_model_is_judged_by_auc() -> None:
    measured = card(good=predictions(), always=predictions(everything=True), objective=PrecisionAtLeast(0.75))
    comparisons = measured.compare("good", "always")
    assert math.isnan(comparisons[-1].difference)
    assert judged(comparisons, measured.objective) == ("auc", "AUC")
    assert verdict_against(comparisons, measured.objective).startswith("AUC clearly higher than always recommend by ")
    assert judged(comparisons[:2], measured.objective) == ("objective", "recall at precision>=0.75")


def test_only_what_has_a_fixed_cutoff_is_measured_at_it() -> None:
    one = predictions()
    measured = card(fixed=one, free=replace(one, fixed=None))
    assert measured.intervals["fixed"].keys() - measured.intervals["free"].keys() == {"f1_fixed"}
    assert measured.figures["fixed"] == measured.figures["free"]


def test_losses_are_better_where_they_are_less() -> None:
    good = predictions()
    draws = UserBootstrap(np.arange(400) // 4, good.liked, rng=np.random.default_rng(1))
    measured = score({"good": good, "bad": replace(good, probability=1 - good.probability)}, draws, F1, losses=True)
    assert [c.outcome for c in measured.compare("good", "bad", ("log_loss", "brier"))] == ["better", "better"]
    assert [c.outcome for c in measured.compare("bad", "good", ("log_loss", "brier"))] == ["worse", "worse"]
    assert measured.intervals["good"]["brier"].low < measured.figures["good"]["brier"]


def test_slices_part_the_rows_by_what_is_known() -> None:
    everything = predictions(8)
    user = np.array([0, 0, 3, 9, 9, 4, 5, 90])
    item = np.array([0, 9, 0, 0, 2, 9, 5, 80])
    slices = measure_slices(everything, user, item)
    assert [(s.name, s.rows) for s in slices] == list(zip(SLICES, [2, 2, 2, 2], strict=True))
    assert sum(s.liked for s in slices) == everything.liked.sum()


def test_an_empty_slice_has_no_figures() -> None:
    empty = measure_slices(predictions(4), np.full(4, 9), np.full(4, 9))[0]
    assert empty.rows == 0
    assert all(math.isnan(value) for value in empty.measurements.values())


def test_without_expected_ratings_there_is_no_error_in_rating_points() -> None:
    full = predictions()
    measured = measure_scores(full)
    assert measured["auc"] > 0.7
    assert measured["mae"] > 0
    without = replace(full, expected=None)
    assert math.isnan(measure_scores(without)["rmse"])
    assert measure_scores(without)["log_loss"] == pytest.approx(measured["log_loss"])
