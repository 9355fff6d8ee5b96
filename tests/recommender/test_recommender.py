from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from sklearn.base import clone

import toprank as tr
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.datasets.wheel import WheelDataset
from toprank.data.reading.read import read
from toprank.errors import DataError, OptionError
from toprank.metrics.decision import decision_metrics
from toprank.recommender.facade import FittedRecommender, Recommender


def test_a_pair_gets_an_answer_with_all_that_belongs_to_it(fitted: FittedRecommender, reader: int) -> None:
    work = fitted.model.evidence.groupings.work.code
    mine = fitted.data.ratings.user == fitted.data.ratings.users.positions([reader])[0]
    item = str(fitted.data.ratings.items[np.flatnonzero(~np.isin(work, work[fitted.data.ratings.item[mine]]))[1]])
    row = fitted.decide(reader, item).rows()[0]
    assert (row["user"], row["item"], row["title"]) == (reader, item, f"Volume {int(item[1:]) // 2}")
    assert row["answer"] in ("yes", "no")
    assert row["recommend"] == (row["answer"] == "yes") == (row["probability"] >= fitted.policy.threshold.cutoff)
    assert 0 < row["low"] <= row["probability"] <= row["high"] < 1
    assert 1 <= row["expected"] <= 5
    assert row["known"] == "the reader and the book are known"
    assert row["reader_ratings"] == int((fitted.data.ratings.user == reader + 1).sum())
    assert "it: " in row["reason"]


def test_whoever_nobody_has_seen_is_answered_from_what_is_known(fitted: FittedRecommender, reader: int) -> None:
    table = fitted.decide([10_000, reader, 10_000], ["b001", "no such book", "nor this"])
    assert table.column("known").tolist() == [
        "only the book is known",
        "only the reader is known",
        "neither the reader nor the book is known",
    ]
    assert np.isfinite(table.probability).all()
    assert table.rows()[2]["reason"] == "neither the reader nor the book is known"


def test_one_goes_with_many_and_any_length_will_do(fitted: FittedRecommender, reader: int) -> None:
    many = fitted.decide(reader, np.array(["b001", "b002", "b003"], dtype=object), reasons=False)
    assert many.column("user").tolist() == [reader] * 3
    singly = [fitted.decide(str(reader), item, reasons=False).probability[0] for item in ("b001", "b002", "b003")]
    assert many.probability.tolist() == singly
    assert fitted.decide([], []).table.num_rows == 0
    with pytest.raises(OptionError, match="2 users and 3 items"):
        fitted.decide([1, 2], ["a", "b", "c"])
    with pytest.raises(OptionError, match="name a reader"):
        fitted.decide(item="b001")
    wrong: list[Any] = [3.5, [None], [1, 2.5]]
    for one in wrong:
        with pytest.raises(OptionError, match="is no id"):
            fitted.decide(one, "b001")
    with pytest.raises(OptionError, match="name the items"):
        fitted.decide(reader)
    pairs = {"item": ["b001", "b002"], "user": [reader, 5]}
    for frame in (pd.DataFrame(pairs), pl.DataFrame(pairs), pa.table(pairs)):
        assert fitted.decide(frame).column("user").tolist() == [reader, 5]
    with pytest.raises(OptionError, match="no column 'item', only 'who', 'user'"):
        fitted.decide(pd.DataFrame({"who": [1], "user": [2]}))


def test_results_convert(fitted: FittedRecommender, reader: int) -> None:
    table = fitted.decide(reader, ["b001", "b002"])
    assert isinstance(table.to_pandas(), pd.DataFrame)
    assert isinstance(table.to_polars(), pl.DataFrame)
    assert isinstance(table.to_arrow(), pa.Table)
    assert table.to_pandas()["item"].tolist() == table.to_polars()["item"].to_list() == ["b001", "b002"]
    assert "<table>" in table._repr_html_()
    assert "P(liked)" in str(table)
    assert "damped bias" in repr(fitted)
    for shown in (fitted, fitted.explain(reader, "b001")):
        assert "<table>" in shown._repr_html_()


def test_what_ids_say_is_escaped(fitted: FittedRecommender) -> None:
    assert "<script>" not in fitted.decide(1, "<script>alert(1)</script>")._repr_html_()


def test_lists_hold_only_what_is_new_and_passes_the_cutoff(fitted: FittedRecommender) -> None:
    readers = list(range(0, 150, 7))
    top = fitted.recommend(readers, 5)
    ratings, implicit = fitted.data.ratings, fitted.data.implicit
    work = fitted.model.evidence.groupings.work.code
    held = {(ratings.users[u], work[i]) for u, i in zip(ratings.user, ratings.item, strict=True)}
    assert implicit is not None
    held |= {(ratings.users[u], work[i]) for u, i in zip(implicit.user, implicit.item, strict=True)}
    seen = set()
    for row in top:
        pair = row["user"], work[ratings.items.positions([row["item"]])[0]]
        assert pair not in held
        assert pair not in seen
        seen.add(pair)
    assert len(seen) > 20
    decided = fitted.decide(top.column("user"), top.column("item"), reasons=False)
    assert decided.recommend.all()
    assert decided.probability.tolist() == top.column("probability").tolist()
    for user in readers:
        ranks = top.column("rank")[top.column("user") == user].tolist()
        assert ranks == list(range(1, len(ranks) + 1))


def test_diversity_spreads_authors(fitted: FittedRecommender) -> None:
    readers = list(range(60))

    def authors(diversity: float) -> float:
        table = fitted.recommend(readers, 5, diversity=diversity).to_pandas()
        return float(table.groupby("user")["author"].nunique().mean())

    assert authors(2.0) > authors(0.0)


def test_columns_may_have_other_names(shelf: Dataset, fitted: FittedRecommender, quick_trees: None) -> None:
    assert shelf.items is not None
    names = {"title": "Book-Title", "author": "Book-Author"}
    table = shelf.items.table.rename_columns([names.get(name, name) for name in shelf.items.table.column_names])
    renamed = Recommender(objective="f1", deep=False, budget=60).fit(
        replace(shelf, items=replace(shelf.items, table=table))
    )
    assert renamed.retrieval.generators.catalogue.author == "Book-Author"
    for diversity in (0.0, 2.0):
        mine, theirs = (model.recommend(list(range(60)), 5, diversity=diversity) for model in (renamed, fitted))
        assert mine.items == theirs.items
        assert mine.rows() == theirs.rows()
    said = [renamed.explain(0, item).sentence for item in ("b001", "b002", "b003", "b011", "b041")]
    assert said == [fitted.explain(0, item).sentence for item in ("b001", "b002", "b003", "b011", "b041")]


def test_a_new_reader_needs_no_training(fitted: FittedRecommender) -> None:
    rated = {"b001": 5, "b002": 1, "b040": 4}
    top = fitted.recommend(ratings=rated, n=4)
    assert 0 < len(top) <= 4
    assert not set(top.items) & set(rated)
    mine = fitted.decide(ratings=rated, item="b050")
    assert mine.rows()[0]["reader_ratings"] == 3
    assert fitted.explain(None, "b050", ratings=rated).row["probability"] == mine.probability[0]
    assert len(fitted.recommend(123_456, 3)) == 3
    with pytest.raises(OptionError, match="rated nothing"):
        fitted.recommend(ratings={})
    with pytest.raises(OptionError, match="not on the scale"):
        fitted.recommend(ratings={"b001": 11})
    with pytest.raises(OptionError, match="ratings are those of one reader"):
        fitted.recommend([1, 2], ratings=rated)


def test_the_same_pair_asked_both_ways_gets_the_same_answer(plain: FittedRecommender) -> None:
    ratings = plain.data.ratings
    items = [f"b{i:03d}" for i in range(90)]
    for user in (0, 7, 33, 148):
        rows = np.flatnonzero(ratings.user == ratings.users.positions([user])[0])
        rated = dict(zip(ratings.items.ids[ratings.item[rows]].tolist(), ratings.value[rows].tolist(), strict=True))
        others = [item for item in items if item not in rated]
        by_id, by_list = plain.decide(user, others), plain.decide(item=others, ratings=rated)
        np.testing.assert_allclose(by_list.probability, by_id.probability, rtol=0, atol=1e-9)
        assert by_list.column("reason").tolist() == by_id.column("reason").tolist()
        assert plain.recommend(ratings=rated, n=8).items == plain.recommend(user, 8).items


def test_a_reader_who_rated_more_is_a_longer_list(plain: FittedRecommender) -> None:
    ratings = plain.data.ratings
    rows = np.flatnonzero(ratings.user == ratings.users.positions([7])[0])
    rated = dict(zip(ratings.items.ids[ratings.item[rows]].tolist(), ratings.value[rows].tolist(), strict=True))
    fresh = next(f"b{i:03d}" for i in range(90) if f"b{i:03d}" not in rated)
    changed = next(iter(rated))
    more = {fresh: 5.0, changed: 6.0 - rated[changed]}
    answers = plain.decide(7, ["b010", "b080"], ratings=more)
    whole = plain.decide(item=["b010", "b080"], ratings=rated | more)
    np.testing.assert_allclose(answers.probability, whole.probability, rtol=0, atol=1e-9)
    assert answers.column("reader_ratings").tolist() == [len(rated) + 1] * 2


def test_asking_about_a_new_reader_copies_no_array_of_the_model(plain: FittedRecommender) -> None:
    """Arrays as large as the model's own would show; what is made is as large as a list."""
    plain.decide(item="b050", ratings={"b001": 5, "b002": 1})
    before = {id(one): one for one in vars(plain.model.evidence).values()}
    tracemalloc.start()
    plain.decide(item="b050", ratings={"b001": 5, "b002": 1}, reasons=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000
    assert {id(one): one for one in vars(plain.model.evidence).values()} == before


def test_an_update_gives_a_new_object_that_knows_more(fitted: FittedRecommender, reader: int) -> None:
    before = fitted.decide(reader, ["b001", "b002"], reasons=False)
    rating = 1.0 if before.rows()[0]["rated"] != 1.0 else 5.0
    new = pa.table({"user": [reader, 777, 777], "item": ["b001", "b001", "new book"], "rating": [rating, 5.0, 4.0]})
    told = fitted.update(new)
    after = told.decide([reader, 777, 777], ["b001", "b001", "new book"])
    assert after.column("rated").tolist() == [rating, 5.0, 4.0]
    assert after.column("reader_ratings")[1] == 2
    again = fitted.decide(reader, ["b001", "b002"], reasons=False)
    assert again.probability.tolist() == before.probability.tolist()
    assert told.decide(777, "b060").rows()[0]["known"] != fitted.decide(777, "b060").rows()[0]["known"]
    # A step at a time comes to the same counts as all at once.
    steps = fitted.update(new.slice(0, 1)).update(new.slice(1, 1)).update(new.slice(2, 1))
    for name in ("reader_ratings", "book_ratings", "kind_ratings", "rated"):
        stepped = steps.decide([reader, 777, 777], ["b001", "b001", "new book"]).column(name)
        assert stepped.tolist() == after.column(name).tolist()
    with pytest.raises(OptionError, match="twice"):
        fitted.decide(ratings=None, user=reader, item="b001") and fitted.update(
            Dataset(Ratings.of([1, 1], ["b001", "b001"], [3, 4], RatingScale(1, 5, 4)))
        )


def test_updates_leave_out_rows_without_a_rating(fitted: FittedRecommender) -> None:
    new = pa.table({"user": [1, 2], "item": ["b001", "b002"], "rating": [0.0, 4.0]})
    told, alone = fitted.update(new, implicit_value=0), fitted.update(new.slice(1))
    assert told.data.ratings.value.tolist() == alone.data.ratings.value.tolist()
    with pytest.raises(OptionError, match="1 of the new rows have no rating"):
        fitted.update(read(new, implicit_value=0, scale="1-5"))


def test_an_update_takes_what_a_fit_takes(fitted: FittedRecommender, monkeypatch: pytest.MonkeyPatch) -> None:
    new = read(pa.table({"user": [1], "item": ["b002"], "rating": [4]}), scale="1-5")
    monkeypatch.setattr(WheelDataset, "load", lambda _: new)
    (row,) = fitted.update("movielens-100k").decide(1, "b002", reasons=False).rows()
    assert row["rated"] == 4


def test_an_update_is_on_the_models_scale_and_of_somebody(fitted: FittedRecommender) -> None:
    stars = Dataset(Ratings.of([1, 2], ["b001", "b002"], [5, 5], RatingScale(1, 10, 8)))
    with pytest.raises(OptionError, match="the new ratings are on the scale 1 to 10"):
        fitted.update(stars)
    with pytest.raises(OptionError, match="stands for"):
        fitted.recommend(ratings={"": 5})


def test_nobodys_item_is_never_recommended_and_what_all_like_soon_is(shelf: Dataset, quick_trees: None) -> None:
    ratings = shelf.ratings
    few = ratings.take(ratings.item < 30)
    fitted = Recommender(deep=False, budget=20).fit(replace(shelf, ratings=few, implicit=None, items=None, users=None))
    everyone = list(range(150))
    assert "" not in fitted.recommend([*everyone, 9999], 50).items
    assert "" not in fitted.recommend(ratings={"b001": 5}, n=50).items
    liked_by_all = pa.table({"user": everyone, "item": ["hit"] * 150, "rating": [5.0] * 150})
    assert "hit" in fitted.update(liked_by_all).recommend(9999, 50).items


def test_what_is_said_of_kinds_stays_when_others_are_added(fitted: FittedRecommender, reader: int) -> None:
    asked = [f"b{number:03d}" for number in range(40)]
    before = fitted.decide(reader, asked, reasons=False)
    new = pa.table(
        {"user": [800 + k for k in range(30)], "item": [f"0-{k:02d}-999999-X" for k in range(30)], "rating": [4.0] * 30}
    )
    after = fitted.update(new).decide(reader, asked, reasons=False)
    for name in ("kind_ratings", "reader_kind_ratings", "book_ratings"):
        assert before.column(name).tolist() == after.column(name).tolist()


def test_an_explanation_adds_up(fitted: FittedRecommender, reader: int) -> None:
    for item in ("b001", "b010", "unheard of"):
        given_ = fitted.explain(reader, item)
        total = sum(row["log_odds"] for row in given_.to_table())
        assert total == pytest.approx(float(logit(given_.row["probability"])), abs=1e-6)
        assert given_.row["answer"] in str(given_)


def test_measures_are_of_rows_that_nothing_was_chosen_on(fitted: FittedRecommender, shelf: Dataset) -> None:
    tested, measures = fitted.tested, fitted.measures
    assert measures.rows == {"train": 2400, "validation": 300, "test": 300}
    figures = decision_metrics(tested.liked, tested.recommend)
    assert measures.figures["toprank"]["f1"] == figures["f1"]
    assert set(measures.figures) == {"toprank", "always", "user-mean", "item-mean", "bias"}
    assert len(fitted.data.ratings) == len(shelf.ratings)
    assert "always recommend" in measures.verdict


def test_find_names_the_book(fitted: FittedRecommender) -> None:
    found = fitted.find("volume 12", n=3).rows()
    assert found[0]["title"] == "Volume 12"
    assert fitted.find("nothing of the sort zzz").rows() == []
    with pytest.raises(OptionError, match="no word"):
        fitted.find("?!")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "precision>=0.8"}, "precision"),
        ({"objective": "share<=0.2"}, "precision"),
        ({"liked": "relative", "objective": "f1"}, "f1"),
        ({"liked_from": 5, "abstain": "0.1"}, "precision"),
    ],
)
def test_other_objectives_and_other_meanings_of_liked(
    shelf: Dataset, quick_trees: None, options: dict[str, object], words: str
) -> None:
    fitted = Recommender(deep=False, budget=20, **options).fit(shelf)  # type: ignore[arg-type]
    assert words in {one.name for one, _ in fitted.measures.achieved} or not fitted.measures.achieved
    table = fitted.decide(3, ["b001", "b002", "unknown"])
    assert set(table.column("answer")) <= {"yes", "no", "unsure"}
    told = fitted.update(pa.table({"user": [3, 901], "item": ["b080", "b001"], "rating": [2.0, 5.0]}))
    assert len(told.decide(901, "b003")) == 1


def test_pairs_in_a_frame_are_predicted_and_scored(fitted: FittedRecommender, shelf: Dataset) -> None:
    pairs = {"user": [3, 3, 5], "item": ["b080", "b001", "b002"]}
    decided = fitted.decide(pd.DataFrame(pairs), reasons=False)
    for frame in (pd.DataFrame(pairs), pl.DataFrame(pairs), pa.table(pairs)):
        assert fitted.predict(frame).tolist() == decided.recommend.tolist()
        both = fitted.predict_proba(frame)
        assert both.shape == (3, 2)
        assert both[:, 1].tolist() == decided.probability.tolist()
        assert np.allclose(both.sum(axis=1), 1)
    rated = pa.table(pairs | {"rating": [1.0, 5.0, 2.0]})
    p = decided.probability
    assert fitted.score(rated) == np.mean([p[1] > p[0], p[1] > p[2]])
    assert np.isnan(fitted.score(rated.slice(1, 1)))


def test_public_functions_do_as_the_methods(fitted: FittedRecommender, plain: FittedRecommender) -> None:
    frame = pa.table({"user": [901, 902, 903, 904], "item": ["b001"] * 4, "rating": [5.0, 2.0, 4.0, 1.0]})
    assert tr.evaluate(fitted, frame).figures == fitted.evaluate(frame).figures
    assert tr.compare(fitted, plain, frame).rows == plain.compare(fitted, frame).rows == 4
    typo: dict[str, Any] = {"user_colum": "user"}
    calls: list[Any] = [
        fitted.evaluate, fitted.update, tr.load, tr.read, tr.Recommender().fit,
        partial(tr.evaluate, fitted), partial(tr.compare, fitted, plain),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(OptionError, match="no option 'user_colum'; did you mean 'user_column'"):
            call(frame, **typo)


def test_without_attributes_or_implicit_rows(shelf: Dataset, quick_trees: None) -> None:
    bare = replace(shelf, items=None, users=None, implicit=None)
    fitted = Recommender(deep=False, budget=20).fit(bare)
    assert "title" not in fitted.recommend(3).table.column_names
    with pytest.raises(OptionError, match="no titles are known"):
        fitted.find("anything")


def test_options_are_checked_and_scikit_learn_can_clone() -> None:
    recommender = tr.Recommender(objective="f0.5", deep=False)
    assert clone(recommender).get_params() == recommender.get_params()
    assert recommender.set_params(seed=3).seed == 3
    with pytest.raises(OptionError, match="no option 'sede'"):
        recommender.set_params(sede=3)
    for wrong in ({"objective": "best"}, {"liked": "much"}, {"abstain": "often"}, {"budget": 0}):
        with pytest.raises(OptionError):
            tr.Recommender(**wrong)


def test_too_few_ratings_say_so() -> None:
    data = Dataset(Ratings.of(["a", "b", "c"], ["x", "y", "z"], [1, 5, 4], RatingScale(1, 5, 4)))
    with pytest.raises(OptionError, match="there are 3 ratings"):
        tr.Recommender(deep=False).fit(data)


def test_the_id_of_nobody_is_refused() -> None:
    data = Dataset(Ratings.of(["", "b", "c"], ["x", "y", "z"], [1, 5, 4], RatingScale(1, 5, 4)))
    with pytest.raises(DataError, match="stands for"):
        tr.Recommender(deep=False).fit(data)


@given(
    st.dictionaries(
        st.sampled_from(["b000", "b001", "b045", "b089", "unheard of", "ü", "'; drop"]), st.integers(1, 5), min_size=1
    )
)
def test_any_new_reader_is_answered(fitted: FittedRecommender, rated: dict[str, int]) -> None:
    table = fitted.decide(ratings=rated, item=["b001", "b050", "?"], reasons=False)
    assert np.isfinite(table.probability).all()
    assert table.column("reader_ratings").tolist() == [len(rated)] * 3
