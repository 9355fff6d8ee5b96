from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.scale import RatingScale
from toprank.decisions.calibration import ISOTONIC_ROWS
from toprank.decisions.expected_rating import fit_expected_rating
from toprank.errors import OptionError

SCALE = RatingScale(1, 5, liked_from=4)


@pytest.mark.parametrize("rows", [200, 20 * ISOTONIC_ROWS])
def test_known_expectations_are_found_again(rows: int) -> None:
    rng = np.random.default_rng(13)
    scores = rng.uniform(0, 1, rows)
    values = np.clip(np.round(2 + 2 * scores + rng.normal(0, 0.7, rows)), 1, 5)
    expected = fit_expected_rating(scores, values, SCALE)
    asked = np.linspace(0.05, 0.95, 19)
    assert np.abs(expected(asked) - (2 + 2 * asked)).max() < 0.2


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(1, 5)), min_size=1, max_size=30))
def test_it_stays_on_the_scale_and_does_not_fall(rows: list[tuple[float, int]]) -> None:
    scores, values = np.array([s for s, _ in rows]), np.array([float(v) for _, v in rows])
    found = fit_expected_rating(scores, values, SCALE)(np.linspace(-50, 50, 101))
    assert np.all((found >= 1) & (found <= 5))
    assert np.all(np.diff(found) >= 0)


def test_scores_that_say_nothing_get_the_mean() -> None:
    values = np.array([2.0, 3.0, 4.0])
    assert fit_expected_rating(np.full(3, 7.0), values, SCALE)(np.array([0.0, 9.0])).tolist() == [3.0, 3.0]
    assert fit_expected_rating(np.array([3.0, 2.0, 1.0]), values, SCALE)(np.array([0.0])).tolist() == [3.0]


def test_what_has_no_score_has_no_expectation() -> None:
    assert np.isnan(fit_expected_rating(np.array([1.0]), np.array([4.0]), SCALE)(np.array([np.nan]))[0])


def test_bad_input_is_refused() -> None:
    for scores, values in ((np.empty(0), np.empty(0)), (np.ones(2), np.ones(1)), (np.array([np.nan]), np.ones(1))):
        with pytest.raises(OptionError, match="at least one and no NaN"):
            fit_expected_rating(scores, values, SCALE)
