"""The outcome of a study and its JSON form."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toprank.core.atomic import write_whole
from toprank.core.json_values import json_ready
from toprank.evaluation.measurements import Comparison, Report

__all__ = ["Ablation", "StudyResult", "comparison_json"]


@dataclass(frozen=True)
class Ablation:
    """What a part adds to a model."""

    # name, full: the model without the part, and the one with it
    name: str
    full: str
    # the full model beside the other: a positive difference is what the part adds. On F1 at the learned cutoff, on
    # AUC, and on the objective where that is another.
    comparisons: tuple[Comparison, ...]

    def of(self, metric: str) -> Comparison:
        """Give the comparison on one metric, such as ``"auc"``."""
        return next(c for c in self.comparisons if c.metric == metric)

    @property
    def part(self) -> str:
        """Name of the part: ``"neighbours"`` of ``"boosted-without-neighbours"``; empty for another name."""
        start = f"{self.full}-without-"
        return self.name.removeprefix(start) if self.name.startswith(start) else ""


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Several models on one split of one dataset."""

    dataset: str
    scale: str  # the rating scale and the bar for "liked", in words
    split: dict[str, int | str]  # ``kind``, ``seed``, and the number of rows in ``train``, ``validation`` and ``test``
    liked: dict[str, int]  # how many rows of each part are liked
    always: dict[str, float]  # F1 of recommending everything, on ``validation`` and ``test``
    reports: tuple[Report, ...]  # one a model, in the order asked for
    failed: dict[str, str] = field(default_factory=dict)  # the models that could not be trained, and why
    ablations: tuple[Ablation, ...] = ()  # what parts add to models
    validation_added: bool = False  # whether models learned the validation ratings before they scored the test pairs

    @property
    def whole(self) -> StudyResult:
        """The same without the models that are there only as ablations: those named ``FULL-without-PART``."""
        ablated = {ablation.name for ablation in self.ablations if ablation.part}
        return replace(self, reports=tuple(report for report in self.reports if report.name not in ablated))

    def to_dict(self) -> dict[str, Any]:
        """Give the content of ``results.json``; what is not defined is None."""
        return {
            "dataset": self.dataset,
            "scale": self.scale,
            "split": self.split,
            "liked": self.liked,
            "always_f1": self.always,
            "validation_added": self.validation_added,
            "models": [_model(report) for report in self.reports],
            "failed": [{"name": name, "error": error} for name, error in self.failed.items()],
            "ablations": [
                {"name": a.name, "full": a.full, "adds": {c.metric: comparison_json(c) for c in a.comparisons}}
                for a in self.ablations
            ],
        }

    def write(self, path: Path) -> None:
        """Write ``results.json`` beside its final name, then rename it into place."""
        write_whole(path, json.dumps(json_ready(self.to_dict()), indent=1, allow_nan=False) + "\n")


def comparison_json(c: Comparison) -> dict[str, float | bool]:
    """Give a comparison's figures; ``better`` is by more than chance."""
    return {"difference": c.difference, "low": c.low, "high": c.high, "better": c.better}


def _model(report: Report) -> dict[str, Any]:
    parts = {
        "validation": (report.validation_fixed, report.validation_learned, report.validation),
        "test": (report.test_fixed, report.test_learned, report.test),
    }
    return {
        "name": report.name,
        "target": report.target,
        "objective": report.objective,
        "cutoff": {"fixed": report.fixed_cutoff, "learned": report.learned_cutoff},
        **{part: {"fixed": fixed, "learned": learned, **scores} for part, (fixed, learned, scores) in parts.items()},
        "intervals": {name: [m.low, m.high] for name, m in report.intervals.items()},
        "comparisons": [{"baseline": c.baseline, "metric": c.metric, **comparison_json(c)} for c in report.comparisons],
        "slices": [{"name": s.name, "rows": s.rows, "liked": s.liked, **s.measurements} for s in report.slices],
        "spread": report.spread,
        "training": None
        if report.history is None
        else {
            "loss": list(report.history.loss),
            "validation_loss": list(report.history.validation_loss),
            "best_epoch": report.history.best_epoch,
        },
        "unscored": report.unscored,
        "seconds": report.seconds,
        "achieved": [
            {
                "figure": a.name,
                "expected": a.value,
                "low": a.low,
                "high": a.high,
                "test": value,
                "words": a.beside(value),
            }
            for a, value in report.achieved
        ],
        "verdict": report.verdict,
    }
