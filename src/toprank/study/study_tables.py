"""The tables of a study: figures with intervals, the best of each column marked, the baselines last."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from toprank.evaluation.measurements import Comparison, Measurement, Report, Slice
from toprank.report.phrases import decimal, interval, outcome, outcome_words, percent, pluralise, signed
from toprank.report.table import Cell, Column, Group, Row, Table, best_of, mark_best, table_of
from toprank.study.engine.ablations import AblationGroup
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.comparison import is_grid

__all__ = ["MANY", "ablation_table", "baselines", "results_tables", "slices_table", "split_table"]

MANY = 10
"""A study of more models than this is shown in short: what only a few readers look for is folded away or left out."""

LINE = "the line to beat"

# Figure, whether more (1) or less (-1) is better, how soon a narrow terminal leaves it out, whose interval. Recall,
# coverage and calibration error have no winner: always recommending is the best at them.
_FIGURES: tuple[tuple[str, Callable[[Report], float], int, int, str], ...] = (
    ("F1 fixed", lambda r: r.test_fixed["f1"], 1, 2, ""),
    ("F1 learned", lambda r: r.test_learned["f1"], 1, 0, "f1"),
    ("AUC", lambda r: r.test["auc"], 1, 0, "auc"),
    ("MCC", lambda r: r.test_learned["mcc"], 1, 3, ""),
    ("precision", lambda r: r.test_learned["precision"], 1, 4, ""),
    ("recall", lambda r: r.test_learned["recall"], 0, 5, ""),
    ("coverage", lambda r: r.test_learned["coverage"], 0, 2, ""),
    ("log loss", lambda r: r.test["log_loss"], -1, 1, ""),
    ("Brier", lambda r: r.test["brier"], -1, 6, ""),
    ("ECE", lambda r: r.test["ece"], 0, 4, ""),
)


def baselines(reports: Sequence[Report]) -> frozenset[str]:
    """Give the names of what the models were compared with."""
    return frozenset(c.baseline for report in reports for c in report.comparisons)


def results_tables(result: StudyResult) -> list[Table]:
    """Lay out how every model did on the test rows; of many models, the transform grid has a table of its own.

    Models that are there only to lack something are left to :func:`ablation_table`.
    """
    reports = result.whole.reports
    columns = [Column("model", "name"), *(Column(name, optional=rank) for name, _, _, rank, _ in _FIGURES)]
    columns.append(Column("seconds", optional=7))
    rows = _result_rows(reports)
    simple = baselines(reports)
    models = [place for place, report in enumerate(reports) if report.name not in simple]
    title = f"Always recommend has F1 {decimal(result.always['test'])} on the {int(result.split['test']):,} test rows"
    title += "; models were given the validation ratings" if result.validation_added else ""
    line = _line(result)
    last = Group(tuple(rows[k] for k in range(len(rows)) if k not in models), "baselines")
    if len(reports) <= MANY:
        groups = [Group(tuple(rows[k] for k in models), "models"), last]
        return [Table(tuple(columns), _filled([line, *groups]), title)]
    apart = [k for k in models if not is_grid(reports[k])], [k for k in models if is_grid(reports[k])]
    main, grid = ([Group(g, t) for g, t in _by_outcome(reports, rows, chosen)] for chosen in apart)
    tables = [Table(tuple(columns), _filled([line, *main, last]), title)]
    if grid:
        better = sum(outcome(reports[k]) == "better" for k in apart[1])
        runs = f"The transform grid: {pluralise(len(apart[1]), 'run')}, {better} better than always recommend"
        tables.append(Table(tuple(columns), _filled([line, *grid]), runs))
    return tables


def _result_rows(reports: Sequence[Report]) -> list[Row]:
    none = Measurement("", math.nan)
    by_column: list[list[Cell]] = []
    for _, figure, good, _, of in _FIGURES:
        values = [figure(report) for report in reports]
        ends = [interval(report.intervals.get(of, none)) for report in reports]
        cells = [Cell(decimal(value), note) for value, note in zip(values, ends, strict=True)]
        by_column.append(mark_best(cells, best_of(values, good)))
    rows = []
    for place, report in enumerate(reports):
        fit, score = (report.seconds.get(part, math.nan) for part in ("fit", "score"))
        cells = [column[place] for column in by_column] + [Cell(decimal(fit + score, 2), f"{decimal(fit, 2)} fit")]
        achieved = "".join(f"; {expected.beside(value)}" for expected, value in report.achieved)
        below = Cell(report.verdict + achieved, style=outcome(report))
        rows.append(Row((Cell(report.name, report.target), *cells), below))
    return rows


def _by_outcome(
    reports: Sequence[Report], rows: Sequence[Row], chosen: Sequence[int]
) -> list[tuple[tuple[Row, ...], str]]:
    """Put those that beat always recommending first; the verdicts of the others are said beside their names."""
    better = tuple(rows[k] for k in chosen if outcome(reports[k]) == "better")
    rest = tuple(_briefly(reports[k], rows[k]) for k in chosen if outcome(reports[k]) != "better")
    return [(better, "better than always recommend"), (rest, f"not better than always recommend ({len(rest)})")]


def _briefly(report: Report, row: Row) -> Row:
    words = "no better" if outcome(report) == "same" else outcome_words(report)
    first = Cell(report.name, f"{report.target}; {words}", style=outcome(report))
    return Row((first, *row.cells[1:]))


def _line(result: StudyResult) -> Group:
    """Give the row of always recommending as it is known beforehand."""
    rows, always = int(result.split["test"]), result.always["test"]
    liked = result.liked["test"] / rows if rows else math.nan
    known = [always, always, 0.5, 0.0, liked, 1.0, 1.0]
    cells = [Cell(decimal(value)) for value in known] + [Cell()] * (len(_FIGURES) + 1 - len(known))
    return Group((Row((Cell("always recommend", LINE), *cells), line=True),))


def _filled(groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(group for group in groups if group.rows)


def ablation_table(group: AblationGroup) -> Table:
    """Lay out what each part of a model adds."""

    def added(c: Comparison) -> Cell:
        return Cell(signed(c.difference), interval(c, 4))

    columns = [
        Column("model", "name"), Column("AUC", optional=1), Column("AUC added"), Column("F1 learned", optional=1),
        Column("F1 added"), Column("the part", "text"),
    ]  # fmt: skip
    full = group.full
    auc, f1 = Cell(decimal(full.test["auc"])), Cell(decimal(full.test_learned["f1"]))
    rows = [Row((Cell(full.name, "with everything"), auc, Cell(), f1, Cell(), Cell()), line=True)]
    for row in group.rows:
        auc, f1 = Cell(decimal(row.report.test["auc"])), Cell(decimal(row.report.test_learned["f1"]))
        rows.append(Row((Cell(row.label), auc, added(row.auc), f1, added(row.f1), Cell(row.words))))
    return table_of(columns, rows, title=f"What each part of {full.name} adds")


def slices_table(reports: Sequence[Report]) -> Table:
    """Lay out how models did by how much is known; without columns where nothing was measured."""
    first: dict[str, Slice] = {}
    for report in reports:
        for s in report.slices:
            first.setdefault(s.name, s)
    columns, line, by_column = [Column("model", "name")], [Cell("always recommend", LINE)], []
    for name, found in first.items():
        share = percent(found.liked / found.rows if found.rows else math.nan)
        over = f"{name}: {found.rows:,} rows, {share} liked"
        for metric, beat in (("f1", found.measurements.get("always_f1", math.nan)), ("auc", 0.5)):
            own = [next((s.measurements for s in report.slices if s.name == name), {}) for report in reports]
            values = [measurements.get(metric, math.nan) for measurements in own]
            columns.append(Column({"f1": "F1", "auc": "AUC"}[metric], over=over))
            line.append(Cell(decimal(beat, 3)))
            by_column.append(mark_best([Cell(decimal(v, 3)) for v in values], best_of(values, 1, line=beat)))
    rows = [Row((Cell(report.name), *(c[place] for c in by_column))) for place, report in enumerate(reports)]
    return table_of(columns, [Row(tuple(line), line=True), *rows], title="By how much is known")


def split_table(result: StudyResult) -> Table:
    """Lay out the parts of a split."""
    rows = []
    for part in ("train", "validation", "test"):
        number, liked = int(result.split[part]), result.liked[part]
        always = decimal(result.always[part]) if part in result.always else ""
        share = percent(liked / number if number else math.nan, 2)
        rows.append([part, f"{number:,}", f"{liked:,}", share, always])
    return table_of(["part", "rows", "liked", "share liked", "F1 of always recommending"], rows)
