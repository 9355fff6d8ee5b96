from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates.holdings import Holdings
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.errors import OptionError

READER, WORK = np.array([1, 0, 1, 1]), np.array([4, 2, 4, 0])
RATED, LIKED = np.array([False, True, True, False]), np.array([False, False, True, False])


def test_readers_are_the_rows_of_a_sparse_matrix() -> None:
    held = Holdings.of(READER, WORK, RATED, LIKED, n_readers=3, n_works=5)
    assert held.count.tolist() == [1, 2, 0]
    assert held.work.tolist() == [2, 0, 4]
    assert held.matrix(2.0).toarray().tolist() == [[0, 0, 1, 0, 0], [1, 0, 0, 0, 2], [0, 0, 0, 0, 0]]
    assert held.contains(np.array([0, 0, 2]), np.array([2, 4, 4])).tolist() == [True, False, False]


def test_the_order_of_rows_does_not_matter() -> None:
    held = Holdings.of(READER, WORK, RATED, LIKED, n_readers=3, n_works=5)
    back = Holdings.of(READER[::-1], WORK[::-1], RATED[::-1], LIKED[::-1], n_readers=3, n_works=5)
    for name in ("start", "work", "rated", "liked"):
        assert np.array_equal(getattr(held, name), getattr(back, name)), name


def test_an_unknown_work_is_refused() -> None:
    with pytest.raises(OptionError, match="work holds 0 to 4; there are 4 of them"):
        Holdings.of(READER, WORK, RATED, LIKED, n_readers=3, n_works=4)


def test_editions_and_implicit_rows_are_joined(shelf: tuple[Dataset, Ratings], readers: ReaderLists) -> None:
    data, _ = shelf
    assert data.implicit is not None
    held = Holdings.of_lists(readers, np.arange(80, dtype=np.int32) // 2, 40)
    reader = np.concatenate([data.ratings.user, data.implicit.user])
    pairs = set(
        zip(reader.tolist(), (np.concatenate([data.ratings.item, data.implicit.item]) // 2).tolist(), strict=True)
    )
    assert set(zip(held.reader.tolist(), held.work.tolist(), strict=True)) == pairs
    assert held.rated.sum() == len(set(zip(data.ratings.user.tolist(), (data.ratings.item // 2).tolist(), strict=True)))


def test_what_no_item_is_known_for_is_left_out() -> None:
    one = ReaderLists.single([0, 8, -1], [5.0, 5.0, 5.0], [True, False, True], held=[-1, 3])
    held = Holdings.of_lists(one, np.arange(10, dtype=np.int32) // 2, 5)
    assert held.work.tolist() == [0, 1, 4]
    assert held.rated.tolist() == [True, False, True]
