"""Recommenders that few ratings and few trees are enough for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.models.boosted import Boosted
from toprank.recommender.facade import FittedRecommender, Recommender

Make = Callable[..., tuple[Dataset, Ratings]]


@contextmanager
def few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quick = Boosted(folds=2, num_boost_round=12, min_data_in_leaf=20)
        patch.setattr(Recommender, "build_model", lambda _: quick)
        yield


@pytest.fixture
def quick_trees() -> Iterator[None]:
    """Let few trees grow."""
    with few_trees():
        yield


@pytest.fixture(scope="session")
def shelf(library: Make) -> Dataset:
    """All ratings of the library: 3,000 of 150 readers and 90 books, with attributes and implicit interactions."""
    data, held = library()
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(data.ratings, name), getattr(held, name)]) for name in ("user", "item", "value")
    }
    return replace(data, ratings=replace(data.ratings, **columns))


@pytest.fixture(scope="session")
def fitted(shelf: Dataset) -> FittedRecommender:
    """Fitted on them, for F1: lists are long."""
    with few_trees():
        return Recommender(objective="f1", deep=False, budget=60).fit(shelf)


@pytest.fixture(scope="session")
def plain(library: Make) -> FittedRecommender:
    """Fitted on ratings alone, likewise."""
    with few_trees():
        return Recommender(objective="f1", deep=False, budget=60).fit(library(attributes=False, implicit=False)[0])


@pytest.fixture(scope="session")
def reader(shelf: Dataset) -> int:
    """The reader with the most ratings."""
    return int(shelf.ratings.users[int(np.bincount(shelf.ratings.user).argmax())])
