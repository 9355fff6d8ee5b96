"""``toprank decide``."""

from __future__ import annotations

from collections.abc import Mapping
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
    Reader,
    Reasons,
    ShelfExport,
    asked,
    check_known,
    cutoff_sentence,
    opened,
    told_shelf,
)
from toprank.cli.console import exit_on_error, note, print_table, results
from toprank.cli.engine_options import with_engine
from toprank.cli.id_files import read_ids
from toprank.errors import OptionError

__all__ = ["decide"]


@exit_on_error
@with_engine
def decide(
    model: ModelFolder,
    user: Reader = None,
    item: Annotated[list[str] | None, typer.Option("--item", help="An item to decide on; may be repeated.")] = None,
    rate: Rated = None,
    shelf: ShelfExport = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="File of pairs to decide on, with columns of users and items.")
    ] = None,
    reasons: Reasons = None,
    allow_unknown: AllowUnknown = False,
    out: OutFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Decide whether to recommend items to a reader: yes or no, how likely they like it, and why.

    Example: toprank decide model --user 276726 --item 0155061224 --item 034545104X

    Example: toprank decide model --rate 034545104X=9 --rate 0316666343=4 --item 0385504209

    Example: toprank decide model --shelf goodreads_library_export.csv --item 0385504209

    Example: toprank decide model --pairs pairs.csv --csv

    Example: toprank decide model --pairs pairs.csv --out decisions.parquet --engine ray
    """
    from toprank.cli.output import DECIDED, DECISIONS, check_format, check_out, print_rows, write_rows

    check_format(as_json, as_csv)
    check_out(out, as_json, as_csv)
    ratings: Mapping[str, float] | None = None
    if shelf is not None and (user or rate):
        raise OptionError("--shelf says who is asked about; leave out --user and --rate")
    if pairs is not None:
        if user or item or rate or shelf:
            raise OptionError("--pairs says whom and what to decide on; leave out --user, --item, --rate and --shelf")
        users, items = read_ids(pairs, ("user", "item"))
    elif not item:
        raise OptionError("name the items to decide on with --item, or give a file of pairs with --pairs")
    elif shelf is not None:
        users, items = [], item
    else:
        reader, ratings = asked(user, rate)
        users, items = [] if reader is None else [reader], item
    recommender = opened(model)
    allow = allow_unknown or pairs is not None  # of a file's many rows some may be new
    check_known(recommender, model, users=users, items=[*items, *(ratings or ())], allow=allow)
    if shelf is not None:
        ratings = told_shelf(recommender, shelf)
    found = recommender.decide(users if ratings is None else None, items, ratings=ratings, reasons=reasons)
    if out is not None:
        write_rows(found, DECISIONS, out)
        note(f"{len(found):,} decisions: {out}")
    elif as_json or as_csv:
        policy = recommender.policy
        promise = None if policy.promise is None else str(policy.promise)
        print_rows(found, DECIDED, as_csv=as_csv, cutoff=policy.threshold.cutoff, promise=promise)
    else:
        print_table(found.layout(found.rows()))
        results().print(cutoff_sentence(recommender.policy), markup=False)
