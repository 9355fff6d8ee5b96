from __future__ import annotations

import pytest

from toprank.evaluation.measurements import Comparison
from toprank.evaluation.verdicts import difference_words, verdict

NAMES = {"always": "always recommend", "bias": "damped bias", "user-mean": "user mean"}
AHEAD = Comparison("always", "f1", 0.025, 0.021, 0.029)


def test_verdicts_name_what_is_not_beaten_the_strongest_first() -> None:
    assert verdict([AHEAD], names=NAMES) == "F1 clearly higher than always recommend by 0.025 (0.021 to 0.029)"
    level = Comparison("user-mean", "f1", 0.001, -0.001, 0.003)
    behind = Comparison("bias", "f1", -0.011, -0.014, -0.008)
    assert verdict([AHEAD, level, behind], names=NAMES) == (
        "F1 clearly higher than always recommend by 0.025 (0.021 to 0.029). "
        "F1 clearly lower than damped bias by 0.011 (0.008 to 0.014). "
        "F1 0.001 higher than user mean, not clearly (-0.001 to 0.003)"
    )


def test_verdicts_name_the_strongest_when_all_are_beaten() -> None:
    parts = [AHEAD, Comparison("user-mean", "f1", 0.02, 0.01, 0.03), Comparison("bias", "f1", 0.01, 0.005, 0.015)]
    assert verdict(parts, names=NAMES).endswith(". F1 clearly higher than damped bias by 0.010 (0.005 to 0.015)")


def test_auc_is_told_where_the_other_metric_does_not_tell() -> None:
    f1, auc = Comparison("bias", "f1", 0.032, -0.002, 0.065), Comparison("bias", "auc", 0.067, 0.041, 0.09)
    on_both = [AHEAD, Comparison("always", "auc", 0.2, 0.1, 0.3), f1, auc]
    assert verdict(on_both, names=NAMES) == (
        "F1 clearly higher than always recommend by 0.025 (0.021 to 0.029). "
        "F1 0.032 higher than damped bias, not clearly (-0.002 to 0.065); AUC clearly higher by 0.067"
    )


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (0.002, 0.0001, 0.004, "AUC clearly higher than user mean by 0.0020 (0.0001 to 0.0040)"),
        (-0.0002, -0.001, 0.0004, "AUC 0.000 lower than user mean, not clearly (-0.001 to 0.000)"),
        (0.0, 0.0, 0.0, "AUC no higher than user mean"),
        (float("nan"), float("nan"), float("nan"), "AUC cannot be compared"),
    ],
)
def test_differences_in_words(difference: float, low: float, high: float, words: str) -> None:
    assert difference_words(Comparison("user-mean", "auc", difference, low, high), "AUC", "user mean") == words


def test_a_lucky_cutoff_is_called_so() -> None:
    lucky = Comparison("always", "f1", 0.0011, 0.0002, 0.002, told_apart=False)
    assert verdict([lucky], names=NAMES) == (
        "F1 0.001 higher than always recommend, not clearly since its scores rank no better than chance"
    )
