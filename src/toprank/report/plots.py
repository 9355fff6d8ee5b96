"""Drawings of the curves of one model or of several, as inline SVG; what is not a number is left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.evaluation.measurements import Curves, Report
from toprank.report.axes import finite, plain_ticks, say_empty, span
from toprank.report.phrases import decimal, shortened
from toprank.report.svg import ACCENT, INK, LIKED, MUTED, OTHER, SERIES, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = [
    "calibration",
    "descending",
    "f1_by_cutoff",
    "f1_limits",
    "precision_by_cutoff",
    "precision_recall",
    "roc",
    "score_histogram",
]


def calibration(curves: Curves, *, key: str, name: str, size: int = 200) -> str:
    """Draw the share of liked test rows against the predicted probability; the larger a dot, the more rows."""

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
        predicted, observed, rows = finite(curves.predicted, curves.observed, curves.bin_rows)
        if len(rows) == 0:
            say_empty(axes, "no probabilities")
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
    """Draw how many liked and how many other test rows have each score, with the cutoffs."""

    def paint(axes: Axes) -> None:
        edges = np.asarray(curves.score_edges, np.float64)
        if len(edges) < 2 or not np.isfinite(edges).all():
            say_empty(axes, "no scores")
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
    """Give the range of F1 that drawings of F1 against the cutoff share."""
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
    """Draw F1 on the validation rows against the cutoff, with the line of always recommending."""

    def paint(axes: Axes) -> None:
        cutoffs, f1 = finite(curves.cutoffs, curves.f1_by_cutoff)
        if math.isfinite(curves.always_f1):
            axes.axhline(curves.always_f1, color=INK, linewidth=1, linestyle=":")
        if len(cutoffs) == 0:
            say_empty(axes, "no cutoffs")
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


def precision_by_cutoff(
    curves: Curves, *, key: str, name: str, learned: float, of: str, size: tuple[int, int] = (300, 200)
) -> str:
    """Draw the share liked of the test rows from each score on, with the line of always recommending."""

    def paint(axes: Axes) -> None:
        liked, rows = (
            np.cumsum(part[::-1])[::-1] for part in (curves.liked_rows, curves.liked_rows + curves.other_rows)
        )
        if len(rows) == 0 or rows[0] == 0:
            say_empty(axes, "no scores")
        else:
            cutoff, precision = np.asarray(curves.score_edges)[:-1][rows > 0], liked[rows > 0] / rows[rows > 0]
            axes.axhline(precision[0], color=INK, linewidth=1, linestyle=":")
            axes.plot(cutoff, precision, color=LIKED, marker="o" if len(cutoff) == 1 else "", markersize=5)
            span(axes, [cutoff.min(), cutoff.max(), learned])
            axes.set_ylim(min(precision.min(), precision[0]) - 0.03, 1.02)
        _mark_cutoffs(axes, learned=learned, fixed=math.nan)
        axes.locator_params(axis="y", nbins=4)
        plain_ticks(axes)
        axes.set_xlabel(of)
        axes.set_ylabel("precision")

    label = f"Precision of {shortened(name, 60)} on the test rows against the cutoff"
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


D = TypeVar("D")


class Drawn(Protocol):
    """What curves are drawn of: a report, or whatever has these of one."""

    @property
    def name(self) -> str: ...
    @property
    def test(self) -> dict[str, float]: ...
    @property
    def curves(self) -> Curves: ...


def descending(reports: Sequence[D], value: Callable[[D], float]) -> list[D]:
    """Sort in descending order, what is not a number last."""
    return sorted(reports, key=lambda report: -v if math.isfinite(v := value(report)) else math.inf)


def roc(reports: Sequence[Drawn]) -> str:
    """Draw the ROC curves on the test rows; the best six by AUC are coloured and named."""

    def frame(axes: Axes) -> Line2D:
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        axes.set_xlabel("other rows recommended (false positive rate)")
        axes.set_ylabel("liked rows recommended (true positive rate)")
        return axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":", label="chance 0.500")[0]

    label = "ROC curves on the test rows"
    return _curves(
        reports, "auc", lambda c: (c.false_positive_rate, c.true_positive_rate), frame, key="roc-curves", label=label
    )


def precision_recall(reports: Sequence[Report], liked_share: float) -> str:
    """Draw precision against recall on the test rows; the best six by average precision are coloured and named."""
    # Precision among the first few rows jumps between 0 and 1, so it does not set the range.
    seen = [r.curves.precision[r.curves.recall >= 0.05] for r in reports]
    lowest = float(np.nanmin(np.concatenate([[liked_share, 1.0], *seen])))

    def frame(axes: Axes) -> Line2D:
        axes.set(xlim=(-0.01, 1.01), ylim=(max(0.0, lowest - 0.05) - 0.01, 1.01))
        axes.set_xlabel("recall")
        axes.set_ylabel("precision")
        label = f"liked share {decimal(liked_share, 3)}"
        return axes.axhline(liked_share, color=INK, linewidth=1, linestyle=":", label=label)

    label = "Precision against recall on the test rows"
    return _curves(
        reports,
        "average_precision",
        _steps,
        frame,
        key="precision-recall-curves",
        label=label,
    )


def _steps(curves: Curves) -> tuple[FloatArray, FloatArray]:
    """Lay precision out as the steps it is: a straight line to the corner (0, 1) would flatter a constant score."""
    recall, precision = finite(curves.recall, curves.precision)
    order = np.lexsort((-precision, recall))
    order = order[recall[order] > 0]
    edges = np.concatenate([[0.0], recall[order]])
    return np.repeat(edges, 2)[1:-1], np.repeat(precision[order], 2)


def _curves(
    reports: Sequence[Drawn],
    metric: str,
    points: Callable[[Curves], tuple[FloatArray, FloatArray]],
    frame: Callable[[Axes], Line2D],
    *,
    key: str,
    label: str,
) -> str:
    ranked = descending(reports, lambda report: report.test.get(metric, math.nan))
    best, rest = ranked[: len(SERIES)], ranked[len(SERIES) :]
    entries = len(best) + bool(rest) + 1

    def paint(axes: Axes) -> None:
        others = [axes.plot(*finite(*points(r.curves)), color=OTHER, linewidth=1)[0] for r in rest]
        named = []
        for place, report in enumerate(best):
            (line,) = axes.plot(*finite(*points(report.curves)), color=SERIES[place], zorder=3 - place / 10)
            line.set_linestyle("-" if place % 2 == 0 else (0, (5, 1.5)))
            line.set_label(f"{shortened(report.name, 22)} {decimal(report.test.get(metric, math.nan), 3)}")
            named.append(line)
        if others:
            others[0].set_label(f"{len(others)} other{'s' if len(others) > 1 else ''}")
        handles = [*named, *others[:1], frame(axes)]
        axes.set_box_aspect(0.85)
        axes.figure.legend(handles=handles, loc="outside lower center", ncols=2, columnspacing=1.2)

    return inline_svg(paint, key=key, label=label, width=460, height=400 + 18 * -(-entries // 2))
