"""The HTML pages of a dataset and of a study: one file each, complete in itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toprank.core.arrays import FloatArray
from toprank.core.files import write_whole
from toprank.data.book_crossing import NAME, TERMS
from toprank.data.summary import DatasetSummary
from toprank.evaluation.report import Measurement, Report, Slice
from toprank.study import data_figures, figures, panels
from toprank.study.results import StudyResult
from toprank.study.wording import (
    against_strongest,
    answer,
    base_rate,
    baselines,
    counted,
    cutoff_words,
    decimal,
    interval,
    percent,
    printable,
    shortened,
    standing,
)

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_report", "render_summary", "write_page"]


def render_summary(summary: DatasetSummary) -> str:
    """Make the page that ``toprank inspect --html`` writes.

    Parameters
    ----------
    summary : DatasetSummary
        The dataset.

    Returns
    -------
    str
        An HTML document that refers to nothing outside itself. Equal summaries give equal documents.
    """
    page = _environment().get_template("summary.html.j2")
    return page.render(summary=summary, data_figures=_data_figures(summary))


def render_report(
    result: StudyResult, summary: DatasetSummary, *, transform: tuple[FloatArray, FloatArray] | None
) -> str:
    """Make the report of a study.

    Parameters
    ----------
    result : StudyResult
        The study.
    summary : DatasetSummary
        The dataset it ran on.
    transform : tuple of float[n] and float[n], optional
        Ratings in ascending order and what the ``adjusted`` target makes of them, in rating points; None where no
        model uses it.

    Returns
    -------
    str
        An HTML document that refers to nothing outside itself. Equal arguments give equal documents.
    """
    from markupsafe import Markup

    reports = result.reports
    limits = panels.f1_limits(reports)

    def each(draw: Callable[[Report, str], str], key: str) -> list[tuple[Report, Markup]]:
        return [(report, Markup(draw(report, f"{key}-{place}"))) for place, report in enumerate(reports, 1)]

    sections = [
        ("reading", "How to read this"),
        ("results", "Results"),
        ("bars", "Beside the trivial answers"),
        ("data", "The data"),
        *([("transform", "Adjusted target")] if transform is not None else []),
        ("roc", "ROC"),
        ("precision-recall", "Precision and recall"),
        ("calibration", "Calibration"),
        ("scores", "Scores"),
        ("cutoffs", "F1 against the cutoff"),
        ("slices", "By how much is known"),
        ("split", "The split"),
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            result=result,
            summary=summary,
            sections=sections,
            answer=answer(result),
            against_baseline=against_strongest(result),
            base_rate=base_rate(result),
            objectives=sorted({report.objective for report in reports}),
            results=_results(result),
            unscored=[(r.name, r.unscored["test"]) for r in reports if r.unscored.get("test")],
            bars=[Markup(figures.f1_bars(result)), Markup(figures.auc_bars(result))],
            data_figures=_data_figures(summary),
            transform=transform and Markup(data_figures.transform_curve(summary.scale, *transform)),
            roc=Markup(figures.roc(reports)),
            precision_recall=Markup(figures.precision_recall(reports, base_rate(result))),
            calibration=each(panels.calibration, "calibration"),
            scores=each(panels.score_histogram, "scores"),
            cutoffs=each(lambda report, key: panels.f1_by_cutoff(report, key, limits), "cutoffs"),
            slices=_slices(reports),
            split_words=_split_words(result),
        )
    )


def write_page(html: str, path: Path) -> None:
    """Write a page beside its final name, then rename it into place, so that no half page is ever seen.

    Parameters
    ----------
    html : str
        The page.
    path : Path
        The file.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    write_whole(path, html)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("toprank.study"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Drawings are Markup and pass; every other text is data.
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters.update(
        count=lambda number: f"{number:,}",
        number=lambda number: f"{number:.6g}".replace("-", "−"),
        cutoff=cutoff_words,
        counted=counted,
        decimal=decimal,
        percent=percent,
        shortened=shortened,
    )
    environment.globals.update(nan=math.nan, terms={NAME: TERMS})
    return environment


def _data_figures(summary: DatasetSummary) -> list[tuple[str, str]]:
    from markupsafe import Markup

    drawn = []
    if summary.explicit.rows:
        drawn.append((data_figures.rating_histogram(summary), "The explicit ratings."))
        drawn.append((data_figures.long_tails(summary), "Users and items with at least so many ratings."))
    if summary.ages is not None and any(summary.ages.rows):
        outside = f" {summary.ages.outside:,} more lie outside." if summary.ages.outside else ""
        drawn.append((data_figures.age_histogram(summary.ages), f"Ages from 0 to 100.{outside}"))
    return [(Markup(svg), caption) for svg, caption in drawn]


@dataclass(frozen=True)
class _Cell:
    text: str
    note: str = ""
    best: bool = False


@dataclass(frozen=True)
class _Row:
    report: Report
    cells: list[_Cell]
    standing: str


@dataclass(frozen=True)
class _Results:
    headings: list[str]
    groups: list[tuple[str, list[_Row]]]


def _results(result: StudyResult) -> _Results:
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
    cells: list[list[_Cell]] = [[] for _ in reports]
    for heading, values, good in columns:
        best = _best(values, good)
        for place, report in enumerate(reports):
            measured = report.intervals.get(intervals.get(heading, ""), none)
            cells[place].append(_Cell(decimal(values[place]), interval(measured), best[place]))
    for place, report in enumerate(reports):
        seconds = [report.seconds.get(part, math.nan) for part in ("fit", "score")]
        cells[place].append(_Cell(decimal(sum(seconds), 2), f"{decimal(seconds[0], 2)} fit"))
    rows = [_Row(report, cells[place], standing(report)) for place, report in enumerate(reports)]
    trivial = baselines(result)
    return _Results(
        ["model", *(heading for heading, _, _ in columns), "seconds"],
        [
            ("models", [row for row in rows if row.report.name not in trivial]),
            ("trivial baselines", [row for row in rows if row.report.name in trivial]),
        ],
    )


def _best(values: Sequence[float], good: int, *, line: float = -math.inf) -> list[bool]:
    """Tell which figures are the best as shown; none are where most are alike, or none is above the line to beat."""
    shown = [good * round(value, 4) if math.isfinite(value) else -math.inf for value in values]
    top = max(shown, default=0.0)
    if good == 0 or 2 * shown.count(top) > len(shown) or not top > round(line, 4):
        return [False] * len(shown)
    return [math.isfinite(value) and value == top for value in shown]


@dataclass(frozen=True)
class _SliceHeading:
    name: str
    rows: int
    liked_share: float


@dataclass(frozen=True)
class _Slices:
    headings: list[_SliceHeading]
    line: list[float]
    rows: list[tuple[str, list[_Cell]]]


def _slices(reports: Sequence[Report]) -> _Slices:
    first: dict[str, Slice] = {}
    for report in reports:
        for s in report.slices:
            first.setdefault(s.name, s)
    cells: list[list[_Cell]] = [[] for _ in reports]
    line: list[float] = []
    for name, found in first.items():
        for metric in ("f1", "auc"):
            own = [next((s.measurements for s in report.slices if s.name == name), {}) for report in reports]
            values = [measurements.get(metric, math.nan) for measurements in own]
            line.append(found.measurements.get("always_f1", math.nan) if metric == "f1" else 0.5)
            for place, (value, best) in enumerate(zip(values, _best(values, 1, line=line[-1]), strict=True)):
                cells[place].append(_Cell(decimal(value, 3), "", best))
    headings = [_SliceHeading(s.name, s.rows, s.liked / s.rows if s.rows else math.nan) for s in first.values()]
    return _Slices(headings, line, [(report.name, cells[place]) for place, report in enumerate(reports)])


def _split_words(result: StudyResult) -> str:
    split: dict[str, Any] = result.split
    others = [f"{name} {value}" for name, value in split.items() if name not in ("kind", "train", "validation", "test")]
    return f"Kind: {split.get('kind', 'unknown')}{'; ' if others else ''}{', '.join(others)}. Scale: {result.scale}."
