from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.metrics.calibration_error import calibration_curve, expected_calibration_error


def test_a_hand_worked_error() -> None:
    liked = np.array([True, True, False, False, True])
    probability = np.array([0.9, 0.9, 0.9, 0.1, 0.1])
    # Bin of 0.9: 2 of 3 liked, gap 0.2333; bin of 0.1: 1 of 2 liked, gap 0.4.
    expected = 3 / 5 * (0.9 - 2 / 3) + 2 / 5 * 0.4
    assert expected_calibration_error(liked, probability) == pytest.approx(expected)


def test_probability_one_has_a_bin() -> None:
    assert expected_calibration_error(np.array([True]), np.array([1.0])) == 0.0
    assert math.isnan(expected_calibration_error(np.empty(0, bool), np.empty(0)))


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_the_curve_holds_every_row_once(rows: list[tuple[bool, float]]) -> None:
    liked, probability = (np.array(column) for column in zip(*rows, strict=True))
    predicted, observed, count = calibration_curve(liked, probability)
    assert count.sum() == len(rows)
    assert np.all(np.diff(predicted) > 0)
    assert (observed * count).sum() == pytest.approx(liked.sum())
    assert (predicted * count).sum() == pytest.approx(probability.sum())


def test_constant_probabilities_are_one_point() -> None:
    predicted, observed, rows = calibration_curve(np.array([True, False]), np.array([0.3, 0.3]))
    assert (predicted.tolist(), observed.tolist(), rows.tolist()) == ([0.3], [0.5], [2])


def test_no_rows_are_no_points() -> None:
    assert [len(part) for part in calibration_curve(np.empty(0, bool), np.empty(0))] == [0, 0, 0]
