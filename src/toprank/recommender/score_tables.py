"""The tables of how good a recommender is, for the terminal and its card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from toprank.decisions.reasons import SLIGHT
from toprank.evaluation.measurements import Comparison, Measurement, Slice
from toprank.evaluation.scorecard import BASELINES, DIFFERENCES, Difference
from toprank.recommender.answer_tables import near_words
from toprank.report.phrases import compared_words, decimal, interval, percent, pluralise, signed
from toprank.report.table import Cell, Column, Content, Heading, Row, Table, table_of

if TYPE_CHECKING:
    from toprank.recommender.answers import Explanation

__all__ = [
    "any_book_table",
    "beside_baselines_table",
    "compared_table",
    "explanation_table",
    "figures_table",
    "importance_table",
    "settings_table",
    "slices_table",
]

NAMES = {"toprank": "toprank", **BASELINES}
"""How toprank and the baselines are called."""

_METRICS = {"f1": "F1", "auc": "AUC", "mcc": "MCC"}
_OPTIONAL = {"f1": 0, "auc": 0, "mcc": 4, "objective": 0}
_OTHERS = (
    ("precision", "precision", 2), ("recall", "recall", 3), ("coverage", "recommended", 1),
    ("log_loss", "log loss", 1), ("ece", "calibration\nerror", 1),
)  # fmt: skip


def figures_table(
    title: str,
    figures: Mapping[str, Mapping[str, float]],
    intervals: Mapping[str, Mapping[str, Measurement]],
    *,
    objective: str = "f1",
    extra: Sequence[tuple[str, str]] = (),
) -> Table:
    """Lay the figures of a recommender out beside those of the baselines; ``extra`` are other names, and F1 of each."""
    metrics = _metrics(intervals, objective)
    columns = [Column("model", "name"), *(Column(name, optional=_OPTIONAL[key]) for key, name in metrics.items())]
    columns += [Column(name, optional=rank) for _, name, rank in _OTHERS]
    rows = []
    for name, of in figures.items():
        measured = [intervals[name].get(key, Measurement(key, of.get(key, math.nan))) for key in metrics]
        cells = [Cell(decimal(m.value), interval(m)) for m in measured]
        others = [Cell(decimal(of.get(key, math.nan), 3)) for key, _, _ in _OTHERS]
        note, style = ("the line to beat", "") if name == "always" else ("", "strong" if name == "toprank" else "")
        first = Cell(NAMES.get(name, name), note, style=style)  # type: ignore[arg-type]
        rows.append(Row((first, *cells, *others), line=name == "always"))
    for name, figure in extra:
        cells = [Cell(figure if column.name == "F1" else "") for column in columns[1:]]
        rows.append(Row((Cell(name), *cells)))
    return table_of(columns, rows, title=title)


def _metrics(intervals: Mapping[str, Mapping[str, Measurement]], objective: str) -> dict[str, str]:
    """Name the figures that have intervals; the objective comes first where it is another than F1."""
    return ({"objective": objective} if "objective" in intervals["toprank"] else {}) | _METRICS


def beside_baselines_table(comparisons: Sequence[Comparison], objective: str) -> Table:
    """Say how toprank stands against each baseline, in each metric."""
    compared = {(c.baseline, c.metric): c for c in comparisons}
    served = {"objective": objective} if any(c.metric == "objective" for c in comparisons) else {}
    metrics = {key: name for key, name in (served | _METRICS).items() if key != "mcc"}
    columns = [Column("toprank beside", "name"), *(Column(name, "text") for name in metrics.values())]
    rows: list[list[Content]] = [
        [name, *(_beside(compared.get((key, metric))) for metric in metrics)] for key, name in BASELINES.items()
    ]
    return table_of(columns, rows)


def _beside(c: Comparison | None) -> Cell:
    if c is None or math.isnan(c.difference):
        return Cell("cannot be compared", style="unknown")
    return Cell(compared_words(c), style=c.outcome)


def any_book_table(any_book: Mapping[str, Mapping[str, float]]) -> Table:
    """Lay out how answers hold of pairs that readers chose, and of any pair as their weights tell."""
    headings = ["test rows", "mean\nP(liked)", "liked", "calibration\nerror", "AUC", "recommended", "of these\nliked"]
    names = {"chosen": "as readers chose them", "any": "weighted, for any book"}
    rows = [
        [words, *(decimal(any_book[name][key], 3) for key in ("probability", "liked", "ece", "auc")),
         percent(any_book[name]["recommended"]), decimal(any_book[name]["precision"], 3)]
        for name, words in names.items()
    ]  # fmt: skip
    return table_of(headings, rows, title="Chosen books, and any book")


def slices_table(slices: Sequence[Slice]) -> Table:
    """Lay figures out by how much is known."""
    metrics = ("precision", "recall", "f1", "always_f1", "auc")
    headings = ["test rows", "rows", "liked", "recommended", "precision", "recall", "F1", "F1 of always\nrecommend"]
    rows = []
    for one in slices:
        of, some = one.measurements, one.rows > 0
        shares = [percent(one.liked / one.rows if some else math.nan), percent(of["coverage"] if some else math.nan)]
        rows.append([one.name, f"{one.rows:,}", *shares, *(decimal(of[metric], 3) for metric in metrics)])
    return table_of([*headings, "AUC"], rows)


def importance_table(shares: Sequence[tuple[str, float]], shown: int) -> Table:
    """Lay out how far each source of evidence moves an answer, the furthest first; the rest is summed up."""
    most = shares[0][1] or 1.0
    rows: list[list[Content]] = [[words, decimal(share, 3), Cell(bar=share / most)] for words, share in shares[:shown]]
    if rest := shares[shown:]:
        rows.append([f"{pluralise(len(rest), 'more source')}, each at most", decimal(rest[0][1], 3), Cell()])
    return table_of([Column("evidence", "text"), "log odds", Column("", "text")], rows)


def settings_table(settings: Mapping[str, object]) -> Table:
    """Lay settings out."""
    return table_of(["setting", Column("value", "text")], [[name, _written(value)] for name, value in settings.items()])


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "their own"
    return "that of the data" if value is None else str(value)


def compared_table(title: str, differences: Sequence[Difference]) -> Table:
    """Lay the figures of two recommenders out beside each other."""
    words = {"better": "the first is better", "worse": "the second is better", "same": "no"}
    words["unknown"] = "too few readers to tell"
    columns: list[Heading] = ["", "first", "second", "difference", Column("more than chance?", "text")]
    rows: list[list[Content]] = []
    for one in differences:
        ends = interval(Measurement(one.metric, one.difference, one.low, one.high), 4)
        difference = Cell(signed(one.difference), ends)
        rows.append([DIFFERENCES[one.metric], decimal(one.first), decimal(one.second), difference, words[one.outcome]])
    return table_of(columns, rows, title=title)


def explanation_table(explanation: Explanation) -> Table:
    """Lay out the parts of an answer's log odds, which add up: the strongest first, the total last."""
    row, reason = explanation.row, explanation.reason
    book = ", ".join(str(row[key]) for key in ("title", "author") if row.get(key)) or str(row["item"])
    said = f"{row['answer']}: {book}, P(liked) {row['probability']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    said += near_words(row)
    said += "" if math.isnan(row["rated"]) else f"; {explanation.sentence}"
    parts = [(part.log_odds, part.words) for part in reason.parts if abs(part.log_odds) > SLIGHT]
    slight = [part.log_odds for part in reason.parts if abs(part.log_odds) <= SLIGHT]
    if slight:
        parts.append((sum(slight), f"{pluralise(len(slight), 'other fact')}, at most {SLIGHT:g} each"))
    parts += [(reason.base, "starting point"), (reason.calibration, "what calibration adds")]
    total = sum(part.log_odds for part in reason.parts) + reason.base + reason.calibration
    rows = [Row((Cell(signed(value, 2), style="yes" if value > 0 else "no"), Cell(words))) for value, words in parts]
    rows[-1] = Row(rows[-1].cells, line=True)
    rows.append(Row((Cell(signed(total, 2)), Cell(f"log odds of P(liked) {row['probability']:.2f}"))))
    return table_of([Column("log odds"), Column("because", "text")], rows, title=said)
