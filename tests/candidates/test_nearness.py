from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates.holdings import Holdings
from toprank.candidates.nearness import find_nearness
from toprank.candidates.retrieval import FittedRetrieval, Retrieval
from toprank.core.dataset import Dataset
from toprank.core.readers import ReaderLists
from toprank.data.datasets.generated import Process, generate_ratings


@pytest.fixture(scope="module")
def data() -> Dataset:
    return generate_ratings(
        n_users=300, n_items=150, n_ratings=6000, rng=np.random.default_rng(13), process=Process(taste=1.0, groups=3)
    )


@pytest.fixture(scope="module")
def fitted(data: Dataset) -> FittedRetrieval:
    return Retrieval(max_items=150).fit(data, rng=np.random.default_rng(13))


def test_what_is_known_of_a_candidate_is_known_of_it_as_any_pair(data: Dataset, fitted: FittedRetrieval) -> None:
    readers = ReaderLists.of(data).take(np.arange(0, 300, 17))
    held = Holdings.of_lists(readers, fitted.work, fitted.n_works)
    row, work, features = fitted.generators.pairs(held, readers.user)
    again = fitted.generators.of_pairs(fitted.gather(readers), row, work)
    ranks = [2, 6]  # of candidates that tie the order decides, of other pairs half of them are above
    others = np.delete(np.arange(features.shape[1]), [*ranks, 3, 7])
    assert np.array_equal(again[:, others], features[:, others], equal_nan=True)
    for rank in ranks:
        untied = features[:, rank - 2] > 0
        # The pair itself is among the candidates here, and so half a rank above itself.
        assert np.abs(np.expm1(again[untied, rank]) - np.expm1(features[untied, rank]) - 0.5).max() < 1e-3


def test_a_percentile_is_the_share_of_less_relevant_works(data: Dataset, fitted: FittedRetrieval) -> None:
    readers, works = ReaderLists.of(data), fitted.generators.standing
    assert len(works) == len(np.unique(works)) <= 150
    item = np.array([int(np.flatnonzero(fitted.work == work)[0]) for work in works])
    found = find_nearness(fitted, readers, np.full(len(item), 7), item)
    below = (found.relevance[:, None] > found.relevance).mean(axis=1)
    equal = (found.relevance[:, None] == found.relevance).mean(axis=1)
    assert found.percentile == pytest.approx(below + equal / 2)
    assert found.relevance.mean() == pytest.approx(0, abs=1e-5)


def test_of_works_that_stand_for_all_the_same_is_known_as_of_any_pair(data: Dataset, fitted: FittedRetrieval) -> None:
    generators, found = fitted.generators, fitted.gather(ReaderLists.of(data).take(np.array([3, 40])))
    row, work = np.repeat([0, 1], len(generators.standing)), np.tile(generators.standing, 2)
    assert np.array_equal(generators.of_standing(found), generators.of_pairs(found, row, work), equal_nan=True)


def test_what_readers_pick_is_nearer_than_what_they_do_not(data: Dataset) -> None:
    train, rest = np.arange(5000), np.arange(5000, 6000)
    shuffled = data.with_ratings(np.random.default_rng(13).permutation(6000))
    known, later = shuffled.with_ratings(train), shuffled.ratings.take(rest)
    fitted = Retrieval(max_items=150).fit(known, rng=np.random.default_rng(13))
    readers = ReaderLists.of(known)
    picked = find_nearness(fitted, readers, later.user.astype(np.int64), later.item.astype(np.int64))
    anything = np.random.default_rng(13).integers(150, size=1000)
    others = find_nearness(fitted, readers, later.user.astype(np.int64), anything)
    assert np.nanmean(picked.percentile) > np.nanmean(others.percentile) + 0.05


def test_each_pair_stands_on_its_own_whatever_stands_beside_it(data: Dataset, fitted: FittedRetrieval) -> None:
    rng = np.random.default_rng(13)
    row, item = rng.integers(300, size=600), rng.integers(150, size=600)
    together = find_nearness(fitted, ReaderLists.of(data), row, item)
    for pair in range(0, 600, 97):
        alone = find_nearness(fitted, ReaderLists.of(data).take(row[[pair]]), np.array([0]), item[[pair]])
        assert alone.percentile == pytest.approx(together.percentile[[pair]], nan_ok=True)


def test_of_a_reader_who_holds_nothing_nothing_is_near(fitted: FittedRetrieval) -> None:
    nobody = ReaderLists.single([], [], [])
    found = find_nearness(fitted, nobody, np.array([0, 0]), np.array([3, 4]))
    assert np.isnan(found.percentile).all()
    assert np.isnan(found.relevance).all()
