"""What drawings have in common."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from toprank.report.axes import finite, plain_ticks, span


def test_rows_that_are_not_numbers_are_left_out() -> None:
    a, b = finite(np.array([1.0, math.nan, 3.0, 4.0]), np.array([1, 2, 3, 4]) / np.array([1, 1, 1, math.inf]))
    assert a.tolist() == [1.0, 3.0, 4.0]
    assert b.tolist() == [1.0, 3.0, 0.0]


def test_the_axis_holds_the_values_with_a_margin() -> None:
    axes = Figure().add_subplot()
    span(axes, [0.0, 1.0, math.nan, -math.inf])
    assert np.allclose(axes.get_xlim(), (-0.03, 1.03))
    span(axes, [2.0])
    assert axes.get_xlim() == (1.5, 2.5)


def test_ticks_are_plain_numbers() -> None:
    axes = Figure().add_subplot()
    plain_ticks(axes, "x")
    write = axes.xaxis.get_major_formatter()
    assert [write(1e6, 0), write(-0.5, 0)] == ["1,000,000", "−0.5"]
