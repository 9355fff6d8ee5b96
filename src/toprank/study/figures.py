"""Drawings of a study's results, as inline SVG. What is not a number is left out, or said in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.evaluation.measurements import Comparison, Curves, Measurement, Report
from toprank.report.axes import finite, plain_ticks
from toprank.report.phrases import decimal, shortened
from toprank.report.svg import ACCENT, INK, LIKED, MUTED, OTHER, PAPER, SERIES, inline_svg
from toprank.study.engine.ablations import AblationGroup
from toprank.study.engine.study_result import StudyResult
from toprank.study.study_phrases import standing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = [
    "ablation_dots",
    "auc_bars",
    "f1_bars",
    "precision_recall",
    "roc",
]

_WIDTH = 460
_NONE = Measurement("", math.nan)


def f1_bars(result: StudyResult) -> str:
    """Draw each model's F1 at the learned cutoff with its 95 % interval, beside the line of always recommending.

    Parameters
    ----------
    result : StudyResult
        The study. Models come in descending order of F1.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    colours = {"better": LIKED, "worse": ACCENT, "same": MUTED, "unknown": MUTED}
    rows = [(r.name, r.intervals.get("f1", _NONE), colours[standing(r)]) for r in _best_first(result.reports)]
    label = "F1 at the learned cutoff with 95 % intervals, beside the F1 of recommending everything"
    return _intervals(rows, result.always["test"], "always recommend", key="f1-bars", label=label, metric="F1")


def auc_bars(result: StudyResult) -> str:
    """Draw each model's AUC with its 95 % interval, beside the line of chance.

    Parameters
    ----------
    result : StudyResult
        The study. Models come in the order of :func:`f1_bars`.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    measured = [(r.name, r.intervals.get("auc", _NONE)) for r in _best_first(result.reports)]
    rows = [(name, m, LIKED if m.low > 0.5 else ACCENT if m.high < 0.5 else MUTED) for name, m in measured]
    label = "AUC with 95 % intervals, beside the 0.5 of chance"
    return _intervals(rows, 0.5, "chance", key="auc-bars", label=label, metric="AUC")


def _best_first(reports: Sequence[Report]) -> list[Report]:
    return _descending(reports, lambda report: report.intervals.get("f1", _NONE).value)


def _descending(reports: Sequence[Report], value: Callable[[Report], float]) -> list[Report]:
    """Sort in descending order, what is not a number last."""
    return sorted(reports, key=lambda report: -v if math.isfinite(v := value(report)) else math.inf)


def _intervals(
    rows: Sequence[tuple[str, Measurement, str]], line: float, meaning: str, *, key: str, label: str, metric: str
) -> str:
    def paint(axes: Axes) -> None:
        seen = [line]
        for place, (_, m, colour) in enumerate(rows):
            axes.text(1.02, place, decimal(m.value, 3), transform=axes.get_yaxis_transform(), va="center", fontsize=11)
            if math.isfinite(m.value):
                ends = [v for v in (m.low, m.high) if math.isfinite(v)]
                axes.plot(ends, [place] * len(ends), color=colour, linewidth=3, alpha=0.45, solid_capstyle="butt")
                axes.plot([m.value], [place], "o", color=colour, markersize=6)
                seen += [m.value, *ends]
        if math.isfinite(line):
            axes.axvline(line, color=INK, linewidth=1.2, linestyle="--")
            words = f"{meaning} {decimal(line, 3)}"
            axes.text(line, 1.01, words, transform=axes.get_xaxis_transform(), ha="center", fontsize=11)
        numbers = [v for v in seen if math.isfinite(v)] or [0.0, 1.0]
        margin = 0.08 * (max(numbers) - min(numbers)) + 0.004
        axes.set_xlim(min(numbers) - margin, max(numbers) + margin)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(range(len(rows)), [shortened(name) for name, _, _ in rows])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.spines.left.set_visible(False)
        axes.locator_params(axis="x", nbins=5)
        plain_ticks(axes, "x")
        axes.set_xlabel(metric)

    return inline_svg(paint, key=key, label=label, width=_WIDTH, height=90 + 24 * max(len(rows), 1))


def ablation_dots(group: AblationGroup, key: str) -> str:
    """Draw what each part of a model adds to AUC and to F1, with 95 % intervals; a hollow dot may be chance.

    Parameters
    ----------
    group : AblationGroup
        The model and those that lack something.
    key : str
        Unique in the page.

    Returns
    -------
    str
        An ``<svg>`` element.
    """

    def dot(axes: Axes, c: Comparison, place: float, colour: str) -> None:
        if math.isfinite(c.difference):
            ends = [v for v in (c.low, c.high) if math.isfinite(v)]
            axes.plot(ends, [place] * len(ends), color=colour, linewidth=3, alpha=0.45, solid_capstyle="butt")
            axes.plot([c.difference], [place], "o", color=colour, markersize=6)
            if not (c.better or c.worse):
                axes.plot([c.difference], [place], "o", color=PAPER, markersize=3)

    def paint(axes: Axes) -> None:
        for place, row in enumerate(group.rows):
            dot(axes, row.auc, place - 0.17, SERIES[0])
            dot(axes, row.f1, place + 0.17, SERIES[1])
        axes.axvline(0.0, color=INK, linewidth=1.2, linestyle="--", zorder=1)
        axes.margins(x=0.08)
        axes.set_ylim(len(group.rows) - 0.4, -0.6)
        axes.set_yticks(range(len(group.rows)), [shortened(row.label, 30) for row in group.rows])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.spines.left.set_visible(False)
        axes.locator_params(axis="x", nbins=5)
        plain_ticks(axes, "x")
        axes.set_xlabel(f"what {shortened(group.full.name)} has more")

    label = f"What each part of {shortened(group.full.name, 60)} adds to AUC and to F1, with 95 % intervals"
    return inline_svg(paint, key=key, label=label, width=_WIDTH + 60, height=60 + 34 * max(len(group.rows), 1))


def roc(reports: Sequence[Report]) -> str:
    """Draw the ROC curves on the test rows; the best six by AUC are coloured and named.

    Parameters
    ----------
    reports : sequence of Report
        The models.

    Returns
    -------
    str
        An ``<svg>`` element.
    """

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
    """Draw precision against recall on the test rows; the best six by average precision are coloured and named.

    Parameters
    ----------
    reports : sequence of Report
        The models.
    liked_share : float
        Share of the test rows that are liked: the precision of recommending everything, or anything by chance.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
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
    reports: Sequence[Report],
    metric: str,
    points: Callable[[Curves], tuple[FloatArray, FloatArray]],
    frame: Callable[[Axes], Line2D],
    *,
    key: str,
    label: str,
) -> str:
    ranked = _descending(reports, lambda report: report.test.get(metric, math.nan))
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

    return inline_svg(paint, key=key, label=label, width=_WIDTH, height=400 + 18 * -(-entries // 2))
