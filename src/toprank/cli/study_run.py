"""The work behind ``toprank study``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from toprank.cli.console import note, print_table, results
from toprank.cli.paths import check_writable
from toprank.cli.progress_bars import two_bars
from toprank.core.atomic import write_whole
from toprank.core.dataset import Dataset
from toprank.data.datasets.load import load
from toprank.data.relative_liking import relative_ratings
from toprank.data.split_words import WHY_SPLIT, split_words
from toprank.data.splits import SPLITS, usual_split
from toprank.data.summary import DatasetSummary, summarize
from toprank.decisions.objectives import Objective, parse_objective
from toprank.errors import OptionError
from toprank.models.registry import ModelSpec, chosen
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.run import run_study
from toprank.study.engine.scoring import ScoreCache
from toprank.study.engine.seeds import over_seeds, parse_seeds
from toprank.study.engine.study_result import StudyResult
from toprank.study.pages import render_report, render_seeds
from toprank.study.seed_tables import means_table, seed_ablation_tables
from toprank.study.study_tables import ablation_table, results_tables
from toprank.study.tuning.tuned_values import read_settings, with_settings
from toprank.targets import Adjusted

__all__ = ["DEFAULT_SEED", "checked_split", "run_and_write"]

LIKED = ("absolute", "relative")
"""What "liked" may be measured by."""

DEFAULT_SEED = 13
"""The notebook's."""

FINISHED = "finished"
"""Folder, inside that of a study, of the models that are done while it is not."""


def run_and_write(
    data: str,
    *,
    models: str,
    seed: int | None,
    seeds: str | None,
    out: Path,
    split: str | None,
    objective: str,
    liked: str = "absolute",
    add_validation: bool = False,
    resume: bool,
    settings: Sequence[Path],
    reading: dict[str, Any],
) -> bool:
    """Run a study on one split or on several, print its tables, write its files.

    Parameters
    ----------
    data : str
        Name or path of the dataset.
    models, split, objective, liked : str
        As on the command line.
    seed : int, optional
        Seed of everything.
    seeds : str, optional
        Several, as on the command line; each has a split and a folder of its own.
    out : Path
        Folder to write to; made if need be.
    add_validation : bool
        Whether models learn the validation ratings before they score the test pairs.
    resume : bool
        Whether to take up the models that an interrupted study has finished.
    settings : sequence of Path
        Files with hyper-parameters.
    reading : dict of str to Any
        Options of the reader.

    Returns
    -------
    bool
        Whether a model failed.
    """
    # All options are checked before the data are read: a slip should not cost a minute.
    if seed is not None and seeds is not None:
        raise OptionError("--seed and --seeds are both given; --seed is for one split, --seeds for several")
    several = (DEFAULT_SEED if seed is None else seed,) if seeds is None else parse_seeds(seeds)
    entries = with_settings(chosen(models), [read_settings(path) for path in settings])
    serves = parse_objective(objective)
    checked_split(split)
    if liked not in LIKED:
        raise OptionError(f"--liked is {liked!r}; it must be {' or '.join(LIKED)}")
    check_writable(out)
    dataset = load(data, **reading)
    for line in dataset.notes:
        note(f"Note: {line}")
    if split is None:
        split = usual_split(dataset.ratings)
        note(f"Note: {WHY_SPLIT[split]}")
    if len(several) > 1 and split in ("time", "leave-last-k-out"):
        note(f"Note: the split {split} is the same for every seed; seeds move only what models draw")
    runs = _Runs(dataset, summarize(dataset), entries, serves, split, liked, add_validation, resume)
    found = []
    for number, one in enumerate(several, 1):
        folder, which = out, ""
        if seeds is not None:
            folder, which = out / f"seed-{one}", f"seed {one}, {number} of {len(several)}: "
        found.append(runs.on(one, folder, which))
        _say_failed(found[-1], which and f" with seed {one}")
        if which:
            note(f"Seed {one} is done, {number} of {len(several)}: {folder / 'report.html'}")
    if seeds is None:
        tables, written = [*results_tables(found[0]), *map(ablation_table, ablation_groups(found[0]))], "results.json"
    else:
        study = over_seeds(found)
        write_whole(out / "report.html", render_seeds(study, [f"seed-{one}/report.html" for one in several]))
        tables, written = [means_table(study), *seed_ablation_tables(study)], "seeds.json"
        study.write(out / written)
    runs.clear()
    for table in tables:
        print_table(table)
    results().print(f"Report: {out / 'report.html'}\nResults: {out / written}", soft_wrap=True)
    return any(result.failed for result in found)


def checked_split(name: str | None) -> None:
    """Refuse a split that there is not.

    Parameters
    ----------
    name : str or None
        As on the command line; None leaves it to the data.

    Raises
    ------
    OptionError
        If there is no such split.
    """
    if name is not None and name not in SPLITS:
        raise OptionError(f"there is no split {name!r}; the splits are {', '.join(SPLITS)}")


@dataclass(frozen=True, eq=False)
class _Runs:
    """The same study on one split after another."""

    dataset: Dataset
    summary: DatasetSummary
    entries: Sequence[ModelSpec]
    objective: Objective
    split: str
    liked: str
    add_validation: bool
    resume: bool
    whole: list[ScoreCache] = field(default_factory=list)

    def on(self, seed: int, out: Path, which: str = "") -> StudyResult:
        """Run it on one split and write that split's files; what is finished is kept until :meth:`clear`."""
        data = self.dataset
        parts = SPLITS[self.split](data.ratings, seed)
        note(f"Note: {which}{split_words(parts, data.ratings)}")
        if self.liked == "relative":
            data = replace(data, ratings=relative_ratings(data.ratings, parts.train))
        rng = np.random.default_rng(seed)
        finished = ScoreCache(out / FINISHED, data, parts, rng, add_validation=self.add_validation)
        if not self.resume:
            if dropped := len(finished):
                said = f"{dropped} models that an interrupted study had finished are dropped; --resume keeps them"
                note(f"Note: {which}{said}")
            finished.clear()
        try:
            with two_bars("study", which) as (on_step, progress):
                result = run_study(
                    data,
                    parts,
                    self.entries,
                    rng=rng,
                    objective=self.objective,
                    finished=finished,
                    add_validation=self.add_validation,
                    on_step=on_step,
                    progress=progress,
                )
        except KeyboardInterrupt:
            if kept := len(finished) + sum(map(len, self.whole)):
                note(f"{kept} models are finished and kept; the same command with --resume goes on from there.")
            raise
        scale = self.dataset.ratings.scale
        x = np.linspace(scale.low, scale.high, 181)
        page = render_report(result, self.summary, transform=(x, Adjusted().transform(x, scale)))
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "report.html", page)
        result.write(out / "results.json")
        if not result.failed:
            self.whole.append(finished)
        return result

    def clear(self) -> None:
        """Drop what was kept of the splits on which no model failed: all is done."""
        for finished in self.whole:
            finished.clear()


def _say_failed(result: StudyResult, where: str = "") -> None:
    for error in dict.fromkeys(result.failed.values()):
        names = ", ".join(name for name, its_error in result.failed.items() if its_error == error)
        note(f"Error: {names} failed{where}: {error}")
