"""The closed form, the neighbours and the logit against their equations, worked the slow way."""

from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates.ease import fit_ease
from toprank.candidates.holdings import Holdings
from toprank.candidates.relevance import fit_relevance
from toprank.candidates.similar_works import similar_works


@pytest.fixture
def held() -> Holdings:
    rng = np.random.default_rng(2)
    reader, work = np.nonzero(rng.random((60, 12)) < 0.3)
    liked = rng.random(len(work)) < 0.5
    return Holdings.of(reader, work, liked, liked, n_readers=60, n_works=12)


def test_ease_solves_each_column_as_a_ridge_regression_on_the_others(held: Holdings) -> None:
    author = np.array([0, 0, 1, 1, 1, -1, -1, 2, 2, 2, 2, -1])
    ease = fit_ease(held, [author], max_items=12, ridge=3.0, liked_weight=2.0, author_weight=1.5, damping=0.15)
    x = held.matrix(2.0).toarray().astype(np.float64)
    x /= np.maximum((x**2).sum(axis=1, keepdims=True), 1) ** 0.15
    x = np.concatenate([x, 1.5 * (author == np.arange(3)[:, None])])
    for column in range(12):
        others = np.delete(np.arange(12), column)
        a = x[:, others]
        solved = np.linalg.solve(a.T @ a + 3.0 * np.eye(11), a.T @ x[:, column])
        assert ease.weights[others, column] == pytest.approx(solved, abs=1e-4)
    assert not np.diag(ease.weights).any()
    assert ease.scores(held) == pytest.approx(held.matrix(2.0).toarray() @ ease.weights, abs=1e-4)


def test_only_the_most_held_works_take_part(held: Holdings) -> None:
    ease = fit_ease(held, [], max_items=5)
    count = np.bincount(held.work, minlength=12)
    assert count[ease.work].min() >= np.delete(count, ease.work).max()
    assert ease.column[ease.work].tolist() == [0, 1, 2, 3, 4]
    assert ease.scores(held).shape == (60, 5)


def test_neighbours_are_the_most_similar_by_the_equation(held: Holdings) -> None:
    similar = similar_works(held, n=4, shrinkage=0.5, min_holders=1).toarray()
    x = held.matrix().toarray().astype(np.float64)
    weight = 1 / np.log(np.e + x.sum(axis=1))
    common = x.T @ (weight[:, None] * x)
    norm = np.sqrt(np.diag(common))
    full = common / (norm[:, None] * norm + 0.5)
    np.fill_diagonal(full, 0)
    for work in range(12):
        best = np.sort(full[work])[::-1][:4]
        assert np.sort(similar[work])[::-1][:4] == pytest.approx(best, abs=1e-5)
        assert similar[work][similar[work] > 0] == pytest.approx(full[work][similar[work] > 0], abs=1e-5)


def test_readers_of_too_much_and_works_of_too_few_say_nothing(held: Holdings) -> None:
    assert similar_works(held, max_held=0).nnz == 0
    assert similar_works(held, min_holders=61).nnz == 0


def test_the_logit_finds_the_weights_that_choices_were_made_with() -> None:
    rng = np.random.default_rng(8)
    known = rng.normal(size=(4000, 10, 3)).astype(np.float32)
    utility = known @ np.array([2.0, -1.0, 0.0]) + rng.gumbel(size=(4000, 10))
    chosen = (utility == utility.max(axis=1, keepdims=True)).ravel()
    row = np.repeat(np.arange(4000), 10)
    whole = fit_relevance(row, known.reshape(-1, 3), chosen, np.ones(40000), penalty=0.1)
    assert whole.weight / whole.scale == pytest.approx([2, -1, 0], abs=0.1)
    share = np.where(known.reshape(-1, 3)[:, 0] > 0, 1.0, 0.3)
    kept = chosen | (rng.random(40000) < share)
    thinned = fit_relevance(row[kept], known.reshape(-1, 3)[kept], chosen[kept], share[kept], penalty=0.1)
    assert thinned.weight / thinned.scale == pytest.approx([2, -1, 0], abs=0.1)


def test_the_logit_without_choices_knows_nothing_and_what_is_unknown_counts_as_the_mean() -> None:
    known = np.array([[1.0, 2.0], [3.0, np.nan]], np.float32)
    nothing = fit_relevance(np.array([0, 0]), known, np.zeros(2, bool), np.ones(2))
    assert nothing.scores(known).tolist() == [0, 0]
    some = fit_relevance(np.array([0, 0]), known[:, ::-1].copy(), np.array([True, False]), np.ones(2))
    assert np.isfinite(some.scores(known)).all()
