"""The work behind ``toprank study``."""

from __future__ import annotations

import os
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
from toprank.study.scoring import Finished
from toprank.study.terminal import results_table
from toprank.targets import Adjusted

__all__ = ["run_and_write"]

FINISHED = "finished"
"""Folder, inside that of the study, of the models that are done while it is not."""


def run_and_write(
    data: str,
    *,
    models: str,
    seed: int,
    out: Path,
    split: str,
    objective: str,
    resume: bool,
    reading: dict[str, Any],
) -> bool:
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
    resume : bool
        Whether to take up the models that an interrupted study has finished.
    reading : dict of str to Any
        Options of the reader.

    Returns
    -------
    bool
        Whether a model failed.
    """
    # All options are checked before the data are read: a slip should not cost a minute.
    entries = chosen(models)
    serves = parse_objective(objective)
    if split not in SPLITS:
        raise OptionError(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    _check_writable(out)

    dataset = load(data, **reading)
    for note in dataset.notes:
        say(f"Note: {note}")
    parts = SPLITS[split](dataset.ratings, seed)
    rng = np.random.default_rng(seed)
    finished = Finished(out / FINISHED, dataset, parts, rng)
    if not resume:
        if len(finished):
            say(f"Note: {len(finished)} models that an interrupted study had finished are dropped; --resume keeps them")
        finished.clear()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            whole, current = progress.add_task("study", total=None), progress.add_task("", total=None, visible=False)

            def on_step(done: int, total: int, what: str) -> None:
                progress.update(whole, completed=done, total=total, description=what)
                progress.update(current, visible=False)

            def watch(done: int, total: int, what: str) -> None:
                progress.update(current, completed=done, total=total, description=f"  {what}", visible=True)

            result = run_study(
                dataset,
                parts,
                entries,
                rng=rng,
                objective=serves,
                finished=finished,
                on_step=on_step,
                watch=watch,
            )
    except KeyboardInterrupt:
        if len(finished):
            say(f"{len(finished)} models are finished and kept; the same command with --resume goes on from there.")
        raise
    results().print(results_table(result))
    for error in dict.fromkeys(result.failed.values()):
        names = ", ".join(name for name, its_error in result.failed.items() if its_error == error)
        say(f"Error: {names} failed: {error}")
    scale = dataset.ratings.scale
    x = np.linspace(scale.low, scale.high, 181)
    page = render_report(result, summarize(dataset), transform=(x, Adjusted().transform(x, scale)))
    out.mkdir(parents=True, exist_ok=True)
    write_page(page, out / "report.html")
    result.write(out / "results.json")
    if not result.failed:
        finished.clear()
    results().print(f"Report: {out / 'report.html'}\nResults: {out / 'results.json'}", soft_wrap=True)
    return bool(result.failed)


def _check_writable(out: Path) -> None:
    """Say at once, not after all the work, that nothing can be written to a folder."""
    if out.exists() and not out.is_dir():
        raise OptionError(f"{out} is a file, not a folder; name another with --out")
    there = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise OptionError(f"nothing can be written to {there}; name another folder with --out")
