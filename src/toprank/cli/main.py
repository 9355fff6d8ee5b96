"""The commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.compare import compare
from toprank.cli.console import DATA_ERROR, INTERRUPTED, exit_on_error, results
from toprank.cli.data_options import with_read_options
from toprank.cli.decide import decide
from toprank.cli.evaluate import evaluate
from toprank.cli.explain import explain
from toprank.cli.fetch import fetch
from toprank.cli.find import find
from toprank.cli.fit import fit
from toprank.cli.inspect import inspect
from toprank.cli.recommend import recommend
from toprank.cli.update import update

__all__ = ["app"]

app = typer.Typer(
    name="toprank",
    help="Should this reader be recommended this book, yes or no?",
    epilog="Exit codes: 0 done, 1 data or options cannot be used, 2 the command is not understood, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(asked: bool) -> None:
    if asked:
        from toprank import __version__

        results().print(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Should this reader be recommended this book, yes or no?"""


for command in (fetch, inspect):
    app.command(rich_help_panel="Data")(command)
for command in (fit, evaluate, decide, recommend, explain, find, update, compare):
    app.command(rich_help_panel="Recommender")(command)


@app.command(rich_help_panel="Studies")
@exit_on_error
@with_read_options
def study(
    data: Annotated[
        str, typer.Option("--data", help="book-crossing, or a file of ratings (CSV, TSV, Parquet).")
    ] = "book-crossing",
    models: Annotated[
        str,
        typer.Option(
            "--models",
            help="Models or groups (jaccard, networks, all), with commas between. The baselines always run.",
        ),
    ] = "jaccard",
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            max=2**32 - 1,
            help="Seed of the split and of all other randomness.",
            show_default="13",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option("--seeds", help="Several, each with its own split: 13-17 or 13,14,20; then means and spread."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for results.json and report.html.")] = Path(
        "toprank-study"
    ),
    split: Annotated[
        str, typer.Option("--split", help="random, leave-k-out, unseen-users or unseen-items.")
    ] = "random",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the models that an interrupted study has finished.")
    ] = False,
    objective: Annotated[
        str,
        typer.Option(
            "--objective", help="What the learned cutoff serves: f1, f0.5, precision>=0.9, share<=0.2, gain:1,-2."
        ),
    ] = "f1",
    liked: Annotated[
        str,
        typer.Option(
            "--liked", help="absolute: from the bar on the scale; relative: from what the reader usually gives."
        ),
    ] = "absolute",
    add_validation: Annotated[
        bool,
        typer.Option(
            "--add-validation",
            help="Once all is chosen, tell models the validation ratings too, and then score the test rows.",
        ),
    ] = False,
    settings: Annotated[
        list[Path] | None,
        typer.Option("--settings", help="Hyper-parameters in place of defaults: a file that toprank tune wrote."),
    ] = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Run models side by side on one split or several; print the table, write results.json and report.html.

    Example: toprank study --data ratings.csv --models bias,jaccard-adjusted --out my-study
    """
    from toprank.cli.study import run_and_write

    failed = run_and_write(
        data,
        models=models,
        seed=seed,
        seeds=seeds,
        out=out,
        split=split,
        objective=objective,
        liked=liked,
        add_validation=add_validation,
        resume=resume,
        settings=settings or (),
        reading=reading,
    )
    if failed:
        raise typer.Exit(DATA_ERROR)


@app.command(rich_help_panel="Studies")
@exit_on_error
@with_read_options
def tune(
    data: Annotated[str, typer.Argument(help="book-crossing, or a file of ratings (CSV, TSV, Parquet).")],
    model: Annotated[str, typer.Option("--model", help="The model whose hyper-parameters to search.")] = "boosted",
    trials: Annotated[int, typer.Option("--trials", min=1, help="Settings to try; the defaults come first.")] = 30,
    time_limit: Annotated[
        str | None,
        typer.Option(
            "--time-limit", help="Begin no other setting after this time: 90s, 20m, 1h30m.", show_default="none"
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="File for the best setting; the journal of the search lies beside it.")
    ] = Path("best.json"),
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of the split and of all other randomness.")
    ] = 13,
    split: Annotated[
        str, typer.Option("--split", help="random, leave-k-out, unseen-users or unseen-items.")
    ] = "random",
    metric: Annotated[
        str,
        typer.Option("--metric", help="What to improve on the validation rows: auc, log-loss, f1, f0.5, gain:1,-2."),
    ] = "auc",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the settings that were tried before.")] = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Search for better hyper-parameters on the training and validation rows; the test rows are not looked at.

    Example: toprank tune ratings.csv --model boosted --time-limit 20m --out best.json

    Then: toprank fit ratings.csv -o model --settings best.json

    Or: toprank study --data ratings.csv --models boosted --settings best.json
    """
    from toprank.cli.tune import tune_and_write

    interrupted = tune_and_write(
        data,
        model=model,
        trials=trials,
        time_limit=time_limit,
        out=out,
        seed=seed,
        split=split,
        metric=metric,
        resume=resume,
        reading=reading,
    )
    if interrupted:
        raise typer.Exit(INTERRUPTED)
