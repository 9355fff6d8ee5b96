"""Drawings of how networks were trained, and of what the notebook printed beside it, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.history import TrainingHistory
from toprank.core.scale import RatingScale
from toprank.evaluation.measurements import Report
from toprank.report.axes import plain_ticks, say_empty
from toprank.report.dots import Dot, DotRow, draw_dots
from toprank.report.phrases import decimal, shortened
from toprank.report.svg import ACCENT, INK, LIKED, MUTED, SERIES, inline_svg
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.printed import Printed
from toprank.targets import Adjusted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["fixed_dots", "grid_losses", "loss_curves", "transform_small"]

_PANEL = (220, 165)
_TRANSFORM, _GRID = (150, 170), (240, 170)
_COLUMN = 24
_AS_MEANT, _SLIP = LIKED, SERIES[2]


@dataclass(frozen=True)
class _Run:
    """A training to draw: its losses, its two colours, and what the notebook printed of it."""

    history: TrainingHistory
    validation: str
    training: str
    printed: Printed | None


def loss_curves(report: Report, key: str, printed: Printed | None = None) -> str:
    """Draw training and validation loss by epoch, the epoch whose weights were kept, and the printed losses."""
    runs = [] if report.history is None else [_Run(report.history, LIKED, MUTED, printed)]
    label = f"Loss of {shortened(report.name, 60)} by epoch, on training and on validation rows"
    return _losses(runs, key=key, label=label, size=_PANEL)


def grid_losses(meant: Report | None, slip: Report | None, key: str, printed: Printed | None = None) -> str:
    """Draw the losses of one transform of the grid: of the network as meant, and of the dot product alone."""
    pairs = ((meant, _AS_MEANT, None), (slip, _SLIP, printed))
    runs = [_Run(r.history, colour, colour, p) for r, colour, p in pairs if r is not None and r.history is not None]
    names = " and ".join(shortened(r.name, 60) for r in (meant, slip) if r is not None)
    return _losses(runs, key=key, label=f"Loss of {names} by epoch, on training and on validation rows", size=_GRID)


def _losses(runs: Sequence[_Run], *, key: str, label: str, size: tuple[int, int]) -> str:
    def paint(axes: Axes) -> None:
        for run in runs:
            epochs, kept = range(1, run.history.epochs + 1), run.history.best_epoch
            axes.plot(epochs, run.history.loss, color=run.training, linewidth=1.2, linestyle=(0, (3, 2)))
            axes.plot(epochs, run.history.validation_loss, color=run.validation)
            if 1 <= kept <= run.history.epochs:
                axes.plot([kept], [run.history.validation_loss[kept - 1]], "o", color=run.validation, markersize=6)
        for at in (run.printed for run in runs if run.printed is not None):
            hollow: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": ACCENT, "linestyle": ""}
            axes.plot(at.epochs, at.validation_loss, marker="o", markersize=9, markeredgewidth=1.6, **hollow)
            axes.plot(at.epochs, at.loss, marker="s", markersize=5, markeredgewidth=1.3, **hollow)
        _frame(axes, runs)

    return inline_svg(paint, key=key, label=label, width=size[0], height=size[1])


def _frame(axes: Axes, runs: Sequence[_Run]) -> None:
    """Choose the axes: the training loss of the first epoch may be so high that everything else would be flat."""
    parts = [part for run in runs for part in (run.history, run.printed) if part is not None]
    first = _finite(part.loss[0] for part in parts if len(part.loss) > 1)
    others = [value for part in parts for value in part.validation_loss]
    others = _finite(others + [value for part in parts for value in part.loss[len(part.loss) > 1 :]])
    values = others + first
    if not values:
        say_empty(axes, "no losses")
        axes.set(xticks=[], yticks=[])
        return
    above = bool(others and first) and max(first) > 2 * max(others)
    low, high = min(values), max(others if above else values)
    margin = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    if above:
        ours = max(run.history.loss[0] for run in runs if run.history.loss)
        theirs = [run.printed.loss[0] for run in runs if run.printed and len(run.printed.loss) > 1]
        words = f"↑ {ours:.3g}" + "".join(f", printed {loss:.3g}" for loss in theirs)
        axes.text(0.02, 1.0, words, transform=axes.transAxes, va="top", fontsize=10, color=MUTED)
        high += 2 * margin  # room for the words above all that is drawn
    last = max(max(run.history.epochs, *(run.printed.epochs if run.printed else ()), 2) for run in runs)
    axes.set(xlim=(0.6, last + 0.4), ylim=(low - margin, high + margin))
    axes.locator_params(axis="x", integer=True, nbins=6)
    axes.locator_params(axis="y", nbins=4)
    plain_ticks(axes)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")


def _finite(values: Iterable[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def transform_small(scale: RatingScale, transform: Adjusted, key: str) -> str:
    """Draw a transform of ratings, beside the line of changing nothing."""
    x = np.linspace(scale.low, scale.high, 46)

    def paint(axes: Axes) -> None:
        axes.plot([scale.low, scale.high], [scale.low, scale.high], color=MUTED, linewidth=1, linestyle="--")
        axes.axvline(scale.liked_from, color=INK, linewidth=1, linestyle=":")
        axes.plot(x, transform.transform(x, scale), color=INK)
        margin = 0.05 * (scale.high - scale.low)
        axes.set_ylim(scale.low - margin, scale.high + margin)
        axes.set(xticks=[scale.low, scale.high], yticks=[scale.low, scale.high])
        plain_ticks(axes)
        axes.set_xlabel("rating")
        axes.set_ylabel("f(x)", labelpad=0)

    words = f"inflection {transform.inflection:g} and steepness {transform.steepness:g}"
    label = f"The transform with {words}"
    return inline_svg(paint, key=key, label=label, width=_TRANSFORM[0], height=_TRANSFORM[1])


def fixed_dots(result: StudyResult, printed: Mapping[str, Printed]) -> list[str]:
    """Draw each model's F1 at its fixed cutoff on the validation rows, ours and printed, in descending order.

    Of many models there are two drawings, to be laid side by side, on one scale of F1.
    """
    found = [(r.name, r.validation_fixed["f1"], _printed_f1(printed.get(r.name))) for r in result.reports]
    found.sort(key=lambda row: -row[1] if math.isfinite(row[1]) else math.inf)
    line = result.always["validation"]
    values = _finite([value for row in found for value in row[1:]] + [line]) or [0.0, 1.0]
    margin = 0.05 * (max(values) - min(values)) + 0.004
    limits = max(min(values) - margin, -margin), max(values) + margin
    rows = [
        DotRow(
            name,
            (Dot(ours), Dot(theirs, kind="ring")),
            (decimal(ours), decimal(theirs) if math.isfinite(theirs) else ""),
        )
        for name, ours, theirs in found
    ]
    half = len(rows) if len(rows) <= _COLUMN else -(-len(rows) // 2)
    label = "F1 at the fixed cutoff on the validation rows, beside the F1 of recommending everything"
    return [
        draw_dots(
            part, key=f"fixed-{number}", label=label, metric="F1 on the validation rows", line=line,
            meaning="always recommend",
            digits=4, columns=(("ours", INK), ("printed", ACCENT)), limits=limits, places=half,
        )
        for number, part in enumerate([rows[:half], rows[half:]] if rows[half:] else [rows], 1)
    ]  # fmt: skip


def _printed_f1(figures: Printed | None) -> float:
    return math.nan if figures is None or figures.validation_f1 is None else figures.validation_f1
