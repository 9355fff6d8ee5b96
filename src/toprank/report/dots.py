"""The one painter of dots with intervals: rows of named dots, perhaps beside a line and columns of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from toprank.report.axes import plain_ticks
from toprank.report.phrases import decimal, shortened
from toprank.report.svg import ACCENT, INK, LIKED, OTHER, PAPER, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Dot", "DotRow", "draw_dots"]

_COLUMN_PIXELS = 52


@dataclass(frozen=True)
class Dot:
    """A figure with its interval; what is not a number is not drawn.

    ``hollow`` is a dot that may be chance, ``ring`` an open one of another origin, ``stroke`` a mean of ``faint`` ones.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    colour: str = LIKED
    kind: Literal["full", "hollow", "ring", "faint", "stroke"] = "full"
    offset: float = 0.0


@dataclass(frozen=True)
class DotRow:
    """A name, its dots, and figures to write beside them, one for each column."""

    name: str
    dots: tuple[Dot, ...]
    words: tuple[str, ...] = ()


def draw_dots(
    rows: Sequence[DotRow],
    *,
    key: str,
    label: str,
    metric: str,
    line: float = math.nan,
    meaning: str = "",
    digits: int = 3,
    columns: Sequence[tuple[str, str]] = (("", INK),),
    limits: tuple[float, float] | None = None,
    places: int = 0,
    width: int = 400,
    row_height: int = 24,
) -> str:
    """Draw one row for each name, the first on top, as an ``<svg>`` element.

    ``line`` is one to beat, named by ``meaning``; ``columns`` are headings and colours of the figures beside the rows;
    ``places`` is how many rows there is room for, so that several drawings can share one size.
    """
    values = [v for row in rows for dot in row.dots for v in (dot.value, dot.low, dot.high) if math.isfinite(v)]
    low, high = limits or _limits([*values, line])
    places = max(places, len(rows), 1)

    def paint(axes: Axes) -> None:
        axes.set_xlim(low, high)
        axes.set_ylim(places - 0.4, -0.6)
        if math.isfinite(line):
            axes.axvline(line, color=INK, linewidth=1.2, linestyle="--", zorder=1)
            words = f"{meaning} {decimal(line, digits)}".strip() if meaning else ""
            side = "right" if 2 * line > low + high else "left"
            axes.annotate(words, (line, 1.005), xycoords=axes.get_xaxis_transform(), ha=side, va="bottom", fontsize=11)
        for place, row in enumerate(rows):
            if len(ringed := [dot.value for dot in row.dots if math.isfinite(dot.value)]) > 1 and _has_ring(row):
                axes.plot(ringed, [place] * len(ringed), color=OTHER, linewidth=1, zorder=1)
            for dot in row.dots:
                _paint_dot(axes, dot, place + dot.offset)
        _write_columns(axes, rows, columns)
        axes.set_yticks(range(len(rows)), [shortened(row.name) for row in rows])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.spines.left.set_visible(False)
        axes.locator_params(axis="x", nbins=5)
        plain_ticks(axes, "x")
        axes.set_xlabel(metric)

    return inline_svg(paint, key=key, label=label, width=width, height=80 + row_height * places)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    numbers = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    margin = 0.08 * (max(numbers) - min(numbers)) + (0.004 if max(map(abs, numbers)) > 0.1 else 0.0002)
    return min(numbers) - margin, max(numbers) + margin


def _has_ring(row: DotRow) -> bool:
    return any(dot.kind == "ring" for dot in row.dots)


def _paint_dot(axes: Axes, dot: Dot, place: float) -> None:
    if not math.isfinite(dot.value):
        return
    if dot.kind == "stroke":
        axes.plot([dot.value] * 2, [place - 0.3, place + 0.3], color=dot.colour, linewidth=2)
        return
    ends = [v for v in (dot.low, dot.high) if math.isfinite(v)]
    axes.plot(ends, [place] * len(ends), color=dot.colour, linewidth=3, alpha=0.45, solid_capstyle="butt")
    if dot.kind == "ring":
        axes.plot([dot.value], [place], "o", markersize=9, markerfacecolor="none", markeredgecolor=ACCENT)
        return
    axes.plot([dot.value], [place], "o", color=dot.colour, markersize=6, alpha=0.5 if dot.kind == "faint" else 1)
    if dot.kind == "hollow":
        axes.plot([dot.value], [place], "o", color=PAPER, markersize=3)


def _write_columns(axes: Axes, rows: Sequence[DotRow], columns: Sequence[tuple[str, str]]) -> None:
    """Write figures to the right of the frame, one column beside the other."""
    for number, (heading, colour) in enumerate(columns, 1):
        texts = [row.words[number - 1] if len(row.words) >= number else "" for row in rows]
        if not any(texts):
            continue
        at = (_COLUMN_PIXELS * number - 6, 0)
        style: dict[str, Any] = {"ha": "right", "fontsize": 11, "color": colour, "textcoords": "offset points"}
        axes.annotate(heading, (1, 1.005), at, "axes fraction", va="bottom", **style)
        for place, text in enumerate(texts):
            where = axes.get_yaxis_transform()
            axes.annotate(text, (1, place), at, where, va="center", annotation_clip=False, **style)
