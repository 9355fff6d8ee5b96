"""``toprank explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from toprank.cli.arguments import AllowUnknown, AsCsv, AsJson, ModelFolder, Rated, Reader, asked, check_known, opened
from toprank.cli.console import exit_on_error, print_table
from toprank.errors import OptionError

__all__ = ["explain"]

PARTS = ("source", "words", "log_odds")


@exit_on_error
def explain(
    model: ModelFolder,
    item: Annotated[list[str], typer.Option("--item", help="The item.")],
    user: Reader = None,
    rate: Rated = None,
    allow_unknown: AllowUnknown = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Explain one answer: what is known, and what each part of it adds to the log odds; they add up.

    Example: toprank explain model --user 276726 --item 0155061224
    """
    from toprank.cli.output import check_format, print_csv, print_json
    from toprank.recommender.score_tables import explanation_table

    check_format(as_json, as_csv)
    reader, ratings = asked(user, rate)
    if len(item) > 1:
        raise OptionError(f"--item is given {len(item)} times; explain one answer at a time")
    recommender = opened(model)
    users = [] if reader is None else [reader]
    check_known(recommender, model, users=users, items=[*item, *(ratings or ())], allow=allow_unknown)
    found = recommender.explain(reader, item[0], ratings=ratings)
    parts = found.to_table()
    if as_csv:
        print_csv(parts.rows(), PARTS)
    elif as_json:
        print_json({"answer": found.row, "sentence": found.sentence, "parts": parts.rows()})
    else:
        print_table(explanation_table(found))
