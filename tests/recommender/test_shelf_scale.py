from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.scale import RatingScale
from toprank.recommender.shelf_scale import Rescaling, rescale

STARS = RatingScale(1, 5, liked_from=4, step=1)
HALVES = RatingScale(0.5, 5, liked_from=4, step=0.5)
POINTS = RatingScale(1, 10, liked_from=8, step=1)


def test_ends_go_to_ends_and_the_bar_to_the_bar() -> None:
    assert rescale(np.array([0.5, 3, 3.5, 4, 4.5, 5]), HALVES, POINTS).tolist() == [1, 6, 7, 8, 9, 10]
    # Plain rounding would make 3.5 of 5 a liked 4.
    assert rescale(np.array([3.5, 4.0]), HALVES, STARS).tolist() == [3, 4]
    assert rescale(np.array([3.5, 4.0]), HALVES, STARS, how="linear").tolist() == [4, 4]


def test_quantiles_are_those_of_the_population() -> None:
    population = np.repeat([2.0, 9.0], [1, 9])
    assert rescale(np.array([1.0, 5.0]), STARS, POINTS, how="quantile", population=population).tolist() == [9, 9]
    with pytest.raises(ValueError, match="population"):
        rescale(np.array([1.0]), STARS, POINTS, how="quantile")


@given(
    st.lists(st.floats(0.5, 5), min_size=1, max_size=9).map(sorted),
    st.sampled_from([STARS, POINTS, RatingScale(-10, 10, 3), RatingScale(0, 1, 1, 1)]),
    st.sampled_from(["bar", "linear", "quantile"]),
)
def test_order_and_scale_are_kept(values: list[float], target: RatingScale, how: Rescaling) -> None:
    population = np.linspace(target.low, target.high, 7)
    stars = np.array(values)
    found = rescale(stars, HALVES, target, how=how, population=population)
    assert bool(target.contains(found).all())
    assert bool(np.all(np.diff(found) >= 0))
    if how == "bar":
        assert target.liked(found).tolist() == HALVES.liked(stars).tolist()
