from __future__ import annotations

import os
from collections.abc import Callable, Iterator

# Before OpenMP is loaded: threads of several test processes that wait by spinning keep each other from their work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.summary import DatasetSummary, summarize


@pytest.fixture(scope="session")
def book_crossing() -> Dataset:
    """The real data; fetched when they are not in the cache."""
    return BOOK_CROSSING.load(progress=False)


@pytest.fixture(scope="session", autouse=True)
def _without_text_vectors() -> Iterator[None]:
    """Whether somebody has fetched vectors of words must not change what tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("toprank.data.text.text_vectors.NAME", "no-text-vectors")
        yield


settings.register_profile("untimed", deadline=None)  # how busy the machine is says nothing of the code
settings.load_profile("untimed")

Make = Callable[..., tuple[Dataset, Ratings]]


@pytest.fixture(scope="session")
def library() -> Make:
    """Readers and books with attributes; training data, and ratings that were held out."""

    def make(*, attributes: bool = True, implicit: bool = True, seed: int = 5) -> tuple[Dataset, Ratings]:
        rng = np.random.default_rng(seed)
        n_users, n_items, n, n_held = 150, 90, 3000, 1500
        pairs = rng.permutation(n_users * n_items)[: n + n_held]
        user, item = (pairs // n_items).astype(np.int32), (pairs % n_items).astype(np.int32)
        author = np.repeat(rng.integers(0, 15, n_items // 2), 2)
        value = 3 + rng.normal(size=n_users)[user] + rng.normal(size=15)[author][item] + rng.normal(size=n + n_held)
        users, items = IdIndex.of(np.arange(n_users)), IdIndex.of([f"b{i:03d}" for i in range(n_items)])
        value = np.clip(np.round(value), 1, 5)
        ratings = Ratings(user[:n], item[:n], value[:n], users, items, RatingScale(1, 5, 4))
        books = pa.table(
            {
                "id": items.ids.tolist(),
                "title": [f"Volume {i // 2}" for i in range(n_items)],
                "author": [f"Writer {chr(65 + a)}son" for a in author],
                "year": pa.array(rng.integers(1950, 2005, n_items)),
            }
        )
        readers = pa.table(
            {
                "id": users.ids,
                "location": [f"town {u % 30}, state {u % 6}, country {u % 3}" for u in range(n_users)],
                "age": pa.array([None if u % 4 == 0 else 20 + u % 40 for u in range(n_users)]),
            }
        )
        data = Dataset(
            ratings.take(np.arange(2000)),
            implicit=Interactions(user[n:], item[n:], users, items) if implicit else None,
            items=Attributes(books, np.arange(n_items, dtype=np.int32)) if attributes else None,
            users=Attributes(readers, np.arange(n_users, dtype=np.int32)) if attributes else None,
        )
        return data, ratings.take(np.arange(2000, n))

    return make


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """Five ratings and two implicit interactions, with both tables."""
    ratings = Ratings.of(
        ["ann", "ann", "ann", "bob", "cid"], ["x", "y", "z", "x", "x"], [10, 8, 3, 9, 5], RatingScale(1, 10, 8, 1)
    )
    pairs = Interactions(np.array([1, 2]), np.array([1, 1]), ratings.users, ratings.items)
    items = pa.table({"isbn": ["x", "y", "q"], "title": ["Emma", "Emma", "n/a"], "year": [1990, 0, 2050]})
    users = pa.table({"user": ["cid", "ann", "bob"], "age": pa.array([30, None, 230], pa.int16())})
    return Dataset(
        ratings,
        pairs,
        items=Attributes(items, np.array([0, 1, -1], np.int32)),
        users=Attributes(users, np.array([1, 2, 0], np.int32)),
        name="book-crossing",
        notes=("7 rows read",),
    )


@pytest.fixture(scope="session")
def summary(dataset: Dataset) -> DatasetSummary:
    """The summary of that dataset."""
    return summarize(dataset)
