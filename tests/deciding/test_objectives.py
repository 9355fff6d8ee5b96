from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import fbeta_score

from toprank.deciding.objectives import ExpectedGain, FBeta, PrecisionAtLeast, parse_objective
from toprank.errors import OptionError


@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_f_beta_is_scikit_learns(beta: float) -> None:
    liked = np.array([1, 1, 1, 0, 0, 0, 0])
    recommend = np.array([1, 1, 0, 1, 0, 0, 0])
    ours = FBeta(beta).value(np.array([2]), np.array([3]), liked=3, rows=7)
    assert ours[0] == pytest.approx(fbeta_score(liked, recommend, beta=beta))


def test_f_beta_of_nothing_is_zero() -> None:
    assert FBeta(1).value(np.array([0]), np.array([0]), liked=0, rows=5).tolist() == [0.0]


def test_gain_adds_up() -> None:
    # 2 liked and 1 other recommended, 1 liked and 3 others not: 2*3 - 5 - 1*0.5 + 3*0.25 over 7 rows
    gain = ExpectedGain(3, -5, -0.5, 0.25).value(np.array([2]), np.array([3]), liked=3, rows=7)
    assert gain[0] == pytest.approx((6 - 5 - 0.5 + 0.75) / 7)


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("f1", FBeta(1)),
        ("F0.5", FBeta(0.5)),
        ("precision>=0.9", PrecisionAtLeast(0.9)),
        ("Precision >= 90%", PrecisionAtLeast(0.9)),
        ("gain:1,-2", ExpectedGain(1, -2)),
        ("gain: 1, -2, -0.5, 0.1", ExpectedGain(1, -2, -0.5, 0.1)),
    ],
)
def test_objectives_are_read_as_people_write_them(text: str, objective: object) -> None:
    assert parse_objective(text) == objective


@pytest.mark.parametrize("objective", [FBeta(2), PrecisionAtLeast(0.85), ExpectedGain(1, -2)])
def test_objectives_are_written_as_they_are_read(objective: FBeta | PrecisionAtLeast | ExpectedGain) -> None:
    assert parse_objective(str(objective)) == objective


@pytest.mark.parametrize("text", ["", "auc", "f", "f0", "precision", "precision>=2", "gain:1", "gain:-1,2", "gain:0,0"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        parse_objective(text)
