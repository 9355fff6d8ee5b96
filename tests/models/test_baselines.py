from __future__ import annotations

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.models.base import Model
from toprank.models.baselines import Always, Bias, GlobalMean, ItemMean, UserMean

# ann rates x 9 and y 6; bob rates x 5; cy rates nothing (but is known), z is rated by nobody.
ALL = Ratings.of(["ann", "ann", "bob", "cy"], ["x", "y", "x", "z"], [9, 6, 5, 1], RatingScale(1, 10, liked_from=8))
DATA = Dataset(ALL).with_ratings(np.array([0, 1, 2]))
ANN, BOB, CY = 0, 1, 2
X, Y, Z = 0, 1, 2


def score(model: Model, user: int, item: int) -> float:
    fitted = model.fit(DATA, rng=np.random.default_rng(13))
    return float(fitted.scores(np.array([user]), np.array([item]))[0])


def test_means() -> None:
    assert score(Always(), CY, Z) == 1.0
    assert score(GlobalMean(), CY, Z) == pytest.approx(20 / 3)
    assert score(UserMean(), ANN, Z) == 7.5
    assert score(ItemMean(), BOB, X) == 7.0


def test_a_mean_of_nothing_cannot_score() -> None:
    assert np.isnan(score(UserMean(), CY, X))
    assert np.isnan(score(ItemMean(), ANN, Z))


def test_one_sweep_of_bias_by_hand() -> None:
    mean = 20 / 3
    model = Bias(user_damping=1, item_damping=2, sweeps=1)
    x = ((9 - mean) + (5 - mean)) / (2 + 2)
    y = (6 - mean) / (1 + 2)
    ann = ((9 - mean - x) + (6 - mean - y)) / (2 + 1)
    assert score(model, ANN, Y) == pytest.approx(mean + ann + y)
    assert score(model, CY, X) == pytest.approx(mean + x)
    assert score(model, CY, Z) == pytest.approx(mean)


def test_bias_solves_its_ridge_regression() -> None:
    rng = np.random.default_rng(13)
    pairs = rng.permutation(8 * 6)[:30]
    ratings = Ratings.of(
        (pairs // 6).tolist(), (pairs % 6).tolist(), rng.integers(1, 11, 30).tolist(), RatingScale(1, 10, 8)
    )
    model = Bias(user_damping=2, item_damping=3, sweeps=200)
    fitted = model.fit(Dataset(ratings), rng=rng)
    n_users, n_items = len(ratings.users), len(ratings.items)
    design = np.zeros((30, n_users + n_items))
    design[np.arange(30), ratings.user] = 1
    design[np.arange(30), n_users + ratings.item] = 1
    penalty = np.diag([2.0] * n_users + [3.0] * n_items)
    rest = ratings.value - ratings.value.mean()
    offsets = np.linalg.solve(design.T @ design + penalty, design.T @ rest)
    expected = ratings.value.mean() + design @ offsets
    assert fitted.scores(ratings.user, ratings.item) == pytest.approx(expected, abs=1e-5)


def test_without_damping_somebody_with_no_ratings_has_no_offset() -> None:
    assert score(Bias(0, 0), CY, Z) == pytest.approx(20 / 3)


@pytest.mark.parametrize("arguments", [{"user_damping": -1}, {"item_damping": float("nan")}, {"sweeps": 0}])
def test_impossible_hyper_parameters_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(arguments))):
        Bias(**arguments)  # type: ignore[arg-type]
