"""Drawings of a dataset and of a target, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.scale import RatingScale
from toprank.data.attribute_summary import Ages
from toprank.data.summary import DatasetSummary, RatingBar
from toprank.report.axes import legend_above, plain_ticks
from toprank.report.phrases import percent
from toprank.report.svg import INK, LIKED, MUTED, OTHER, SERIES, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["age_histogram", "long_tails", "rating_histogram", "transform_curve"]

_WIDTH, _HEIGHT = 380, 270


def rating_histogram(summary: DatasetSummary) -> str:
    """Draw how often each rating was given, with the liked part coloured."""
    bars, explicit = summary.explicit.bars, summary.explicit

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import PercentFormatter

        for liked, colour, share in ((False, OTHER, 1 - explicit.liked_share), (True, LIKED, explicit.liked_share)):
            chosen = [(k, bar) for k, bar in enumerate(bars) if bar.liked == liked]
            label = f"{'liked' if liked else 'other'}, {percent(share)}"
            shares = [bar.rows / explicit.rows for _, bar in chosen]
            drawn = axes.bar([k for k, _ in chosen], shares, width=0.86, color=colour, label=label)
            if len(bars) <= 11:
                texts = [percent(value).removesuffix(" %") for value in shares]
                axes.bar_label(drawn, texts, padding=2, fontsize=9, color=MUTED)
        if len(bars) <= 11:
            axes.yaxis.set_visible(False)
            axes.spines.left.set_visible(False)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None, symbol=" %"))
        axes.grid(visible=False, axis="x")
        _name_bars(axes, bars)
        axes.set_xlabel("rating; above the bars, % of all" if len(bars) <= 11 else "rating")
        legend_above(axes)

    label = f"Histogram of {explicit.rows:,} ratings; {percent(explicit.liked_share)} are liked"
    return inline_svg(paint, key="ratings", label=label, width=_WIDTH, height=_HEIGHT)


def _name_bars(axes: Axes, bars: Sequence[RatingBar]) -> None:
    """Label single values in the middle of their bar, and groups at their borders."""
    every = -(-len(bars) // 11)
    if all(bar.low == bar.high for bar in bars):
        axes.set_xticks(range(0, len(bars), every), [bar.label for bar in bars[::every]])
    else:
        places = range(0, len(bars), 2 * every)
        axes.set_xticks([k - 0.5 for k in places], [f"{bars[k].low:.3g}".replace("-", "−") for k in places])
    axes.set_xlim(-0.6, max(len(bars), 1) - 0.4)


def long_tails(summary: DatasetSummary) -> str:
    """Draw how many users, and how many items, have at least so many ratings; both axes are logarithmic."""

    def paint(axes: Axes) -> None:
        tails = (("users", summary.user_tail, SERIES[0], "-"), ("items", summary.item_tail, SERIES[1], "--"))
        for name, tail, colour, style in tails:
            points = np.asarray(tail.at_least, np.float64).reshape(-1, 2)
            marker = "o" if len(points) <= 12 else ""
            axes.plot(*points.T, color=colour, linestyle=style, marker=marker, markersize=4, label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(0.9, 1.3 * max(summary.user_tail.most, summary.item_tail.most, 10))
        axes.set_ylim(0.8, 1.5 * max(summary.user_tail.ids, summary.item_tail.ids, 10))
        plain_ticks(axes)
        axes.set_xlabel("ratings, at least")
        axes.set_ylabel("how many have them")
        legend_above(axes)

    label = "Number of users and of items with at least a given number of ratings, on logarithmic axes"
    return inline_svg(paint, key="tails", label=label, width=_WIDTH, height=_HEIGHT)


def age_histogram(ages: Ages) -> str:
    """Draw the ages of the users."""

    def paint(axes: Axes) -> None:
        axes.stairs(ages.rows, ages.edges, fill=True, color=OTHER)
        axes.grid(visible=False, axis="x")
        axes.set_xlim(ages.edges[0], ages.edges[-1])
        axes.set_ylim(0, 1.08 * max(*ages.rows, 1))
        axes.locator_params(axis="y", integer=True)
        plain_ticks(axes)
        axes.set_xlabel("age, in bins of five years")
        axes.set_ylabel("users")

    label = f"Histogram of the ages of {sum(ages.rows):,} users"
    return inline_svg(paint, key="ages", label=label, width=_WIDTH, height=_HEIGHT)


def transform_curve(scale: RatingScale, x: FloatArray, y: FloatArray) -> str:
    """Draw the transformation of ratings that the ``adjusted`` target applies."""

    def paint(axes: Axes) -> None:
        axes.plot(x, x, color=MUTED, linewidth=1, linestyle="--", label="unchanged")
        axes.plot(x, y, color=LIKED, label="adjusted")
        if scale.step is not None and (steps := round((scale.high - scale.low) / scale.step)) <= 24:
            marks = scale.low + scale.step * np.arange(steps + 1)
            axes.plot(marks, np.interp(marks, x, y), "o", color=LIKED, markersize=5)
        axes.axvline(scale.liked_from, color=INK, linewidth=1, linestyle=":", label=f"liked from {scale.liked_from:g}")
        axes.set_xlabel("rating")
        axes.set_ylabel("target")
        plain_ticks(axes)
        legend_above(axes, columns=3)

    label = "What each rating becomes in the adjusted target"
    return inline_svg(paint, key="transform", label=label, width=460, height=340)
