from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.splits import SPLITS, Split, k_fold, leave_k_out, random_split, unseen_items, unseen_users
from toprank.errors import OptionError


def ratings_of(n: int, seed: int = 0) -> Ratings:
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(20 * 30)[:n]
    value = rng.integers(1, 6, n)
    return Ratings.of((pairs // 30).tolist(), (pairs % 30).tolist(), value.tolist(), RatingScale(1, 5, 4))


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
    assert split.test.tolist() != SPLITS[kind](RATINGS, 14).test.tolist()
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
    with pytest.raises(OptionError, match=r"there are 300 ratings.*need at least 1000"):
        random_split(RATINGS, seed=13, validation=0.001)
    with pytest.raises(OptionError, match="at least 3 folds"):
        k_fold(RATINGS, 2, seed=13)
    with pytest.raises(OptionError, match="at least 1"):
        leave_k_out(RATINGS, 0, seed=13)
    with pytest.raises(OptionError, match="seed is -1"):
        random_split(RATINGS, seed=-1)
    with pytest.raises(OptionError, match="leaves no"):
        leave_k_out(RATINGS, 200, seed=13)
