"""``toprank update``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, opened
from toprank.cli.console import exit_on_error, note, results
from toprank.cli.data_options import with_rows_options

__all__ = ["update"]


@exit_on_error
@with_rows_options
def update(
    model: ModelFolder,
    data: Annotated[str, typer.Argument(metavar="RATINGS", help="A file of new ratings (CSV, TSV, Parquet).")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the new model.", show_default="in place of the old")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Add new ratings to a model without retraining; the old model is there whole until the new one is.

    A rating of a pair that has one replaces it.

    Example: toprank update model new-ratings.csv

    Example: toprank update model new-ratings.csv -o newer-model
    """
    from toprank.cli.output import check_format, print_csv, print_json
    from toprank.cli.paths import check_model_folder, make_parent
    from toprank.recommender.evaluate import rows_for
    from toprank.report.phrases import pluralise

    check_format(as_json, as_csv)
    place = model if out is None else out
    check_model_folder(place)
    before = opened(model)
    rows = rows_for(before, data, **reading)
    for line in rows.notes:
        note(f"Note: {line}")
    after = before.update(rows)
    make_parent(place)
    after.save(place)
    old, new = before.data.ratings, after.data.ratings
    told = {
        "ratings": len(rows.ratings),
        "replaced": len(rows.ratings) - (len(new) - len(old)),
        "new_readers": len(new.users) - len(old.users),
        "new_items": len(new.items) - len(old.items),
    }
    if as_csv:
        print_csv([{"model": str(place)} | told], ["model", *told])
    elif as_json:
        print_json({"model": str(place)} | told)
    else:
        results().print(
            f"Added {pluralise(told['ratings'], 'rating')}, {told['replaced']:,} of them in place of older ones; "
            f"{pluralise(told['new_readers'], 'new reader')}, {pluralise(told['new_items'], 'new item')}; "
            f"no retraining\nModel: {place}",
            soft_wrap=True,
            markup=False,
        )
