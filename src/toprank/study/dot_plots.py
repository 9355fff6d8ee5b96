"""Drawings of a study's results beside the lines to beat: dots with intervals."""

from __future__ import annotations

import math

from toprank.evaluation.measurements import Comparison, Measurement, Report
from toprank.report.dots import Dot, DotRow, draw_dots
from toprank.report.phrases import decimal, outcome, shortened
from toprank.report.plots import descending
from toprank.report.svg import ACCENT, LIKED, MUTED, SERIES
from toprank.study.engine.ablations import AblationGroup
from toprank.study.engine.seeds import SeedStudy
from toprank.study.engine.study_result import StudyResult

__all__ = ["ablation_dots", "auc_dots", "f1_dots", "seed_dots"]

_NONE = Measurement("", math.nan)


def f1_dots(result: StudyResult) -> str:
    """Draw each model's F1 at the learned cutoff with its 95 % interval, beside that of always recommending."""
    colours = {"better": LIKED, "worse": ACCENT}
    rows = [_measured(r, "f1", colours.get(outcome(r), MUTED)) for r in _best_first(result)]
    label = "F1 at the learned cutoff with 95 % intervals, beside the F1 of recommending everything"
    line = result.always["test"]
    return draw_dots(rows, key="f1-dots", label=label, metric="F1", line=line, meaning="always recommend")


def auc_dots(result: StudyResult) -> str:
    """Draw each model's AUC with its 95 % interval beside chance, in the order of :func:`f1_dots`."""
    rows = []
    for report in _best_first(result):
        m = report.intervals.get("auc", _NONE)
        rows.append(_measured(report, "auc", LIKED if m.low > 0.5 else ACCENT if m.high < 0.5 else MUTED))
    label = "AUC with 95 % intervals, beside the 0.5 of chance"
    return draw_dots(rows, key="auc-dots", label=label, metric="AUC", line=0.5, meaning="chance")


def ablation_dots(group: AblationGroup, key: str) -> str:
    """Draw what each part of a model adds to AUC and to F1, with 95 % intervals; a hollow dot may be chance."""

    def dot(c: Comparison, colour: str, offset: float) -> Dot:
        kind = "full" if c.better or c.worse else "hollow"
        return Dot(c.difference, c.low, c.high, colour, kind, offset)  # type: ignore[arg-type]

    rows = [
        DotRow(shortened(row.label, 30), (dot(row.auc, SERIES[0], -0.17), dot(row.f1, SERIES[1], 0.17)))
        for row in group.rows
    ]
    name = group.full.name
    label = f"What each part of {shortened(name, 60)} adds to AUC and to F1, with 95 % intervals"
    metric = f"what {shortened(name)} has more"
    return draw_dots(rows, key=key, label=label, metric=metric, line=0.0, row_height=34)


def seed_dots(study: SeedStudy, figure: str, heading: str, baselines: frozenset[str]) -> str:
    """Draw each model's ``"f1"`` or ``"auc"`` on each split, and their mean, beside the line to beat."""
    always = [result.always["test"] for result in study.results]
    line, meaning = (sum(always) / len(always), "always recommend") if figure == "f1" else (0.5, "chance")
    shown = [model for model in study.models if model.name not in study.ablated]
    shown.sort(key=lambda model: -mean if math.isfinite(mean := model.figures["f1"].mean) else math.inf)
    rows = []
    for model in shown:
        values = model.figures[figure]
        colour = MUTED if model.name in baselines else LIKED
        dots = [Dot(value, colour=colour, kind="faint") for value in values.defined]
        dots.append(Dot(values.mean, colour=colour, kind="stroke"))
        rows.append(DotRow(model.name, tuple(dots), (decimal(values.mean, 3),)))
    label = f"{heading} of each model on each split, with the mean"
    return draw_dots(rows, key=f"seeds-{figure}", label=label, metric=heading, line=line, meaning=meaning)


def _best_first(result: StudyResult) -> list[Report]:
    return descending(result.reports, lambda report: report.intervals.get("f1", _NONE).value)


def _measured(report: Report, metric: str, colour: str) -> DotRow:
    m = report.intervals.get(metric, _NONE)
    return DotRow(report.name, (Dot(m.value, m.low, m.high, colour),), (decimal(m.value, 3),))
