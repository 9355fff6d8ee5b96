from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError

SCALE = RatingScale(1, 10, liked_from=8)


def test_external_ids_become_positions() -> None:
    ratings = Ratings.of(["b", "a", "b"], [7, 3, 3], [9, 1, 8], SCALE)
    assert ratings.user.tolist() == [1, 0, 1]
    assert ratings.item.tolist() == [1, 0, 0]
    assert ratings.liked.tolist() == [True, False, True]
    assert len(ratings) == 3


def test_taking_rows_keeps_ids() -> None:
    ratings = Ratings.of(["b", "a"], [7, 3], [9, 1], SCALE).take([1])
    assert ratings.value.tolist() == [1.0]
    assert len(ratings.users) == 2


def test_the_canonical_order_is_by_user_then_item() -> None:
    ratings = Ratings.of(["b", "a", "b"], [7, 3, 3], [9, 1, 8], SCALE)
    assert ratings.canonical().value.tolist() == [1.0, 8.0, 9.0]
    assert ratings.canonical().canonical() is not None


def test_a_rating_off_the_scale_is_refused_with_its_row() -> None:
    with pytest.raises(OptionError, match="row 1 has the rating 11"):
        Ratings.of(["a", "b"], [1, 2], [5, 11], SCALE)
    with pytest.raises(OptionError, match="row 0 has the rating nan"):
        Ratings.of(["a"], [1], [float("nan")], SCALE)


def test_positions_outside_their_index_are_refused() -> None:
    index = IdIndex.of(["a"])
    with pytest.raises(OptionError, match="user holds the position 1"):
        Interactions(np.array([1]), np.array([0]), index, index)
    with pytest.raises(OptionError, match="item holds the position -1"):
        Interactions(np.array([0]), np.array([-1]), index, index)


def test_columns_must_be_equally_long() -> None:
    index = IdIndex.of(["a"])
    with pytest.raises(OptionError, match="must be equal"):
        Interactions(np.array([0, 0]), np.array([0]), index, index)
    with pytest.raises(OptionError, match="value has 1 rows"):
        Ratings(np.array([0, 0]), np.array([0, 0]), np.array([1.0]), index, index, SCALE)


def test_the_callers_arrays_are_neither_kept_nor_frozen() -> None:
    index = IdIndex.of(["a", "b"])
    user = np.array([0, 1], dtype=np.int32)
    pairs = Interactions(user, user, index, index)
    user[0] = 1
    assert pairs.user.tolist() == [0, 1]


def test_a_dataset_keeps_all_but_the_ratings_left_out() -> None:
    ratings = Ratings.of(["b", "a"], [7, 3], [9, 1], SCALE)
    implicit = Interactions(np.array([0]), np.array([1]), ratings.users, ratings.items)
    kept = Dataset(ratings, implicit).with_ratings(np.array([False, True]))
    assert len(kept.ratings) == 1
    assert kept.implicit is implicit


def test_a_dataset_has_one_index_a_side() -> None:
    ratings = Ratings.of(["b", "a"], [7, 3], [9, 1], SCALE)
    other = IdIndex.of(["a", "b"])
    with pytest.raises(OptionError, match="other users"):
        Dataset(ratings, Interactions(np.array([0]), np.array([1]), other, ratings.items))
    with pytest.raises(OptionError, match="items table maps 1 positions"):
        Dataset(ratings, items=Attributes(None, np.array([0], dtype=np.int32)))


def test_taking_no_rows_leaves_none() -> None:
    ratings = Ratings.of(["b", "a"], [7, 3], [9, 1], SCALE)
    assert len(ratings.take([])) == 0
    assert len(ratings.take(np.zeros(2, dtype=bool))) == 0


def test_a_dataset_shows_itself_in_few_words(dataset: Dataset) -> None:
    """Arrays are not dumped, however many there are."""
    assert repr(dataset) == (
        "Dataset book-crossing: ratings 5; readers 3; items 3; scale 1 to 10 in steps of 1, liked from 8; liked 60.0%; "
        "without a rating 2; known of items title, year; known of readers age"
    )
    assert repr(dataset.ratings) == "Ratings(5 of 3 users and 3 items, 1 to 10 in steps of 1, liked from 8)"
    assert repr(dataset.implicit) == "Interactions(2 of 3 users and 3 items)"
    assert repr(dataset.items) == "Attributes(title, year; of 2 of 3 ids)"
    shown = replace(dataset, name="<b>mine</b>")._repr_html_()
    assert "<tr><th>liked</th><td>60.0%</td></tr>" in shown
    assert "<b>" not in shown
    assert "liked unknown" in repr(dataset.with_ratings(np.array([], np.int64)))
