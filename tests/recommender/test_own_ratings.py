from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.recommender.facade import FittedRecommender, Recommender

EDITIONS = ("b000", "b001")
"""Two editions of one work; so are all others, two by two."""


@pytest.mark.parametrize(("given", "answer"), [(3, "no"), (5, "yes"), (1, "no"), (4, "yes")])
def test_a_book_just_rated_is_answered_by_that_rating_in_any_edition(
    fitted: FittedRecommender, given: int, answer: str
) -> None:
    same, other = fitted.decide(ratings={"b000": given, "b010": 5}, item=EDITIONS).rows()
    assert same["answer"] == other["answer"] == answer
    assert same["rated"] == other["rated"] == given
    assert same["reason"] == f"you gave it {given}"
    assert other["reason"] == f"you gave another edition of it {given}"
    explained = fitted.explain(None, "b001", ratings={"b000": given})
    assert explained.row["answer"] == answer
    assert explained.sentence in str(explained)
    assert explained.sentence == f"you gave another edition of it {given}"


def test_p_liked_stays_what_it_is_without_the_rating(fitted: FittedRecommender) -> None:
    """It rests on all that is known, the rating included; only the answer is another."""
    table = fitted.decide(ratings={"b000": 1}, item=["b000", "b050"])
    assert 0 < table.probability[0] < 1
    assert math.isnan(table.rows()[1]["rated"])
    assert "you gave it" not in table.rows()[1]["reason"]


def test_the_very_edition_comes_before_others_and_of_others_the_best(fitted: FittedRecommender) -> None:
    rated = {"b000": 2, "b001": 5}
    assert fitted.decide(ratings=rated, item=EDITIONS).column("rated").tolist() == [2, 5]


def test_what_known_readers_rated_is_answered_likewise(fitted: FittedRecommender) -> None:
    ratings = fitted.data.ratings
    rows = np.arange(0, len(ratings), 37)
    asked = ratings.users.ids[ratings.user[rows]], ratings.items.ids[ratings.item[rows]]
    table = fitted.decide(*asked, reasons=False)
    assert table.column("rated").tolist() == ratings.value[rows].tolist()
    assert table.recommend.tolist() == ratings.liked[rows].tolist()


def test_a_changed_rating_is_the_answer(fitted: FittedRecommender, reader: int) -> None:
    for given, answer in ((1, "no"), (5, "yes")):
        assert fitted.decide(reader, "b001", ratings={"b001": given}).rows()[0]["answer"] == answer


def test_an_item_that_nobody_has_is_answered_by_its_own_rating_alone(fitted: FittedRecommender) -> None:
    table = fitted.decide(ratings={"mystery": 5, "b000": 4}, item=["mystery", "riddle"])
    assert table.column("answer").tolist() == ["yes", "no"]
    assert table.rows()[0]["reason"] == "you gave it 5"


def test_nothing_is_recommended_of_which_nothing_is_known(fitted: FittedRecommender) -> None:
    everyone = fitted.data.ratings.users.ids[1:].tolist()
    table = fitted.decide([*everyone, 99_999], "mistyped")
    assert not table.recommend.any()
    assert set(table.column("answer")) == {"no"}
    assert table.rows()[0]["known"] == "only the reader is known"


def test_where_each_reader_has_a_bar_the_rating_is_held_against_it(shelf: Dataset, quick_trees: None) -> None:
    relative = Recommender(liked="relative", deep=False, budget=20).fit(shelf)
    strict = {f"b{number:03d}": 2 for number in range(0, 20, 2)}
    assert relative.decide(ratings=strict | {"b030": 3}, item="b030").rows()[0]["answer"] == "yes"
    generous = {f"b{number:03d}": 5 for number in range(0, 20, 2)}
    assert relative.decide(ratings=generous | {"b030": 3}, item="b030").rows()[0]["answer"] == "no"
