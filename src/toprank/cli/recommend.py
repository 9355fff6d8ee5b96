"""``toprank recommend``."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, Rated, Reasons, opened, parse_ratings, say_unknown
from toprank.cli.console import exit_on_error, note, print_table
from toprank.errors import OptionError

__all__ = ["recommend"]

MAX_EXPLAINED = 100
"""Of more recommendations reasons are given only where they are asked for: each takes some milliseconds."""


@exit_on_error
def recommend(
    model: ModelFolder,
    user: Annotated[list[str] | None, typer.Option("--user", help="A reader; may be repeated.")] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many for each reader at most.")] = 10,
    rate: Rated = None,
    diversity: Annotated[
        float, typer.Option("--diversity", min=0, help="How much further books of one author are held back: 0 to 1.")
    ] = 0.0,
    everybody: Annotated[bool, typer.Option("--all", help="For every reader who has rated anything.")] = False,
    reasons: Reasons = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Recommend items to readers, best first: none that they have, one edition of each work, only what passes.

    Example: toprank recommend model --user 276726 -n 5

    Example: toprank recommend model --rate 034545104X=9 --rate 0316666343=4 --diversity 0.5

    Example: toprank recommend model --all --csv > lists.csv
    """
    import numpy as np

    from toprank.cli.output import TOP, check_format, print_rows, rows_of
    from toprank.cli.progress_bars import two_bars
    from toprank.recommender.answer_tables import top_layout

    check_format(as_json, as_csv)
    ratings = parse_ratings(rate)
    if (user is not None) + (ratings is not None) + everybody != 1:
        raise OptionError(
            "say for whom, in one way: readers with --user, a new one's ratings with --rate, or everybody with --all"
        )
    recommender = opened(model)
    say_unknown(recommender, model, users=user or (), items=list(ratings or ()))
    asked = user
    if everybody:
        known = recommender.data.ratings
        asked = known.users.ids[np.unique(known.user)].tolist()
    readers = 1 if asked is None else len(asked)
    with two_bars("recommend") as (on_step, _):
        found = recommender.recommend(
            asked,
            n,
            ratings=ratings,
            diversity=diversity,
            reasons=readers * n <= MAX_EXPLAINED if reasons is None else reasons,
            progress=on_step,
        )
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
