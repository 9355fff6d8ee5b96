from __future__ import annotations

import numpy as np
import pytest

from toprank.core.decisions import Support
from toprank.decisions.intervals import fit_intervals
from toprank.decisions.policy import fit_probability


def known(rows: int) -> Support:
    return Support(*np.full((4, rows), 20))


def test_what_is_observed_of_new_pairs_lies_within_as_often_as_it_says() -> None:
    inside = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scores = rng.beta(2, 1.5, 6000)  # more of them at the ends than a line in log odds can follow
        liked = rng.random(6000) < scores
        old, new = np.arange(3000), np.arange(3000, 6000)
        calibration, segments = fit_probability(scores[old], liked[old], old, known(3000))
        intervals = fit_intervals(*segments(calibration(scores[old]), known(3000)))
        probability, low, high = segments(calibration(scores[new]), known(3000))
        low, high = intervals(probability, low, high)
        order = np.argsort(probability)
        begin = 0
        while begin < len(order):
            first = order[begin]
            end = int(np.searchsorted(probability[order], probability[first] + high[first] - low[first], side="right"))
            group = order[begin:end]
            if len(group) >= 50:
                inside.append(low[group].mean() <= liked[new][group].mean() <= high[group].mean())
            begin = end
    assert np.mean(inside) >= 0.93


def test_readers_whose_rows_stray_together_make_wider_intervals_that_hold() -> None:
    inside: dict[bool, list[bool]] = {True: [], False: []}
    width: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        user = np.repeat(np.arange(300), 20)
        scores = rng.uniform(0.05, 0.95, 6000)
        odds = np.log(scores / (1 - scores)) + 0.8 * rng.normal(size=300)[user]
        liked = rng.random(6000) < 1 / (1 + np.exp(-odds))
        old, new = np.arange(3000), np.arange(3000, 6000)
        calibration, segments = fit_probability(scores[old], liked[old], user[old], known(3000))
        for together, found in inside.items():
            readers = user[old] if together else None
            learned_from = segments(calibration(scores[old]), known(3000))
            intervals = fit_intervals(*learned_from, liked=liked[old], user=readers)
            probability, *line = segments(calibration(scores[new]), known(3000))
            low, high = intervals(probability, *line)
            width[together].append(float((high - low).mean()))
            for group in np.array_split(np.argsort(probability), 12):
                found.append(bool(low[group].mean() <= liked[new][group].mean() <= high[group].mean()))
    assert np.mean(inside[True]) >= 0.95
    assert np.mean(width[True]) > 1.05 * np.mean(width[False])


def test_weights_make_as_many_rows_as_they_are_worth() -> None:
    p = np.linspace(0.05, 0.95, 2000)
    widths = []
    for weight in (np.full(2000, 1.0), np.full(2000, 0.25)):
        low, high = fit_intervals(p, p, p, weight=weight)(np.array([0.5]), np.array([0.5]), np.array([0.5]))
        widths.append(float((high - low)[0]))
    assert widths[0] < widths[1]


def test_fewer_rows_make_wider_intervals() -> None:
    widths = []
    for rows in (20, 200, 2000):
        p = np.linspace(0.05, 0.95, rows)
        low, high = fit_intervals(p, p, p)(np.array([0.5]), np.array([0.5]), np.array([0.5]))
        widths.append(float((high - low)[0]))
    assert widths[0] > widths[1] > widths[2] > 0


@pytest.mark.parametrize("values", [[0.5], [1e-6, 1 - 1e-6], [0.3] * 10])
def test_an_interval_holds_its_probability_and_stays_within_0_and_1(values: list[float]) -> None:
    p = np.array(values)
    low, high = fit_intervals(p, p, p)(p, p, p)
    assert np.all((low > 0) & (low <= p) & (p <= high) & (high < 1))
