from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.targets import Adjusted, Binary, Original, Target

TEN = RatingScale(1, 10, liked_from=8)
STARS = RatingScale(0.5, 5, liked_from=4)


def test_the_notebooks_values() -> None:
    values = Adjusted().transform(np.array([1.0, 5.0, 8.0, 10.0]), TEN)
    expected = [1.1618758896588241, 5.5, 9.5731671414019, 9.939764341681437]
    assert values == pytest.approx(expected, rel=1e-15)


@given(
    st.floats(0.5, 5),
    st.floats(2, 8),
    st.floats(0.3, 2),
)
def test_adjusting_keeps_order_and_can_be_undone(rating: float, inflection: float, steepness: float) -> None:
    target = Adjusted(inflection, steepness)
    values = target.transform(np.array([0.5, rating, 5.0]), STARS)
    assert 0.5 <= values[0] <= values[1] <= values[2] <= 5.0
    assert target.to_ratings(values, STARS)[1] == pytest.approx(rating, abs=1e-6)


def test_other_scales_are_stretched_to_the_notebooks() -> None:
    on_ten = Adjusted().transform(np.array([1.0, 4.0, 10.0]), TEN)
    on_five = Adjusted().transform(1 + (np.array([1.0, 4.0, 10.0]) - 1) * 4 / 9, RatingScale(1, 5, 4))
    assert on_five == pytest.approx(1 + (on_ten - 1) * 4 / 9)


@pytest.mark.parametrize("target", [Original(), Adjusted(), Adjusted(4, 2.5), Binary()])
def test_a_cutoff_on_ratings_means_the_same_on_the_target(target: Target) -> None:
    ratings = np.arange(1, 11).astype(float)
    liked = target.transform(ratings, TEN) >= target.cutoff(8, TEN)
    assert liked.tolist() == (ratings >= 8).tolist()


def test_the_notebooks_own_cutoff_on_adjusted_ratings_is_eight() -> None:
    assert Adjusted().fixed_cutoff(TEN) == 8.0
    assert Original().fixed_cutoff(TEN) == 8.0
    assert Binary().fixed_cutoff(TEN) == 0.5


def test_binary_has_no_other_cutoff() -> None:
    with pytest.raises(OptionError, match="liked_from=7"):
        Binary().cutoff(7, TEN)
    target: Target = Binary()
    assert target.to_ratings(np.array([1.0]), TEN) is None


def test_expected_ratings_stay_on_the_scale() -> None:
    assert Original().to_ratings(np.array([0.0, 11.0]), TEN).tolist() == [1.0, 10.0]
    assert Adjusted().to_ratings(np.array([0.0, 11.0]), TEN).tolist() == [1.0, 10.0]


@pytest.mark.parametrize("steepness", [0, -1, math.nan, math.inf])
def test_a_transform_that_loses_the_order_is_refused(steepness: float) -> None:
    with pytest.raises(OptionError, match="steepness"):
        Adjusted(steepness=steepness)


def test_extreme_parameters_do_not_overflow() -> None:
    assert Adjusted(1000, 10).transform(np.array([1.0]), TEN).tolist() == [1.0]
