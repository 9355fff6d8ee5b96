"""What a study says of its networks: whether they are more than a constant, and how the notebook's figures compare."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toprank.evaluation.measurements import Report
from toprank.report.phrases import decimal, join_words, outcome, outcome_words, pluralise, significant_digits
from toprank.report.table import Cell, Column, Heading, Row, Table, table_of
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.printed import Printed, always_f1, comparable, printed
from toprank.targets import Adjusted

__all__ = [
    "GridPanel",
    "NetworkRow",
    "NotebookComparison",
    "grid_table",
    "is_grid",
    "kept_loss",
    "network_table",
    "notebook_comparison",
]

_GRID = re.compile(r"(grid|slip)-(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class NetworkRow:
    """One network, the notebook's figures of it, and whether each has exactly the F1 of recommending everything."""

    report: Report
    printed: Printed | None
    level: bool
    printed_level: bool


@dataclass(frozen=True)
class GridPanel:
    """One transform of the grid: run on the network as meant, and on the dot product alone, as the notebook did."""

    transform: Adjusted
    meant: Report | None
    slip: Report | None
    printed: Printed | None


@dataclass(frozen=True)
class NotebookComparison:
    """What the sections on networks show.

    ``printed`` are the notebook's figures by model, none where they cannot be compared; ``constants`` and ``notebook``
    say how many networks recommend everything, here and there; empty where there is nothing to say.
    """

    printed: Mapping[str, Printed]
    rows: list[NetworkRow]
    grid_rows: list[NetworkRow]
    grid: list[GridPanel]
    constants: str
    notebook: str


def is_grid(report: Report) -> bool:
    """Tell whether a model is a run of the transform grid."""
    return report.history is not None and _GRID.fullmatch(report.name) is not None


def kept_loss(trained: Report | Printed | None) -> float:
    """Give the validation loss of the epoch whose weights were kept; NaN for what was not trained by epochs."""
    if isinstance(trained, Report):
        history = trained.history
        if history is None or not 1 <= history.best_epoch <= len(history.validation_loss):
            return math.nan
        return history.validation_loss[history.best_epoch - 1]
    # The notebook keeps the last epoch where it trains for a fixed number of them; else it prints the best only.
    return trained.validation_loss[-1] if trained is not None and trained.validation_loss else math.nan


def notebook_comparison(result: StudyResult) -> NotebookComparison:
    """Gather what there is to say of a study's networks."""
    known = {r.name: p for r in result.reports if (p := printed().get(r.name))} if comparable(result) else {}
    networks = [report for report in result.reports if report.history is not None]
    rows = [_row(report, known.get(report.name), result.always["validation"]) for report in networks]
    return NotebookComparison(
        printed=known,
        rows=[row for row in rows if not is_grid(row.report)],
        grid_rows=[row for row in rows if is_grid(row.report)],
        grid=_grid(networks, known),
        constants=_constants(result, networks),
        notebook=_notebook(rows) if comparable(result) and networks else "",
    )


def _row(report: Report, figures: Printed | None, line: float) -> NetworkRow:
    theirs = math.nan if figures is None or figures.validation_f1 is None else figures.validation_f1
    return NetworkRow(report, figures, report.validation_fixed["f1"] == line, theirs == always_f1())


def network_table(rows: Sequence[NetworkRow], result: StudyResult) -> Table:
    """Lay networks out: whether they are more than a constant, and what the notebook printed where that compares."""
    beside = comparable(result)
    columns: list[Heading] = [Column("model", "name"), "coverage", "spread", "AUC", "validation F1"]
    columns += ["printed", "test F1 fixed"] if beside else ["test F1 fixed"]
    columns += ["F1 learned", Column("beside always recommend", "text")]
    on_validation, on_test = result.always["validation"], decimal(result.always["test"])
    line = ["1.0000", "0.0", "0.5000", _f1(on_validation, level=True), *([""] if beside else []), on_test, on_test, ""]
    shown = [Row((Cell("always recommend", "the line to beat"), *map(Cell, line)), line=True)]
    return table_of(columns, [*shown, *(Row(_cells(row, beside)) for row in rows)])


def _cells(row: NetworkRow, beside: bool) -> tuple[Cell, ...]:
    report, figures = row.report, row.printed
    coverage = report.validation_fixed["coverage"]
    deviation, low, high = (report.spread.get(part, math.nan) for part in ("deviation", "lowest", "highest"))
    span = f"{significant_digits(low, high - low)} to {significant_digits(high, high - low)}"
    cells = [
        Cell(report.name, report.target),
        Cell("> 0.9999" if 0.99995 <= coverage < 1 else decimal(coverage)),
        Cell(significant_digits(deviation, deviation), span),
        Cell(decimal(report.test.get("auc", math.nan))),
        Cell(_f1(report.validation_fixed["f1"], level=row.level)),
    ]
    if beside:
        printed_f1 = None if figures is None else figures.validation_f1
        cells.append(Cell("" if printed_f1 is None else _f1(printed_f1, level=row.printed_level)))
    on_test = None if figures is None else figures.test_f1
    cells.append(Cell(decimal(report.test_fixed["f1"]), "" if on_test is None else f"printed {decimal(on_test)}"))
    cells.append(Cell(decimal(report.test_learned["f1"])))
    return (*cells, Cell(outcome_words(report), style=outcome(report)))


def _f1(value: float, *, level: bool) -> str:
    """Write F1 with as many digits as tell it from recommending everything; a square marks exactly that."""
    return ("■ " if level else "") + decimal(value, 6)


def grid_table(panel: GridPanel) -> Table:
    """Lay out validation F1 and loss of the runs on one transform."""
    runs = {"s2": panel.meant, "dot alone": panel.slip, "printed": panel.printed}
    there = {name: run for name, run in runs.items() if run is not None}
    f1 = [run.validation_fixed["f1"] if isinstance(run, Report) else run.validation_f1 for run in there.values()]
    shown = ["–" if value is None else decimal(value) for value in f1]
    losses = [decimal(kept_loss(run)) for run in there.values()]
    return table_of(["", *there], [["validation F1", *shown], ["validation loss", *losses]])


def _grid(networks: Sequence[Report], known: Mapping[str, Printed]) -> list[GridPanel]:
    found: dict[tuple[float, float], dict[str, Report]] = {}
    for report in filter(is_grid, networks):
        if match := _GRID.fullmatch(report.name):
            found.setdefault((float(match[2]), float(match[3])), {})[match[1]] = report
    return [
        GridPanel(
            Adjusted(*settings), runs.get("grid"), runs.get("slip"), known.get(f"slip-{settings[0]:g}-{settings[1]:g}")
        )
        for settings, runs in sorted(found.items(), key=lambda pair: pair[0])
        if settings[1] > 0
    ]


def _constants(result: StudyResult, networks: Sequence[Report]) -> str:
    """Say how many networks recommend every validation row at the fixed cutoff."""
    if not networks:
        return ""
    everything = [report for report in networks if report.validation_fixed["coverage"] == 1.0]
    if not everything:
        return f"None of the {pluralise(len(networks), 'network')} recommends everything at its fixed cutoff."
    verb = "recommends" if len(everything) == 1 else "recommend"
    line = result.always["validation"]
    return (
        f"{len(everything)} of the {pluralise(len(networks), 'network')} {verb} everything at the fixed cutoff "
        f"(coverage exactly 1): {_names(everything)}. The F1 there is that of recommending everything, {line!r}, "
        "to the last digit, whatever was learned."
    )


def _notebook(rows: Sequence[NetworkRow]) -> str:
    """Say what the notebook printed, and which of our networks do the same."""
    theirs = [name for name, figures in printed().items() if figures.validation_f1 == always_f1()]
    ours = [row.report for row in rows if row.level]
    text = (
        f"{len(theirs)} of the notebook's networks print the validation F1 {always_f1()!r}: to the last digit "
        "2·25,029 / (43,367 + 25,029), that of recommending everything on its 43,367 validation rows, 25,029 of them "
        "liked. F1 at that cutoff does not tell such a network from a constant; coverage, the spread of the scores and "
        "AUC do. "
    )
    if not ours:
        return f"{text}None of ours hits exactly that figure."
    if all(report.validation_fixed["coverage"] == 1.0 for report in ours):
        return f"{text}Of ours, exactly those that recommend everything hit that figure."
    return f"{text}Ours with exactly that figure: {_names(ours)}."


def _names(reports: Sequence[Report]) -> str:
    """Name models; the runs of the grid are only counted."""
    names = [report.name for report in reports if not is_grid(report)]
    if runs := len(reports) - len(names):
        names.append(f"{pluralise(runs, 'run')} of the transform grid")
    return join_words(names)
