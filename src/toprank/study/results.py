"""The outcome of a study and its JSON form."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toprank.core.files import json_ready, write_whole
from toprank.evaluation.report import Report

__all__ = ["StudyResult"]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Several models on one split of one dataset.

    Parameters
    ----------
    dataset : str
        Name of the dataset.
    scale : str
        The rating scale and the bar for "liked", in words.
    split : dict
        ``kind``, ``seed``, and the number of rows in ``train``, ``validation`` and ``test``.
    liked : dict of str to int
        How many rows of each part are liked.
    always : dict of str to float
        F1 of recommending everything, on ``validation`` and ``test``.
    reports : tuple of Report
        One a model, in the order asked for.
    failed : dict of str to str
        The models that could not be trained, and why.
    """

    dataset: str
    scale: str
    split: dict[str, int | str]
    liked: dict[str, int]
    always: dict[str, float]
    reports: tuple[Report, ...]
    failed: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the content of ``results.json``; what is not defined is None.

        Returns
        -------
        dict
        """
        return {
            "dataset": self.dataset,
            "scale": self.scale,
            "split": self.split,
            "liked": self.liked,
            "always_f1": self.always,
            "models": [_model(report) for report in self.reports],
            "failed": [{"name": name, "error": error} for name, error in self.failed.items()],
        }

    def write(self, path: Path) -> None:
        """Write ``results.json`` beside its final name, then rename it into place.

        Parameters
        ----------
        path : Path
            The file.
        """
        write_whole(path, json.dumps(json_ready(self.to_dict()), indent=1, allow_nan=False) + "\n")


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
        "comparisons": [
            {
                "baseline": c.baseline,
                "metric": c.metric,
                "difference": c.difference,
                "low": c.low,
                "high": c.high,
                "better": c.better,
            }
            for c in report.comparisons
        ],
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
        "verdict": report.verdict,
    }
