from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.candidates.retrieval import FittedRetrieval, Retrieval
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.readers import ReaderLists
from toprank.core.scale import RatingScale

N_USERS, N_ITEMS, GENRES = 120, 80, 4


@pytest.fixture(scope="session")
def shelf() -> tuple[Dataset, Ratings]:
    """Readers who keep to one genre of four; two editions of each work, two works of each author; and later ratings."""
    rng = np.random.default_rng(3)
    pairs = rng.permutation(N_USERS * N_ITEMS)
    user, item = (pairs // N_ITEMS).astype(np.int32), (pairs % N_ITEMS).astype(np.int32)
    taken = rng.random(len(pairs)) < np.where(user % GENRES == item // 2 % GENRES, 0.4, 0.03)
    user, item = user[taken], item[taken]
    value = np.where(user % GENRES == item // 2 % GENRES, 5, 2).astype(np.float32)
    users, items = IdIndex.of(np.arange(N_USERS)), IdIndex.of([f"b{i:02d}" for i in range(N_ITEMS)])
    ratings = Ratings(user, item, value, users, items, RatingScale(1, 5, 4))
    table = pa.table(
        {
            "id": items.ids.tolist(),
            "title": [f"Volume {i // 2}" for i in range(N_ITEMS)],
            "author": [f"Writer {chr(65 + i // 2 % 20)}son" for i in range(N_ITEMS)],
        }
    )
    n = len(ratings)
    cut, half = int(0.8 * n), int(0.4 * n)
    data = Dataset(
        ratings.take(np.arange(half)),
        implicit=Interactions(user[half:cut], item[half:cut], users, items),
        items=Attributes(table, np.arange(N_ITEMS, dtype=np.int32)),
    )
    return data, ratings.take(np.arange(cut, n))


@pytest.fixture(scope="session")
def readers(shelf: tuple[Dataset, Ratings]) -> ReaderLists:
    """What the readers of that shelf rated and hold."""
    return ReaderLists.of(shelf[0])


@pytest.fixture(scope="session")
def fitted(shelf: tuple[Dataset, Ratings]) -> FittedRetrieval:
    """Candidates of that shelf, with room for three works in four in the closed form."""
    data, later = shelf
    return Retrieval(max_items=30, ridge=5.0).fit(data, rng=np.random.default_rng(1), validation=later)
