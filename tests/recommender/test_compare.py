from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.evaluation.scorecard import Difference
from toprank.recommender.compare import compare
from toprank.recommender.facade import FittedRecommender


def with_tested(fitted: FittedRecommender, **columns: Any) -> FittedRecommender:
    return replace(fitted, tested=replace(fitted.tested, **columns))


def test_the_same_model_differs_in_nothing(fitted: FittedRecommender) -> None:
    found = compare(fitted, fitted)
    assert (found.rows, found.left_out) == (len(fitted.tested.liked), 0)
    assert {(one.difference, one.low, one.high, one.outcome) for one in found.differences} == {(0.0, 0.0, 0.0, "same")}


def test_the_opposite_of_a_good_model_is_worse_in_all(fitted: FittedRecommender) -> None:
    tested = fitted.tested
    opposite = with_tested(fitted, probability=1 - tested.probability, recommend=~tested.recommend)
    found = compare(fitted, opposite)
    assert {one.outcome for one in found.differences} == {"better"}
    assert {one.outcome for one in compare(opposite, fitted).differences} == {"worse"}
    for one in found.differences:
        assert one.low < one.difference < one.high
    happened = np.where(tested.liked, tested.probability, 1 - tested.probability)
    by_name = {one.metric: one for one in found.differences}
    assert by_name["log_loss"].first == pytest.approx(-np.log(happened).mean())
    assert by_name["brier"].second == pytest.approx(np.mean(happened**2))


def test_test_rows_are_matched_by_the_ids_of_the_outside_world(fitted: FittedRecommender) -> None:
    tested = fitted.tested
    rows = np.random.default_rng(1).permutation(len(tested.liked))[: len(tested.liked) // 2]
    columns = {name: getattr(tested, name)[rows] for name in ("user", "item", "liked", "probability", "recommend")}
    found = compare(fitted, with_tested(fitted, **columns))
    assert found.rows == len(rows)
    assert found.left_out == len(tested.liked) - len(rows)
    assert {one.difference for one in found.differences} == {0.0}


def test_an_update_does_not_change_what_was_tested(fitted: FittedRecommender) -> None:
    newer = fitted.update(Dataset(Ratings.of([3, 8888], ["brand new", "b001"], [5.0, 1.0], RatingScale(1, 5, 4))))
    assert {one.difference for one in compare(fitted, newer).differences} == {0.0}
    assert {one.difference for one in compare(newer, fitted).differences} == {0.0}


def test_new_ratings_that_either_knows_are_left_out(fitted: FittedRecommender) -> None:
    users, items = [*range(7000, 7040), 7000], ["b001"] * 40 + ["b002"]
    rows = Ratings.of(users, items, np.arange(41) % 5 + 1.0, RatingScale(1, 5, 4))
    newer = fitted.update(Dataset(rows.take(np.arange(3))))
    found = compare(fitted, newer, Dataset(rows))
    assert (found.rows, found.left_out, found.readers) == (38, 3, 38)
    assert found.liked == rows.liked[3:].mean()
    with pytest.raises(OptionError, match="each of the 3 ratings is known to one of the models"):
        compare(fitted, newer, Dataset(rows.take(np.arange(3))))


def test_what_cannot_be_compared_is_refused(fitted: FittedRecommender) -> None:
    ratings = replace(fitted.data.ratings, scale=RatingScale(1, 5, liked_from=3))
    with pytest.raises(OptionError, match=r"different things by liked: .* and 1 to 5, liked from 3; fit both"):
        compare(fitted, replace(fitted, data=replace(fitted.data, ratings=ratings)))
    other = {name: getattr(fitted.tested, name)[:0] for name in ("user", "item", "liked", "probability", "recommend")}
    with pytest.raises(OptionError, match="fit both on the same data with the same seed, or compare them on new"):
        compare(fitted, with_tested(fitted, **other))


def test_with_few_readers_nothing_is_said(fitted: FittedRecommender) -> None:
    few = {name: getattr(fitted.tested, name)[:20] for name in ("user", "item", "liked", "probability", "recommend")}
    found = compare(with_tested(fitted, **few), fitted)
    assert {one.outcome for one in found.differences} == {"unknown"}
    assert found.differences[0].verdict == "too few readers to tell in F1"


@pytest.mark.parametrize(
    ("metric", "low", "high", "outcome", "words"),
    [
        ("f1", 0.01, 0.03, "better", "F1 of the first clearly higher by 0.0200 (0.0100 to 0.0300)"),
        ("auc", -0.03, -0.01, "worse", "AUC of the first clearly lower by 0.0200 (0.0100 to 0.0300)"),
        ("log_loss", 0.01, 0.03, "worse", "log loss of the first clearly higher by 0.0200 (0.0100 to 0.0300)"),
        ("brier", -0.01, 0.03, "same", "Brier score of the first 0.0100 higher, not clearly (-0.0100 to 0.0300)"),
    ],
)
def test_less_loss_is_better(metric: str, low: float, high: float, outcome: str, words: str) -> None:
    one = Difference(metric, 0.5 + (low + high) / 2, 0.5, low, high)
    assert (one.outcome, one.verdict) == (outcome, words)
