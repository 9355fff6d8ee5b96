from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.dataset import Dataset
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.models.attention_inputs import MAX_KINDS, book_lookup, number_spread, reader_lookup, training_lookups
from toprank.nets.attention.lookup import Inputs, look_up
from toprank.nets.attention.lookup_kernel import BOOK, RATER

FOLDS = 3


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    found, _ = library()
    return found


def learned(data: Dataset) -> TrainingEvidence:
    return build_evidence(data, folds=FOLDS, damping=3.0, rng=np.random.default_rng(1))


def looked_up(training: TrainingEvidence, hidden: bool = True) -> Inputs:
    ratings = training.ratings
    readers, about = training_lookups(training, number_spread(training.rows.groupings))
    evidence = np.zeros((len(ratings), 2), np.float16)
    row, item = ratings.user.astype(np.int64), ratings.item.astype(np.int64)
    return look_up(readers, about, evidence, row, item, training.fold if hidden else None, 6, 5)


def test_shapes(data: Dataset) -> None:
    training = learned(data)
    inputs, n = looked_up(training), len(data.ratings)
    assert inputs.books.shape == (n, 6, BOOK)
    assert inputs.raters.shape == (n, 5, RATER)
    assert inputs.dense.shape == (n, 2 + 5 + 5 + 5 * 32 + 2)
    assert all(np.isfinite(part).all() for part in vars(inputs).values())
    assert (inputs.books[:, :, 0].sum(axis=1) > 0).mean() > 0.9
    assert (inputs.raters[:, :, 0].sum(axis=1) > 0).mean() > 0.9


@pytest.mark.parametrize("fold", [0, 2])
def test_the_labels_of_a_fold_say_nothing_about_it(data: Dataset, fold: int) -> None:
    training = learned(data)
    inside, ratings = training.fold == fold, training.ratings
    flipped = replace(ratings, value=np.where(inside, 6 - ratings.value, ratings.value))
    other_way = learned(replace(data, ratings=flipped))
    assert np.array_equal(other_way.fold, training.fold)
    before, after = looked_up(training), looked_up(other_way)
    for one, other in zip(vars(before).values(), vars(after).values(), strict=True):
        assert np.array_equal(one[inside], other[inside])
        assert not np.array_equal(one[~inside], other[~inside])


def test_means_of_readers_are_pulled_to_that_of_all_without_each_fold(data: Dataset) -> None:
    training = learned(data)
    readers, about = training_lookups(training, 1.0)
    ratings = training.ratings
    for leave in range(FOLDS + 1):
        seen = training.fold != leave
        user, value = ratings.user[seen], ratings.value[seen].astype(np.float64)
        count, total = (np.bincount(user, weight, len(ratings.users)) for weight in (None, value))
        assert about.count[leave].tolist() == count.tolist()
        assert about.middle[leave] == pytest.approx(value.mean())
        assert readers.mean[leave] == pytest.approx((total + 3 * value.mean()) / (count + 3), rel=1e-5)


def test_other_pairs_see_what_training_rows_see_that_hide_nothing(data: Dataset) -> None:
    training = learned(data)
    evidence, ratings = training.evidence, training.ratings
    embeddings, histograms = (training.learned(name).source for name in ("embeddings", "histograms"))
    spread = number_spread(training.rows.groupings)
    known = evidence.readers(evidence.lists)
    about = book_lookup(known, embeddings, histograms, ratings.scale, spread)  # type: ignore[arg-type]
    readers, *_ = reader_lookup(known, embeddings, histograms)  # type: ignore[arg-type]
    row, item = ratings.user.astype(np.int64), ratings.item.astype(np.int64)
    later = look_up(readers, about, np.zeros((len(row), 2), np.float16), row, item, None, 6, 5)
    for one, other in zip(vars(looked_up(training, hidden=False)).values(), vars(later).values(), strict=True):
        np.testing.assert_allclose(one.astype(float), other.astype(float), atol=2e-2)
    assert 0 < about.kinds.shape[1] <= MAX_KINDS
