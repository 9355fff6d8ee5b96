from __future__ import annotations

import numpy as np
import pytest

from toprank.core.scale import RatingScale
from toprank.errors import OptionError


@pytest.mark.parametrize(
    ("values", "low", "high", "step", "bar"),
    [
        ([1, 7, 10], 1, 10, 1, 8),
        ([0, 10], 0, 10, 1, 8),
        ([1, 2, 5], 1, 5, 1, 4),
        ([0, 5], 0, 5, 1, 4),
        ([0.5, 4, 5], 0.5, 5, 0.5, 4),
        ([1, 4.5], 1, 5, 0.5, 4),
        ([0, 1], 0, 1, 1, 1),
        ([1, 7], 1, 7, 1, 6),
        ([-10, 10], -10, 10, 1, 5),
        ([0, 37, 100], 0, 100, 1, 75),
    ],
)
def test_common_scales_are_inferred(values: list[float], low: float, high: float, step: float, bar: float) -> None:
    assert RatingScale.infer(np.array(values)) == RatingScale(low, high, bar, step)


def test_continuous_ratings_have_no_step() -> None:
    scale = RatingScale.infer(np.array([0.0, 0.123, 0.7]))
    assert scale.step is None
    assert (scale.low, scale.high, scale.liked_from) == (0.0, 1.0, 0.75)


def test_the_bar_can_be_given() -> None:
    assert RatingScale.infer(np.array([1, 5]), liked_from=3).liked_from == 3
    assert RatingScale.parse("1-5", liked_from=4.5).liked_from == 4.5


@pytest.mark.parametrize("text", ["1-5", "1 to 5", "1..5", " 1 - 5 ", "1.0-5.0"])
def test_scales_are_read_as_people_write_them(text: str) -> None:
    assert RatingScale.parse(text) == RatingScale(1, 5, 4)


def test_negative_ends_are_read() -> None:
    assert RatingScale.parse("-10-10") == RatingScale(-10, 10, 5)


@pytest.mark.parametrize("text", ["", "5", "1-", "a-b", "1-5-9", "5-1", "3-3"])
def test_other_texts_are_refused_by_name(text: str) -> None:
    with pytest.raises(OptionError, match="the scale"):
        RatingScale.parse(text)


@pytest.mark.parametrize(
    "arguments", [(1, 1, 1), (5, 1, 4), (1, 5, 1), (1, 5, 6), (1, float("inf"), 4), (1, 5, 4, 0), (1, 5, 4, 9)]
)
def test_impossible_scales_are_refused(arguments: tuple[float, ...]) -> None:
    with pytest.raises(OptionError):
        RatingScale(*arguments)


def test_nothing_can_be_inferred_from_nothing_or_from_one_odd_value() -> None:
    with pytest.raises(OptionError, match="no ratings"):
        RatingScale.infer(np.empty(0))
    with pytest.raises(OptionError, match="every rating is 42"):
        RatingScale.infer(np.array([42.0, 42.0]))


def test_nan_is_not_on_the_scale() -> None:
    assert RatingScale(1, 5, 4).contains(np.array([0.9, 1, 5, 5.1, np.nan])).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_rating_at_the_bar_is_liked_in_either_precision() -> None:
    scale = RatingScale(1, 5, liked_from=4.1, step=0.1)
    rating = np.array([4.1], dtype=np.float32)
    assert scale.liked(rating).all()
    assert scale.liked(rating.astype(np.float64)).all()
    assert str(scale) == "1 to 5 in steps of 0.1, liked from 4.1"
