"""Drawings of one model's curves, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toprank.evaluation.measurements import Curves
from toprank.report.axes import finite, plain_ticks, say, span
from toprank.report.phrases import shortened
from toprank.report.svg import ACCENT, INK, LIKED, MUTED, OTHER, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["calibration", "f1_by_cutoff", "f1_limits", "score_histogram"]


def calibration(curves: Curves, *, key: str, name: str, size: int = 200) -> str:
    """Draw the share of liked test rows against the predicted probability; the larger a dot, the more rows.

    Parameters
    ----------
    curves : Curves
        Of one model.
    key : str
        Unique in the page.
    name : str
        What to call the model.
    size : int
        Width and height in CSS pixels.

    Returns
    -------
    str
        An ``<svg>`` element.
    """

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
        predicted, observed, rows = finite(curves.predicted, curves.observed, curves.bin_rows)
        if len(rows) == 0:
            say(axes, "no probabilities")
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

    label = f"Calibration of {shortened(name, 60)}: share liked against predicted probability"
    return inline_svg(paint, key=key, label=label, width=size, height=size)


def score_histogram(
    curves: Curves,
    *,
    key: str,
    name: str,
    learned: float,
    fixed: float = math.nan,
    of: str,
    size: tuple[int, int] = (300, 180),
) -> str:
    """Draw how many liked and how many other test rows have each score, with the cutoffs.

    Parameters
    ----------
    curves : Curves
        Of one model.
    key : str
        Unique in the page.
    name : str
        What to call the model.
    learned, fixed : float
        Cutoffs to mark; one that is not finite is not.
    of : str
        What to call the score.
    size : tuple of int
        Width and height in CSS pixels.

    Returns
    -------
    str
        An ``<svg>`` element.
    """

    def paint(axes: Axes) -> None:
        edges = np.asarray(curves.score_edges, np.float64)
        if len(edges) < 2 or not np.isfinite(edges).all():
            say(axes, "no scores")
        else:
            if edges[-1] <= edges[0]:  # a constant score
                edges = edges[0] + np.linspace(-0.5, 0.5, len(edges))
            axes.stairs(curves.other_rows, edges, fill=True, color=OTHER)
            axes.stairs(curves.liked_rows, edges, fill=True, color=LIKED, alpha=0.25)
            axes.stairs(curves.liked_rows, edges, color=LIKED, linewidth=1.6)
            room = 2 * (edges[-1] - edges[0]) if len(edges) == 2 else 0.0  # a single column is to look like one
            span(axes, [edges[0] - room, edges[-1] + room, fixed, learned])
        _mark_cutoffs(axes, learned=learned, fixed=fixed)
        axes.grid(visible=False)
        axes.yaxis.set_visible(False)
        axes.spines.left.set_visible(False)
        plain_ticks(axes, "x")
        axes.set_xlabel(of)

    label = f"Scores of {shortened(name, 60)} for liked and for other test rows"
    return inline_svg(paint, key=key, label=label, width=size[0], height=size[1])


def f1_limits(drawn: Sequence[tuple[Curves, Sequence[float]]]) -> tuple[float, float]:
    """Give the range of F1 that drawings of F1 against the cutoff share.

    Parameters
    ----------
    drawn : sequence of (Curves, sequence of float)
        Each model's curves and the cutoffs to mark.

    Returns
    -------
    tuple of float
        From below every model at its cutoffs, but at most 0.2 below always recommending, to above the best.
    """
    always = [curves.always_f1 for curves, _ in drawn if math.isfinite(curves.always_f1)]
    at_cutoffs = [f1 for curves, cutoffs in drawn for c in cutoffs if math.isfinite(f1 := _f1_at(curves, c))]
    reached = [float(f1) for curves, _ in drawn for f1 in finite(curves.f1_by_cutoff)[0]]
    if not always and not reached:
        return 0.0, 1.0
    # A fixed cutoff can be so bad that showing it would flatten everything else.
    lowest = max(min(always + at_cutoffs or reached) - 0.03, min(always or reached) - 0.2)
    return max(0.0, lowest), min(1.0, max(always + reached) + 0.03)


def f1_by_cutoff(
    curves: Curves,
    *,
    key: str,
    name: str,
    learned: float,
    fixed: float = math.nan,
    of: str,
    limits: tuple[float, float],
    size: tuple[int, int] = (300, 200),
) -> str:
    """Draw F1 on the validation rows against the cutoff, with the line of always recommending.

    Parameters
    ----------
    curves : Curves
        Of one model.
    key : str
        Unique in the page.
    name : str
        What to call the model.
    learned, fixed : float
        Cutoffs to mark; one that is not finite is not.
    of : str
        What to call the cutoff.
    limits : tuple of float
        Range of F1, see :func:`f1_limits`.
    size : tuple of int
        Width and height in CSS pixels.

    Returns
    -------
    str
        An ``<svg>`` element.
    """

    def paint(axes: Axes) -> None:
        cutoffs, f1 = finite(curves.cutoffs, curves.f1_by_cutoff)
        if math.isfinite(curves.always_f1):
            axes.axhline(curves.always_f1, color=INK, linewidth=1, linestyle=":")
        if len(cutoffs) == 0:
            say(axes, "no cutoffs")
        else:
            axes.plot(cutoffs, f1, color=LIKED, marker="o" if len(cutoffs) == 1 else "", markersize=5)
            span(axes, [cutoffs.min(), cutoffs.max(), fixed, learned])
        _mark_cutoffs(axes, learned=learned, fixed=fixed)
        axes.set_ylim(*limits)
        axes.locator_params(axis="y", nbins=4)
        plain_ticks(axes)
        axes.set_xlabel(of)
        axes.set_ylabel("F1")

    label = f"F1 of {shortened(name, 60)} on the validation rows against the cutoff"
    return inline_svg(paint, key=key, label=label, width=size[0], height=size[1])


def _mark_cutoffs(axes: Axes, *, learned: float, fixed: float) -> None:
    for cutoff, colour, style in ((fixed, MUTED, "--"), (learned, ACCENT, "-")):
        if math.isfinite(cutoff):
            axes.axvline(cutoff, color=colour, linewidth=1.4, linestyle=style)


def _f1_at(curves: Curves, cutoff: float) -> float:
    if not math.isfinite(cutoff):
        return math.nan
    cutoffs, f1 = finite(curves.cutoffs, curves.f1_by_cutoff)
    order = np.argsort(cutoffs)
    return float(np.interp(cutoff, cutoffs[order], f1[order])) if len(cutoffs) else math.nan
