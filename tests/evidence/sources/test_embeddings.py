from __future__ import annotations

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.scale import RatingScale
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.sources.embeddings import SHOWN, FoldedEmbeddings, embed_groups
from toprank.evidence.sources.histograms import FoldedHistograms, RatingHistograms, level_edges


def test_vectors_tell_what_is_held_together_and_know_nothing_of_few_holders() -> None:
    users = np.concatenate([np.repeat(np.arange(10), 2), np.repeat(np.arange(10, 20), 2), [0, 1]])
    groups = np.concatenate([np.tile([0, 1], 10), np.tile([2, 3], 10), [4, 4]])
    nothing = np.zeros((0, 42), np.bool_)
    vectors = embed_groups(users, groups, nothing, 20, 5, 2, seed=1)(-1)
    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-4)
    assert vectors[0] @ vectors[2] == pytest.approx(0, abs=1e-4)
    assert vectors[4].tolist() == [0, 0]
    assert not embed_groups(users[:2], groups[:2], nothing[:, :2], 20, 5, 2, seed=1)(-1).any()


def test_a_holding_of_the_fold_does_not_make_a_book_like_its_reader() -> None:
    rng = np.random.default_rng(2)
    pair = np.sort(rng.permutation(40 * 30)[:500])
    users, groups = pair // 30, pair % 30
    hidden = (np.arange(500) % 5)[None] == np.arange(5)[:, None]
    find = embed_groups(users, groups, hidden, 40, 30, 4, seed=1)
    without, of_all = find(0), find(-1)
    own, other = without[groups[hidden[0]]], of_all[groups[hidden[0]]]
    profile = np.stack([without[groups[(users == user) & ~hidden[0]]].sum(axis=0) for user in users[hidden[0]]])
    # Holdings are random, so an honest book is no more like those who hold it than like anybody else.
    assert (own * profile).sum(axis=1).mean() < (other * profile).sum(axis=1).mean()


def training(value: np.ndarray) -> TrainingEvidence:
    rng = np.random.default_rng(8)
    pair = np.sort(rng.permutation(20 * 12)[:120])
    users, items = IdIndex.of(np.arange(20)), IdIndex.of(np.arange(12))
    ratings = Ratings((pair // 12).astype(np.int32), (pair % 12).astype(np.int32), value, users, items, SCALE)
    return build_evidence(Dataset(ratings), folds=2, damping=3.0, rng=np.random.default_rng(1))


SCALE = RatingScale(1, 5, 4)
VALUE = np.random.default_rng(1).integers(1, 6, 120).astype(np.float32)


def test_histograms_count_the_other_folds_and_are_pulled_to_all() -> None:
    found = training(VALUE)
    folded, fold, user = found.learned("histograms").folded, found.fold, found.ratings.user
    assert isinstance(folded, FoldedHistograms)
    rest = VALUE[fold != 0]
    own = VALUE[(user == 4) & (fold != 0)]
    expected = [(np.sum(own == v) + 3 * np.mean(rest == v)) / (len(own) + 3) for v in range(1, 6)]
    assert folded.of_reader[0, 4].tolist() == pytest.approx(expected)
    assert folded.of_book.sum(axis=2) == pytest.approx(1.0)
    source = found.learned("histograms").source
    assert isinstance(source, RatingHistograms)
    nothing = found.evidence.readers(ReaderLists.single([], [], []))
    # Of a reader without ratings: the shares of everybody.
    assert source.of_readers(nothing)[0].tolist() == pytest.approx([float(np.mean(v == VALUE)) for v in range(1, 6)])


@pytest.mark.parametrize("source", ["embeddings", "histograms"])
def test_the_labels_of_a_fold_are_in_none_of_its_columns(source: str) -> None:
    before = training(VALUE)
    inside = before.rows.fold == 0
    after = training(np.where(inside, 6 - VALUE, VALUE).astype(np.float32))
    columns = [name.startswith(PARTS[source]) for name in before.evidence.names]
    assert sum(columns) > 5
    one, other = before.matrix[:, columns], after.matrix[:, columns]
    assert np.array_equal(one[inside], other[inside])
    assert not np.array_equal(one[~inside], other[~inside])
    if source == "histograms":  # what networks look up is without the whole fold
        changed = training(np.where(before.fold == 0, 1, VALUE).astype(np.float32))
        first, second = (found.learned(source).folded.of_reader[0] for found in (before, changed))
        assert np.array_equal(first, second)


PARTS = {"embeddings": ("likeness", "preference", "book emb"), "histograms": ("reader ratings", "book ratings")}


def test_the_last_of_the_folds_is_that_of_all() -> None:
    found = training(VALUE)
    folded = found.learned("embeddings").folded
    assert isinstance(folded, FoldedEmbeddings)
    pairs = found.evidence.pairs(found.ratings.user, found.ratings.item)
    names = [f"reader embedding: {k}" for k in range(1, SHOWN + 1)]
    columns = [found.evidence.names.index(name) for name in names]
    assert np.array_equal(found.evidence.matrix(pairs)[:, columns], folded.reader[-1, found.ratings.user, :SHOWN])


def test_many_distinct_ratings_are_told_by_quantiles() -> None:
    value = np.random.default_rng(1).normal(size=1000)
    levels = np.searchsorted(level_edges(value), value, "right")
    assert levels.max() == 19
    assert np.bincount(levels).min() > 30
