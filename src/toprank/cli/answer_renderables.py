"""Answers of a model as tables for the terminal: titles and authors first, reasons below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from toprank.decisions.reasons import SLIGHT
from toprank.evaluation.measurements import Measurement
from toprank.report.phrases import decimal, interval, pluralise, printable, shortened, signed

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from toprank.recommender.answers import Explanation
    from toprank.recommender.compare import Compared

__all__ = [
    "compared_table",
    "decisions_table",
    "explanation_table",
    "figures_table",
    "found_table",
    "top_table",
]

_STYLES = {"yes": "green", "no": "red", "unsure": "yellow"}
_WIDEST_ID = 20


def decisions_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay decisions out; who is asked about has a column where there are several.

    Parameters
    ----------
    rows : sequence of mapping
        As of :class:`~toprank.recommender.answer_tables.DecisionTable`.

    Returns
    -------
    rich.table.Table
    """
    from rich.text import Text

    several = len({row["user"] for row in rows}) > 1
    table = _table("", *(["reader"] if several else []), "recommend?", "P(liked)", "expected", "book")
    for row in rows:
        reader = [_id(row["user"])] if several else []
        answer = Text(row["answer"], style=_STYLES[row["answer"]])
        table.add_row(*reader, answer, _probability(row), decimal(row["expected"], 1), _book(row))
    return table


def top_table(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Lay one reader's recommendations out.

    Parameters
    ----------
    rows : sequence of mapping
        As of :class:`~toprank.recommender.answer_tables.TopTable`, best first.
    title : str
        Whose they are.

    Returns
    -------
    rich.table.Table
    """
    table = _table(title, "", "P(liked)", "expected", "book")
    for row in rows:
        table.add_row(str(row["rank"]), _probability(row), decimal(row["expected"], 1), _book(row))
    return table


def found_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay out what was found by title: id, book, ratings."""
    from rich.text import Text

    table = _table("", "item", "ratings", "book")
    for row in rows:
        author = Text("\n" + printable(row["author"]), style="dim") if row.get("author") else ""
        name = Text(printable(row.get("title") or ""))
        table.add_row(Text(printable(str(row["item"]))), f"{row['ratings']:,}", name + author)
    return table


def explanation_table(explanation: Explanation) -> Table:
    """Lay out why an answer is what it is: the parts of its log odds, which add up.

    Parameters
    ----------
    explanation : Explanation

    Returns
    -------
    rich.table.Table
        The strongest first, slight ones in one; the total last.
    """
    from rich.text import Text

    row = explanation.row
    book = ", ".join(printable(str(row[key])) for key in ("title", "author") if row.get(key)) or str(row["item"])
    said = f"{row['answer']}: {book}, P(liked) {row['probability']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    table = _table(said, "log odds", "because")

    def add(log_odds: float, words: str, *, end_section: bool = False) -> None:
        style = "green" if log_odds > 0 else "red"
        table.add_row(Text(signed(log_odds, 2), style=style), Text(words), end_section=end_section)

    parts = explanation.reason.parts
    for part in parts:
        if abs(part.log_odds) > SLIGHT:
            add(part.log_odds, part.words)
    slight = [part.log_odds for part in parts if abs(part.log_odds) <= SLIGHT]
    if slight:
        add(sum(slight), f"{pluralise(len(slight), 'other fact')}, at most {SLIGHT:g} each")
    add(explanation.reason.base, "starting point")
    add(explanation.reason.calibration, "what calibration adds", end_section=True)
    total = sum(part.log_odds for part in parts) + explanation.reason.base + explanation.reason.calibration
    table.add_row(signed(total, 2), Text(f"log odds of P(liked) {row['probability']:.2f}"))
    return table


def figures_table(
    title: str,
    figures: Mapping[str, Mapping[str, float]],
    intervals: Mapping[str, Mapping[str, Measurement]],
    names: Mapping[str, str],
    extra: Sequence[tuple[str, str]] = (),
) -> Table:
    """Lay the figures of a recommender out beside those of the trivial answers.

    Parameters
    ----------
    title : str
    figures, intervals
        As in :class:`~toprank.recommender.measure.Measures`.
    names : mapping of str to str
        How to call each of them.
    extra : sequence of (str, str)
        Further names, and F1 of each.

    Returns
    -------
    rich.table.Table
    """
    from rich.text import Text

    table = _table(title, "", "F1", "AUC", "log loss", "calibration\nerror", "coverage", last_wraps=False)
    for number, (name, of) in enumerate(figures.items()):
        f1 = Text(decimal(of["f1"]))
        if ends := interval(intervals[name]["f1"]):
            f1.append(f"\n{ends}", style="dim")
        cells = [decimal(of[key], digits) for key, digits in (("auc", 3), ("log_loss", 3), ("ece", 3), ("coverage", 3))]
        table.add_row(Text(names.get(name, name), style="" if number else "bold"), f1, *cells)
    for name, figure in extra:
        table.add_row(name, figure)
    return table


def compared_table(compared: Compared, names: Mapping[str, str]) -> Table:
    """Lay the figures of two recommenders out beside each other.

    Parameters
    ----------
    compared : Compared
    names : mapping of str to str
        How to call each figure.

    Returns
    -------
    rich.table.Table
    """
    from rich.text import Text

    title = f"{pluralise(compared.rows, 'rating')} by {pluralise(compared.readers, 'reader')}"
    table = _table(title, "", "first", "second", "difference", "more than chance?")
    words = {"better": "the first is better", "worse": "the second is better", "same": "no"}
    words["unknown"] = "too few readers to tell"
    for one in compared.differences:
        difference = Text(signed(one.difference))
        if ends := interval(Measurement(one.metric, one.difference, one.low, one.high), 4):
            difference.append(f"\n{ends}", style="dim")
        values = decimal(one.first), decimal(one.second)
        table.add_row(names[one.metric], *values, difference, words[one.outcome])
    return table


def _table(title: str, *columns: str, last_wraps: bool = True) -> Table:
    """Make a table of which the last column takes what is left of the terminal's width."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(printable(title), style="bold") if title else None,
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for place, column in enumerate(columns):
        wraps = last_wraps and place + 1 == len(columns)
        number = column not in ("", "reader", "recommend?", "item") and not wraps
        table.add_column(
            column, justify="right" if number else "left", no_wrap=not wraps, overflow="fold" if wraps else "ellipsis"
        )
    return table


def _id(value: str | int) -> Text:
    from rich.text import Text

    return Text(shortened(str(value), _WIDEST_ID))


def _probability(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    return Text(f"{row['probability']:.2f}").append(f"\n{row['low']:.2f} to {row['high']:.2f}", style="dim")


def _book(row: Mapping[str, Any]) -> Text:
    """Give title, then author and id, then the reason, each on a line of its own."""
    from rich.text import Text

    item, title, rated = printable(str(row["item"])), row.get("title"), row.get("rated")
    facts = [printable(row["author"])] if row.get("author") else []
    facts += [item] if title else []
    facts += [f"rated {rated:g}"] if rated is not None and rated == rated else []
    book = Text(printable(title) if title else item, style="bold")
    if facts:
        book.append("\n" + ", ".join(facts), style="not bold dim")
    return book.append("\n" + printable(row.get("reason") or row["known"]), style="not bold")
