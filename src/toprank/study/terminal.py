"""A dataset as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from toprank.data.attribute_summary import ColumnSummary, TableSummary
from toprank.data.summary import DatasetSummary
from toprank.evaluation.measurements import Measurement
from toprank.report.phrases import decimal, percent, printable, shortened

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["plain_table", "summary_renderables"]

_BAR = 36
_WIDEST = 100
_NONE = Measurement("", math.nan)


def summary_renderables(summary: DatasetSummary) -> list[RenderableType]:
    """Lay a dataset out for a terminal of 80 columns.

    Parameters
    ----------
    summary : DatasetSummary
        The dataset.

    Returns
    -------
    list of rich renderables
        To be printed one after the other. Texts of the data are never read as markup or control sequences.
    """
    from rich.text import Text

    explicit, implicit = summary.explicit, summary.implicit
    facts = [
        ("explicit ratings", f"{explicit.rows:,} on a scale of {summary.scale}"),
        ("liked", f"{percent(explicit.liked_share, 2)} ({explicit.liked:,}); mean rating {decimal(explicit.mean, 2)}"),
        (
            "users, items",
            f"{explicit.users:,} who rated, {explicit.items:,} rated; density {percent(explicit.density)}",
        ),
    ]
    if implicit is not None:
        facts += [
            ("implicit rows", f"{implicit.rows:,} by {implicit.users:,} users of {implicit.items:,} items"),
            ("seen only there", f"{implicit.users_only:,} users, {implicit.items_only:,} items"),
        ]
    shown: list[RenderableType] = [Text(shortened(summary.name, 78), style="bold"), _facts(facts), _ratings(summary)]
    if summary.ages is not None and any(summary.ages.rows):
        edges, rows = summary.ages.edges, summary.ages.rows
        decades = [(f"{edges[k]} to {edges[k + 2]}", rows[k] + rows[k + 1]) for k in range(0, len(rows), 2)]
        outside = f"; {summary.ages.outside:,} outside 0 to 100" if summary.ages.outside else ""
        shown.append(_histogram(f"Ages of {sum(rows):,} users{outside}", "age", decades))
    shown.append(_tails(summary))
    for kind, table in (("item", summary.items), ("user", summary.users)):
        if table is not None:
            shown += _attributes(kind, table)
    if summary.notes:
        shown.append(Text("\n".join(["What the reader noted", *(f"- {printable(note)}" for note in summary.notes)])))
    return shown


def plain_table(title: str, *columns: str, text: Sequence[str] = ()) -> Table:
    """Make a table with a text column, number columns, and then other text columns.

    Parameters
    ----------
    title : str
        What it shows.
    *columns : str
        Headings of the first text column and of the numbers.
    text : sequence of str
        Headings of the other text columns.

    Returns
    -------
    rich.table.Table
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title, style="bold"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1)
    )
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=place > 0)
    for column in text:
        table.add_column(column, overflow="fold")
    return table


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in facts:
        table.add_row(Text(name, style="dim"), Text(value))
    table.add_row()
    return table


def _ratings(summary: DatasetSummary) -> Table:
    rows = [(bar.label, bar.rows) for bar in summary.explicit.bars]
    liked = [bar.liked for bar in summary.explicit.bars]
    return _histogram(f"Ratings, liked from {summary.scale.liked_from:g}", "rating", rows, liked)


def _histogram(title: str, name: str, bars: Sequence[tuple[str, int]], liked: Sequence[bool] = ()) -> Table:
    from rich.text import Text

    table = plain_table(title, name, "rows", "share", text=("",))
    table.columns[0].justify = "right"
    total, most = sum(rows for _, rows in bars) or 1, max((rows for _, rows in bars), default=0) or 1
    for place, (label, rows) in enumerate(bars):
        blocks = "█" * round(_BAR * rows / most) or ("▏" if rows else "")
        marked = bool(liked) and liked[place]
        bar = Text(blocks, style="blue" if marked else "bright_black").append(
            " liked" if marked else "", style="default"
        )
        table.add_row(label, f"{rows:,}", percent(rows / total), bar)
    return table


def _tails(summary: DatasetSummary) -> Table:
    table = plain_table(
        "Long tails", "ratings per", "ids", "median", "90 %", "99 %", "most", "only one", "top 1 % hold"
    )
    for name, tail in (("user", summary.user_tail), ("item", summary.item_tail)):
        quantiles = [decimal(value, 0) for value in (tail.median, tail.p90, tail.p99)]
        shares = [percent(tail.one_rating), percent(tail.top_percent)]
        table.add_row(name, f"{tail.ids:,}", *quantiles, f"{tail.most:,}", *shares)
    return table


def _attributes(kind: str, table: TableSummary) -> list[RenderableType]:
    from rich.text import Text

    held = f"holds {table.interacted_found:,} of {table.interacted:,} {kind}s seen"
    rated = f"and {table.rated_found:,} of {table.rated:,} rated"
    title = f"Table of {kind}s: {table.rows:,} rows, {table.distinct:,} ids; {held}, {rated}"
    shown = plain_table(title, "attribute", "filled", "missing", "distinct", text=("values",))
    for column in table.columns:
        distinct = "–" if column.kind == "other" else f"{column.distinct:,}"
        name, values = Text(shortened(column.name)), Text(_values(column))
        shown.add_row(name, f"{column.filled:,}", f"{column.missing:,}", distinct, values)
    parts: list[RenderableType] = [shown if table.columns else Text(title)]
    if table.implausible:
        wrong = plain_table("Not plausible", "attribute", "rows", text=("what is wrong", "such as"))
        for found in table.implausible:
            example = f"“{shortened(found.example, 30)}”"
            wrong.add_row(Text(shortened(found.column)), f"{found.rows:,}", found.rule, Text(example))
        parts.append(wrong)
    return parts


def _values(column: ColumnSummary) -> str:
    if column.low is not None and column.median is not None and column.high is not None:
        return f"{column.low:.6g} to {column.high:.6g}, median {column.median:.6g}"
    return "; ".join(shortened(value, 26) for value, _ in column.common[:2])
