"""Shards of readers, learned apart and merged, say what learning from all of them says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.dataset import Dataset
from toprank.core.ratings import Interactions
from toprank.evidence.bias import DampedBias
from toprank.evidence.build import Evidence, build_evidence
from toprank.evidence.statistics import Statistics


def learned(data: Dataset) -> Evidence:
    return build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1)).evidence


def shard(data: Dataset, users: np.ndarray) -> Dataset:
    implicit = data.implicit
    if implicit is not None:
        rows = np.isin(implicit.user, users)
        implicit = Interactions(implicit.user[rows], implicit.item[rows], implicit.users, implicit.items)
    return replace(data.with_ratings(np.isin(data.ratings.user, users)), implicit=implicit)


@pytest.mark.parametrize("attributes", [True, False])
def test_counts_sums_histograms_and_neighbours_are_those_of_all(library: Make, attributes: bool) -> None:
    data, later = library(attributes=attributes)
    parts = np.array_split(np.random.default_rng(2).permutation(len(data.ratings.users)), 3)
    merged = learned(shard(data, parts[0]))
    for part in parts[1:]:
        merged = merged.merged(learned(shard(data, part)))
    whole = learned(data)
    one, other = (evidence.matrix(evidence.pairs(later.user, later.item)) for evidence in (merged, whole))
    assert merged.names == whole.names
    exact = [
        column
        for column, name in enumerate(whole.names)
        if name.endswith((": count", ": spread", ": held", ": similarity")) or name.startswith("user")
    ]
    drifting = ("residual", "liked", "mean", "likeness: held")
    exact = [column for column in exact if not whole.names[column].endswith(drifting)]
    assert len(exact) >= 10
    np.testing.assert_allclose(one[:, exact], other[:, exact], rtol=1e-6)
    # What every mean is pulled to, and what biases leave, is that of the first shard.
    for name in ("expected", "expected: rating", "expected: liked"):
        column = whole.names.index(name)
        assert np.corrcoef(one[:, column], other[:, column])[0, 1] > 0.9


def test_the_order_of_shards_does_not_matter_to_counts(library: Make) -> None:
    data, later = library()
    halves = [learned(shard(data, np.flatnonzero(np.arange(len(data.ratings.users)) % 2 == k))) for k in (0, 1)]
    counts = []
    for merged in (halves[0].merged(halves[1]), halves[1].merged(halves[0])):
        support = merged.support(merged.pairs(later.user, later.item))
        counts.append(np.stack([support.reader, support.book, support.kind, support.reader_kind]))
    assert np.array_equal(counts[0], counts[1])


def test_biases_and_sums_of_what_they_leave_are_those_of_any_order_and_any_shards() -> None:
    rng = np.random.default_rng(5)
    n, users, items = 30_000, 200, 40
    user, item, value = rng.integers(0, users, n), rng.integers(0, items, n), rng.integers(1, 21, n) / 2
    bias = DampedBias.of(user, item, value, n_users=users, n_items=items)
    order = rng.permutation(n)
    other = DampedBias.of(user[order], item[order], value[order], n_users=users, n_items=items)
    assert bias.mean == other.mean
    for name in ("user", "item"):
        assert np.array_equal(getattr(bias, name), getattr(other, name))
    residual, liked = value - bias.expected(user, item), value >= 8
    whole = Statistics.of(item, value, liked, residual, size=items)
    merged = Statistics.zeros(items)
    for rows in np.array_split(order, 37):
        merged = Statistics.of(item[rows], value[rows], liked[rows], residual[rows], size=items).merge(merged)
    for name in vars(whole):
        assert np.array_equal(getattr(whole, name), getattr(merged, name)), name
    # Without the rounding the sums would differ in their last bits.
    rough = rng.normal(size=n)
    assert not np.array_equal(np.bincount(item, rough), np.bincount(item[order], rough[order]))
