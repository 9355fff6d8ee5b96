"""``toprank tune``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toprank.cli.arguments import Split
from toprank.cli.console import INTERRUPTED, exit_on_error
from toprank.cli.data_options import with_read_options

__all__ = ["tune"]


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
    split: Split = None,
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
    from toprank.cli.tune_run import tune_and_write

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
