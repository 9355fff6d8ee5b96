"""Drawings of one model's curves: what is there is drawn, what is not is said."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from toprank.evaluation.measurements import Curves
from toprank.report.plots import calibration, f1_by_cutoff, f1_limits, precision_by_cutoff, score_histogram
from toprank.report.svg import ACCENT

NONE, NO_ROWS = np.empty(0), np.empty(0, np.int64)
EMPTY = Curves(NONE, NONE, NONE, NONE, NONE, NONE, NO_ROWS, NONE, NO_ROWS, NO_ROWS, NONE, NONE, math.nan)
CURVES = replace(
    EMPTY,
    predicted=np.array([0.2, 0.6, 0.9]),
    observed=np.array([0.1, 0.7, 0.9]),
    bin_rows=np.array([10, 20, 30]),
    score_edges=np.array([0.1, 0.5, 0.9]),
    liked_rows=np.array([3, 9]),
    other_rows=np.array([6, 2]),
    cutoffs=np.array([0.9, 0.5, 0.1]),
    f1_by_cutoff=np.array([0.3, 0.8, 0.7]),
    always_f1=0.7,
)
LIMITS = (0.5, 0.9)


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter("text")]


def test_each_drawing_names_its_axes() -> None:
    assert {"predicted P(liked)", "share liked"} <= set(texts(calibration(CURVES, key="a", name="m")))
    assert "P(liked)" in texts(score_histogram(CURVES, key="b", name="m", learned=0.4, of="P(liked)"))
    assert {"cutoff", "precision"} <= set(
        texts(precision_by_cutoff(CURVES, key="d", name="m", learned=0.4, of="cutoff"))
    )
    assert {"cutoff", "F1"} <= set(
        texts(f1_by_cutoff(CURVES, key="c", name="m", learned=0.4, of="cutoff", limits=LIMITS))
    )


def test_what_is_not_there_is_said() -> None:
    assert "no probabilities" in texts(calibration(EMPTY, key="a", name="m"))
    assert "no scores" in texts(score_histogram(EMPTY, key="b", name="m", learned=math.nan, of="x"))
    assert "no scores" in texts(precision_by_cutoff(EMPTY, key="d", name="m", learned=math.nan, of="x"))
    assert "no cutoffs" in texts(f1_by_cutoff(EMPTY, key="c", name="m", learned=math.nan, of="x", limits=LIMITS))


@pytest.mark.parametrize("cutoff", [math.inf, -math.inf, math.nan])
def test_a_cutoff_that_is_nowhere_is_not_marked(cutoff: float) -> None:
    for svg in (
        f1_by_cutoff(CURVES, key="c", name="m", learned=cutoff, of="cutoff", limits=LIMITS),
        score_histogram(CURVES, key="b", name="m", learned=cutoff, of="score"),
    ):
        assert ACCENT not in svg
    assert ACCENT in f1_by_cutoff(CURVES, key="c", name="m", learned=0.5, of="cutoff", limits=LIMITS)


def test_limits_hold_always_recommend_the_cutoffs_and_the_peak() -> None:
    assert f1_limits([(CURVES, [0.5])]) == pytest.approx((0.67, 0.83))
    # Halfway from 0.5 to 0.9 F1 is 0.55: shown; at 0.9 it is 0.3, too far below always recommending.
    assert f1_limits([(CURVES, [0.7])]) == pytest.approx((0.52, 0.83))
    assert f1_limits([(CURVES, [0.9])]) == pytest.approx((0.5, 0.83))
    assert f1_limits([(CURVES, [math.inf]), (EMPTY, [])]) == pytest.approx((0.67, 0.83))
    assert f1_limits([(EMPTY, [0.5])]) == (0.0, 1.0)
