from __future__ import annotations

import numpy as np
import pytest
from toprank.evidence.neighbours import DAMPING, Neighbours

USERS, WORKS, FOLDS = 12, 15, 3
Labels = tuple[np.ndarray, np.ndarray]


def example(seed: int = 4) -> tuple[Neighbours, np.ndarray, np.ndarray, np.ndarray, Labels]:
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(USERS * WORKS)
    user, work = pairs // WORKS, pairs % WORKS
    rated, held = slice(0, 60), slice(0, 90)
    fold = rng.integers(0, FOLDS, 60)
    liked = rng.random(60) < 0.5
    residual = rng.normal(size=(FOLDS + 1, 60))
    found = Neighbours.of(
        (user[held], work[held]),
        (user[rated], work[rated]),
        fold,
        liked,
        residual,
        n_users=USERS,
        n_works=WORKS,
    )
    return found, user, work, fold, (liked, residual.astype(np.float32))


def by_hand(
    labels: Labels, matrix: np.ndarray, ratings: list[tuple[int, int, int]], one: int, other: int, fold: int
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
    if sums[0] == 0:
        return [0.0, 0.0, float("nan"), float("nan"), float("nan")]
    means = sums[2] / sums[1], sums[3] / (sums[1] + DAMPING), sums[5] / (sums[4] + DAMPING**2)
    return [np.log1p(sums[0]), sums[1], *means]


def test_both_neighbourhoods_equal_their_equation() -> None:
    found, user, work, fold, labels = example()
    matrix = np.zeros((USERS, WORKS))
    matrix[user[:90], work[:90]] = 1
    asked = np.concatenate([np.arange(60), np.arange(90, 120)])  # ratings of training, then pairs nobody has seen
    folds = np.concatenate([fold, np.full(30, FOLDS)])
    answered = found.columns(user[asked], work[asked], folds)
    readers = [(u, w, f) for u, w, f in zip(user[:60], work[:60], fold, strict=True)]
    works = [(w, u, f) for u, w, f in readers]
    for row, (u, w, f) in enumerate(zip(user[asked], work[asked], folds, strict=True)):
        expected = by_hand(labels, matrix, readers, u, w, f) + by_hand(labels, matrix.T, works, w, u, f)
        assert answered[row] == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert np.array_equal(found.columns(user[90:120], work[90:120]), answered[60:], equal_nan=True)


def test_each_pair_is_answered_on_its_own() -> None:
    found, user, work, *_ = example()
    order = np.random.default_rng(1).permutation(180)[:40]
    whole = found.columns(user, work)
    assert np.array_equal(found.columns(user[order], work[order]), whole[order], equal_nan=True)


def test_nobody_is_asked_nothing() -> None:
    found, *_ = example()
    assert found.columns(np.array([], int), np.array([], int)).shape == (0, 10)
