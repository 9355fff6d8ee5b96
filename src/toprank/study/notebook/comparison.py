"""What a study says of its networks: whether they are more than a constant, and how the notebook's figures compare."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toprank.evaluation.measurements import Report
from toprank.report.phrases import decimal, join_words, pluralise, significant_digits
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.printed import Printed, always_f1, comparable, printed
from toprank.study.study_phrases import standing, standing_words
from toprank.targets import Adjusted

__all__ = ["GridPanel", "NetworkRow", "NotebookComparison", "is_grid", "kept_loss", "notebook_comparison"]

_GRID = re.compile(r"(grid|slip)-(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class NetworkRow:
    """One network in the table.

    Parameters
    ----------
    report : Report
        The network.
    coverage : str
        Share of the validation rows that it recommends at its fixed cutoff.
    deviation, span : str
        Standard deviation of the scores of the test rows, and the lowest and the highest of them.
    validation_f1 : str
        F1 there, with as many digits as tell it from recommending everything.
    level : bool
        Whether that is the F1 of recommending everything, to the last digit.
    printed_f1, printed_test_f1 : str
        The notebook's figures; empty where it prints none.
    printed_level : bool
        Whether the printed validation F1 is that of recommending everything, to the last digit.
    standing, verdict : str
        How it stands against *always recommend* at the learned cutoff, for a mark and in words.
    """

    report: Report
    coverage: str
    deviation: str
    span: str
    validation_f1: str
    level: bool
    printed_f1: str
    printed_test_f1: str
    printed_level: bool
    standing: str
    verdict: str


@dataclass(frozen=True)
class GridPanel:
    """One transform of the grid.

    Parameters
    ----------
    transform : Adjusted
        The transform.
    meant, slip : Report or None
        The run on the network as meant, and the one on the dot product alone.
    printed : Printed or None
        The notebook's figures of the latter.
    """

    transform: Adjusted
    meant: Report | None
    slip: Report | None
    printed: Printed | None


@dataclass(frozen=True)
class NotebookComparison:
    """What the sections on networks show.

    Parameters
    ----------
    printed : mapping of str to Printed
        The notebook's figures of the models in the study; empty where they cannot be compared.
    rows, grid_rows : list of NetworkRow
        The networks, and the runs of the transform grid.
    grid : list of GridPanel
        The transforms, by inflection, then steepness.
    constants, notebook : str
        How many networks recommend everything, and what the notebook's figures say; empty where there is nothing
        to say.
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
    """Gather what there is to say of a study's networks.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    NotebookComparison
    """
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
    ours, coverage = report.validation_fixed["f1"], report.validation_fixed["coverage"]
    theirs = math.nan if figures is None or figures.validation_f1 is None else figures.validation_f1
    on_test = math.nan if figures is None or figures.test_f1 is None else figures.test_f1
    deviation, low, high = (report.spread.get(part, math.nan) for part in ("deviation", "lowest", "highest"))
    return NetworkRow(
        report=report,
        coverage="> 0.9999" if 0.99995 <= coverage < 1 else decimal(coverage),
        deviation=significant_digits(deviation, deviation),
        span=f"{significant_digits(low, high - low)} to {significant_digits(high, high - low)}",
        validation_f1=decimal(ours, 6),
        level=ours == line,
        printed_f1=decimal(theirs, 6) if math.isfinite(theirs) else "",
        printed_test_f1=decimal(on_test, 4) if math.isfinite(on_test) else "",
        printed_level=theirs == always_f1(),
        standing=standing(report),
        verdict=standing_words(report),
    )


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
