"""What drawings have in common on their axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.report.svg import GRID, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["finite", "legend_above", "plain_ticks", "say_empty", "span"]


def finite(*columns: FloatArray | IntArray) -> list[FloatArray]:
    """Keep the rows in which every column is a number."""
    arrays = [np.asarray(column, np.float64) for column in columns]
    kept = np.logical_and.reduce([np.isfinite(array) for array in arrays])
    return [array[kept] for array in arrays]


def plain_ticks(axes: Axes, which: str = "both") -> None:
    """Write tick labels of ``x``, ``y`` or both as plain numbers, without powers of ten or an offset."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    for axis in [a for n, a in (("x", axes.xaxis), ("y", axes.yaxis)) if which in (n, "both")]:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.7g}".replace("-", "−")))
        axis.set_minor_formatter(NullFormatter())


def say_empty(axes: Axes, text: str) -> None:
    """Say in words why nothing is drawn."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, backgroundcolor=GRID)


def span(axes: Axes, values: Sequence[float]) -> None:
    """Let the horizontal axis hold some values, with a margin; what is not a number does not count."""
    numbers = [float(v) for v in values if math.isfinite(v)]
    low, high = min(numbers), max(numbers)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)


def legend_above(axes: Axes, columns: int = 2) -> None:
    """Put the legend above the axes, where it covers no data."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.3, columnspacing=1.4)
