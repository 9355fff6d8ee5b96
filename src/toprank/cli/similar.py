"""``toprank similar``."""

from __future__ import annotations

from typing import Annotated

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, opened
from toprank.cli.console import exit_on_error, note, print_table

__all__ = ["similar"]


@exit_on_error
def similar(
    model: ModelFolder,
    item: Annotated[str, typer.Argument(help="The book's id; `toprank find` gives it.", show_default=False)],
    n: Annotated[int, typer.Option("-n", min=1, help="How many at most.")] = 10,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Say what readers of a book also like, and how many like both.

    Example: toprank similar model 0345339703
    """
    from toprank.cli.output import SIMILAR, check_format, print_rows
    from toprank.recommender.answer_tables import found_layout

    check_format(as_json, as_csv)
    found = opened(model).similar(item, n=n)
    if as_json or as_csv:
        print_rows(found, SIMILAR, as_csv=as_csv)
    elif len(found):
        print_table(found_layout(found.rows()))
    if not len(found):
        note(f"Note: no other book has readers who have {item!r} too")
