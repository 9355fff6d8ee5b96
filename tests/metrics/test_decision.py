from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.metrics.decision import DECISION_METRICS, decision_metrics


def outcomes(text: str) -> np.ndarray:
    return np.array([c == "1" for c in text])


def test_a_hand_worked_case() -> None:
    measured = decision_metrics(outcomes("11100"), outcomes("11010"))  # 2 true, 1 false, 1 missed, 1 rightly left
    assert measured == pytest.approx(
        {
            "f1": 4 / 6,
            "accuracy": 3 / 5,
            "balanced_accuracy": (2 / 3 + 1 / 2) / 2,
            "precision": 2 / 3,
            "recall": 2 / 3,
            "mcc": (2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2),
            "coverage": 3 / 5,
        }
    )
    assert tuple(measured) == DECISION_METRICS


def test_recommending_everything_says_nothing_about_who_likes_what() -> None:
    measured = decision_metrics(outcomes("1101"), outcomes("1111"))
    assert (measured["recall"], measured["coverage"], measured["mcc"], measured["balanced_accuracy"]) == (1, 1, 0, 0.5)


def test_what_is_not_defined_is_nan() -> None:
    nothing = decision_metrics(outcomes("10"), outcomes("00"))
    assert math.isnan(nothing["precision"])
    assert nothing["f1"] == 0
    none_liked = decision_metrics(outcomes("00"), outcomes("10"))
    assert math.isnan(none_liked["recall"])
    assert math.isnan(none_liked["balanced_accuracy"])
    assert all(math.isnan(value) for value in decision_metrics(outcomes(""), outcomes("")).values())


def test_no_metric_warns_where_there_is_one_outcome_only() -> None:
    assert decision_metrics(outcomes("11"), outcomes("11"))["mcc"] == 0.0
