"""The work behind ``toprank tune``."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from toprank.cli.console import note, print_table, results
from toprank.cli.paths import check_writable
from toprank.cli.progress_bars import two_bars
from toprank.cli.study_run import checked_split
from toprank.data.datasets.load import load
from toprank.data.split_words import WHY_SPLIT
from toprank.data.splits import SPLITS, usual_split
from toprank.errors import OptionError
from toprank.models.registry import chosen
from toprank.study.tuning.metric import parse_metric
from toprank.study.tuning.search_space import search_space
from toprank.study.tuning.tune import load_optuna, tune
from toprank.study.tuning.tuning_table import tuning_table

__all__ = ["parse_duration", "tune_and_write"]

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def tune_and_write(
    data: str,
    *,
    model: str,
    trials: int,
    time_limit: str | None,
    out: Path,
    seed: int,
    split: str | None,
    metric: str,
    resume: bool,
    reading: dict[str, Any],
) -> bool:
    """Search for a model's hyper-parameters, print what was found, write it.

    Parameters
    ----------
    data : str
        Name or path of the dataset.
    model, split, metric : str
        As on the command line.
    trials : int
        Settings to try, the defaults among them.
    time_limit : str, optional
        As on the command line.
    out : Path
        File to write to; the journal lies beside it.
    seed : int
        Seed of everything.
    resume : bool
        Whether to go on from the journal.
    reading : dict of str to Any
        Options of the reader.

    Returns
    -------
    bool
        Whether the search was interrupted.
    """
    # All options are checked before the data are read: a slip should not cost a minute.
    load_optuna()
    entry = next((entry for entry in chosen(model) if entry.name == model.strip()), None)
    if entry is None:
        raise OptionError(f"{model!r} stands for several models; name one")
    searched, serves = search_space(entry.model), parse_metric(metric)
    if not searched:
        raise OptionError(f"{entry.name} declares no hyper-parameter to search; name another model")
    seconds = math.inf if time_limit is None else parse_duration(time_limit)
    checked_split(split)
    check_writable(out.parent)
    if out.is_dir():
        raise OptionError(f"{out} is a folder; name a file with --out, such as {out / 'best.json'}")
    journal = out.with_name(f"{out.name}.journal")
    if journal.exists() and not resume:
        note(f"Note: the settings that an earlier search tried are dropped; --resume goes on from {journal}")
        journal.unlink()

    dataset = load(data, **reading)
    for line in dataset.notes:
        note(f"Note: {line}")
    if split is None:
        split = usual_split(dataset.ratings)
        note(f"Note: {WHY_SPLIT[split]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with two_bars("tune") as (on_trial, progress):
        found = tune(
            dataset,
            SPLITS[split](dataset.ratings, seed),
            entry,
            rng=np.random.default_rng(seed),
            journal=journal,
            metric=serves,
            trials=trials,
            time_limit=seconds,
            on_trial=on_trial,
            progress=progress,
        )
    found.write(out)
    print_table(tuning_table(found))
    results().print(f"Settings: {out}", soft_wrap=True)
    if found.interrupted:
        note("Stopped; the best so far is written, and the same command with --resume goes on from there.")
    return found.interrupted


def parse_duration(text: str) -> float:
    """Read a time as people write it.

    Parameters
    ----------
    text : str
        ``90s``, ``20m``, ``1h30m``, or a number of seconds.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    OptionError
        If the text is none of these.

    Examples
    --------
    >>> parse_duration("1h30m"), parse_duration("90")
    (5400.0, 90.0)
    """
    words = text.strip().lower().replace(" ", "")
    if re.fullmatch(r"\d+", words, flags=re.ASCII):
        return float(words)
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", words, flags=re.ASCII)
    if parts is None or not words:
        raise OptionError(f"the time {text!r} is not understood; write 90s, 20m or 1h30m")
    return sum(float(number) * unit for number, unit in zip(parts.groups(default="0"), _UNITS.values(), strict=True))
