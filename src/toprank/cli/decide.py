"""``toprank decide``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toprank.cli.arguments import (
    AsCsv,
    AsJson,
    ModelFolder,
    Rated,
    Reader,
    Reasons,
    asked,
    cutoff_sentence,
    opened,
    say_unknown,
)
from toprank.cli.console import exit_on_error, print_table, results
from toprank.errors import DataError, OptionError

__all__ = ["decide"]


@exit_on_error
def decide(
    model: ModelFolder,
    user: Reader = None,
    item: Annotated[list[str] | None, typer.Option("--item", help="An item to decide on; may be repeated.")] = None,
    rate: Rated = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="File of pairs to decide on, with columns of users and items.")
    ] = None,
    reasons: Reasons = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Decide whether to recommend items to a reader: yes or no, how likely they like it, and why.

    Example: toprank decide model --user 276726 --item 0155061224 --item 034545104X

    Example: toprank decide model --rate 034545104X=9 --rate 0316666343=4 --item 0385504209

    Example: toprank decide model --pairs pairs.csv --csv
    """
    from toprank.cli.output import DECISIONS, check_format, print_rows

    check_format(as_json, as_csv)
    ratings = None
    if pairs is not None:
        if user or item or rate:
            raise OptionError("--pairs says whom and what to decide on; leave out --user, --item and --rate")
        users, items = _read_pairs(pairs)
    elif not item:
        raise OptionError("name the items to decide on with --item, or give a file of pairs with --pairs")
    else:
        reader, ratings = asked(user, rate)
        users, items = [] if reader is None else [reader], item
    recommender = opened(model)
    say_unknown(recommender, model, users=users, items=[*items, *(ratings or ())])
    found = recommender.decide(users if ratings is None else None, items, ratings=ratings, reasons=reasons)
    if as_json or as_csv:
        print_rows(found, DECISIONS, as_csv=as_csv)
    else:
        print_table(found.layout(found.rows()))
        results().print(cutoff_sentence(recommender.policy), markup=False)


def _read_pairs(path: Path) -> tuple[list[str], list[str]]:
    """Read the ids of a file's two columns, as text."""
    import numpy as np

    from toprank.data.reading.columns import Role, guess_columns
    from toprank.data.reading.open_table import open_table
    from toprank.data.reading.quoting import listed

    table = open_table(path)
    roles: tuple[Role, Role] = ("user", "item")
    guessed = [guess_columns(role, table.columns) for role in roles]
    for role, names in zip(roles, guessed, strict=True):
        if len(names) != 1:
            found = f"{listed(names)} could each be" if names else f"of {listed(table.columns)} none is"
            raise DataError(f"{found} the column of {role}s", f"call one of them {role}", source=table.label)
    rows = table.read([names[0] for names in guessed], "error")
    ids = []
    for role, column in zip(roles, rows.table.columns, strict=True):
        ids.append(["" if value is None else str(value).strip() for value in column.to_pylist()])
        if "" in ids[-1]:
            line = int(rows.lines(np.array([ids[-1].index("")]))[0])
            raise DataError(f"the {role} id is empty", "fill it in", source=table.label, line=line, unit=table.unit)
    return ids[0], ids[1]
