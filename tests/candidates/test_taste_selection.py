from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import logit

from toprank.candidates.taste_selection import TasteSelection, explained_share, measure_taste_selection
from toprank.data.datasets.generated import Process, generate_ratings, generate_truth

SIZES: dict[str, Any] = {"n_users": 800, "n_items": 350}


def measured(process: Process, seed: int = 13) -> TasteSelection:
    of = generate_ratings(**SIZES, n_ratings=40_000, rng=np.random.default_rng(seed), process=process).ratings
    return measure_taste_selection(
        of.user, of.item, of.value.astype(np.float64), of.liked, rng=np.random.default_rng(seed)
    )


def true_shift(process: Process, seed: int = 13) -> float:
    """Give how much higher the true log odds of picked pairs are than those of the same readers and items mixed."""
    of = generate_ratings(**SIZES, n_ratings=40_000, rng=np.random.default_rng(seed), process=process).ratings
    truth = generate_truth(**SIZES, rng=np.random.default_rng(seed), process=process)
    mixed = np.random.default_rng(seed).permutation(of.item)
    new = ~np.isin(of.user * 350 + mixed, of.user * 350 + of.item)
    return float(logit(truth.liked(of.user, of.item)).mean() - logit(truth.liked(of.user, mixed))[new].mean())


@pytest.mark.parametrize("process", [Process(), Process(taste=0.8, factors=2), Process(tail=0.4, activity=0.5)])
def test_most_of_how_far_readers_pick_what_they_like_is_found_from_ratings_alone(process: Process) -> None:
    found, true = measured(process), true_shift(process)
    assert found.found < found.shift
    assert 0.6 * true < found.shift < 1.3 * true


def test_where_taste_changes_nothing_nothing_is_found() -> None:
    assert measured(Process(taste=0.0)).shift < 0.05


def test_singular_vectors_hold_what_the_formula_says() -> None:
    rng = np.random.default_rng(13)
    rows, columns = 400, 160
    left, right = rng.normal(size=rows), rng.normal(size=columns)
    left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
    edge, ratio = np.sqrt(rows) + np.sqrt(columns), columns / rows
    for strength in (0.7, 1.0, 2.0):
        noisy = strength * edge * np.outer(left, right) + rng.normal(size=(rows, columns))
        one, values, other = np.linalg.svd(noisy, full_matrices=False)
        held = (left @ one[:, 0]) ** 2 * (right @ other[0]) ** 2
        assert explained_share(values[:1], edge, ratio)[0] == pytest.approx(held, abs=0.08)


@pytest.mark.parametrize("rows", [0, 1, 9, 200])
def test_of_few_ratings_nothing_is_said(rows: int) -> None:
    rng = np.random.default_rng(13)
    user, item = rng.integers(20, size=rows), rng.integers(9, size=rows)
    value = rng.integers(1, 6, rows).astype(np.float64)
    found = measure_taste_selection(user, item, value, value >= 4, rng=rng)
    assert 0 <= found.shift < 1
    constant = measure_taste_selection(user, item, np.full(rows, 3.0), np.zeros(rows, bool), rng=rng)
    assert constant.shift == 0
