"""A study's results as tables for the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from toprank.evaluation.measurements import Measurement
from toprank.report.phrases import decimal, interval, pluralise, printable, shortened, signed
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.seeds import AGAINST, SeedStudy
from toprank.study.engine.study_result import StudyResult
from toprank.study.seed_words import HEADINGS, SeedRow, ablation_rows, model_rows, seeds_named
from toprank.study.study_phrases import MANY, against_always, baselines, standing
from toprank.study.terminal import plain_table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["ablation_tables", "results_table", "seeds_tables"]

TOLD = "; models were told the validation ratings"
_WIDEST = 100
_NONE = Measurement("", math.nan)


def results_table(result: StudyResult) -> Table:
    """Lay the results on the test rows out for a terminal of 100 columns.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    rich.table.Table
        One row a model, the trivial baselines last; in the title the F1 of recommending everything, below the table
        the verdicts. Of many models, those that are not better than always recommending are only named there. Models
        that are there only to lack something are left to :func:`ablation_tables`.
    """
    from rich.text import Text

    result = result.whole
    title = f"Always recommend has F1 {decimal(result.always['test'])} on the {int(result.split['test']):,} test rows"
    title += TOLD if result.validation_added else ""
    shown = plain_table(title, "model", "F1 fixed", "F1 learned", "AUC", "MCC", "coverage", "log loss")
    trivial = baselines(result)
    styles = {"better": "green", "worse": "red"}
    reports = sorted(result.reports, key=lambda report: report.name in trivial)
    for place, report in enumerate(reports):
        f1 = report.intervals.get("f1", _NONE)
        half = (f1.high - f1.low) / 2
        shown.add_row(
            Text(shortened(report.name)),
            decimal(report.test_fixed["f1"]),
            decimal(report.test_learned["f1"]) + (f" ±{half:.3f}" if math.isfinite(half) else ""),
            decimal(report.test["auc"]),
            decimal(report.test_learned["mcc"], 3),
            decimal(report.test_learned["coverage"], 3),
            decimal(report.test["log_loss"], 3),
            end_section=place + 1 < len(reports) and report.name not in trivial and reports[place + 1].name in trivial,
        )
    verdicts = [
        Text.assemble(
            (shortened(report.name), styles.get(standing(report), "default")), f": {printable(report.verdict)}"
        )
        for report in reports
        if len(reports) <= MANY or standing(report) == "better"
    ]
    if len(reports) > MANY:
        verdicts += [Text(line) for line in _others(result)]
    # In a column of its own, a verdict would be a dozen lines high.
    shown.caption = Text("\n").join(verdicts)
    shown.caption_justify = "left"
    shown.caption_style = "default"
    shown.min_width = min(_WIDEST, max((len(verdict) for verdict in verdicts), default=0))
    return shown


def ablation_tables(result: StudyResult) -> list[Table]:
    """Lay out what each part of a model adds, for a terminal of 100 columns.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    list of rich.table.Table
        One for each model that others lack something of; none where there is no such model.
    """
    from rich.text import Text

    shown = []
    for group in ablation_groups(result):
        auc, f1 = (decimal(value) for value in (group.full.test["auc"], group.full.test_learned["f1"]))
        title = f"What each part of {shortened(group.full.name)} adds: AUC {auc} and F1 {f1} with everything"
        drawn = plain_table(title, "model", "AUC added", "F1 added", text=("",))
        for row in group.rows:
            moved = [Text.assemble(signed(c.difference), "\n", (interval(c, 4), "dim")) for c in (row.auc, row.f1)]
            drawn.add_row(Text(shortened(row.label, 30)), *moved, Text(row.words))
        shown.append(drawn)
    return shown


def _others(result: StudyResult) -> list[str]:
    """Count and name the models that are not better than always recommend, and those of which nobody can tell."""
    names: dict[str, list[str]] = {}
    for report in result.reports:
        if against_always(report) is not None:
            names.setdefault(standing(report), []).append(shortened(report.name))
    level = names.get("same", []) + names.get("worse", [])
    unknown = names.get("unknown", [])
    lines = []
    if level:
        verb = "is" if len(level) == 1 else "are"
        lines.append(f"{pluralise(len(level), 'model')} {verb} no better than always recommend: {', '.join(level)}")
    if unknown:
        lines.append(f"{pluralise(len(unknown), 'model')} with too few readers to tell: {', '.join(unknown)}")
    return lines


def seeds_tables(study: SeedStudy) -> list[Table]:
    """Lay a study on several splits out for a terminal of 100 columns.

    Parameters
    ----------
    study : SeedStudy
        The study.

    Returns
    -------
    list of rich.table.Table
        The means over the splits with their standard deviation; then, for each model that others lack something of,
        what the parts add.
    """
    from rich.text import Text

    seeds = f"{pluralise(len(study.seeds), 'split')} (seed{'s' * (len(study.seeds) > 1)} {seeds_named(study.seeds)})"
    title = f"Means over {seeds}, on the test rows; ± is the standard deviation"
    title += TOLD if study.results[0].validation_added else ""
    figures = [heading.removesuffix(" learned") for heading in HEADINGS.values()]
    means = plain_table(title, "model", *figures, *(f"over {than}" for than in AGAINST))
    means.padding = (0, 0, 0, 1)
    rows = model_rows(study)
    for place, row in enumerate(rows):
        last = place + 1 < len(rows) and not row.trivial and rows[place + 1].trivial
        means.add_row(*_seed_cells(row), end_section=last)
    means.caption = Text(
        f"F1 and MCC at the learned cutoff. Last: the mean paired difference in {study.judged[1]}, "
        "and on how many splits it is more than chance."
    )
    means.caption_justify = "left"
    means.caption_style = "default"
    tables = [means]
    for full, parts in ablation_rows(study):
        drawn = plain_table(f"What each part of {shortened(full)} adds", "model", "AUC added", "F1 added")
        for row in parts:
            drawn.add_row(*_seed_cells(row))
        tables.append(drawn)
    return tables


def _seed_cells(row: SeedRow) -> list[RenderableType]:
    from rich.text import Text

    cells = [
        Text.assemble(cell.text, "\n", (cell.note.replace(" of ", "/").replace(", ", "\n"), "dim"))
        for cell in row.cells
    ]
    return [Text(shortened(row.name, 30)), *cells]
