from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.conftest import Make

from toprank.evidence.build import build_evidence
from toprank.evidence.keys import number_pairs
from toprank.evidence.sources.additive import AdditiveExpectation, fit_numbers, fit_without


def test_effects_are_found_and_keys_without_meaning_add_little() -> None:
    rng = np.random.default_rng(3)
    user, item, noise = rng.integers(0, 100, 4000), rng.integers(0, 80, 4000), rng.integers(0, 500, 4000)
    value = 7 + rng.normal(size=100)[user] + 0.5 * rng.normal(size=80)[item] + rng.normal(size=4000)
    value = np.stack([value, value >= 8], axis=1)
    _, effects, *_ = fit_numbers((user, item, noise), (100, 80, 500), value, np.arange(4000))
    by_user, by_item, by_chance = (float(one[:, 0].std()) for one in effects)
    assert 0.9 < by_user < 1.1
    assert 0.4 < by_item < 0.6
    assert by_chance < 0.15


def test_folds_side_by_side_are_those_that_are_fitted_alone() -> None:
    rng = np.random.default_rng(4)
    sizes = (60, 200, 9)
    numbers = np.stack([rng.integers(0 if size == 60 else -1, size, 3000) for size in sizes]).astype(np.int32)
    value = 7 + rng.normal(size=60)[numbers[0]] + rng.normal(size=3000)
    value, fold = np.stack([value, value >= 7], axis=1), rng.permutation(3000) % 13
    met = []

    def compare(folds: range, rest: np.ndarray, effects: np.ndarray) -> None:
        for lane, number in enumerate(folds):
            two = slice(2 * lane, 2 * lane + 2)
            mean, alone, *_ = fit_numbers(numbers, sizes, value, np.flatnonzero(fold != number))
            expected = mean + sum(
                np.where(at[:, None] < 0, 0.0, own[at]) for own, at in zip(alone, numbers, strict=True)
            )
            own = fold == number
            np.testing.assert_allclose(effects[:, two], np.concatenate(alone), atol=1e-5)
            np.testing.assert_allclose(rest[~own, two], (value - expected)[~own], atol=1e-4)
            np.testing.assert_allclose(-rest[own, two], expected[own], atol=1e-4)
            met.append(number)

    fit_without(numbers, sizes, value, fold, 13, compare)
    assert sorted(met) == list(range(13))


def test_no_fold_sees_its_own_values(library: Make) -> None:
    data = library()[0]
    ratings = data.ratings.canonical()

    def learn(value: np.ndarray) -> np.ndarray:
        rows = replace(data, ratings=replace(ratings, value=value))
        training = build_evidence(rows, folds=5, damping=3.0, rng=np.random.default_rng(1))
        inside.append(training.rows.fold == 3)
        return training.matrix[:, 1:3]

    inside: list[np.ndarray] = []
    before = learn(ratings.value)
    after = learn(np.where(inside[0], 6 - ratings.value, ratings.value))
    assert np.array_equal(before[inside[0]], after[inside[0]])
    assert not np.array_equal(before[~inside[0]], after[~inside[0]])


def test_a_list_gets_the_effects_that_it_had_among_all(library: Make) -> None:
    """The sweeps over all rows, once more by hand, beside those replayed over one list at a time."""
    data = library()[0]
    training = build_evidence(data, folds=5, damping=3.0, rng=np.random.default_rng(1))
    combined = training.evidence.find(AdditiveExpectation)
    assert combined is not None
    assert combined.effects is not None
    ratings, groupings = training.ratings, training.evidence.groupings
    numbers, sizes = zip(
        *(number_pairs(key, groupings, ratings.user, ratings.item) for key in combined.effects.keys), strict=True
    )
    value = np.stack([ratings.value.astype(np.float64), ratings.liked], axis=1)
    kept = np.full(len(sizes), -1)
    kept[[not key.of_reader for key in combined.effects.keys]] = combined.effects.index.start[:-1]
    mean, effects, *_ = fit_numbers(numbers, sizes, value, np.arange(len(ratings)), kept)
    expected = np.tile(mean, (len(ratings), 1))
    for own, number in zip(effects, numbers, strict=True):
        expected += np.where(number[:, None] < 0, 0.0, own[number])
    pairs = training.evidence.pairs(ratings.user, ratings.item)
    assert np.array_equal(combined.effects.expected(pairs), expected)
    for user in (0, 7, 149):
        rows = np.flatnonzero(ratings.user == user)
        alone = training.evidence.pairs(ratings.user[rows], ratings.item[rows])
        assert np.array_equal(combined.effects.expected(alone), expected[rows])
