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
from toprank.study import data_figures, figures, network_figures, panels
from toprank.study.notebook import comparable, source
from toprank.study.results import StudyResult
from toprank.study.svg import SERIES
from toprank.study.truth import Truth, is_grid, kept_loss, truth
from toprank.study.wording import (
    MANY,
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
    standing_words,
)

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_report", "render_summary", "write_page"]

_OPEN = 3
"""Networks of a study of many models that are drawn in the open, the best on the validation rows."""


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
    found = truth(result)
    drawn, folded = _drawn_apart(reports)

    def each(draw: Callable[[Report, str], str], key: str) -> list[list[tuple[Report, Markup]]]:
        """Draw the models in the open, and those to be folded away."""
        return [
            [(r, Markup(draw(r, f"{key}-{part}-{place}"))) for place, r in enumerate(chosen, 1)]
            for part, chosen in (("open", drawn), ("folded", folded))
        ]

    sections = [
        ("reading", "How to read this"),
        ("results", "Results"),
        ("bars", "Beside the trivial answers"),
        *_network_sections(found),
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
            many=len(reports) > MANY,
            results=_results(result),
            unscored=[(r.name, r.unscored["test"]) for r in reports if r.unscored.get("test")],
            bars=[Markup(figures.f1_bars(result)), Markup(figures.auc_bars(result))],
            truth=found,
            comparable=comparable(result),
            source=source(),
            **_network_drawings(result, found, summary),
            data_figures=_data_figures(summary),
            transform=transform and Markup(data_figures.transform_curve(summary.scale, *transform)),
            roc=Markup(figures.roc(_few_curves(result, "auc"))),
            precision_recall=Markup(
                figures.precision_recall(_few_curves(result, "average_precision"), base_rate(result))
            ),
            grid_left_out=len(reports) - len(drawn) - len(folded),
            calibration=each(panels.calibration, "calibration"),
            scores=each(panels.score_histogram, "scores"),
            cutoffs=each(lambda report, key: panels.f1_by_cutoff(report, key, limits), "cutoffs"),
            slices=_slices(reports),
            open_names=frozenset(report.name for report in drawn),
            split_words=_split_words(result),
        )
    )


def _network_sections(found: Truth) -> list[tuple[str, str]]:
    """Give the sections about networks that there is something to show in."""
    sections = (
        ("networks", "The networks", found.rows or found.grid_rows),
        ("losses", "Loss curves", found.rows),
        ("grid", "Transform grid", found.grid),
        ("fixed", "At the fixed cutoff", found.rows or found.grid_rows or found.printed),
    )
    return [(id_, name) for id_, name, shown in sections if shown]


def _network_drawings(result: StudyResult, found: Truth, summary: DatasetSummary) -> dict[str, Any]:
    from markupsafe import Markup

    numbered = [(row.report, found.printed.get(row.report.name), f"loss-{k}") for k, row in enumerate(found.rows, 1)]
    return {
        "losses": [
            (report, theirs, Markup(network_figures.loss_curves(report, key, theirs)))
            for report, theirs, key in numbered
        ],
        "grid": [
            (
                panel,
                Markup(network_figures.transform_small(summary.scale, panel.transform, f"grid-transform-{place}")),
                Markup(network_figures.grid_losses(panel.meant, panel.slip, f"grid-loss-{place}", panel.printed)),
            )
            for place, panel in enumerate(found.grid, 1)
        ],
        "fixed_bars": [Markup(svg) for svg in network_figures.fixed_bars(result, found.printed)],
    }


def _drawn_apart(reports: Sequence[Report]) -> tuple[list[Report], list[Report]]:
    """Choose whose panels are shown, and whose are folded away; of many models, the transform grid has none."""
    if len(reports) <= MANY:
        return list(reports), []
    networks = [report for report in reports if report.history is not None and not is_grid(report)]
    best = _descending(networks, lambda report: report.validation["auc"])[:_OPEN]
    drawn = [report for report in reports if report.history is None or report in best]
    return drawn, [report for report in networks if report not in best]


def _few_curves(result: StudyResult, metric: str) -> list[Report]:
    """Choose the curves worth drawing among those of many models: the best, and the trivial baselines."""
    if len(result.reports) <= MANY:
        return list(result.reports)
    best = _descending(result.reports, lambda report: report.test[metric])[: len(SERIES)]
    trivial = baselines(result)
    return [report for report in result.reports if report.name in trivial or report in best]


def _descending(reports: Sequence[Report], value: Callable[[Report], float]) -> list[Report]:
    """Sort in descending order, what is not a number last."""
    return sorted(reports, key=lambda report: -v if math.isfinite(v := value(report)) else math.inf)


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
        kept_loss=kept_loss,
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

    @property
    def standing(self) -> str:
        return standing(self.report)

    @property
    def briefly(self) -> str:
        return "no better" if self.standing == "same" else standing_words(self.report)


@dataclass(frozen=True)
class _Group:
    """Rows of the table; where it is not spelled out, their verdicts are said briefly beside their names."""

    title: str
    rows: list[_Row]
    spelled: bool = True

    @property
    def size(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class _Results:
    headings: list[str]
    groups: list[_Group]
    folded: list[_Group]


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
    rows = [_Row(report, cells[place]) for place, report in enumerate(reports)]
    trivial = baselines(result)
    models = [row for row in rows if row.report.name not in trivial]
    groups, folded = [_Group("models", models)], []
    if len(rows) > MANY:
        groups = _by_standing([row for row in models if not is_grid(row.report)])
        folded = _by_standing([row for row in models if is_grid(row.report)])
    groups.append(_Group("trivial baselines", [row for row in rows if row.report.name in trivial]))
    headings = ["model", *(heading for heading, _, _ in columns), "seconds"]
    return _Results(headings, [group for group in groups if group.rows], folded)


def _by_standing(rows: Sequence[_Row]) -> list[_Group]:
    """Put those that beat always recommending first; the verdicts of the others are said briefly."""
    better = _Group("better than always recommend", [row for row in rows if row.standing == "better"])
    rest = _Group("not better than always recommend", [row for row in rows if row.standing != "better"], spelled=False)
    return [group for group in (better, rest) if group.rows]


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
