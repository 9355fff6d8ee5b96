"""Ids that match nothing, what is known already, and lists longer than there are items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.arrays import IntArray
from toprank.errors import OptionError
from toprank.models.boosted import Boosted
from toprank.recommender.evaluate import evaluate
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.matching import match_ids

USERS, ITEMS = 80, 60
PAIRS = np.random.default_rng(1).permutation(USERS * ITEMS)
USER, ITEM = PAIRS // ITEMS, PAIRS % ITEMS


def ratings(rows: IntArray, *, zeros: int = 3) -> pa.Table:
    rng = np.random.default_rng(2)
    taste = 3 + rng.normal(size=USERS)[USER] + rng.normal(size=ITEMS)[ITEM] + 0.7 * rng.normal(size=len(PAIRS))
    value = np.clip(np.round(taste), 1, 5)
    users, items = ([f"{one:0{zeros}d}" for one in side[rows]] for side in (USER, ITEM))
    return pa.table({"user": users, "item": items, "rating": value[rows]})


@pytest.fixture(scope="module")
def model() -> FittedRecommender:
    recommender = Recommender(deep=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=8, min_data_in_leaf=20))
        return recommender.fit(ratings(np.arange(1600)), scale="1-5")


def test_what_is_known_already_moves_nothing(model: FittedRecommender) -> None:
    asked = ratings(np.arange(1600, 2200))
    before = model.decide(asked, reasons=False).probability
    known = ratings(np.arange(1600))
    assert model.update(known) is model
    one_more = pa.concat_tables([known, pa.table({"user": ["new"], "item": ["newer"], "rating": [5.0]})])
    after = model.update(one_more)
    assert len(after.data.ratings) == 1601
    assert after.decide(asked, reasons=False).probability.tolist() == before.tolist()


def test_ratings_of_other_ids_are_refused(model: FittedRecommender) -> None:
    rows = np.arange(1600, 1700)
    for ask in (model.update, lambda table: evaluate(model, table)):
        with pytest.raises(OptionError, match=r"none is known: .* \('\d+' here may be '0\d\d' there\)"):
            ask(ratings(rows, zeros=1))
    strange = pa.table({"user": ["x"], "item": ["y"], "rating": [4]})
    with pytest.raises(OptionError, match="of 1 readers and 1 items none is known"):
        evaluate(model, strange)
    assert len(model.update(strange).data.ratings) == 1601
    assert len(model.update(pa.table({"user": ["x"], "item": ["001"], "rating": [4]})).data.ratings) == 1601


def test_how_many_are_known_is_said(model: FittedRecommender) -> None:
    both = pa.table({"user": ["001", "x", "y"], "item": ["1", "002", "003"], "rating": [4, 4, 5]})
    new = model.update(both).data.ratings.take([1600, 1601, 1602])
    matched = match_ids(model.data.ratings, new)
    assert (matched.known_readers, matched.readers, matched.known_items, matched.items) == (1, 3, 2, 3)
    assert matched.notes == ["warning: only 1 of 3 readers are known", "2 of 3 items are known"]


@pytest.mark.parametrize("n", [10**7, 10**12])
def test_a_list_is_no_longer_than_there_are_items(model: FittedRecommender, n: int) -> None:
    reader = str(ratings(np.arange(1))["user"][0].as_py())
    assert len(model.recommend(reader, n=n).rows()) <= ITEMS
    assert len(model.similar("001", n=n).rows()) <= ITEMS


def test_ids_as_rows_of_frames_hold_them() -> None:
    table = pa.table({"user": USER[:1600], "item": ITEM[:1600], "rating": ratings(np.arange(1600))["rating"]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=2, min_data_in_leaf=20))
        model = Recommender(deep=False).fit(table, scale="1-5")
    spelt: list[Any] = [3, 3.0, np.float64(3), "3", "3.0", np.int64(3)]
    five: Any = np.float64(5)
    answers = [model.decide(one, five, reasons=False).rows()[0] for one in spelt]
    assert len({row["probability"] for row in answers}) == 1
    assert {str(row["item"]) for row in answers} == {"5"}
    for huge in (10**30, -(10**30)):
        assert model.decide(huge, 5, reasons=False).rows()[0]["user"] == str(huge)
    no_ids: list[Any] = [3.5, float("nan"), float("inf"), None]
    for no_id in no_ids:
        with pytest.raises(OptionError, match=r"is no id|name a reader"):
            model.decide(no_id, 5)
    assert model.recommend(ratings={5: 4.0}, n=2).rows()[0]["user"] == "new reader"


def test_nothing_liked_is_a_no_with_a_note() -> None:
    value = np.ones(1600)
    for objective in ("halve", "f1"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=2))
            table = ratings(np.arange(1600)).set_column(2, "rating", pa.array(value))
            model = Recommender(deep=False, objective=objective).fit(table, scale="1-5")
        assert not model.decide("001", ["001", "002"], reasons=False).recommend.any()
        assert any("none of the 1,600 ratings is liked: that means 4 or more" in note for note in model.data.notes)
