from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.dataset import Dataset
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.core.times import DAY, NO_TIME
from toprank.data.split_words import split_words
from toprank.data.splits import (
    SPLITS,
    Split,
    k_fold,
    leave_k_out,
    leave_last_k_out,
    random_split,
    time_split,
    unseen_items,
    unseen_users,
    usual_split,
)
from toprank.errors import OptionError


def ratings_of(n: int, seed: int = 0) -> Ratings:
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(20 * 30)[:n]
    value = rng.integers(1, 6, n)
    when = rng.integers(0, 90, n) * DAY
    return Ratings.of((pairs // 30).tolist(), (pairs % 30).tolist(), value.tolist(), RatingScale(1, 5, 4), time=when)


RATINGS = ratings_of(300)


def rows(split: Split) -> list[int]:
    return sorted([*split.train.tolist(), *split.validation.tolist(), *split.test.tolist()])


@given(st.integers(0, 2**32 - 1))
def test_the_random_split_is_pandas_sample(seed: int) -> None:
    split = random_split(RATINGS, seed=seed)
    sample = pd.DataFrame({"row": range(300)}).sample(frac=1, random_state=seed)["row"].tolist()
    assert [*split.test, *split.validation, *split.train] == sample
    assert (len(split.test), len(split.validation)) == (30, 30)


@pytest.mark.parametrize("kind", SPLITS)
def test_every_split_uses_every_row_once_and_is_repeatable(kind: str) -> None:
    split, again = SPLITS[kind](RATINGS, 13), SPLITS[kind](RATINGS, 13)
    assert rows(split) == list(range(300))
    assert rows(split) == rows(again)
    assert split.test.tolist() == again.test.tolist()
    by_time = kind in ("time", "leave-last-k-out")
    assert (split.test.tolist() == SPLITS[kind](RATINGS, 14).test.tolist()) is by_time
    assert split.kind == kind


def test_folds_test_every_row_once() -> None:
    folds = k_fold(RATINGS, 5, seed=13)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(300))
    assert all(rows(fold) == list(range(300)) for fold in folds)


def test_leave_k_out_holds_out_k_of_each_user_who_has_enough() -> None:
    split = leave_k_out(RATINGS, 2, seed=13)
    counts = np.bincount(RATINGS.user)
    for part in (split.test, split.validation):
        held = np.bincount(RATINGS.user[part], minlength=len(counts))
        assert held.tolist() == np.where(counts > 4, 2, 0).tolist()


def test_unseen_users_and_items_are_unseen() -> None:
    for split, column in (
        (unseen_users(RATINGS, seed=13), RATINGS.user),
        (unseen_items(RATINGS, seed=13), RATINGS.item),
    ):
        parts = [set(column[part].tolist()) for part in (split.train, split.validation, split.test)]
        assert len(set.union(*parts)) == sum(len(part) for part in parts)


def test_impossible_splits_are_refused() -> None:
    with pytest.raises(OptionError, match="test share is 0"):
        random_split(RATINGS, seed=13, test=0)
    with pytest.raises(OptionError, match="nothing is left"):
        unseen_users(RATINGS, seed=13, validation=0.5, test=0.5)
    with pytest.raises(
        OptionError, match=r"there are 300 ratings.*need at least 1000: give more, or name larger shares"
    ):
        random_split(RATINGS, seed=13, validation=0.001)
    with pytest.raises(OptionError, match="at least 3 folds"):
        k_fold(RATINGS, 2, seed=13)
    with pytest.raises(OptionError, match="at least 1"):
        leave_k_out(RATINGS, 0, seed=13)
    with pytest.raises(OptionError, match="seed is -1"):
        random_split(RATINGS, seed=-1)
    with pytest.raises(OptionError, match="leaves no"):
        leave_k_out(RATINGS, 200, seed=13)


class TestByTime:
    def test_train_comes_before_validation_before_test_and_ties_stay_together(self) -> None:
        split = time_split(RATINGS)
        assert split.starts is not None
        time = RATINGS.time
        assert time is not None
        validation, test = split.starts
        assert time[split.train].max() < validation == time[split.validation].min()
        assert time[split.validation].max() < test == time[split.test].min()
        assert (len(split.test), len(split.validation)) == pytest.approx((30, 30), abs=5)

    def test_rows_without_a_time_only_train(self) -> None:
        time = np.array(RATINGS.time)
        time[::3] = NO_TIME
        ratings = replace(RATINGS, time=time)
        for split in (time_split(ratings), leave_last_k_out(ratings)):
            assert set(range(0, 300, 3)) <= set(split.train.tolist())

    @pytest.mark.parametrize("share", [0.001, 0.499])
    def test_shares_that_no_moment_parts_still_give_three_parts(self, share: float) -> None:
        ratings = Ratings.of([1, 2, 3, 4], ["x"] * 4, [1, 2, 3, 4], RatingScale(1, 5, 4), time=[1, 1, 2, 3])
        split = time_split(ratings, validation=share, test=share)
        assert [part.tolist() for part in (split.train, split.validation, split.test)] == [[0, 1], [2], [3]]

    def test_too_few_moments_and_no_times_are_refused(self) -> None:
        ratings = Ratings.of([1, 2, 3], ["x"] * 3, [1, 2, 3], RatingScale(1, 5, 4), time=[1, 1, 2])
        with pytest.raises(OptionError, match="2 different times"):
            time_split(ratings)
        plain = replace(RATINGS, time=None)
        for split in (time_split, leave_last_k_out):
            with pytest.raises(OptionError, match=r"no times to split by.*--time-column"):
                split(plain)

    def test_the_last_k_of_each_reader_are_held_out(self) -> None:
        time = np.arange(300)[::-1]
        split = leave_last_k_out(replace(RATINGS, time=time), 2)
        counts = np.bincount(RATINGS.user)
        for user in range(20):
            mine = np.flatnonzero(RATINGS.user == user)
            mine = mine[np.argsort(time[mine])].tolist()
            held = [*mine[-4:-2], *mine[-2:]] if counts[user] > 4 else []
            assert sorted(held) == sorted(set(mine) & {*split.validation.tolist(), *split.test.tolist()})
            assert set(split.test.tolist()) & set(mine) == set(held[2:])

    def test_one_moment_of_a_reader_is_not_parted(self) -> None:
        ratings = Ratings.of([1] * 5, list("abcde"), [1, 2, 3, 4, 5], RatingScale(1, 5, 4), time=[1, 2, 3, 3, 3])
        split = leave_last_k_out(ratings)
        assert [part.tolist() for part in (split.train, split.validation, split.test)] == [[0], [1], [2, 3, 4]]

    def test_a_model_may_not_see_what_was_had_later(self) -> None:
        split = time_split(RATINGS)
        assert split.starts is not None
        when = np.array([split.starts[0] - 1, split.starts[0], NO_TIME])
        implicit = Interactions(RATINGS.user[:3], RATINGS.item[:3], RATINGS.users, RATINGS.items, time=when)
        data = Dataset(RATINGS, implicit=implicit)
        train = split.training(data)
        assert train.implicit is not None
        assert train.implicit.time.tolist() == [split.starts[0] - 1, NO_TIME]  # type: ignore[union-attr]
        assert train.asked_later
        apart = random_split(RATINGS, seed=13).training(data)
        assert (apart.asked_later, apart.implicit is implicit) == (False, True)

    def test_it_is_usual_where_most_rows_have_times(self) -> None:
        assert usual_split(RATINGS) == "time"
        assert usual_split(replace(RATINGS, time=None)) == "random"
        assert RATINGS.time is not None
        few = np.where(np.arange(300) % 2 == 0, NO_TIME, RATINGS.time)
        assert usual_split(replace(RATINGS, time=few)) == "random"
        assert usual_split(replace(RATINGS, time=np.arange(300) % 5)) == "random"

    def test_newcomers_are_counted(self) -> None:
        ratings = Ratings.of([1, 2, 3, 1], list("xxyz"), [1, 2, 3, 4], RatingScale(1, 5, 4), time=[1, 2, 3, 3])
        split = time_split(ratings)
        assert split.newcomers(ratings) == (1, 2)
        assert split_words(split, ratings).endswith("of 2 test rows 1 is of new readers, 2 of new items")
