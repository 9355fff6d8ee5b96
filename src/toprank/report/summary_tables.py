"""The tables of a dataset, for the terminal and for every page with a section on the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from toprank.data.attribute_summary import ColumnSummary, TableSummary
from toprank.data.summary import DatasetSummary
from toprank.report import data_plots
from toprank.report.phrases import decimal, percent, pluralise, shortened
from toprank.report.table import Cell, Column, Content, Heading, Table, table_of

__all__ = ["data_section", "summary_tables"]

_FIRST, _SECOND = Column("", "name"), Column("", "text")


def summary_tables(summary: DatasetSummary) -> list[Table]:
    """Lay a dataset out for the terminal, to be printed one after the other."""
    bars = [(bar.label, bar.rows, bar.liked) for bar in summary.explicit.bars]
    tables = [_facts(summary), _histogram(f"Ratings, liked from {summary.scale.liked_from:g}", "rating", bars)]
    if summary.ages is not None and any(summary.ages.rows):
        edges, rows = summary.ages.edges, summary.ages.rows
        decades = [(f"{edges[k]} to {edges[k + 2]}", rows[k] + rows[k + 1], False) for k in range(0, len(rows), 2)]
        outside = f"; {summary.ages.outside:,} outside 0 to 100" if summary.ages.outside else ""
        tables.append(_histogram(f"Ages of {sum(rows):,} users{outside}", "age", decades))
    tables.append(_tails(summary))
    for kind, table in (("item", summary.items), ("user", summary.users)):
        if table is not None:
            tables += [part for part in _attributes(kind, table, summary) if part.rows or part.title]
    if summary.notes:
        tables.append(table_of([_SECOND], [[note] for note in summary.notes], title="What the reader noted"))
    return tables


def data_section(summary: DatasetSummary) -> dict[str, Any]:
    """Give what the template ``data.html.j2`` shows."""
    tables = {kind: table for kind, table in (("item", summary.items), ("user", summary.users)) if table is not None}
    return {
        "summary": summary,
        "facts_table": _facts(summary),
        "data_figures": _drawings(summary),
        "tails": _tails(summary),
        "attribute_tables": {kind: _attributes(kind, table, summary) for kind, table in tables.items()},
    }


def _drawings(summary: DatasetSummary) -> list[tuple[str, str]]:
    from markupsafe import Markup

    drawn = []
    if summary.explicit.rows:
        drawn.append((data_plots.rating_histogram(summary), "The explicit ratings."))
        drawn.append((data_plots.long_tails(summary), "Users and items with at least so many ratings."))
    if summary.ages is not None and any(summary.ages.rows):
        outside = f" {summary.ages.outside:,} more lie outside." if summary.ages.outside else ""
        drawn.append((data_plots.age_histogram(summary.ages), f"Ages from 0 to 100.{outside}"))
    return [(Markup(svg), caption) for svg, caption in drawn]


def _facts(summary: DatasetSummary) -> Table:
    explicit, implicit, scale = summary.explicit, summary.implicit, summary.scale
    facts = [
        ("explicit ratings", f"{explicit.rows:,}", f"from {scale.low:g} to {scale.high:g}"),
        (
            "liked",
            percent(explicit.liked_share, 2),
            f"{explicit.liked:,} {'rating' if explicit.liked == 1 else 'ratings'} of {scale.liked_from:g} or more",
        ),
        ("mean rating", decimal(explicit.mean, 2), ""),
        ("users who rated", f"{explicit.users:,}", ""),
        ("items rated", f"{explicit.items:,}", ""),
        ("density", percent(explicit.density, 2), "of all their pairs are rated"),
    ]
    if implicit is not None:
        facts += [
            ("implicit interactions", f"{implicit.rows:,}", "no rating given; never a bad rating"),
            ("users seen only there", f"{implicit.users_only:,}", f"of {implicit.users:,} with any"),
            ("items seen only there", f"{implicit.items_only:,}", f"of {implicit.items:,} with any"),
        ]
    rows: list[list[Content]] = [[name, Cell(value, note)] for name, value, note in facts]
    return table_of([_FIRST, _SECOND], rows, title=shortened(summary.name, 78))


def _histogram(title: str, name: str, bars: Sequence[tuple[str, int, bool]]) -> Table:
    total, most = sum(rows for _, rows, _ in bars) or 1, max((rows for _, rows, _ in bars), default=0) or 1
    rows: list[list[Content]] = [
        [
            label,
            f"{rows:,}",
            percent(rows / total),
            Cell("liked" if liked else "", bar=rows / most, style="liked" if liked else ""),
        ]
        for label, rows, liked in bars
    ]
    return table_of([Column(name), "rows", "share", _SECOND], rows, title=title)


def _tails(summary: DatasetSummary) -> Table:
    columns: list[Heading] = ["ratings per", "with any", "median", Column("90 % have\nat most", optional=2)]
    columns += [Column("99 % have\nat most", optional=1), "most", "have\nexactly one", "the busiest\n1 % hold"]
    rows = []
    for name, tail in (("user", summary.user_tail), ("item", summary.item_tail)):
        quantiles = [decimal(value, 0) for value in (tail.median, tail.p90, tail.p99)]
        shares = [percent(tail.one_rating), percent(tail.top_percent)]
        rows.append([name, f"{tail.ids:,}", *quantiles, f"{tail.most:,}", *shares])
    return table_of(columns, rows, title="Long tails")


def _attributes(kind: str, table: TableSummary, summary: DatasetSummary) -> list[Table]:
    """Give what is known of items or users, and what of it is not plausible."""
    columns: list[Heading] = ["attribute", "filled", "missing", "distinct", Column("values", "text")]
    rows: list[list[Content]] = []
    for column in table.columns:
        share = percent(column.missing / (column.filled + column.missing)) if column.missing else ""
        distinct = "–" if column.kind == "other" else f"{column.distinct:,}"
        counts: list[Content] = [f"{column.filled:,}", Cell(f"{column.missing:,}", share), distinct]
        rows.append([column.name, *counts, _values(column)])
    tables = [table_of(columns, rows, title=_held(kind, table, summary))]
    if table.implausible:
        columns = ["attribute", "rows", Column("what is wrong", "text"), Column("such as", "text")]
        wrong: list[list[Content]] = [
            [found.column, f"{found.rows:,}", found.rule, f"“{shortened(found.example, 42)}”"]
            for found in table.implausible
        ]
        tables.append(table_of(columns, wrong, title="Not plausible"))
    return tables


def _held(kind: str, table: TableSummary, summary: DatasetSummary) -> str:
    """Say how many of those in the data the table knows."""
    title = f"The {kind} table has {pluralise(table.rows, 'row')} with {pluralise(table.distinct, 'distinct id')}."
    implicit = summary.implicit is not None
    if table.interacted_found == table.interacted:
        where = " or the implicit interactions" if implicit else ""
        return f"{title} It holds all {table.interacted:,} {kind}s that occur in the ratings{where}."
    missing = table.interacted - table.interacted_found
    share = percent(table.rated_found / table.rated if table.rated else math.nan)
    title += f" It holds {table.rated_found:,} of the {table.rated:,} {kind}s with ratings ({share})"
    if implicit:
        title += f", and {table.interacted_found:,} of the {table.interacted:,} with ratings or implicit interactions"
    return f"{title}; {missing:,} {'is' if missing == 1 else 'are'} missing."


def _values(column: ColumnSummary) -> str:
    if column.low is not None and column.median is not None and column.high is not None:
        return f"{column.low:.6g} to {column.high:.6g}, median {column.median:.6g}".replace("-", "−")
    if not column.common:
        return "no value is common" if column.distinct else ""
    return ", ".join(f"{shortened(value, 42)} ({rows:,})" for value, rows in column.common)
