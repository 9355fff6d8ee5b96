from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from toprank.core.arrays import FloatArray
from toprank.models.forest import FEW, Forest, forest_of


def grown(*, missing: bool = True, rounds: int = 12, seed: int = 1, **parameters: Any) -> tuple[Any, FloatArray]:
    """Trees, and rows that lie on their thresholds, beside them, at zero, at the ends and nowhere."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3000, 7)).astype(np.float32)
    matrix[:, 1] = np.round(matrix[:, 1])
    if missing:
        matrix[rng.random(matrix.shape) < 0.2] = np.nan
    liked = np.nan_to_num(matrix[:, 0]) + np.isnan(matrix[:, 1]) + rng.normal(size=3000) > 0.3
    options = {"objective": "binary", "num_leaves": 15, "verbosity": -1, "num_threads": 1, "seed": seed} | parameters
    booster = lightgbm.train(options, lightgbm.Dataset(matrix, liked.astype(float)), rounds)
    numbers = [line.split("=")[1].split() for line in booster.model_to_string().split("\n") if "threshold=" in line]
    bars = np.array([float(word) for words in numbers for word in words] or [0.0]).astype(np.float32)
    odd = np.array(
        [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-35, -1e-35, 1.1e-35, -1.1e-35, 1e-38, -1e-38, 3e38, -3e38], np.float32
    )
    pool = np.concatenate([bars, np.nextafter(bars, np.float32(9)), np.nextafter(bars, np.float32(-9)), -bars, odd])
    return booster, rng.choice(pool, (1500, 7))


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("rows", [0, 1, 31, 33, FEW, FEW + 1, 1500])
def test_the_answers_are_those_of_lightgbm_to_the_last_bit(missing: bool, rows: int) -> None:
    booster, matrix = grown(missing=missing)
    other, _ = grown(missing=not missing, rounds=3, seed=2)
    found = forest_of((booster, other)).log_odds(matrix[:rows])
    assert found.shape == (2, rows)
    for one, answer in zip((booster, other), found, strict=True):
        if rows:
            assert np.array_equal(answer, one.predict(matrix[:rows], raw_score=True))


def test_a_tree_may_be_a_lone_leaf() -> None:
    booster, matrix = grown(min_data_in_leaf=2000, rounds=2)
    assert "num_leaves=1\n" in booster.model_to_string()
    assert np.array_equal(forest_of((booster,)).log_odds(matrix)[0], booster.predict(matrix, raw_score=True))


@pytest.mark.parametrize("leaves", [2, 31, 32, 33, 100])
@pytest.mark.parametrize("rows", [8, 9, 130])
def test_trees_of_any_size(leaves: int, rows: int) -> None:
    booster, matrix = grown(num_leaves=leaves, min_data_in_leaf=2, rounds=4)
    found = forest_of((booster,)).log_odds(matrix[:rows])[0]
    assert np.array_equal(found, booster.predict(matrix[:rows], raw_score=True))


def test_rows_in_either_order_of_memory() -> None:
    booster, matrix = grown()
    by_row, by_column = (forest_of((booster,)).log_odds(np.asarray(matrix, order=order)) for order in ("C", "F"))
    assert np.array_equal(by_row, by_column)


def test_the_same_boosters_are_laid_out_once() -> None:
    booster, _ = grown(rounds=1)
    assert forest_of((booster,)) is forest_of((booster,))


def test_what_takes_zero_for_missing_is_refused() -> None:
    booster, _ = grown(zero_as_missing=True)
    with pytest.raises(ValueError, match="take 0 for missing"):
        Forest.of((booster.model_to_string(),))
