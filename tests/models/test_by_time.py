"""What times are worth where books go out of fashion: learned from the past, asked about the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.core.times import DAY
from toprank.data.splits import time_split
from toprank.metrics.scores import auc
from toprank.models.boosted import Boosted

pytest.importorskip("lightgbm")

QUICK = Boosted(num_boost_round=60, min_data_in_leaf=20, feature_fraction=0.5, lambda_l2=5.0)


@pytest.fixture(scope="module")
def fashion() -> Ratings:
    """Books whose standing wanders over two years, and readers who come and go."""
    rng = np.random.default_rng(7)
    n_users, n_items, n = 700, 60, 9000
    pairs = np.unique(rng.integers(0, n_users * n_items, n))
    user, item = pairs // n_items, pairs % n_items
    day = np.sort(rng.integers(0, 720, n_users))[user] + rng.integers(0, 10, len(pairs))
    wander = np.cumsum(rng.normal(0, 0.12, (n_items, 730)), axis=1)
    value = 3 + wander[item, day] + 0.5 * rng.normal(size=n_users)[user] + 0.7 * rng.normal(size=len(pairs))
    users, items = IdIndex.of(np.arange(n_users)), IdIndex.of(np.arange(n_items))
    value = np.clip(np.round(value), 1, 5).astype(np.float32)
    return Ratings(
        user.astype(np.int32), item.astype(np.int32), value, users, items, RatingScale(1, 5, 4), time=day * DAY
    )


def test_evidence_that_knows_time_tells_what_is_in_fashion(fashion: Ratings) -> None:
    split = time_split(fashion)
    test, train = fashion.take(split.test), split.training(Dataset(fashion))

    def reached(model: Boosted, data: Dataset) -> float:
        return auc(test.liked, model.fit(data, rng=np.random.default_rng(1)).scores(test.user, test.item))

    with_times = reached(QUICK, train)
    without = reached(replace(QUICK, without=("recency", "reader-times")), train)
    as_if_shuffled = reached(QUICK, replace(train, ratings=replace(train.ratings, time=None), asked_later=False))
    assert with_times > without + 0.01
    assert with_times > as_if_shuffled + 0.03


def test_a_fit_is_repeatable_and_asks_about_anybody(fashion: Ratings) -> None:
    split = time_split(fashion)
    train = split.training(Dataset(fashion))
    one, other = (QUICK.fit(train, rng=np.random.default_rng(1)) for _ in range(2))
    users, items = np.arange(5), np.arange(5)
    assert one.scores(users, items).tolist() == other.scores(users, items).tolist()
    assert np.isnan(one.scores(np.array([-1]), np.array([0]))).all()
