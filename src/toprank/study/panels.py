"""Small drawings of one model each, to be laid side by side, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.evaluation.report import Report
from toprank.study.data_figures import plain_ticks
from toprank.study.svg import ACCENT, GRID, INK, LIKED, MUTED, OTHER, inline_svg
from toprank.study.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["calibration", "f1_by_cutoff", "f1_limits", "finite", "score_histogram"]

_PANEL = 300


def calibration(report: Report, key: str) -> str:
    """Draw the share of liked test rows against the predicted probability; the larger a dot, the more rows.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    curves = report.curves

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
        predicted, observed, rows = finite(curves.predicted, curves.observed, curves.bin_rows)
        if len(rows) == 0:
            _say(axes, "no probabilities")
        else:
            axes.plot(predicted, observed, color=LIKED, linewidth=1, alpha=0.6)
            axes.scatter(
                predicted, observed, s=10 + 40 * rows / max(rows.max(), 1), color=LIKED, linewidths=0, zorder=3
            )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        axes.set_box_aspect(1)
        plain_ticks(axes)
        axes.set_xlabel("predicted P(liked)")
        axes.set_ylabel("share liked")

    label = f"Calibration of {_name(report)}: share liked against predicted probability"
    return inline_svg(paint, key=key, label=label, width=200, height=200)


def score_histogram(report: Report, key: str) -> str:
    """Draw how many liked and how many other test rows have each score, with both cutoffs.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    curves = report.curves

    def paint(axes: Axes) -> None:
        edges = np.asarray(curves.score_edges, np.float64)
        if len(edges) < 2 or not np.isfinite(edges).all():
            _say(axes, "no scores")
        else:
            if edges[-1] <= edges[0]:  # a constant score
                edges = edges[0] + np.linspace(-0.5, 0.5, len(edges))
            axes.stairs(curves.other_rows, edges, fill=True, color=OTHER)
            axes.stairs(curves.liked_rows, edges, fill=True, color=LIKED, alpha=0.25)
            axes.stairs(curves.liked_rows, edges, color=LIKED, linewidth=1.6)
            room = 2 * (edges[-1] - edges[0]) if len(edges) == 2 else 0.0  # a single column is to look like one
            _span(axes, [edges[0] - room, edges[-1] + room, *_cutoffs(report)])
        _mark_cutoffs(axes, report)
        axes.grid(visible=False)
        axes.yaxis.set_visible(False)
        axes.spines.left.set_visible(False)
        plain_ticks(axes, "x")
        axes.set_xlabel(f"score ({_target(report)})")

    label = f"Scores of {_name(report)} for liked and for other test rows"
    return inline_svg(paint, key=key, label=label, width=_PANEL, height=180)


def f1_limits(reports: Sequence[Report]) -> tuple[float, float]:
    """Give the range of F1 that the drawings of F1 against the cutoff share.

    Parameters
    ----------
    reports : sequence of Report
        The models.

    Returns
    -------
    tuple of float
        From below every model at its two cutoffs, but at most 0.2 below always recommending, to above the best.
    """
    always = [r.curves.always_f1 for r in reports if math.isfinite(r.curves.always_f1)]
    at_cutoffs = [f1 for r in reports for c in _cutoffs(r) if math.isfinite(f1 := _f1_at(r, c))]
    curves = [float(f1) for r in reports for f1 in finite(r.curves.f1_by_cutoff)[0]]
    if not always and not curves:
        return 0.0, 1.0
    # A fixed cutoff can be so bad that showing it would flatten everything else.
    lowest = max(min(always + at_cutoffs or curves) - 0.03, min(always or curves) - 0.2)
    return max(0.0, lowest), min(1.0, max(always + curves) + 0.03)


def f1_by_cutoff(report: Report, key: str, limits: tuple[float, float]) -> str:
    """Draw F1 on the validation rows against the cutoff, with both cutoffs and the line of always recommending.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.
    limits : tuple of float
        Range of F1, see :func:`f1_limits`.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    curves = report.curves

    def paint(axes: Axes) -> None:
        cutoffs, f1 = finite(curves.cutoffs, curves.f1_by_cutoff)
        if math.isfinite(curves.always_f1):
            axes.axhline(curves.always_f1, color=INK, linewidth=1, linestyle=":")
        if len(cutoffs) == 0:
            _say(axes, "no cutoffs")
        else:
            axes.plot(cutoffs, f1, color=LIKED, marker="o" if len(cutoffs) == 1 else "", markersize=5)
            _span(axes, [cutoffs.min(), cutoffs.max(), *_cutoffs(report)])
        _mark_cutoffs(axes, report)
        axes.set_ylim(*limits)
        axes.locator_params(axis="y", nbins=4)
        plain_ticks(axes)
        axes.set_xlabel(f"cutoff ({_target(report)})")
        axes.set_ylabel("F1")

    label = f"F1 of {_name(report)} on the validation rows against the cutoff"
    return inline_svg(paint, key=key, label=label, width=_PANEL, height=200)


def finite(*columns: FloatArray | IntArray) -> list[FloatArray]:
    """Keep the rows in which every column is a number.

    Parameters
    ----------
    *columns : float[n] or int[n]
        Columns of equal length.

    Returns
    -------
    list of float64[m]
    """
    arrays = [np.asarray(column, np.float64) for column in columns]
    kept = np.logical_and.reduce([np.isfinite(array) for array in arrays])
    return [array[kept] for array in arrays]


def _name(report: Report) -> str:
    """Give a model's name for a drawing's description."""
    return shortened(report.name, 60)


def _target(report: Report) -> str:
    """Give a model's target for an axis."""
    return shortened(report.target, 18)


def _cutoffs(report: Report) -> list[float]:
    return [c for c in (report.fixed_cutoff, report.learned_cutoff) if math.isfinite(c)]


def _f1_at(report: Report, cutoff: float) -> float:
    cutoffs, f1 = finite(report.curves.cutoffs, report.curves.f1_by_cutoff)
    order = np.argsort(cutoffs)
    return float(np.interp(cutoff, cutoffs[order], f1[order])) if len(cutoffs) else math.nan


def _mark_cutoffs(axes: Axes, report: Report) -> None:
    for cutoff, colour, style in ((report.fixed_cutoff, MUTED, "--"), (report.learned_cutoff, ACCENT, "-")):
        if math.isfinite(cutoff):
            axes.axvline(cutoff, color=colour, linewidth=1.4, linestyle=style)


def _span(axes: Axes, values: Sequence[float]) -> None:
    finite = [float(v) for v in values if math.isfinite(v)]
    low, high = min(finite), max(finite)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, backgroundcolor=GRID)
