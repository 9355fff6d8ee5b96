from __future__ import annotations

import numpy as np
import pytest

from toprank.evaluation.betting import STAKES, capital_against, mean_interval


def test_the_capital_is_the_mean_over_the_stakes() -> None:
    values = np.array([0.2, 0.9, 0.4])
    by_hand = [
        np.mean([np.prod([1 + c * ((1 - z) / (1 - 0.6) - 1) for z in values[: t + 1]]) for c in STAKES])
        for t in range(3)
    ]
    assert np.exp(capital_against(values, 0.6)) == pytest.approx(by_hand)
    assert len(capital_against(np.array([]), 0.6)) == 0


@pytest.mark.parametrize(("mean", "spread"), [(0.5, 1.0), (0.8, 1.0), (0.95, 0.2)])
def test_the_interval_holds_the_mean_at_all_times_together(mean: float, spread: float) -> None:
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(300):
        liked = rng.random(400) < mean
        values = mean + spread * (liked - mean)
        ends = [mean_interval(values[:n], 0.05) for n in (10, 30, 100, 200, 400)]
        missed += any(not low <= mean <= high for low, high in ends)
    assert missed <= 0.05 * 300


def test_intervals_shrink_and_mirror() -> None:
    values = np.tile([1.0, 0.0, 1.0, 1.0, 0.25], 200)
    low, high = mean_interval(values, 0.05)
    assert low < values.mean() < high
    assert high - low < 0.15
    mirrored = mean_interval(1 - values, 0.05)
    assert mirrored == pytest.approx((1 - high, 1 - low))
    assert high - low < np.subtract(*mean_interval(values[:100], 0.05)[::-1])
