from __future__ import annotations

import numpy as np
import pytest
from toprank.evidence.embeddings import Places, embed_groups, rating_levels


def test_vectors_tell_what_is_held_together_and_know_nothing_of_few_holders() -> None:
    users = np.concatenate([np.repeat(np.arange(10), 2), np.repeat(np.arange(10, 20), 2), [0, 1]])
    groups = np.concatenate([np.tile([0, 1], 10), np.tile([2, 3], 10), [4, 4]])
    nothing = np.zeros((0, 42), np.bool_)
    (vectors,) = embed_groups(users, groups, nothing, 20, 5, 2, seed=1)
    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-4)
    assert vectors[0] @ vectors[2] == pytest.approx(0, abs=1e-4)
    assert vectors[4].tolist() == [0, 0]
    assert not embed_groups(users[:2], groups[:2], nothing[:, :2], 20, 5, 2, seed=1).any()


def test_a_holding_of_the_fold_does_not_make_a_book_like_its_reader() -> None:
    rng = np.random.default_rng(2)
    pair = np.sort(rng.permutation(40 * 30)[:500])
    users, groups = pair // 30, pair % 30
    hidden = (np.arange(500) % 5)[None] == np.arange(5)[:, None]
    vectors = embed_groups(users, groups, hidden, 40, 30, 4, seed=1)
    own, other = vectors[0, groups[hidden[0]]], vectors[-1, groups[hidden[0]]]
    profile = np.stack([vectors[0, groups[(users == user) & ~hidden[0]]].sum(axis=0) for user in users[hidden[0]]])
    # Holdings are random, so an honest book is no more like those who hold it than like anybody else.
    assert (own * profile).sum(axis=1).mean() < (other * profile).sum(axis=1).mean()


def places(value: np.ndarray, fold: np.ndarray, kind: np.ndarray | None = None) -> Places:
    user, work = np.repeat(np.arange(20), 6), (np.arange(120) * 7) % 12
    order = np.lexsort((work, user))
    pair = user[order], work[order]
    residual = np.stack([np.where(fold == leave, 0, value - 3) for leave in range(3)]).astype(np.float32)
    return Places.of(
        pair, pair, value, residual, fold, n_users=21, n_works=12, seed=1, width=3,
        work=np.arange(12, dtype=np.int32), kind=np.full(12, -1, np.int32) if kind is None else kind,
    )  # fmt: skip


VALUE = np.random.default_rng(1).integers(1, 6, 120).astype(np.float32)
HALF = np.arange(120) % 2


def test_histograms_count_the_other_folds_and_are_pulled_to_all() -> None:
    found = places(VALUE, HALF)
    rest = VALUE[HALF == 1]
    own = VALUE[(np.arange(120) // 6 == 4) & (HALF == 1)]
    expected = [(np.sum(own == v) + 3 * np.mean(rest == v)) / (len(own) + 3) for v in range(1, 6)]
    assert found.of_reader[0, 4].tolist() == pytest.approx(expected)
    # Of a reader without ratings, and in all: the shares of everybody.
    assert found.of_reader[2, 20].tolist() == pytest.approx([float(np.mean(v == VALUE)) for v in range(1, 6)])
    assert found.of_book.sum(axis=2) == pytest.approx(1.0)


def test_the_labels_of_a_fold_are_in_none_of_its_columns() -> None:
    user, item = np.repeat(np.arange(20), 6), places(VALUE, HALF).work[(np.arange(120) * 7) % 12]
    other = np.where(HALF == 0, 6 - VALUE, VALUE)
    before, after = (places(value, HALF).columns(user, item, HALF) for value in (VALUE, other))
    assert np.array_equal(before[HALF == 0], after[HALF == 0])
    assert not np.array_equal(before[HALF == 1], after[HALF == 1])


def test_columns_have_names_and_the_whole_is_the_last() -> None:
    for kind in (None, (np.arange(12) // 4).astype(np.int32)):
        found = places(VALUE, HALF, kind)
        columns = found.whole.columns(np.array([0, 20]), np.array([3, 4]))
        assert columns.shape == (2, len(found.names))
        assert np.array_equal(columns, found.columns(np.array([0, 20]), np.array([3, 4]), np.array([2, 2])))
        assert len(set(found.names)) == len(found.names)
    assert "kind place: 1" in found.names


def test_many_distinct_ratings_are_told_by_quantiles() -> None:
    levels = rating_levels(np.random.default_rng(1).normal(size=1000))
    assert levels.max() == 19
    assert np.bincount(levels).min() > 30
