"""One study on several splits: what it found on average, and how far that moves with the split."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from toprank.core.atomic import write_whole
from toprank.core.json_values import json_ready
from toprank.errors import OptionError
from toprank.evaluation.measurements import Comparison, Report
from toprank.study.engine.study_result import StudyResult

__all__ = ["AGAINST", "FIGURES", "OverSeeds", "SeedDifference", "SeedStudy", "Spread", "over_seeds", "parse_seeds"]

FIGURES: dict[str, Callable[[Report], float]] = {
    "auc": lambda report: report.test["auc"],
    "f1": lambda report: report.test_learned["f1"],
    "log_loss": lambda report: report.test["log_loss"],
    "brier": lambda report: report.test["brier"],
    "mcc": lambda report: report.test_learned["mcc"],
    "ece": lambda report: report.test["ece"],
}
"""What is averaged: on the test rows, F1 and MCC at the learned cutoff."""

AGAINST = ("always", "bias")
"""The baselines that a model's difference to is averaged."""

MAX_SEEDS = 1000
LARGEST_SEED = 2**32 - 1


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read seeds as people write them: ``13``, ``13-17``, ``13,14,20``, or a mixture; each once.

    Examples
    --------
    >>> parse_seeds("13-15, 20")
    (13, 14, 15, 20)
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part.strip(), flags=re.ASCII)
        if match is None:
            raise OptionError(f"the seeds {text!r} are not understood at {part.strip()!r}; write 13-17, 13,14,20 or 13")
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if not first <= last <= LARGEST_SEED:
            raise OptionError(f"the seeds {part.strip()!r} must rise, and be at most {LARGEST_SEED}")
        if last - first >= MAX_SEEDS - len(seeds):
            raise OptionError(f"the seeds {text!r} are more than {MAX_SEEDS}; name fewer")
        seeds += range(first, last + 1)
    if twice := [seed for seed in dict.fromkeys(seeds) if seeds.count(seed) > 1]:
        raise OptionError(f"the seed {twice[0]} is named twice in {text!r}; name each once")
    return tuple(seeds)


@dataclass(frozen=True)
class Spread:
    """One figure on several splits: a value for each seed, NaN where it is not defined.

    Examples
    --------
    >>> figure = Spread((0.5, 0.75, 1.0, float("nan")))
    >>> figure.mean, figure.deviation
    (0.75, 0.25)
    """

    values: tuple[float, ...]

    @property
    def defined(self) -> tuple[float, ...]:
        """The values that are numbers."""
        return tuple(value for value in self.values if np.isfinite(value))

    @property
    def mean(self) -> float:
        """The mean of the values that are numbers; NaN if there are none."""
        return float(np.mean(self.defined)) if self.defined else float("nan")

    @property
    def deviation(self) -> float:
        """Their standard deviation, with n - 1 below the line; NaN if there are fewer than two."""
        return float(np.std(self.defined, ddof=1)) if len(self.defined) > 1 else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Give ``mean``, ``deviation`` and the values ``by_seed``."""
        return {"mean": self.mean, "deviation": self.deviation, "by_seed": list(self.values)}


@dataclass(frozen=True)
class SeedDifference:
    """The paired difference to another model (``than``) on several splits, and on how many it is more than chance.

    ``decided`` counts the splits with enough readers to tell, by the bootstrap over users of each.
    """

    than: str
    metric: str
    difference: Spread
    better: int
    worse: int
    decided: int


@dataclass(frozen=True)
class OverSeeds:
    """One model on several splits: its :data:`FIGURES`, and its differences to :data:`AGAINST` and its ablations."""

    name: str
    figures: dict[str, Spread]
    differences: tuple[SeedDifference, ...]

    def difference(self, than: str, metric: str) -> SeedDifference | None:
        """Find the difference to another model; None where it was not measured."""
        return next((one for one in self.differences if (one.than, one.metric) == (than, metric)), None)


@dataclass(frozen=True, eq=False)
class SeedStudy:
    """A study on one split or more, each with its seed and result; the models are in the order of the studies."""

    seeds: tuple[int, ...]
    results: tuple[StudyResult, ...]
    models: tuple[OverSeeds, ...]

    @property
    def judged(self) -> tuple[str, str]:
        """The metric that verdicts are about, and how to call it."""
        judged = [(r.judged_by, r.judged_in) for result in self.results for r in result.reports if r.name != "always"]
        return judged[0] if judged else ("f1", "F1")

    @property
    def ablated(self) -> frozenset[str]:
        """The models that are there only as ablations."""
        return frozenset(a.name for result in self.results for a in result.ablations if a.part)

    def to_dict(self) -> dict[str, Any]:
        """Give the content of ``seeds.json``; what is not defined is None."""
        first = self.results[0]
        return {
            "dataset": first.dataset,
            "scale": first.scale,
            "split": first.split["kind"],
            "objective": next(iter({report.objective for report in first.reports}), None),
            "seeds": list(self.seeds),
            "validation_added": first.validation_added,
            "deviation": "standard deviation over the seeds, n - 1",
            "models": [
                {
                    "name": model.name,
                    **{name: figure.to_dict() for name, figure in model.figures.items()},
                    "differences": [
                        {
                            "than": one.than,
                            "metric": one.metric,
                            **one.difference.to_dict(),
                            "seeds_better": one.better,
                            "seeds_worse": one.worse,
                            "seeds_decided": one.decided,
                        }
                        for one in model.differences
                    ],
                }
                for model in self.models
            ],
            "failed": [
                {"seed": seed, "name": name, "error": error}
                for seed, result in zip(self.seeds, self.results, strict=True)
                for name, error in result.failed.items()
            ],
        }

    def write(self, path: Path) -> None:
        """Write ``seeds.json`` beside its final name, then rename it into place."""
        write_whole(path, json.dumps(json_ready(self.to_dict()), indent=1, allow_nan=False) + "\n")


def over_seeds(results: Sequence[StudyResult]) -> SeedStudy:
    """Gather one study on one split or more; a model may have failed on some."""
    if not results:
        raise OptionError("there are no studies to average; give at least one")
    names = dict.fromkeys(report.name for result in results for report in result.reports)
    return SeedStudy(
        tuple(int(result.split["seed"]) for result in results),
        tuple(results),
        tuple(_model(name, results) for name in names),
    )


def _model(name: str, results: Sequence[StudyResult]) -> OverSeeds:
    reports = [next((r for r in result.reports if r.name == name), None) for result in results]
    figures = {
        key: Spread(tuple(float("nan") if report is None else figure(report) for report in reports))
        for key, figure in FIGURES.items()
    }
    to_baselines = [
        [c for c in (() if report is None else report.comparisons) if c.baseline in AGAINST] for report in reports
    ]
    to_ablated = [[c for a in result.ablations if a.full == name for c in a.comparisons] for result in results]
    return OverSeeds(name, figures, (*_differences(to_baselines), *_differences(to_ablated)))


def _differences(by_seed: Iterable[Sequence[Comparison]]) -> list[SeedDifference]:
    found = [{(c.baseline, c.metric): c for c in comparisons} for comparisons in by_seed]
    differences = []
    for than, metric in dict.fromkeys(key for comparisons in found for key in comparisons):
        compared = [comparisons.get((than, metric)) for comparisons in found]
        there = [c for c in compared if c is not None]
        differences.append(
            SeedDifference(
                than,
                metric,
                Spread(tuple(float("nan") if c is None else c.difference for c in compared)),
                better=sum(c.better for c in there),
                worse=sum(c.worse for c in there),
                decided=sum(not c.undecided for c in there),
            )
        )
    return differences
