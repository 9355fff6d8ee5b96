"""One table as a value, which the terminal and the pages render: :mod:`terminal` and :mod:`html`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Cell", "Column", "Content", "Group", "Heading", "Row", "Style", "Table", "best_of", "mark_best", "table_of"]

Style = Literal["", "best", "liked", "strong", "better", "worse", "same", "unknown", "yes", "no", "unsure"]
"""What a cell means; the renderers choose colours and marks."""


@dataclass(frozen=True)
class Cell:
    """A text, the small print below it, a sentence below both, and perhaps a bar as long as a share of the longest."""

    text: str = ""
    note: str = ""
    body: str = ""
    style: Style = ""
    bar: float = math.nan
    href: str = ""


@dataclass(frozen=True)
class Column:
    """A heading; where the terminal is narrow, the columns with the largest ``optional`` are left out first.

    ``number`` is aligned right and never broken, ``name`` aligned left, ``text`` aligned left and broken into lines.
    ``over`` stands above this heading and that of its neighbours with the same one.
    """

    name: str
    kind: Literal["number", "name", "text"] = "number"
    optional: int = 0
    over: str = ""


Content = Cell | str
Heading = Column | str


@dataclass(frozen=True)
class Row:
    """Cells, and perhaps a sentence about them; ``line`` is a line to beat, which is set apart."""

    cells: tuple[Cell, ...]
    below: Cell | None = None
    line: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under a title of their own."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Columns and groups of rows, with a title above and notes below."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


def table_of(
    columns: Sequence[Heading],
    rows: Sequence[Row | Sequence[Content]],
    *,
    title: str = "",
    notes: Sequence[str] = (),
) -> Table:
    """Make a table of one group; a heading alone is that of a name in the first column, of numbers in the others."""
    named = [
        column if isinstance(column, Column) else Column(column, "number" if place else "name")
        for place, column in enumerate(columns)
    ]
    made = [row if isinstance(row, Row) else Row(tuple(map(_cell, row))) for row in rows]
    return Table(tuple(named), (Group(tuple(made)),), title, tuple(notes))


def mark_best(cells: Sequence[Cell], best: Sequence[bool]) -> list[Cell]:
    """Mark the best of a column."""
    return [replace(c, style="best") if b else c for c, b in zip(cells, best, strict=True)]


def best_of(values: Sequence[float], good: int, *, digits: int = 4, line: float = -math.inf) -> list[bool]:
    """Tell which figures are the best as shown; none are where most are alike, or none is above the line to beat.

    ``good`` is 1 where more is better, -1 where less is, and 0 for a figure that has no winner.
    """
    shown = [good * round(value, digits) if math.isfinite(value) else -math.inf for value in values]
    top = max(shown, default=0.0)
    if good == 0 or 2 * shown.count(top) > len(shown) or not top > round(line, digits):
        return [False] * len(shown)
    return [math.isfinite(value) and value == top for value in shown]


def _cell(content: Content) -> Cell:
    return content if isinstance(content, Cell) else Cell(content)
