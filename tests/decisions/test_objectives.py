from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import fbeta_score

from toprank.decisions.objectives import (
    BoundedObjective,
    ExpectedGain,
    FBeta,
    HalveDisappointment,
    Objective,
    PrecisionAtLeast,
    ShareAtMost,
    parse_objective,
)
from toprank.decisions.thresholds import learn_threshold
from toprank.errors import OptionError


@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_f_beta_is_scikit_learns(beta: float) -> None:
    liked = np.array([1, 1, 1, 0, 0, 0, 0])
    recommend = np.array([1, 1, 0, 1, 0, 0, 0])
    ours = FBeta(beta).value(np.array([2]), np.array([3]), liked=3, rows=7)
    assert ours[0] == pytest.approx(fbeta_score(liked, recommend, beta=beta))


def test_f_beta_of_nothing_is_zero() -> None:
    assert FBeta(1).value(np.array([0]), np.array([0]), liked=0, rows=5).tolist() == [0.0]


def test_a_share_is_never_passed_and_the_most_liked_are_found_within_it() -> None:
    scores, liked = np.array([9.0, 8.0, 8.0, 6.0, 5.0]), np.array([True, False, True, True, True])
    # One of five may be recommended, then three, then three (a tie is not torn apart), then all.
    for share, recommended, recall in ((0.2, 1, 0.25), (0.6, 3, 0.5), (0.79, 3, 0.5), (1.0, 5, 1.0)):
        threshold = learn_threshold(scores, liked, ShareAtMost(share))
        assert threshold.decide(scores).sum() == recommended
        assert threshold.achieved == recall


def test_a_share_too_small_for_one_row_recommends_nothing() -> None:
    threshold = learn_threshold(np.array([2.0, 1.0]), np.array([True, False]), ShareAtMost(0.3))
    assert threshold.achieved == 0.0
    assert not threshold.decide(np.array([2.0, 99.0])).any()


def test_rounding_does_not_break_a_bound() -> None:
    hundred = np.array([100])
    for percent in range(1, 101):  # 0.55 * 100 is above 55, and 0.29 * 100 below 29
        within = ShareAtMost(percent / 100).value(np.array([percent]), np.array([percent]), liked=100, rows=100)
        assert within.tolist() == [percent / 100]
        precise = PrecisionAtLeast(percent / 100).value(np.array([percent]), hundred, liked=100, rows=100)
        assert precise.tolist() == [percent / 100]


@pytest.mark.parametrize(
    ("objective", "figures"),
    [
        (FBeta(1), {"f1": 4 / 6}),
        (PrecisionAtLeast(0.9), {"precision": 2 / 3, "recall": 2 / 3}),
        (ShareAtMost(0.1), {"share": 3 / 7, "recall": 2 / 3, "precision": 2 / 3}),
        (ExpectedGain(1, -2), {"gain": 0.0}),
    ],
)
def test_figures_are_given_whether_or_not_a_bound_is_kept(objective: Objective, figures: dict[str, float]) -> None:
    found = objective.figures(np.array([2, 0]), np.array([3, 0]), liked=3, rows=7)
    assert {name: values[0] for name, values in found.items()} == pytest.approx(figures)
    assert all(len(values) == 2 for values in found.values())


def test_half_the_disappointments_of_all_rows_are_allowed() -> None:
    # Of 100 rows 40 disappoint, so of 50 recommended ones 10 may.
    halve = HalveDisappointment()
    values = halve.value(np.array([40, 39, 0]), np.array([50, 50, 0]), liked=60, rows=100)
    assert values[0] == 40 / 60
    assert np.isnan(values[1:]).all()
    assert halve.bound(0.6) == pytest.approx(0.8)


def test_some_objectives_have_a_bound() -> None:
    bounded = [
        isinstance(parse_objective(text), BoundedObjective) for text in ("halve", "precision>=0.9", "share<=0.1")
    ]
    assert all(bounded)
    assert not isinstance(FBeta(1), BoundedObjective)


def test_gain_adds_up() -> None:
    # 2 liked and 1 other recommended, 1 liked and 3 others not: 2*3 - 5 - 1*0.5 + 3*0.25 over 7 rows
    gain = ExpectedGain(3, -5, -0.5, 0.25).value(np.array([2]), np.array([3]), liked=3, rows=7)
    assert gain[0] == pytest.approx((6 - 5 - 0.5 + 0.75) / 7)


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("f1", FBeta(1)),
        (" Halve", HalveDisappointment()),
        ("F0.5", FBeta(0.5)),
        ("precision>=0.9", PrecisionAtLeast(0.9)),
        ("Precision >= 90%", PrecisionAtLeast(0.9)),
        ("share<=0.2", ShareAtMost(0.2)),
        (" Share <= 20 %", ShareAtMost(0.2)),
        ("gain:1,-2", ExpectedGain(1, -2)),
        ("gain: 1, -2, -0.5, 0.1", ExpectedGain(1, -2, -0.5, 0.1)),
    ],
)
def test_objectives_are_read_as_people_write_them(text: str, objective: object) -> None:
    assert parse_objective(text) == objective


@pytest.mark.parametrize(
    "objective", [FBeta(2), HalveDisappointment(), PrecisionAtLeast(0.85), ShareAtMost(0.05), ExpectedGain(1, -2)]
)
def test_objectives_are_written_as_they_are_read(objective: Objective) -> None:
    assert parse_objective(str(objective)) == objective


@pytest.mark.parametrize(
    "text",
    ["", "auc", "f", "f0", "precision", "precision>=2", "share>=0.2", "share<=0", "share<=120%", "gain:1", "gain:-1,2"],
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        parse_objective(text)
