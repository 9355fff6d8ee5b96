from __future__ import annotations

import numpy as np
import pytest

from toprank.decisions.calibration import ISOTONIC_ROWS, fit_calibration
from toprank.errors import OptionError


@pytest.mark.parametrize("rows", [200, 20 * ISOTONIC_ROWS])
def test_known_probabilities_are_found_again(rows: int) -> None:
    rng = np.random.default_rng(13)
    scores = rng.uniform(-3, 3, rows)
    truth = 1 / (1 + np.exp(-scores))
    calibration = fit_calibration(scores, rng.random(rows) < truth)
    assert np.abs(calibration(scores) - truth).mean() < (0.06 if rows == 200 else 0.015)


@pytest.mark.parametrize("rows", [50, 2 * ISOTONIC_ROWS])
def test_probabilities_rise_and_never_reach_the_ends(rows: int) -> None:
    rng = np.random.default_rng(13)
    scores = rng.normal(size=rows)
    calibration = fit_calibration(scores, scores > 0)
    probability = calibration(np.linspace(-100, 100, 501))
    assert np.all(np.diff(probability) >= 0)
    assert 0 < probability[0] < probability[-1] < 1


def test_many_probabilities_that_mean_what_they_say_stay() -> None:
    rng = np.random.default_rng(3)
    said = rng.beta(2, 2, 5000)
    liked = rng.random(5000) < said
    calibration = fit_calibration(said, liked)
    assert np.abs(calibration(said) - said).max() < 0.03
    order = rng.permutation(5000)
    other = fit_calibration(said[order], liked[order])
    assert np.allclose(calibration(said), other(said), atol=1e-9)


def test_many_scores_of_another_shape_are_followed() -> None:
    rng = np.random.default_rng(3)
    said = rng.random(20_000)
    truth = np.where(said < 0.5, 0.2, 0.7)
    calibration = fit_calibration(said, rng.random(20_000) < truth)
    assert np.abs(calibration(said) - truth).mean() < 0.02


def test_overconfident_probabilities_are_drawn_in() -> None:
    rng = np.random.default_rng(3)
    odds = rng.normal(size=20_000)
    liked = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    calibration = fit_calibration(1 / (1 + np.exp(-2 * odds)), liked)
    assert np.abs(calibration(1 / (1 + np.exp(-2 * odds))) - 1 / (1 + np.exp(-odds))).mean() < 0.01


def test_constant_scores_get_the_share_liked() -> None:
    calibration = fit_calibration(np.full(8, 7.0), np.arange(8) < 6)
    assert calibration(np.array([7.0, 0.0])).tolist() == [0.7, 0.7]


def test_scores_too_close_to_tell_apart_get_the_share_liked() -> None:
    calibration = fit_calibration(np.array([0.0, 1e-170]), np.array([False, True]))
    assert calibration(np.array([0.0, 1.0])).tolist() == [0.5, 0.5]


def test_scores_that_run_the_wrong_way_get_the_share_liked() -> None:
    calibration = fit_calibration(np.arange(8.0), np.arange(8) < 4)
    assert calibration(np.array([0.0, 7.0])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("rows", [1, 5, 2 * ISOTONIC_ROWS])
def test_what_has_no_score_has_no_probability(rows: int) -> None:
    calibration = fit_calibration(np.arange(float(rows)), np.arange(rows) % 5 > 2)
    assert np.isnan(calibration(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_outcomes_all_alike_are_not_certain() -> None:
    assert fit_calibration(np.arange(8.0), np.ones(8, bool))(np.array([3.0])).tolist() == [0.9]


def test_no_rows_are_refused() -> None:
    with pytest.raises(OptionError, match="at least one"):
        fit_calibration(np.empty(0), np.empty(0, bool))
