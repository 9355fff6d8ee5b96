from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.core.test_engine import Backwards

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Attributes, Dataset
from toprank.core.engine import using
from toprank.core.ratings import Ratings
from toprank.errors import OptionError
from toprank.evidence import source
from toprank.evidence.build import Evidence, build_evidence

Make = Callable[..., tuple[Dataset, Ratings]]


def learn(data: Dataset, folds: int = 10, without: tuple[str, ...] = (), finer: int = 4) -> tuple[Evidence, FloatArray]:
    rng = np.random.default_rng(13)
    gathered = build_evidence(data, folds=folds, finer=finer, damping=3.0, without=without, rng=rng)
    assert gathered.folds == folds
    assert np.array_equal(gathered.fold, learn_folds(len(data.ratings), folds))
    return gathered.evidence, gathered.matrix


def asked_of(evidence: Evidence, later: Ratings) -> FloatArray:
    return evidence.matrix(evidence.pairs(later.user, later.item))


def test_every_group_has_its_columns(library: Make) -> None:
    evidence, matrix = learn(library()[0])
    assert len(set(evidence.names)) == len(evidence.names) == matrix.shape[1]
    assert matrix.dtype == np.float32
    for key in ("user", "item", "work", "author", "location: last", "user x author", "age band x work"):
        assert f"{key}: liked" in evidence.names
    assert {"user: held", "user x author: held", "similar works: residual", "age", "year"} <= set(evidence.names)


def test_nothing_but_ratings_is_enough(library: Make) -> None:
    data, later = library(attributes=False, implicit=False)
    evidence, matrix = learn(data)
    assert {name.split(":")[0] for name in evidence.names} == {
        "expected",
        "user",
        "item",
        "similar readers",
        "similar works",
        "reader ratings",
        "book ratings",
        "likeness",
        "book embedding",
        "reader embedding",
        "preference",
        "factors",
    }
    assert evidence.matrix(evidence.pairs(later.user, later.item)).shape == (len(later), matrix.shape[1])


def test_shards_change_no_bit(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    data, later = library()
    evidence, matrix = learn(data)
    monkeypatch.setattr(source, "SHARD", 300)
    for engine in (None, Backwards()):  # which learns folds of some sources apart too
        with using(engine):
            sharded, of_rows = learn(data)
        assert matrix.tobytes() == of_rows.tobytes()
        assert asked_of(evidence, later).tobytes() == asked_of(sharded, later).tobytes()


def test_later_rows_get_the_statistics_of_all_training_rows(library: Make) -> None:
    data, _ = library()
    evidence, _ = learn(data)
    ratings = data.ratings
    row = dict(
        zip(evidence.names, evidence.matrix(evidence.pairs(np.array([7]), np.array([11])))[0].tolist(), strict=True)
    )
    of_user = ratings.value[ratings.user == 7]
    assert row["user: count"] == pytest.approx(np.log1p(len(of_user)))
    share = (np.sum(of_user >= 4) + 3 * ratings.liked.mean()) / (len(of_user) + 3)
    assert row["user: liked"] == pytest.approx(share)
    assert row["user: mean"] == pytest.approx((of_user.sum() + 3 * ratings.value.mean()) / (len(of_user) + 3))
    assert row["user: spread"] == pytest.approx(of_user.std(), rel=1e-5)


def test_training_rows_look_like_later_ones(library: Make) -> None:
    data, later = library()
    evidence, matrix = learn(data)
    after = evidence.matrix(evidence.pairs(later.user, later.item))
    assert np.abs(np.isnan(matrix).mean(axis=0) - np.isnan(after).mean(axis=0)).max() < 0.08
    spread = np.nanstd(after, axis=0)
    assert (np.abs(np.nanmean(matrix, axis=0) - np.nanmean(after, axis=0)) < 0.15 * spread + 0.01).all()
    assert (np.abs(np.nanstd(matrix, axis=0) - spread) < 0.15 * spread + 0.01).all()


def test_the_order_of_rows_does_not_matter(library: Make) -> None:
    data, later = library()
    order = np.random.default_rng(2).permutation(len(data.ratings))
    one, other = learn(data), learn(data.with_ratings(order))
    assert np.array_equal(one[1], other[1], equal_nan=True)
    assert np.array_equal(asked_of(one[0], later), asked_of(other[0], later), equal_nan=True)


def test_the_order_of_attribute_tables_does_not_matter(library: Make) -> None:
    data, later = library()
    assert data.items is not None
    order = np.random.default_rng(2).permutation(len(data.items.row))
    row = np.argsort(order).astype(np.int32)
    other = replace(data, items=Attributes(data.items.table.take(order), row))
    assert np.array_equal(asked_of(learn(data)[0], later), asked_of(learn(other)[0], later), equal_nan=True)


@pytest.mark.parametrize("finer", [1, 4])
def test_no_row_sees_the_labels_of_its_fold(library: Make, finer: int) -> None:
    data, _ = library()
    ratings = data.ratings.canonical()
    fold = learn_folds(len(ratings), 10 * finer)
    inside = fold == 4
    flipped = replace(ratings, value=np.where(inside, 6 - ratings.value, ratings.value))
    one, other = (learn(replace(data, ratings=rows), finer=finer) for rows in (ratings, flipped))
    # What the fold's labels say of everybody is all that may differ: their mean, and how much groups have in common,
    # by which regressions go (their own test holds that fixed).
    apart = [
        (name.split(": ")[-1] not in ("liked", "mean") or "similar" in name) and not name.startswith("regression")
        for name in one[0].names
    ]
    assert np.array_equal(one[1][inside][:, apart], other[1][inside][:, apart], equal_nan=True)
    assert not np.array_equal(one[1][~inside][:, apart], other[1][~inside][:, apart], equal_nan=True)


def test_finer_folds_lack_fewer_ratings_and_models_leave_out_the_same(library: Make) -> None:
    data, _ = library()
    rng = np.random.default_rng(13)
    coarse, fine = (build_evidence(data, folds=5, finer=finer, damping=3.0, rng=rng) for finer in (1, 4))
    assert np.array_equal(coarse.fold, fine.fold)
    assert coarse.folds == fine.folds == 5
    names = fine.evidence.names
    count = names.index("user: count")
    of_user = np.bincount(fine.ratings.user)[fine.ratings.user]
    # What a row lacks is made up for, and less of it is chance.
    errors = [np.abs(np.expm1(one.matrix[:, count]) - of_user).mean() for one in (coarse, fine)]
    assert errors[1] < 0.75 * errors[0]
    same = [name.startswith("book embedding") for name in names]
    assert np.array_equal(coarse.matrix[:, same], fine.matrix[:, same])


def learn_folds(n: int, folds: int = 10) -> np.ndarray:
    from toprank.core.rng import derive_rng
    from toprank.evidence.crossfit import draw_folds

    return draw_folds(n, folds, derive_rng(np.random.default_rng(13), "folds"))


def test_interactions_without_a_rating_are_no_ratings(library: Make) -> None:
    with_them, without = (
        learn(library()[0], without=("neighbours", "embeddings")),
        learn(library(implicit=False)[0], without=("neighbours", "embeddings")),
    )
    shared = [with_them[0].names.index(name) for name in without[0].names]
    assert np.array_equal(with_them[1][:, shared], without[1], equal_nan=True)
    assert all(": held" in name for name in set(with_them[0].names) - set(without[0].names))


def test_fewer_ratings_than_folds_are_refused(library: Make) -> None:
    data, _ = library()
    with pytest.raises(OptionError, match="there are 4 training ratings for 10 folds"):
        learn(data.with_ratings(np.arange(4)))


def test_evidence_is_named_once_for_ratings_of_any_scale(library: Make) -> None:
    data, _ = library(attributes=False)
    assert isinstance(data.ratings, Ratings)
    assert learn(data, folds=2)[0].names == learn(data, folds=5)[0].names


@pytest.mark.parametrize(
    ("group", "gone"),
    [
        ("reader", {"user: mean"}),
        ("book", {"item: liked", "work: liked"}),
        ("kind", {"author: liked", "year band: liked", "year"}),
        ("reader-by-kind", {"user x author: liked", "user x work: liked"}),
        ("reader-groups", {"location: last: liked", "age band x work: liked", "age"}),
        ("neighbours", {"similar readers: liked", "similar works: count"}),
        ("histograms", {"reader ratings: step 1", "book ratings: step 5"}),
        ("embeddings", {"likeness: held", "preference: 1", "kind embedding: 2"}),
        ("additive", {"expected: rating", "expected: liked"}),
        ("factors", {"factors: rating", "factors: liked"}),
        ("implicit", {"user: held"}),
    ],
)
def test_a_group_left_out_is_in_no_column(library: Make, group: str, gone: set[str]) -> None:
    data, later = library()
    whole, (evidence, matrix) = learn(data)[0].names, learn(data, without=(group,))
    assert gone <= set(whole)
    assert not gone & set(evidence.names)
    assert set(evidence.names) < set(whole)
    assert matrix.shape[1] == len(evidence.names) == evidence.matrix(evidence.pairs(later.user, later.item)).shape[1]


def test_no_group_of_another_name_can_be_left_out(library: Make) -> None:
    with pytest.raises(OptionError, match="there is no evidence 'weather' to leave out; there is additive, reader"):
        learn(library()[0], without=("weather",))


def test_of_sampled_rows_the_evidence_is_that_of_all(library: Make) -> None:
    data, later = library()
    whole, some = (
        build_evidence(data, folds=4, damping=3.0, rng=np.random.default_rng(13), max_rows=most, keep_folds=keep)
        for most, keep in ((None, True), (1000, False))
    )
    sample = some.rows.sample
    assert len(sample) == len(np.unique(sample)) == len(some.ratings) == len(some.fold) == len(some.matrix) == 1000
    assert np.array_equal(some.matrix, whole.matrix[sample], equal_nan=True)
    assert np.array_equal(some.ratings.value, whole.ratings.value[sample])
    assert np.array_equal(some.fold, whole.fold[sample])
    assert np.array_equal(asked_of(some.evidence, later), asked_of(whole.evidence, later), equal_nan=True)
