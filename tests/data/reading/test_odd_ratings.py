"""Codes for "not rated", and counts, among ratings; 80 readers, 60 items, 1,600 ratings of 1 to 5 each time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.arrays import FloatArray
from toprank.data.reading.read import read
from toprank.errors import DataError


def frame(value: FloatArray) -> pa.Table:
    pairs = np.random.default_rng(3).permutation(80 * 60)[: len(value)]
    return pa.table({"user": pairs // 60, "item": pairs % 60, "rating": value})


def ratings(low: float, high: float, code: float | None = None, share: float = 0.0, *, step: float = 1.0) -> FloatArray:
    rng = np.random.default_rng(7)
    value = rng.integers(0, round((high - low) / step) + 1, 1600) * step + low
    if code is not None:
        value[rng.permutation(1600)[: round(share * 1600)]] = code
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            ratings(1, 10, -1, 0.2),
            r"320 of 1,600 ratings \(20%\) are -1, all others are 1 to 10.*--implicit-value -1",
        ),
        (ratings(0, 10, -1, 0.2), "are -1, all others are 0 to 10"),
        (ratings(-10, 10, 99, 0.2, step=0.25), "are 99, all others are -10 to 10.*--implicit-value 99.*--scale -10-99"),
        (ratings(1, 5, 99, 0.01), "are 99, all others are 1 to 5"),
        (ratings(1, 5, -99, 0.001), r"2 of 1,600 ratings \(0.12%\) are -99"),
    ],
)
def test_a_code_far_outside_or_alone_below_is_named_with_its_cure(value: FloatArray, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(frame(value))


def test_the_cure_works() -> None:
    dataset = read(frame(ratings(1, 10, -1, 0.2)), implicit_value=-1)
    assert (dataset.ratings.scale.low, dataset.ratings.scale.high) == (1, 10)
    assert dataset.implicit is not None
    assert len(dataset.implicit) == 320
    assert read(frame(ratings(1, 10, -1, 0.2)), scale="-1-10").ratings.scale.low == -1


@pytest.mark.parametrize("share", [0.06, 0.12, 0.5])
def test_zeros_beside_ratings_from_1_are_named(share: float) -> None:
    notes = read(frame(ratings(1, 5, 0, share))).notes
    assert any(f"warning: {share:.0%} of the ratings are 0" in note and "--implicit-value 0" in note for note in notes)


@pytest.mark.parametrize(("low", "high", "code"), [(-10, 10, 0), (0, 100, 99)])
def test_a_heap_is_named(low: float, high: float, code: float) -> None:
    assert any(f"--implicit-value {code:g}" in note for note in read(frame(ratings(low, high, code, 0.3))).notes)


@pytest.mark.parametrize(
    "value",
    [
        ratings(0, 1),  # likes: without 0 only likes would be left
        ratings(-1, 1),  # votes
        ratings(-1, 1, step=2),
        ratings(0, 5),
        ratings(1, 5),
        ratings(0.5, 5, step=0.5),
        ratings(1, 100),
        ratings(-10, 10, step=0.25),
        ratings(1, 5, 0, 0.02),
    ],
)
def test_ratings_are_left_in_peace(value: FloatArray) -> None:
    notes = read(frame(value)).notes
    zeros_of_a_scale = value.min() == 0 and len(np.unique(value)) == 6
    assert zeros_of_a_scale or not any("--implicit-value" in note for note in notes)


@pytest.mark.parametrize("least", [0, 1])
def test_counts_are_refused_in_words(least: int) -> None:
    counts = np.maximum(np.floor(np.random.default_rng(5).lognormal(3, 2, 1600)), least)
    with pytest.raises(DataError, match=r"these look like counts, not ratings: .* half of them at most"):
        read(frame(counts))
    assert read(frame(counts), scale=f"0-{counts.max():g}").ratings.scale.high == counts.max()
