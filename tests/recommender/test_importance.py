"""How much each source counts: of pairs that nobody has rated, in words about any reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.arrays import FloatArray, IntArray
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.importance import importance, known_attributes, source_words


class Watched:
    """A model that gives hand-made shares, and keeps the pairs it is asked about."""

    def __init__(self, model: object) -> None:
        self._model = model
        self.pairs: tuple[IntArray, IntArray] = (np.empty(0, np.int64), np.empty(0, np.int64))

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def shares(self, matrix: FloatArray, users: IntArray, items: IntArray) -> tuple[dict[str, FloatArray], float]:
        self.pairs = users, items
        signs = np.where(np.arange(len(users)) < len(users) // 2, 1.0, -1.0)
        return {"user": 0.5 * signs, "attention": np.full(len(users), 7.0), "item": 2.0 * signs + 3.0}, 0.1


def test_the_pairs_are_rated_by_nobody(fitted: FittedRecommender) -> None:
    watched = Watched(fitted.model)
    shares, pairs = importance(replace(fitted, model=watched))  # type: ignore[arg-type]
    users, items = watched.pairs
    assert pairs == len(users) > 100
    rated = set(zip(fitted.data.ratings.user.tolist(), fitted.data.ratings.item.tolist(), strict=True))
    assert not rated & set(zip(users.tolist(), items.tolist(), strict=True))
    assert set(users.tolist()) <= set(fitted.tested.user.tolist())
    assert set(items.tolist()) <= set(fitted.tested.item.tolist())
    # What is said of everybody alike moves nobody.
    assert [words for words, _ in shares] == [
        "how the item is rated",
        "how the reader rates",
        "the network that reads the ratings one by one",
    ]
    assert [value for _, value in shares] == pytest.approx([2.0, 0.5, 0.0], abs=0.02)


def test_every_source_has_words_of_its_own(fitted: FittedRecommender) -> None:
    shares, _ = importance(fitted)
    words = [name for name, _ in shares]
    assert len(words) == len(set(words))
    assert not any("you" in name.split() or " x " in name or "_" in name for name in words)
    assert [value for _, value in shares] == sorted((value for _, value in shares), reverse=True)
    assert shares[0][1] > 0


def test_words(fitted: FittedRecommender) -> None:
    known = fitted.model.evidence.known
    assert source_words("user x author", known) == "what the reader gave items of the same author"
    assert source_words("user x work", known) == "what the reader gave other editions of it"
    assert source_words("author", known) == "how items of the same author are rated"
    assert source_words("location: last", known) == "how readers of the same country rate"
    assert source_words("location: last x work", known) == "how readers of the same country rate the item"
    assert source_words("location: last x author", known) == (
        "how readers of the same country rate items of the same author"
    )
    assert source_words("year", known) == "its year"
    assert source_words("age", known) == "the reader's age"
    assert {"author", "year"} <= set(known_attributes(known)["items"])
    assert {"country", "age"} <= set(known_attributes(known)["readers"])


def test_without_such_pairs_nothing_is_measured(fitted: FittedRecommender) -> None:
    ratings = fitted.data.ratings
    tested = replace(fitted.tested, user=ratings.user[:1], item=ratings.item[:1])
    assert importance(replace(fitted, tested=tested)) == ([], 0)
