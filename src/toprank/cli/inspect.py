"""``toprank inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.console import exit_on_error, note, print_table
from toprank.cli.data_options import with_read_options

__all__ = ["inspect"]


@exit_on_error
@with_read_options
def inspect(
    data: Annotated[str, typer.Argument(help="book-crossing, or a file of ratings (CSV, TSV, Parquet).")],
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Show what is in a dataset: shapes, ratings, long tails, attributes, what is missing or implausible.

    Example: toprank inspect ratings.csv --scale 1-5 --html ratings.html
    """
    from toprank.data.datasets.load import load
    from toprank.data.summary import summarize

    dataset = load(data, **reading)
    summary = summarize(dataset)
    if as_json:
        print(json.dumps(summary.to_dict(), indent=1, allow_nan=False))
    else:
        from toprank.report.summary_tables import summary_tables

        for table in summary_tables(summary):
            print_table(table)
    if html is not None:
        from toprank.core.atomic import write_whole
        from toprank.study.pages import render_summary

        write_whole(html, render_summary(summary))
        note(f"Page: {html}")
