from __future__ import annotations

import numpy as np

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.readers import ReaderLists
from toprank.core.scale import RatingScale

USERS, ITEMS = IdIndex.of([0, 1, 2]), IdIndex.of([0, 1, 2, 3])
RATINGS = Ratings(
    np.array([1, 0, 1]), np.array([3, 2, 0]), np.array([9.0, 4.0, 8.0]), USERS, ITEMS, RatingScale(1, 10, 8)
)
DATA = Dataset(RATINGS, implicit=Interactions(np.array([2, 1]), np.array([1, 2]), USERS, ITEMS))


def test_every_user_has_a_list() -> None:
    lists = ReaderLists.of(DATA)
    assert lists.user.tolist() == [0, 1, 2]
    assert lists.start.tolist() == [0, 1, 3, 3]
    assert lists.item.tolist() == [2, 0, 3]
    assert lists.value.tolist() == [4.0, 8.0, 9.0]
    assert lists.liked.tolist() == [False, True, True]
    assert lists.reader.tolist() == [0, 1, 1]
    assert (lists.held_start.tolist(), lists.held.tolist()) == ([0, 0, 1, 2], [2, 1])
    assert lists.holder.tolist() == [1, 2]


def test_readers_are_taken_in_any_order_and_a_new_one_has_an_empty_list() -> None:
    lists = ReaderLists.of(DATA).take(np.array([1, -1, 2, 0]))
    assert lists.user.tolist() == [1, -1, 2, 0]
    assert lists.count.tolist() == [2, 0, 0, 1]
    assert lists.item.tolist() == [0, 3, 2]
    assert lists.held.tolist() == [2, 1]
    assert lists.holder.tolist() == [0, 2]


def test_shards_of_readers_are_put_side_by_side() -> None:
    whole = ReaderLists.of(DATA)
    shards = [
        ReaderLists.of(Dataset(RATINGS.take(RATINGS.user == user), DATA.implicit if user else None)) for user in (0, 1)
    ]
    merged = shards[0].merged(shards[1])
    for name in ("start", "item", "value", "liked", "held_start", "held"):
        assert np.array_equal(getattr(merged, name), getattr(whole, name)), name


def test_one_reader_of_some_ratings_is_the_known_reader_of_the_same() -> None:
    known = ReaderLists.of(DATA).take(np.array([1]))
    single = ReaderLists.single([3, 0], [9.0, 8.0], [True, True], user=1, held=[2])
    for name in ("user", "start", "item", "value", "liked", "held_start", "held"):
        assert np.array_equal(getattr(known, name), getattr(single, name)), name
