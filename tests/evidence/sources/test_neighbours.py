from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.pairs import Pairs
from toprank.evidence.sources import neighbours
from toprank.evidence.sources.neighbours import DAMPING, NAMES, Neighbours
from toprank.evidence.sources.neighbours_kernel import in_common

USERS, WORKS, FOLDS = 12, 15, 3
Labels = tuple[np.ndarray, np.ndarray]


def example(seed: int = 4) -> tuple[TrainingEvidence, Neighbours, np.ndarray, np.ndarray]:
    """Sixty ratings, thirty interactions without one, and ninety pairs of neither."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(USERS * WORKS)
    user, work = (pairs // WORKS).astype(np.int32), (pairs % WORKS).astype(np.int32)
    users, items = IdIndex.of(np.arange(USERS)), IdIndex.of(np.arange(WORKS))
    value = rng.integers(1, 6, 60).astype(np.float32)
    ratings = Ratings(user[:60], work[:60], value, users, items, RatingScale(1, 5, 4))
    data = Dataset(ratings, implicit=Interactions(user[60:90], work[60:90], users, items))
    training = build_evidence(data, folds=FOLDS, damping=3.0, rng=np.random.default_rng(seed))
    found = training.evidence.find(Neighbours)
    assert found is not None
    return training, found, user, work


def by_hand(
    labels: Labels,
    matrix: np.ndarray,
    ratings: list[tuple[int, int, int]],
    one: int,
    other: int,
    fold: int,
    scale: float = 1.0,
) -> list[float]:
    """What is similar to row ``one`` of a 0/1 matrix, by the equation."""
    liked, residual = labels
    weight = 1 / np.log(2 + matrix.sum(axis=0))
    kept = np.ones(matrix.shape[1], bool)
    kept[other] = False
    sums = np.zeros(6)
    for row, (rater, what, its_fold) in enumerate(ratings):
        if what != other or rater == one or its_fold == fold:
            continue
        shared = (matrix[one] * matrix[rater] * weight)[kept].sum()
        if shared > 0:
            s = shared / np.sqrt((matrix[one] * weight)[kept].sum() * (matrix[rater] * weight).sum())
            left = float(residual[fold, row])
            sums += [1, s, s * liked[row], s * left, s * s, s * s * left]
    sums *= scale
    if sums[0] == 0:
        return [0.0, 0.0, float("nan"), float("nan"), float("nan")]
    means = sums[2] / sums[1], sums[3] / (sums[1] + DAMPING), sums[5] / (sums[4] + DAMPING**2)
    return [np.log1p(sums[0]), sums[1], *means]


def test_both_neighbourhoods_equal_their_equation() -> None:
    training, found, user, work = example()
    matrix = np.zeros((USERS, WORKS))
    matrix[user[:90], work[:90]] = 1
    ratings, labels = training.ratings, (training.ratings.liked, training.rows.residual)
    folds, scale = training.rows.folds, training.rows.scale
    readers = list(zip(ratings.user.tolist(), ratings.item.tolist(), training.rows.fold.tolist(), strict=True))
    works = [(w, u, f) for u, w, f in readers]
    columns = [training.evidence.names.index(name) for name in NAMES]
    for row, (u, w, f) in enumerate(readers):
        expected = by_hand(labels, matrix, readers, u, w, f, scale) + by_hand(labels, matrix.T, works, w, u, f, scale)
        assert training.matrix[row, columns] == pytest.approx(expected, rel=1e-4, nan_ok=True)
    later = found.columns(training.evidence.pairs(user[90:120], work[90:120]))
    for row, (u, w) in enumerate(zip(user[90:120], work[90:120], strict=True)):
        expected = by_hand(labels, matrix, readers, u, w, folds) + by_hand(labels, matrix.T, works, w, u, folds)
        assert later[row] == pytest.approx(expected, rel=1e-5, nan_ok=True)


def test_each_pair_is_answered_on_its_own() -> None:
    training, found, user, work = example()
    order = np.random.default_rng(1).permutation(180)[:40]
    whole = found.columns(training.evidence.pairs(user, work))
    some = found.columns(training.evidence.pairs(user[order], work[order]))
    assert np.array_equal(some, whole[order], equal_nan=True)


def test_a_new_reader_of_the_same_list_is_told_the_same() -> None:
    training, found, user, work = example()
    evidence = training.evidence
    later = user[90:], work[90:]
    known = evidence.pairs(*later)
    lists = evidence.lists.take(np.unique(later[0]))
    strangers = evidence.readers(type(lists)(**(vars(lists) | {"user": np.full(len(lists), -1)})))
    asked = Pairs(strangers, known.row, known.item)
    assert np.array_equal(found.columns(asked), found.columns(known), equal_nan=True)


def test_nothing_is_asked_of_no_pairs() -> None:
    training, found, *_ = example()
    nothing = np.array([], int)
    assert found.columns(training.evidence.pairs(nothing, nothing)).shape == (0, 10)


def test_one_pair_and_many_are_counted_in_two_ways_to_the_same_sums() -> None:
    rng = np.random.default_rng(8)
    users, items = IdIndex.of(np.arange(60)), IdIndex.of(np.arange(400))
    pair = np.sort(rng.permutation(60 * 400)[:5000])
    pair = pair[pair // 400 != 7]  # one who holds nothing
    value = rng.integers(1, 6, len(pair)).astype(np.float32)
    ratings = Ratings((pair // 400).astype(np.int32), (pair % 400).astype(np.int32), value, users, items,
                      RatingScale(1, 5, 4))  # fmt: skip
    evidence = build_evidence(Dataset(ratings), folds=3, damping=3.0, rng=rng).evidence
    found = evidence.find(Neighbours)
    assert found is not None
    user, item = np.repeat([7, 5, 30], 400), np.tile(np.arange(400), 3)
    together = found.columns(evidence.pairs(user, item))
    for row in range(0, 1200, 7):
        alone = found.columns(evidence.pairs(user[[row]], item[[row]]))
        assert np.array_equal(alone[0], together[row], equal_nan=True)


def test_some_readers_of_a_work_that_many_have_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    users, items = IdIndex.of(np.arange(1000)), IdIndex.of(np.arange(60))
    pair = np.sort(rng.permutation(60_000)[:20_000])
    pair = pair[(pair % 60 > 0) | (pair // 60 < 150)]  # of the first work few
    value = rng.integers(1, 6, len(pair)).astype(np.float32)
    ratings = Ratings((pair // 60).astype(np.int32), (pair % 60).astype(np.int32), value, users, items,
                      RatingScale(1, 5, 4))  # fmt: skip
    evidence = build_evidence(Dataset(ratings), folds=3, damping=3.0, rng=rng).evidence
    exact = evidence.find(Neighbours)
    assert exact is not None
    user, item = np.repeat(np.arange(0, 1000, 20), 60), np.tile(np.arange(60), 50)
    every = exact.columns(evidence.pairs(user, item))
    monkeypatch.setattr(neighbours, "MOST", 100)
    some = replace(exact)
    assert int(np.diff(some.few_holders[1].start).max()) < 130
    found = some.columns(evidence.pairs(user, item))
    assert np.abs(found[:, 0] - every[:, 0]).max() < 0.4  # of the logarithm of how many there are
    for column in (0, 1, 5, 6):  # how many there are and how similar
        assert found[:, column].mean() == pytest.approx(every[:, column].mean(), rel=0.03)
    for row in range(0, len(user), 97):
        alone = some.columns(evidence.pairs(user[[row]], item[[row]]))
        assert np.array_equal(alone[0], found[row], equal_nan=True)


def test_what_two_lists_have_in_common_is_summed_in_order() -> None:
    rng = np.random.default_rng(9)
    weight = rng.random(300)
    for size in (0, 1, 5, 250):
        one, other = (np.sort(rng.permutation(300)[:n]).astype(np.int32) for n in (size, 90))
        total = 0.0
        for both in np.intersect1d(one, other):
            total += weight[both]
        assert in_common(one, other, weight) == in_common(other, one, weight) == total
