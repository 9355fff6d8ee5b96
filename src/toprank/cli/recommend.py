"""``toprank recommend``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from toprank.cli.arguments import (
    AllowUnknown,
    AsCsv,
    AsJson,
    ModelFolder,
    OutFile,
    Rated,
    Reasons,
    ShelfExport,
    check_known,
    opened,
    parse_ratings,
    told_shelf,
)
from toprank.cli.console import exit_on_error, note, print_table
from toprank.cli.engine_options import with_engine
from toprank.cli.id_files import read_ids
from toprank.errors import OptionError

__all__ = ["recommend"]

MAX_EXPLAINED = 100
"""Of more recommendations reasons are given only where they are asked for: each takes some milliseconds."""


@exit_on_error
@with_engine
def recommend(
    model: ModelFolder,
    user: Annotated[list[str] | None, typer.Option("--user", help="A reader; may be repeated.")] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many for each reader at most.")] = 10,
    rate: Rated = None,
    shelf: ShelfExport = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="COLUMN=VALUE", help="What items must be, as genre=fantasy; may be repeated."),
    ] = None,
    exclude_author: Annotated[
        list[str] | None, typer.Option("--exclude-author", help="An author to leave out; may be repeated.")
    ] = None,
    among: Annotated[
        Path | None, typer.Option("--among", help="File of the items that may be listed: what is in stock.")
    ] = None,
    max_by_author: Annotated[
        int | None,
        typer.Option(
            "--max-by-author", min=1, help="How many of one author at most.", show_default="three of ten, unless asked"
        ),
    ] = None,
    diversity: Annotated[
        float | None,
        typer.Option(
            "--diversity",
            min=0,
            help="How much further books of one author are held back: 0 to 1.",
            show_default="0.25 where authors are known",
        ),
    ] = None,
    users: Annotated[Path | None, typer.Option("--users", help="File of readers.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For every reader who has rated anything.")] = False,
    reasons: Reasons = None,
    allow_unknown: AllowUnknown = False,
    out: OutFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Recommend items to readers, best first: none that they have, one edition of each work, only what passes.

    Example: toprank recommend model --user 276726 -n 5

    Example: toprank recommend model --rate 034545104X=9 --rate 0316666343=4 --diversity 0.5

    Example: toprank recommend model --shelf goodreads_library_export.csv

    Example: toprank recommend model --user 276726 --only genre=fantasy --exclude-author King --among stock.csv

    Example: toprank recommend model --all --csv > lists.csv

    Example: toprank recommend model --users readers.csv --out lists.parquet --engine ray
    """
    import numpy as np

    from toprank.cli.output import TOP, check_format, check_out, print_rows, rows_of, write_rows
    from toprank.cli.progress_bars import two_bars
    from toprank.recommender.answer_tables import top_layout

    check_format(as_json, as_csv)
    check_out(out, as_json, as_csv)
    ratings: Mapping[str, float] | None = parse_ratings(rate)
    if sum([user is not None, users is not None, ratings is not None, shelf is not None, everybody]) != 1:
        raise OptionError(
            "say for whom, in one way: readers with --user, a file of them with --users, a new one's ratings with "
            "--rate, their export with --shelf, or everybody with --all"
        )
    asked = user if users is None else read_ids(users, ["user"])[0]
    stock = None if among is None else read_ids(among, ["item"])[0]
    wanted = _parse_only(only or ())
    recommender = opened(model)
    allow = allow_unknown or users is not None  # of a file's many rows some may be new
    check_known(recommender, model, users=asked or (), items=list(ratings or ()), allow=allow)
    if shelf is not None:
        ratings = told_shelf(recommender, shelf)
    if everybody:
        known = recommender.data.ratings
        asked = known.users.ids[np.unique(known.user)].tolist()
    readers = 1 if asked is None else len(asked)
    with two_bars("recommend") as (on_step, _):
        found = recommender.recommend(
            asked,
            n,
            ratings=ratings,
            only=wanted,
            exclude_author=exclude_author or (),
            among=stock,
            max_by_author=max_by_author,
            diversity=diversity,
            reasons=readers * n <= MAX_EXPLAINED if reasons is None else reasons,
            progress=on_step,
        )
    if out is not None:
        write_rows(found, TOP, out)
        note(f"{len(found):,} recommendations for {readers:,} readers: {out}")
        return
    if as_json or as_csv:
        print_rows(found, TOP, as_csv=as_csv)
        return
    served = 0
    for reader, rows in groupby(rows_of(found), key=lambda row: row["user"]):
        title = "For the new reader" if asked is None else f"For reader {reader}"
        print_table(top_layout(list(rows), title))
        served += 1
    if served < readers:
        note(f"Note: for {readers - served:,} of {readers:,} readers nothing passes the cutoff")


def _parse_only(words: Sequence[str]) -> dict[str, str]:
    """Read what items must be, each ``COLUMN=VALUE``."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not (name and equals and value):
            raise OptionError(f"--only is {word!r}; write a column and its value, like --only genre=fantasy")
        if name in found:
            raise OptionError(f"--only names {name!r} twice; give one value for each column")
        found[name] = value
    return found
