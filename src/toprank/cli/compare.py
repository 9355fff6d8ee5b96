"""``toprank compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.arguments import AsCsv, AsJson, opened
from toprank.cli.console import exit_on_error, note, print_table, results
from toprank.cli.data_options import with_rows_options

__all__ = ["compare"]

COLUMNS = ("metric", "first", "second", "difference", "low", "high", "outcome")


@exit_on_error
@with_rows_options
def compare(
    model_a: Annotated[Path, typer.Argument(help="Folder of the first model.", show_default=False)],
    model_b: Annotated[Path, typer.Argument(help="Folder of the second model.", show_default=False)],
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            help="A file of ratings that neither model has seen.",
            show_default="the test ratings that both were measured on",
        ),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Compare two models on the same ratings: which is better, and whether by more than chance.

    Example: toprank compare model other-model

    Example: toprank compare model other-model --data new-ratings.csv
    """
    from toprank.cli.output import check_format, print_csv, print_json
    from toprank.errors import OptionError
    from toprank.recommender.compare import compare as compared
    from toprank.recommender.evaluate import rows_for
    from toprank.recommender.score_tables import compared_table
    from toprank.report.phrases import pluralise

    check_format(as_json, as_csv)
    if data is None and reading:
        option = f"--{next(iter(reading)).replace('_', '-')}"
        raise OptionError(f"{option} says how to read new ratings, and there are none; give them with --data")
    first, second = opened(model_a), opened(model_b)
    rows = None if data is None else rows_for(first, data, **reading)
    for line in rows.notes if rows is not None else ():
        note(f"Note: {line}")
    found = compared(first, second, rows)
    if found.left_out:
        note(f"Note: left out {pluralise(found.left_out, 'rating')}, which would be no test of both models")
    rows_out = [{name: getattr(one, name) for name in COLUMNS} for one in found.differences]
    if as_csv:
        print_csv(rows_out, COLUMNS)
    elif as_json:
        names = {"first": str(model_a), "second": str(model_b)}
        counts = {name: getattr(found, name) for name in ("rows", "readers", "left_out", "liked")}
        print_json(names | counts | {"differences": rows_out})
    else:
        results().print(f"First: {model_a}\nSecond: {model_b}", soft_wrap=True, markup=False)
        title = f"{pluralise(found.rows, 'rating')} by {pluralise(found.readers, 'reader')}"
        print_table(compared_table(title, found.differences))
