"""Answers about any book: held against the truth of generated ratings, which no model sees."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.data.datasets.generated import generate_ratings, generate_truth
from toprank.recommender.evaluate import evaluate
from toprank.recommender.facade import FittedRecommender, Recommender

SIZES: dict[str, Any] = {"n_users": 700, "n_items": 300}
ALL = generate_ratings(**SIZES, n_ratings=21_000, rng=np.random.default_rng(13))
SHUFFLED = np.random.default_rng(13).permutation(21_000)
DATA = ALL.with_ratings(SHUFFLED[:19_000])
NEW = ALL.with_ratings(SHUFFLED[19_000:])


@pytest.fixture(scope="module")
def models() -> dict[str, FittedRecommender]:
    return {about: Recommender(deep=False, about=about).fit(DATA) for about in ("chosen", "any")}


@pytest.fixture(scope="module")
def any_pairs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(13)
    user, item = rng.integers(700, size=6000), rng.integers(300, size=6000)
    new = ~np.isin(user * 300 + item, ALL.ratings.user.astype(np.int64) * 300 + ALL.ratings.item)
    truth = generate_truth(**SIZES, rng=np.random.default_rng(13))
    return user[new], item[new], truth.liked(user[new], item[new])


def test_any_book_is_liked_less_often_than_such_as_readers_choose(
    models: dict[str, FittedRecommender], any_pairs: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    user, item, true = any_pairs
    chosen, any_book = (models[about].decide(user, item, reasons=False).probability for about in ("chosen", "any"))
    assert chosen.mean() > true.mean() + 0.05
    assert abs(any_book.mean() - true.mean()) < 0.5 * (chosen.mean() - true.mean())
    order = np.corrcoef([np.argsort(np.argsort(one)) for one in (chosen, any_book)])[0, 1]
    assert order > 0.98


def test_the_promise_is_about_any_book_and_is_kept(
    models: dict[str, FittedRecommender], any_pairs: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    user, item, true = any_pairs
    promise = models["any"].policy.promise
    assert promise is not None
    assert promise.about == "any"
    assert "taken at random" in str(promise) or not promise.kept
    yes = models["any"].decide(user, item, reasons=False).recommend
    assert yes.any()
    assert math.isnan(promise.promised) or true[yes].mean() >= promise.promised
    plain = models["chosen"].policy.promise
    assert plain is not None
    assert (plain.about, models["chosen"].exposure) == ("chosen", None)


def test_both_are_reported(models: dict[str, FittedRecommender]) -> None:
    assert models["chosen"].measures.any_book == {}
    found = models["any"].measures.any_book
    assert found.keys() == {"chosen", "any"}
    assert found["any"]["liked"] < found["chosen"]["liked"]
    assert found["any"]["ece"] < found["chosen"]["ece"]
    assert found["chosen"]["auc"] == pytest.approx(models["any"].measures.figures["toprank"]["auc"])
    evaluated = evaluate(models["any"], NEW).any_book
    assert evaluated["any"]["liked"] < evaluated["chosen"]["liked"]
    assert evaluate(models["chosen"], NEW).any_book == {}


def test_a_saved_model_stays_about_any_book(models: dict[str, FittedRecommender], tmp_path: Path) -> None:
    again = Recommender.load(models["any"].save(tmp_path / "model"))
    assert again.config.about == "any"
    assert again.exposure is not None
    assert again.policy.promise == models["any"].policy.promise
    asked = ([3] * 20, list(range(20)))
    assert str(again.decide(*asked)) == str(models["any"].decide(*asked))
    assert evaluate(again, NEW).any_book == evaluate(models["any"], NEW).any_book


def test_every_answer_says_how_near_it_is(models: dict[str, FittedRecommender]) -> None:
    model = models["chosen"]
    rows = model.decide(5, list(range(60)), reasons=False).rows()
    assert all(0 <= row["nearness"] <= 1 for row in rows)
    assert {row["near"] for row in rows} <= {f"{how} what you read" for how in ("close to", "near", "far from")}
    listed = model.recommend(5, 5).rows()
    assert all(row["nearness"] > 0.5 for row in listed)
    again = model.decide(5, [row["item"] for row in listed], reasons=False).rows()
    assert [row["nearness"] for row in again] == [row["nearness"] for row in listed]
    said = model.explain(5, 7)
    assert said.row["near"] in str(said)


def test_of_an_unknown_reader_or_item_nothing_is_near(models: dict[str, FittedRecommender]) -> None:
    model = models["chosen"]
    rows = [*model.decide(99_999, [3, 4]).rows(), *model.decide(5, [99_999]).rows(), *model.recommend(99_999, 2).rows()]
    assert [(row["nearness"], row["near"]) for row in rows] == [(None, None)] * 5
    assert "—" in str(model.decide(99_999, [3]))
    told = model.decide(item=[3, 4], ratings={7: 5.0, 8: 1.0}).rows()
    assert all(row["nearness"] is not None for row in told)
