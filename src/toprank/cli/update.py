"""``toprank update``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, matched_notes, opened
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

    A rating of a pair that has one replaces it; what the model knows already changes nothing.

    Example: toprank update model new-ratings.csv

    Example: toprank update model new-ratings.csv -o newer-model
    """
    from toprank.cli.output import check_format, print_csv, print_json
    from toprank.cli.paths import check_model_folder, make_parent
    from toprank.core.atomic import locked
    from toprank.recommender.evaluate import rows_for
    from toprank.recommender.read_update import read_update
    from toprank.report.phrases import pluralise

    check_format(as_json, as_csv)
    place = model if out is None else out
    check_model_folder(place)
    make_parent(place)
    real = Path(os.path.realpath(place))
    with locked(real, lambda: note(f"Waiting: another update of {place} is under way")):
        before = opened(model)
        rows = rows_for(before, data, **reading)
        for line in (*rows.notes, *matched_notes(before, rows.ratings)):
            note(f"Note: {line}")
        update = read_update(before, rows)
        after = before.update(rows)
        after.save(place)
    old, new = before.data.ratings, after.data.ratings
    told = {
        "ratings": len(update.added),
        "replaced": len(update.removed),
        "unchanged": update.unchanged,
        "outdated": update.outdated,
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
            f"{passed_over(told)}"
            f"{pluralise(told['new_readers'], 'new reader')}, {pluralise(told['new_items'], 'new item')}; "
            f"no retraining\nModel: {place}",
            soft_wrap=True,
            markup=False,
        )


def passed_over(told: Mapping[str, int]) -> str:
    """Say how many rows changed nothing; nothing where there were none."""
    words = {"unchanged": "{:,} known already; ", "outdated": "{:,} older than what is known; "}
    return "".join(said.format(told[name]) for name, said in words.items() if told[name])
