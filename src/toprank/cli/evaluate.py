"""``toprank evaluate``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from toprank.cli.arguments import AsCsv, AsJson, ModelFolder, matched_notes, opened
from toprank.cli.console import exit_on_error, note, print_table, results
from toprank.cli.data_options import with_rows_options
from toprank.cli.engine_options import with_engine

if TYPE_CHECKING:
    from toprank.evaluation.measurements import Measurement

__all__ = ["evaluate", "figure_columns", "figure_rows", "intervals_of"]


@exit_on_error
@with_engine
@with_rows_options
def evaluate(
    model: ModelFolder,
    data: Annotated[str, typer.Argument(help="A file of ratings that the model has not seen (CSV, TSV, Parquet).")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Measure a model's decisions on new ratings, beside the baselines.

    Ratings of pairs whose rating the model knows are left out.

    Example: toprank evaluate model new-ratings.csv
    """
    from toprank.cli.output import check_format, print_csv, print_json
    from toprank.recommender.evaluate import evaluate as evaluated
    from toprank.recommender.evaluate import rows_for
    from toprank.recommender.score_tables import any_book_table, figures_table
    from toprank.report.phrases import in_a_sentence, pluralise

    check_format(as_json, as_csv)
    recommender = opened(model)
    rows = rows_for(recommender, data, **reading)
    for line in (*rows.notes, *matched_notes(recommender, rows.ratings)):
        note(f"Note: {line}")
    found = evaluated(recommender, rows)
    if found.left_out:
        note(f"Note: left out {pluralise(found.left_out, 'rating')}, since the model knows a rating of the pair")
    if as_csv:
        print_csv(figure_rows(found.figures, found.intervals), figure_columns(found.figures))
    elif as_json:
        names = ("rows", "readers", "left_out", "new_readers", "new_items", "liked", "objective", "figures", "verdict")
        content = {name: getattr(found, name) for name in names}
        slices = [{"name": one.name, "rows": one.rows, "liked": one.liked, **one.measurements} for one in found.slices]
        print_json(content | {"intervals": intervals_of(found.intervals), "slices": slices, "any_book": found.any_book})
    else:
        title = (
            f"{pluralise(found.rows, 'new rating')} by {pluralise(found.readers, 'reader')}, {found.liked:.1%} liked"
        )
        console = results()
        print_table(figures_table(title, found.figures, found.intervals, objective=found.objective))
        if found.any_book:
            print_table(any_book_table(found.any_book))
        console.print(in_a_sentence(found.verdict), markup=False)
        for count, what in ((found.new_readers, "readers"), (found.new_items, "items")):
            if count:
                console.print(f"{pluralise(count, 'rating')} of {what} that the model has not seen")


def figure_columns(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Give the columns of :func:`figure_rows`."""
    return ["model", *figures["toprank"], "f1_low", "f1_high", "auc_low", "auc_high"]


def figure_rows(
    figures: Mapping[str, Mapping[str, float]], intervals: Mapping[str, Mapping[str, Measurement]]
) -> Iterator[dict[str, Any]]:
    """Give a row for toprank and each baseline: its figures, and the ends of the intervals of F1 and AUC."""
    for name, of in figures.items():
        ends = {f"{key}_{end}": getattr(intervals[name][key], end) for key in ("f1", "auc") for end in ("low", "high")}
        yield {"model": name, **of, **ends}


def intervals_of(intervals: Mapping[str, Mapping[str, Measurement]]) -> dict[str, dict[str, list[float]]]:
    """Give the ends of all intervals: low and high."""
    return {name: {key: [one.low, one.high] for key, one in of.items()} for name, of in intervals.items()}
