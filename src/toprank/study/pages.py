"""The HTML pages of a dataset and of a study: one file each, complete in itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from toprank.core.arrays import FloatArray
from toprank.core.atomic import write_whole
from toprank.data.summary import DatasetSummary
from toprank.evaluation.measurements import Report
from toprank.report.svg import SERIES
from toprank.study import data_figures, figures, panels
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook import network_figures
from toprank.study.notebook.comparison import NotebookComparison, is_grid, notebook_comparison
from toprank.study.notebook.printed import comparable, source
from toprank.study.result_tables import results, slices
from toprank.study.study_html import environment
from toprank.study.study_phrases import MANY, against_strongest, answer, base_rate, baselines

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
    page = environment().get_template("summary.html.j2")
    return page.render(dataset=summary.name, summary=summary, data_figures=_data_figures(summary))


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

    described, ablated = result.reports, ablation_groups(result)
    result = result.whole
    reports = result.reports
    limits = panels.f1_limits(reports)
    found = notebook_comparison(result)
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
        *([("ablations", "What each part adds")] if ablated else []),
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
        environment()
        .get_template("report.html.j2")
        .render(
            result=result,
            described=described,
            dataset=summary.name,
            summary=summary,
            sections=sections,
            answer=answer(result),
            against_baseline=against_strongest(result),
            base_rate=base_rate(result),
            objectives=sorted({report.objective for report in reports}),
            many=len(reports) > MANY,
            results=results(result),
            unscored=[(r.name, r.unscored["test"]) for r in reports if r.unscored.get("test")],
            bars=[Markup(figures.f1_bars(result)), Markup(figures.auc_bars(result))],
            ablated=[(g, Markup(figures.ablation_dots(g, f"ablation-{k}"))) for k, g in enumerate(ablated, 1)],
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
            slices=slices(reports),
            open_names=frozenset(report.name for report in drawn),
            split_words=_split_words(result),
        )
    )


def _network_sections(found: NotebookComparison) -> list[tuple[str, str]]:
    """Give the sections about networks that there is something to show in."""
    sections = (
        ("networks", "The networks", found.rows or found.grid_rows),
        ("losses", "Loss curves", found.rows),
        ("grid", "Transform grid", found.grid),
        ("fixed", "At the fixed cutoff", found.rows or found.grid_rows or found.printed),
    )
    return [(id_, name) for id_, name, shown in sections if shown]


def _network_drawings(result: StudyResult, found: NotebookComparison, summary: DatasetSummary) -> dict[str, Any]:
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


def _split_words(result: StudyResult) -> str:
    split: dict[str, Any] = result.split
    others = [f"{name} {value}" for name, value in split.items() if name not in ("kind", "train", "validation", "test")]
    return f"Kind: {split.get('kind', 'unknown')}{'; ' if others else ''}{', '.join(others)}. Scale: {result.scale}."
