"""``toprank find``."""

from __future__ import annotations

from typing import Annotated

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, opened
from toprank.cli.console import exit_on_error, note, print_table

__all__ = ["find"]


@exit_on_error
def find(
    model: ModelFolder,
    words: Annotated[str, typer.Argument(help="Words of the title, the author or both.", show_default=False)],
    n: Annotated[int, typer.Option("-n", min=1, help="How many at most.")] = 10,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Find books by title and author; a slip is forgiven, and the well-known come first.

    Example: toprank find model "wild animus"
    """
    from toprank.cli.output import FOUND, check_format, print_rows
    from toprank.recommender.answer_tables import found_layout

    check_format(as_json, as_csv)
    found = opened(model).find(words, n=n)
    if as_json or as_csv:
        print_rows(found, FOUND, as_csv=as_csv)
    elif len(found):
        print_table(found_layout(found.rows()))
    if not len(found):
        note(f"Note: no title or author is like {words!r}")
