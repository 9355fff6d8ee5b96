from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.metrics.scores import auc, average_precision, brier, log_loss, mae, rmse

LIKED = np.array([True, False, True, False])


def test_hand_worked_values() -> None:
    assert auc(LIKED, np.array([4.0, 3.0, 2.0, 1.0])) == 0.75
    assert average_precision(LIKED, np.array([4.0, 3.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)
    assert log_loss(LIKED, np.array([0.8, 0.4, 0.5, 0.5])) == pytest.approx(
        -(math.log(0.8) + math.log(0.6) + 2 * math.log(0.5)) / 4
    )
    assert brier(LIKED, np.array([0.8, 0.4, 0.5, 0.5])) == pytest.approx((0.04 + 0.16 + 0.5) / 4)
    assert rmse(np.array([1.0, 3.0]), np.array([4.0, -1.0])) == pytest.approx(math.sqrt(12.5))
    assert mae(np.array([1.0, 3.0]), np.array([4.0, -1.0])) == 3.5


def test_constant_scores_know_nothing() -> None:
    assert auc(LIKED, np.ones(4)) == 0.5
    assert average_precision(LIKED, np.ones(4)) == 0.5


def test_one_outcome_only_has_no_ranking() -> None:
    same = np.ones(3, dtype=bool)
    assert math.isnan(auc(same, np.arange(3.0)))
    assert math.isnan(average_precision(same, np.arange(3.0)))
    assert log_loss(same, np.full(3, 0.5)) == pytest.approx(math.log(2))


def test_no_rows_have_no_figures() -> None:
    nothing = np.empty(0)
    assert math.isnan(log_loss(nothing.astype(bool), nothing))
    assert math.isnan(brier(nothing.astype(bool), nothing))
    assert math.isnan(rmse(nothing, nothing))
    assert math.isnan(mae(nothing, nothing))
