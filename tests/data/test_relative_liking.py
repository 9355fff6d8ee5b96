from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.scale import RatingScale
from toprank.data.relative_liking import RelativeRatings, reader_bars, relative_ratings
from toprank.errors import OptionError
from toprank.metrics.scores import auc
from toprank.models.baselines import Bias

SCALE = RatingScale(1, 10, liked_from=8)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10), st.booleans()), min_size=2, max_size=30)


def ratings_of(user: list[int], value: list[float], scale: RatingScale = SCALE) -> Ratings:
    return Ratings.of(user, list(range(len(user))), value, scale)


def test_a_bar_worked_by_hand() -> None:
    # Training: reader 1 gave 10 and 8, reader 2 gave 3; the mean is 7. Bars: (18 + 3*7)/5 and (3 + 3*7)/4.
    ratings = ratings_of([1, 1, 2, 1, 2, 3], [10, 8, 3, 7, 6, 7])
    relative = relative_ratings(ratings, np.array([0, 1, 2]), damping=3)
    assert relative.bar == pytest.approx([7.8, 6.0, 7.0])
    assert relative.liked.tolist() == [True, True, False, False, True, True]
    assert relative.value.tolist() == ratings.value.tolist()
    assert relative.scale == SCALE


def test_a_reader_without_training_ratings_is_measured_by_all() -> None:
    ratings = ratings_of([1, 2, 3], [9, 4, 2])
    assert reader_bars(ratings, np.array([0, 1]), damping=0)[2] == 6.5
    assert reader_bars(ratings, np.array([0, 1]), damping=3)[2] == 6.5


@given(ROWS)
def test_no_rating_outside_training_moves_any_bar(rows: list[tuple[int, int, bool]]) -> None:
    user, value = [u for u, _, _ in rows], np.array([float(v) for _, v, _ in rows])
    train = np.flatnonzero([t for _, _, t in rows])
    if len(train) == 0:
        train = np.array([0])
    others = np.setdiff1d(np.arange(len(rows)), train)
    changed = value.copy()
    changed[others] = 11 - changed[others]
    before, after = (relative_ratings(ratings_of(user, list(v)), train) for v in (value, changed))
    assert np.array_equal(before.bar, after.bar)
    assert np.array_equal(before.liked[train], after.liked[train])
    assert np.array_equal(after.liked[others], changed[others] >= after.bar[after.user[others]])


@given(ROWS, st.sampled_from([0.5, 3.0]))
def test_whether_the_own_rating_is_in_the_bar_does_not_matter(
    rows: list[tuple[int, int, bool]], damping: float
) -> None:
    user, value = np.array([u for u, _, _ in rows]), np.array([float(v) for _, v, _ in rows])
    liked = relative_ratings(ratings_of(user.tolist(), list(value)), np.arange(len(rows)), damping=damping).liked
    for row in range(len(rows)):
        others = (user == user[row]) & (np.arange(len(rows)) != row)
        without = (value[others].sum() + damping * value.mean()) / (others.sum() + damping)
        if abs(value[row] - without) > 1e-5:
            assert liked[row] == (value[row] > without)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rng = np.random.default_rng(13)
    scale = RatingScale(0, 5, liked_from=4, step=0.1)
    user, value = rng.integers(5, size=200).tolist(), np.round(rng.uniform(0, 5, 200), 1)
    ratings, order = ratings_of(user, list(value), scale), rng.permutation(200)
    assert np.array_equal(reader_bars(ratings, np.arange(200)), reader_bars(ratings, order))


def test_who_always_gives_the_same_likes_everything() -> None:
    ratings = ratings_of([1, 1, 1], [4.1, 4.1, 4.1], RatingScale(0.5, 5, liked_from=4))
    assert relative_ratings(ratings, np.array([0, 1, 2])).liked.all()


def test_rows_taken_keep_their_bars() -> None:
    ratings = ratings_of([1, 1, 2, 2], [10, 8, 3, 1])
    relative = relative_ratings(ratings, np.array([0, 1, 2, 3]), damping=0)
    taken = relative.take([3, 0]).canonical()
    assert isinstance(taken, RelativeRatings)
    assert taken.liked.tolist() == [True, False]
    assert Dataset(relative).with_ratings(np.array([1, 2])).ratings.liked.tolist() == [False, True]


def test_an_expected_rating_less_the_bar_tells_what_is_liked() -> None:
    rng = np.random.default_rng(13)
    user, item = rng.integers(200, size=8000), rng.integers(100, size=8000)
    reader, book = rng.normal(6, 2, 200), rng.normal(0, 1, 100)
    value = np.clip(np.round(reader[user] + book[item] + rng.normal(0, 1, 8000)), 1, 10)
    ratings = Ratings.of(user, item, value, SCALE)
    train, test = np.arange(6000), np.arange(6000, 8000)
    relative = relative_ratings(ratings, train)
    held_out = relative.take(test)
    fitted = Bias().fit(Dataset(relative).with_ratings(train), rng=derive_rng(rng, "bias"))
    scores = fitted.scores(held_out.user, held_out.item) - relative.bar[held_out.user]
    assert auc(held_out.liked, scores) > 0.75
    assert 0.4 < held_out.liked.mean() < 0.6


def test_bad_input_is_refused() -> None:
    ratings = ratings_of([1, 2], [9, 4])
    with pytest.raises(OptionError, match="no training rows"):
        reader_bars(ratings, np.empty(0, dtype=np.int64))
    with pytest.raises(OptionError, match="damping is -1"):
        reader_bars(ratings, np.array([0]), damping=-1)
    with pytest.raises(OptionError, match="one finite bar"):
        RelativeRatings(ratings.user, ratings.item, ratings.value, ratings.users, ratings.items, SCALE, np.ones(1))
