"""The work behind ``toprank study``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from toprank.cli.console import results, say
from toprank.data.sources import load
from toprank.data.splits import SPLITS
from toprank.data.summary import summarize
from toprank.deciding.objectives import parse_objective
from toprank.errors import OptionError
from toprank.models.registry import chosen
from toprank.study.pages import render_report, write_page
from toprank.study.run import run_study
from toprank.study.terminal import results_table
from toprank.targets import Adjusted

__all__ = ["run_and_write"]


def run_and_write(
    data: str, *, models: str, seed: int, out: Path, split: str, objective: str, reading: dict[str, Any]
) -> None:
    """Run a study, print its table, write its files.

    Parameters
    ----------
    data : str
        Name or path of the dataset.
    models, split, objective : str
        As on the command line.
    seed : int
        Seed of everything.
    out : Path
        Folder to write to; made if need be.
    reading : dict of str to Any
        Options of the reader.
    """
    # All options are checked before the data are read: a slip should not cost a minute.
    entries = chosen(models)
    serves = parse_objective(objective)
    if split not in SPLITS:
        raise OptionError(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"the folder {out} cannot be made ({error.strerror}); name another with --out") from None

    dataset = load(data, **reading)
    for note in dataset.notes:
        say(f"Note: {note}")
    parts = SPLITS[split](dataset.ratings, seed)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("study", total=None)
        result = run_study(
            dataset,
            parts,
            entries,
            rng=np.random.default_rng(seed),
            objective=serves,
            on_step=lambda done, total, what: progress.update(task, completed=done, total=total, description=what),
        )
        progress.update(task, description="writing the report")
        scale = dataset.ratings.scale
        x = np.linspace(scale.low, scale.high, 181)
        page = render_report(result, summarize(dataset), transform=(x, Adjusted().transform(x, scale)))
        write_page(page, out / "report.html")
        result.write(out / "results.json")
    results().print(results_table(result))
    results().print(f"Report: {out / 'report.html'}\nResults: {out / 'results.json'}", soft_wrap=True)
