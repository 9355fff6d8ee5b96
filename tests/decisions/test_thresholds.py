from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from toprank.decisions.objectives import ExpectedGain, FBeta, PrecisionAtLeast
from toprank.decisions.thresholds import cutoff_curve, learn_threshold
from toprank.errors import OptionError

ROWS = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40)


@given(ROWS)
def test_no_other_cutoff_has_a_larger_f1(rows: list[tuple[int, bool]]) -> None:
    scores, liked = np.array([float(s) for s, _ in rows]), np.array([y for _, y in rows])
    threshold = learn_threshold(scores, liked, FBeta(1))
    best = max(f1_score(liked, scores >= cutoff, zero_division=0.0) for cutoff in range(9))
    assert threshold.achieved == pytest.approx(best)
    assert f1_score(liked, threshold.decide(scores), zero_division=0.0) == pytest.approx(best)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_each_cutoff_parts_the_scores_where_it_says(scores: list[float]) -> None:
    array = np.array(scores)
    cutoffs, values = cutoff_curve(array, np.ones(len(array), dtype=bool), FBeta(1))
    recommended = [int((array >= cutoff).sum()) for cutoff in cutoffs]
    n = len(array)
    assert values == pytest.approx([2 * k / (k + n) for k in recommended])
    assert recommended[-1] == n


def test_cutoffs_lie_between_scores() -> None:
    cutoffs, _ = cutoff_curve(np.array([9.0, 7.0, 7.0, 4.0]), np.array([True, True, False, False]), FBeta(1))
    assert cutoffs.tolist() == [8.0, 5.5, -math.inf]


def test_of_equally_good_cutoffs_the_one_that_recommends_most_is_taken() -> None:
    threshold = learn_threshold(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]), PrecisionAtLeast(0.5))
    assert threshold.decide(np.array([3.0, 2.0, 1.0])).all()


def test_neighbouring_floats_are_still_parted() -> None:
    low = 7.0
    high = float(np.nextafter(low, 8))
    threshold = learn_threshold(np.array([high, low]), np.array([True, False]), FBeta(1))
    assert threshold.decide(np.array([high, low])).tolist() == [True, False]


def test_an_objective_out_of_reach_recommends_nothing_ever() -> None:
    threshold = learn_threshold(np.array([3.0, 2.0]), np.array([False, False]), PrecisionAtLeast(0.9))
    assert math.isnan(threshold.achieved)
    assert not threshold.decide(np.array([2.0, 3.0, 1e9])).any()


def test_where_every_recommendation_costs_nothing_is_recommended() -> None:
    threshold = learn_threshold(np.array([1.0, 2.0, 3.0]), np.array([False, False, False]), ExpectedGain(1, -5))
    assert threshold.achieved == 0.0
    assert not threshold.decide(np.array([1.0, 9.0])).any()


def test_where_everything_is_best_scores_never_seen_are_recommended_too() -> None:
    threshold = learn_threshold(np.array([1.0, 2.0]), np.array([True, True]), FBeta(1))
    assert threshold.decide(np.array([-5.0, 1.0])).all()


def test_pairs_without_a_score_are_not_recommended() -> None:
    threshold = learn_threshold(np.array([3.0]), np.array([True]), FBeta(1))
    assert threshold.decide(np.array([np.nan, 3.0])).tolist() == [False, True]


def test_bad_input_is_refused() -> None:
    with pytest.raises(OptionError, match="at least one"):
        learn_threshold(np.empty(0), np.empty(0, bool), FBeta(1))
    with pytest.raises(OptionError, match="1 scores are NaN"):
        learn_threshold(np.array([np.nan]), np.array([True]), FBeta(1))
