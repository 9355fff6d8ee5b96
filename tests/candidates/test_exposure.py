from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates.exposure import WORTH, Exposure, fit_exposure


def test_weights_are_the_inverse_of_how_often_pairs_are_picked() -> None:
    rng = np.random.default_rng(13)
    pairs = rng.normal(size=(60_000, 2))
    picked = pairs[rng.random(60_000) < 0.1 * np.exp(0.5 * pairs[:, 0])]
    exposure = fit_exposure(picked, pairs[:20_000])
    assert exposure.slope == pytest.approx([0.5, 0.0], abs=0.05)
    weight = exposure.weights(picked, np.zeros(len(picked), bool))
    assert weight.mean() == pytest.approx(1)
    assert np.average(picked[:, 0], weights=weight) == pytest.approx(pairs[:, 0].mean(), abs=0.05)


def test_weights_are_clipped_so_that_rows_stay_worth_something() -> None:
    rng = np.random.default_rng(13)
    exposure = fit_exposure(rng.normal(2.5, 1, size=(5000, 1)), rng.normal(0, 1, size=(5000, 1)))
    rows = rng.normal(2.5, 1, size=(5000, 1))
    weight = exposure.weights(rows, np.zeros(5000, bool))
    assert weight.sum() ** 2 / np.sum(weight**2) >= 0.95 * WORTH * 5000
    assert np.mean(weight == weight.max()) > 0.01


def test_what_would_be_liked_is_picked_more_and_counts_less() -> None:
    exposure = Exposure(np.zeros(1), np.zeros(1), 10.0, taste=float(np.log(2)))
    weight = exposure.weights(np.zeros((4, 1)), np.array([True, True, False, False]))
    assert weight.tolist() == pytest.approx([2 / 3, 2 / 3, 4 / 3, 4 / 3])


def test_what_is_not_known_of_a_pair_counts_as_the_mean() -> None:
    rng = np.random.default_rng(13)
    exposure = fit_exposure(rng.normal(1, 1, size=(2000, 1)), np.full((2000, 1), np.nan))
    weight = exposure.weights(np.array([[np.nan], [exposure.centre[0]]]), np.zeros(2, bool))
    assert weight[0] == weight[1]
