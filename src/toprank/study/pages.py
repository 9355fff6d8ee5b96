"""The HTML pages of a dataset, of a study and of one on several splits: one file each, complete in itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from toprank.core.arrays import FloatArray
from toprank.data.summary import DatasetSummary
from toprank.evaluation.measurements import Report
from toprank.report import plots
from toprank.report.data_plots import transform_curve
from toprank.report.html import environment
from toprank.report.phrases import (
    against_strongest,
    cutoff_words,
    decimal,
    liked_words,
    seed_words,
    shortened,
    study_answer,
)
from toprank.report.summary_tables import data_section
from toprank.report.svg import SERIES
from toprank.study import dot_plots
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.seeds import SeedStudy
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook import network_plots
from toprank.study.notebook.comparison import (
    NotebookComparison,
    grid_table,
    is_grid,
    kept_loss,
    network_table,
    notebook_comparison,
)
from toprank.study.notebook.printed import Printed, comparable, source
from toprank.study.seed_tables import HEADINGS, means_table, seed_ablation_tables, seeds_answer, splits_table
from toprank.study.study_tables import MANY, ablation_table, baselines, results_tables, slices_table, split_table

__all__ = ["render_report", "render_seeds", "render_summary"]

_OPEN = 3
"""Networks of a study of many models that are drawn in the open, the best on the validation rows."""

_Draw = Callable[[Report, str], str]


def render_summary(summary: DatasetSummary) -> str:
    """Make the page that ``toprank inspect --html`` writes; equal summaries give equal documents."""
    return _render("summary", dataset=summary.name, **data_section(summary))


def render_seeds(study: SeedStudy, links: Sequence[str]) -> str:
    """Make the page of a study on several splits; ``links`` lead to each split's own report."""
    from markupsafe import Markup

    simple = baselines(study.results[0].reports)
    drawn = {"f1": "F1 at the learned cutoff, on each split.", "auc": "AUC on each split."}
    return _render(
        "seeds",
        study=study,
        dataset=study.results[0].dataset,
        answer=seeds_answer(study),
        seeds_named=seed_words(study.seeds),
        means=means_table(study),
        ablated=seed_ablation_tables(study),
        figures=[
            (Markup(dot_plots.seed_dots(study, key, HEADINGS[key], simple)), words) for key, words in drawn.items()
        ],
        splits=splits_table(study, links),
    )


def render_report(
    result: StudyResult, summary: DatasetSummary, *, transform: tuple[FloatArray, FloatArray] | None
) -> str:
    """Make the report of a study; equal arguments give equal documents.

    ``transform`` holds ratings in ascending order and what the ``adjusted`` target makes of them, both in rating
    points; None where no model uses it.
    """
    from markupsafe import Markup

    described, ablated = result.reports, ablation_groups(result)
    result = result.whole
    reports = result.reports
    found = notebook_comparison(result)
    drawn, folded = _drawn_apart(reports)
    limits = plots.f1_limits([(report.curves, _cutoffs(report)) for report in reports])

    def each(draw: _Draw, key: str) -> list[list[tuple[Report, Markup]]]:
        """Draw the models in the open, and those to be folded away."""
        return [
            [(r, Markup(draw(r, f"{key}-{part}-{place}"))) for place, r in enumerate(chosen, 1)]
            for part, chosen in (("open", drawn), ("folded", folded))
        ]

    rows = int(result.split["test"])
    base_rate = result.liked["test"] / rows if rows else math.nan
    names = frozenset(report.name for report in drawn)
    best_precision = _few_curves(reports, "average_precision")
    return _render(
        "report",
        result=result,
        described=described,
        dataset=summary.name,
        sections=_sections(found, ablated=bool(ablated), transformed=transform is not None),
        answer=study_answer(reports, result.always["test"]),
        against_baseline=against_strongest(reports),
        base_rate=base_rate,
        liked=liked_words(result.scale, summary.scale),
        objectives=sorted({report.objective for report in reports}),
        many=len(reports) > MANY,
        results=results_tables(result),
        unscored=[(r.name, r.unscored["test"]) for r in reports if r.unscored.get("test")],
        dots=[Markup(dot_plots.f1_dots(result)), Markup(dot_plots.auc_dots(result))],
        ablated=[
            (ablation_table(group), Markup(dot_plots.ablation_dots(group, f"ablation-{place}")))
            for place, group in enumerate(ablated, 1)
        ],
        transform=transform and Markup(transform_curve(summary.scale, *transform)),
        roc=Markup(plots.roc(_few_curves(reports, "auc"))),
        precision_recall=Markup(plots.precision_recall(best_precision, base_rate)),
        grid_left_out=len(reports) - len(drawn) - len(folded),
        calibration=each(lambda r, key: plots.calibration(r.curves, key=key, name=r.name), "calibration"),
        scores=each(
            lambda r, key: plots.score_histogram(
                r.curves, key=key, of=f"score ({shortened(r.target, 18)})", **_named(r)
            ),
            "scores",
        ),
        cutoffs=each(
            lambda r, key: plots.f1_by_cutoff(
                r.curves, key=key, of=f"cutoff ({shortened(r.target, 18)})", limits=limits, **_named(r)
            ),
            "cutoffs",
        ),
        cutoff_notes={
            r.name: f"fixed: {cutoff_words(r.fixed_cutoff)}, learned: {cutoff_words(r.learned_cutoff)}" for r in reports
        },
        slices=[slices_table(chosen) for chosen in _apart(reports, names) if chosen or not reports],
        split=split_table(result),
        split_words=_split_words(result),
        **_networks(result, found, summary),
        **data_section(summary),
    )


def _render(template: str, **content: Any) -> str:
    return environment("toprank.study").get_template(f"{template}.html.j2").render(**content)


def _sections(found: NotebookComparison, *, ablated: bool, transformed: bool) -> list[tuple[str, str]]:
    """Give the sections that there is something to show in."""
    sections = (
        ("reading", "How to read this", True),
        ("results", "Results", True),
        ("beside", "Beside the baselines", True),
        ("ablations", "What each part adds", ablated),
        ("networks", "The networks", found.rows or found.grid_rows),
        ("losses", "Loss curves", found.rows),
        ("grid", "Transform grid", found.grid),
        ("fixed", "At the fixed cutoff", found.rows or found.grid_rows or found.printed),
        ("data", "The data", True),
        ("transform", "Adjusted target", transformed),
        ("roc", "ROC", True),
        ("precision-recall", "Precision and recall", True),
        ("calibration", "Calibration", True),
        ("scores", "Scores", True),
        ("cutoffs", "F1 against the cutoff", True),
        ("slices", "By how much is known", True),
        ("split", "The split", True),
    )
    return [(id_, name) for id_, name, shown in sections if shown]


def _networks(result: StudyResult, found: NotebookComparison, summary: DatasetSummary) -> dict[str, Any]:
    """Give what the sections on networks show."""
    from markupsafe import Markup

    losses = [
        (row.report.name, _loss_note(row.report, row.printed), f"loss-{place}", row)
        for place, row in enumerate(found.rows, 1)
    ]
    return {
        "comparison": found,
        "comparable": comparable(result),
        "source": source(),
        "network_tables": [network_table(rows, result) for rows in (found.rows, found.grid_rows) if rows],
        "losses": [
            (name, note, Markup(network_plots.loss_curves(row.report, key, row.printed)))
            for name, note, key, row in losses
        ],
        "grid": [
            (
                f"inflection {panel.transform.inflection:g}, steepness {panel.transform.steepness:g}",
                Markup(network_plots.transform_small(summary.scale, panel.transform, f"grid-transform-{place}")),
                Markup(network_plots.grid_losses(panel.meant, panel.slip, f"grid-loss-{place}", panel.printed)),
                grid_table(panel),
            )
            for place, panel in enumerate(found.grid, 1)
        ],
        "fixed_dots": [Markup(svg) for svg in network_plots.fixed_dots(result, found.printed)],
    }


def _loss_note(report: Report, printed: Printed | None) -> list[str]:
    """Say which epoch's weights were kept, here and in the notebook."""
    history, lines = report.history, []
    if history is not None:
        lines.append(f"epoch {history.best_epoch} of {history.epochs}: {decimal(kept_loss(report))}")
    if printed is not None and printed.loss:
        best, last = printed.best_epoch or len(printed.loss), printed.stopped or len(printed.loss)
        lines.append(f"printed, {best} of {last}: {decimal(kept_loss(printed))}")
    return lines


def _drawn_apart(reports: Sequence[Report]) -> tuple[list[Report], list[Report]]:
    """Choose whose panels are shown, and whose are folded away; of many models, the transform grid has none."""
    if len(reports) <= MANY:
        return list(reports), []
    networks = [report for report in reports if report.history is not None and not is_grid(report)]
    best = plots.descending(networks, lambda report: report.validation["auc"])[:_OPEN]
    drawn = [report for report in reports if report.history is None or report in best]
    return drawn, [report for report in networks if report not in best]


def _few_curves(reports: Sequence[Report], metric: str) -> list[Report]:
    """Choose the curves worth drawing among those of many models: the best, and the baselines."""
    if len(reports) <= MANY:
        return list(reports)
    best = plots.descending(reports, lambda report: report.test[metric])[: len(SERIES)]
    simple = baselines(reports)
    return [report for report in reports if report.name in simple or report in best]


def _apart(reports: Sequence[Report], names: frozenset[str]) -> list[list[Report]]:
    return [[r for r in reports if r.name in names], [r for r in reports if r.name not in names]]


def _named(report: Report) -> dict[str, Any]:
    return {"name": report.name, "learned": report.learned_cutoff, "fixed": report.fixed_cutoff}


def _cutoffs(report: Report) -> list[float]:
    return [c for c in (report.fixed_cutoff, report.learned_cutoff) if math.isfinite(c)]


def _split_words(result: StudyResult) -> str:
    split: dict[str, Any] = result.split
    said = ("kind", "train", "validation", "test", "words")
    others = [f"{name} {value}" for name, value in split.items() if name not in said]
    kind = f"Kind: {split.get('kind', 'unknown')}{'; ' if others else ''}{', '.join(others)}. Scale: {result.scale}."
    return f"{kind} {split['words']}." if "words" in split else kind
