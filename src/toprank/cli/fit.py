"""``toprank fit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from toprank.cli.arguments import AsCsv, AsJson, cutoff_sentence
from toprank.cli.console import exit_on_error, note, print_table, results
from toprank.cli.data_options import with_fields, with_read_options
from toprank.cli.engine_options import with_engine
from toprank.errors import OptionError
from toprank.recommender.configuration import RecommenderConfig

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset
    from toprank.recommender.facade import FittedRecommender, Recommender

__all__ = ["fit"]

ALWAYS_ON_ITS_ROWS = 2 * 25_086 / (43_367 + 25_086)
"""F1 of recommending all of the notebook's test rows: on other rows it is another."""


NOT_ASKED = ("liked_from", "validation", "test", "add_held_out", "hyperparameters")
"""Fields of a recommender without an option: the reader has one for ``liked_from``, files have hyper-parameters."""


@exit_on_error
@with_engine
@with_read_options
@with_fields(RecommenderConfig, "configuration", without=NOT_ASKED)
def fit(
    data: Annotated[
        str, typer.Argument(help="book-crossing, a file of ratings (CSV, TSV, Parquet), or a model: what it knows.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model; a model that is there is replaced.")],
    settings: Annotated[
        list[Path] | None,
        typer.Option("--settings", help="Hyper-parameters in place of defaults: a file that toprank tune wrote."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="A service's store, to learn from what readers told it as well."),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    *,
    configuration: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Learn from ratings whom to recommend what; save the model and its card, show what it is worth.

    Example: toprank fit book-crossing -o model

    Example: toprank fit ratings.csv -o model --scale 1-5 --liked-from 4 --items books.csv --no-deep

    Example: toprank fit model -o newer-model --store model.sqlite3
    """
    from toprank.cli.output import check_format
    from toprank.cli.paths import check_model_folder, make_parent
    from toprank.cli.progress_bars import two_bars
    from toprank.data.datasets.load import load

    # All options are checked before the data are read: a slip should not cost minutes.
    check_format(as_json, as_csv)
    from toprank.recommender.facade import Recommender

    given = configuration | ({"hyperparameters": _hyperparameters(settings)} if settings else {})
    recommender = Recommender(**given)
    check_model_folder(out)
    if Path(data, "manifest.json").exists():
        recommender, dataset = _of_model(Path(data), given, reading)
    else:
        dataset = load(data, **reading)
    if store is not None:
        dataset = _with_store(dataset, store)
    for line in dataset.notes:
        note(f"Note: {line}")
    _warn_of_scale(dataset)
    with two_bars("fit") as (on_step, _):
        model = recommender.fit(dataset, progress=on_step)
    for line in model.data.notes[len(dataset.notes) :]:
        note(f"Note: {line}")
    make_parent(out)
    model.save(out)
    _show(model, out, as_json, as_csv)


def _of_model(place: Path, given: dict[str, Any], reading: dict[str, Any]) -> tuple[Recommender, Dataset]:
    """Give a model's own settings, but for those that are given, and all that it knows."""
    from toprank.cli.arguments import opened
    from toprank.recommender.facade import Recommender
    from toprank.recommender.known_data import known_data

    if reading:
        raise OptionError(f"{', '.join(reading)} cannot be set: {place} is a model, whose data have been read already")
    model = opened(place)
    return Recommender(**(model.config.get_params() | given)), known_data(model)


def _with_store(dataset: Dataset, store: str) -> Dataset:
    """Add what readers told a service, and say how much it is."""
    from toprank.cli.serve import check_service

    check_service()
    from toprank.service.learning import gather
    from toprank.service.store.opening import open_store

    opened = open_store(store)
    try:
        with opened.read() as connection:
            found = gather(connection, dataset)
    finally:
        opened.close()
    note(
        f"Note: {found.added:,} ratings of the service added, {found.removed:,} taken out, {found.left_out:,} left out"
    )
    return found.data


def _warn_of_scale(dataset: Dataset) -> None:
    """Say so where no rating is above the middle of the scale: it may be another one's."""
    scale, values = dataset.ratings.scale, dataset.ratings.value
    if len(values) and float(values.max()) <= (scale.low + scale.high) / 2:
        note(
            f"Note: all ratings lie in the lower half of the scale {scale.low:g} to {scale.high:g}: the highest is "
            f"{float(values.max()):g}; if they are on another one, say so with --scale"
        )


def _hyperparameters(files: Sequence[Path]) -> dict[str, Any]:
    """Read settings of the models, each under its own name."""
    from toprank.study.tuning.tuned_values import read_settings

    found: dict[str, Any] = {}
    for settings in map(read_settings, files):
        if settings.model not in ("boosted", "attention", "blend"):
            raise OptionError(
                f"{settings.source} has settings of {settings.model!r}; fit takes those of boosted, attention and blend"
            )
        within = "" if settings.model == "blend" else f"{settings.model}."
        values = {f"{within}{name}": value for name, value in settings.values.items()}
        if twice := sorted(found.keys() & values.keys()):
            raise OptionError(f"{settings.source} sets {twice[0]} once more; give it in one file")
        found |= values
    return found


def _show(model: FittedRecommender, out: Path, as_json: bool, as_csv: bool) -> None:
    from toprank.cli.evaluate import figure_columns, figure_rows, intervals_of
    from toprank.cli.output import print_csv, print_json
    from toprank.recommender.about import promise_values
    from toprank.recommender.score_tables import any_book_table, figures_table
    from toprank.report.phrases import in_a_sentence, pluralise

    measures, card, notebook = model.measures, out / "model.html", _notebook(model)
    if as_csv:
        print_csv(figure_rows(measures.figures, measures.intervals), figure_columns(measures.figures))
        return
    if as_json:
        print_json(
            {
                "model": str(out),
                "card": str(card),
                "rows": measures.rows,
                "split": measures.split,
                "liked": measures.liked,
                "objective": measures.objective,
                "cutoff": measures.cutoff,
                "promise": promise_values(model.policy.promise),
                "figures": measures.figures,
                "intervals": intervals_of(measures.intervals),
                "verdict": measures.verdict,
                "any_book": measures.any_book,
                "notebook_f1": notebook,
            }
        )
        return
    title = f"Measured on {pluralise(measures.rows['test'], 'rating')} kept aside for testing"
    extra = [] if notebook is None else [("notebook's best", f"{notebook:.4f}")]
    console = results()
    shown = figures_table(title, measures.figures, measures.intervals, objective=measures.objective, extra=extra)
    print_table(shown)
    if measures.any_book:
        print_table(any_book_table(measures.any_book))
    said = [cutoff_sentence(model.policy), in_a_sentence(measures.verdict)]
    said += [f"On the test ratings {one.beside(on_test)}" for one, on_test in measures.achieved]
    console.print("\n".join([measures.split, *said] if measures.split else said), markup=False)
    console.print(f"Model: {out}\nCard: {card}", soft_wrap=True, markup=False)


def _notebook(model: FittedRecommender) -> float | None:
    """Give the best test F1 that the notebook prints, where the test rows are the notebook's."""
    import math

    from toprank.data.datasets.book_crossing import BOOK_CROSSING
    from toprank.study.notebook.printed import printed

    always = model.measures.figures["always"]["f1"]
    if model.data.name != BOOK_CROSSING.name or model.config.seed != 13 or not math.isclose(always, ALWAYS_ON_ITS_ROWS):
        return None
    return max(one.test_f1 for one in printed().values() if one.test_f1 is not None)
