"""The tables of a study's report: figures with intervals, the best of each column marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from toprank.evaluation.measurements import Measurement, Report, Slice
from toprank.report.phrases import decimal, interval
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.comparison import is_grid
from toprank.study.study_phrases import MANY, baselines, standing, standing_words

__all__ = ["Results", "Slices", "results", "slices"]


@dataclass(frozen=True)
class Cell:
    """A figure, the small print below it, and whether it is the best of its column."""

    text: str
    note: str = ""
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One model in the table of results."""

    report: Report
    cells: list[Cell]

    @property
    def standing(self) -> str:
        """How the model stands against *always recommend*, for a mark."""
        return standing(self.report)

    @property
    def briefly(self) -> str:
        """The same in a word or two."""
        return "no better" if self.standing == "same" else standing_words(self.report)


@dataclass(frozen=True)
class Group:
    """Rows of the table; where it is not spelled out, their verdicts are said briefly beside their names."""

    title: str
    rows: list[Row]
    spelled: bool = True

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)


@dataclass(frozen=True)
class Results:
    """The table of results; some groups are folded away."""

    headings: list[str]
    groups: list[Group]
    folded: list[Group]


def results(result: StudyResult) -> Results:
    """Lay out how every model did on the test rows.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    Results
    """
    none = Measurement("", math.nan)
    reports = result.reports
    # Heading, figures, whether high (1) or low (-1) is good. Nobody is praised for recall, coverage or calibration
    # error: always recommending is the best at them.
    columns: list[tuple[str, list[float], int]] = [
        ("F1 fixed", [r.test_fixed["f1"] for r in reports], 1),
        ("F1 learned", [r.test_learned["f1"] for r in reports], 1),
        ("AUC", [r.test["auc"] for r in reports], 1),
        ("MCC", [r.test_learned["mcc"] for r in reports], 1),
        ("precision", [r.test_learned["precision"] for r in reports], 1),
        ("recall", [r.test_learned["recall"] for r in reports], 0),
        ("coverage", [r.test_learned["coverage"] for r in reports], 0),
        ("log loss", [r.test["log_loss"] for r in reports], -1),
        ("Brier", [r.test["brier"] for r in reports], -1),
        ("ECE", [r.test["ece"] for r in reports], 0),
    ]
    intervals = {"F1 learned": "f1", "AUC": "auc"}
    cells: list[list[Cell]] = [[] for _ in reports]
    for heading, values, good in columns:
        best = _best(values, good)
        for place, report in enumerate(reports):
            measured = report.intervals.get(intervals.get(heading, ""), none)
            cells[place].append(Cell(decimal(values[place]), interval(measured), best[place]))
    for place, report in enumerate(reports):
        seconds = [report.seconds.get(part, math.nan) for part in ("fit", "score")]
        cells[place].append(Cell(decimal(sum(seconds), 2), f"{decimal(seconds[0], 2)} fit"))
    rows = [Row(report, cells[place]) for place, report in enumerate(reports)]
    trivial = baselines(result)
    models = [row for row in rows if row.report.name not in trivial]
    groups, folded = [Group("models", models)], []
    if len(rows) > MANY:
        groups = _by_standing([row for row in models if not is_grid(row.report)])
        folded = _by_standing([row for row in models if is_grid(row.report)])
    groups.append(Group("trivial baselines", [row for row in rows if row.report.name in trivial]))
    headings = ["model", *(heading for heading, _, _ in columns), "seconds"]
    return Results(headings, [group for group in groups if group.rows], folded)


def _by_standing(rows: Sequence[Row]) -> list[Group]:
    """Put those that beat always recommending first; the verdicts of the others are said briefly."""
    better = Group("better than always recommend", [row for row in rows if row.standing == "better"])
    rest = Group("not better than always recommend", [row for row in rows if row.standing != "better"], spelled=False)
    return [group for group in (better, rest) if group.rows]


def _best(values: Sequence[float], good: int, *, line: float = -math.inf) -> list[bool]:
    """Tell which figures are the best as shown; none are where most are alike, or none is above the line to beat."""
    shown = [good * round(value, 4) if math.isfinite(value) else -math.inf for value in values]
    top = max(shown, default=0.0)
    if good == 0 or 2 * shown.count(top) > len(shown) or not top > round(line, 4):
        return [False] * len(shown)
    return [math.isfinite(value) and value == top for value in shown]


@dataclass(frozen=True)
class SliceHeading:
    """One slice of the test rows."""

    name: str
    rows: int
    liked_share: float


@dataclass(frozen=True)
class Slices:
    """The table of slices, with the line to beat: F1 of recommending everything, and an AUC of 0.5."""

    headings: list[SliceHeading]
    line: list[float]
    rows: list[tuple[str, list[Cell]]]


def slices(reports: Sequence[Report]) -> Slices:
    """Lay out how every model did by how much is known.

    Parameters
    ----------
    reports : sequence of Report
        The models.

    Returns
    -------
    Slices
    """
    first: dict[str, Slice] = {}
    for report in reports:
        for s in report.slices:
            first.setdefault(s.name, s)
    cells: list[list[Cell]] = [[] for _ in reports]
    line: list[float] = []
    for name, found in first.items():
        for metric in ("f1", "auc"):
            own = [next((s.measurements for s in report.slices if s.name == name), {}) for report in reports]
            values = [measurements.get(metric, math.nan) for measurements in own]
            line.append(found.measurements.get("always_f1", math.nan) if metric == "f1" else 0.5)
            for place, (value, best) in enumerate(zip(values, _best(values, 1, line=line[-1]), strict=True)):
                cells[place].append(Cell(decimal(value, 3), "", best))
    headings = [SliceHeading(s.name, s.rows, s.liked / s.rows if s.rows else math.nan) for s in first.values()]
    return Slices(headings, line, [(report.name, cells[place]) for place, report in enumerate(reports)])
