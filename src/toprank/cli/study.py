"""``toprank study``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.arguments import Split
from toprank.cli.console import DATA_ERROR, exit_on_error
from toprank.cli.data_options import with_read_options
from toprank.cli.engine_options import with_engine

__all__ = ["study"]


@exit_on_error
@with_engine
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
    split: Split = None,
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
    from toprank.cli.study_run import run_and_write

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
