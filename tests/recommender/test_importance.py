"""How much each source counts: of pairs that nobody has rated, in words about any reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.arrays import FloatArray, IntArray
from toprank.evidence.pairs import Pairs
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.importance import importance, known_attributes


class Watched:
    """A model that gives hand-made shares, and keeps the pairs it is asked about."""

    def __init__(self, model: object) -> None:
        self._model = model
        self.pairs: tuple[IntArray, IntArray] = (np.empty(0, np.int64), np.empty(0, np.int64))

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        self.pairs = pairs.user, pairs.item
        signs = np.where(np.arange(len(pairs)) < len(pairs) // 2, 1.0, -1.0)
        return {"user": 0.5 * signs, "nearest raters": np.full(len(pairs), 7.0), "item": 2.0 * signs + 3.0}, 0.1


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
        "how this edition is rated",
        "how the reader rates",
        "its ratings by those most like the reader",
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
    evidence = fitted.model.evidence
    for part, words in {
        "user x author": "what the reader gave books by the same author",
        "user x work": "what the reader gave other editions of it",
        "author": "how books by the same author are rated",
        "work": "how it is rated, all editions together",
        "location: last": "how readers of the same country rate",
        "location: last x work": "how it is rated by readers of the same country",
        "location: last x author": "how books by the same author are rated by readers of the same country",
        "year": "its year",
        "age": "the reader's age",
    }.items():
        assert evidence.describe(part) == words
    assert {"author", "year"} <= set(known_attributes(evidence.groupings)["items"])
    assert {"country", "age"} <= set(known_attributes(evidence.groupings)["readers"])


def test_without_such_pairs_nothing_is_measured(fitted: FittedRecommender) -> None:
    ratings = fitted.data.ratings
    tested = replace(fitted.tested, user=ratings.user[:1], item=ratings.item[:1])
    assert importance(replace(fitted, tested=tested)) == ([], 0)
