from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.errors import OptionError
from toprank.evidence.statistics import Statistics

SIZE = 5

rows = st.lists(st.tuples(st.integers(-1, SIZE - 1), st.integers(1, 10), st.integers(-8, 8)), max_size=30)


Seen = list[tuple[int, int, int]]


def statistics(seen: Seen) -> Statistics:
    keys, values, eighths = np.array(seen, dtype=np.int64).reshape(-1, 3).T
    # Eighths add up without rounding, so sums of residuals can be compared too.
    return Statistics.of(keys, values.astype(float), values >= 8, eighths / 8, size=SIZE)


def same(one: Statistics, other: Statistics) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("count", "total", "squares", "liked", "residual")
    )


@given(rows, rows, rows)
def test_merging_is_associative(a: Seen, b: Seen, c: Seen) -> None:
    one, two, three = statistics(a), statistics(b), statistics(c)
    assert same(one.merge(two).merge(three), one.merge(two.merge(three)))


@given(rows, rows)
def test_merging_is_commutative(a: Seen, b: Seen) -> None:
    assert same(statistics(a).merge(statistics(b)), statistics(b).merge(statistics(a)))


@given(rows)
def test_nothing_is_neutral(a: Seen) -> None:
    assert same(statistics(a).merge(Statistics.zeros(SIZE)), statistics(a))
    assert same(statistics([]), Statistics.zeros(SIZE))


@given(rows, st.tuples(st.integers(0, SIZE - 1), st.integers(1, 10), st.integers(-8, 8)))
def test_adding_a_rating_equals_refitting(a: Seen, new: tuple[int, int, int]) -> None:
    assert same(statistics(a).merge(statistics([new])), statistics([*a, new]))


@given(rows, rows)
def test_taking_away_what_was_added_leaves_the_rest(a: Seen, b: Seen) -> None:
    assert same(statistics(a + b).minus(statistics(b)), statistics(a))


@given(rows, st.lists(st.integers(0, 3), min_size=30, max_size=30), st.permutations(range(4)))
def test_shards_in_any_order_give_equal_statistics(a: Seen, shard_of: list[int], order: list[int]) -> None:
    shards = [[row for row, number in zip(a, shard_of, strict=False) if number == shard] for shard in range(4)]
    merged = Statistics.zeros(SIZE)
    for shard in order:
        merged = merged.merge(statistics(shards[shard]))
    assert same(merged, statistics(a))


def test_real_residuals_agree_up_to_rounding_and_counts_exactly() -> None:
    rng = np.random.default_rng(3)
    keys, values, residual = rng.integers(0, SIZE, 1000), rng.integers(1, 11, 1000).astype(float), rng.normal(size=1000)
    order = rng.permutation(1000)
    one = Statistics.of(keys, values, values >= 8, residual, size=SIZE)
    other = Statistics.of(keys[order], values[order], values[order] >= 8, residual[order], size=SIZE)
    assert np.array_equal(one.count, other.count)
    assert np.array_equal(one.liked, other.liked)
    assert np.array_equal(one.total, other.total)
    assert one.residual == pytest.approx(other.residual)


def test_a_row_without_a_key_counts_nowhere_and_takes_nothing() -> None:
    seen = Statistics.of(np.array([-1, 1]), np.array([9.0, 8.0]), np.array([True, True]), size=2)
    assert seen.count.tolist() == [0, 1]
    assert seen.take(np.array([-1, 1, 0])).total.tolist() == [0.0, 8.0, 0.0]
    assert seen.take(np.array([-1, 1, 0])).count.dtype == np.int64


def test_keys_are_merged_into_coarser_ones() -> None:
    seen = Statistics.of(np.array([0, 1, 2]), np.array([9.0, 8.0, 3.0]), np.array([True, True, False]), size=3)
    coarse = seen.aggregate(np.array([1, 1, 0]), 2)
    assert coarse.total.tolist() == [3.0, 17.0]
    assert coarse.liked.tolist() == [0, 2]
    assert coarse.count.dtype == np.int64


def test_what_cannot_be_is_refused() -> None:
    values, liked = np.array([9.0]), np.array([True])
    with pytest.raises(OptionError, match="keys holds 2; it must be -1"):
        Statistics.of(np.array([2]), values, liked, size=2)
    with pytest.raises(OptionError, match="must be equal"):
        Statistics.of(np.array([0, 1]), values, liked, size=2)
    with pytest.raises(OptionError, match="cannot be put together"):
        Statistics.zeros(2).merge(Statistics.zeros(3))
    with pytest.raises(OptionError, match="key 0 has 0 ratings, and 1 cannot be taken away"):
        Statistics.zeros(1).minus(Statistics.of(np.array([0]), values, liked, size=1))
