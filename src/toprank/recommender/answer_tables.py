"""Answers with the ids of the outside world: tables that convert to what their user works with, and how they look."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toprank.core.arrays import AnyArray, BoolArray, FloatArray
from toprank.recommender.arrow_columns import arrow_table, plain_rows
from toprank.report.html import to_html
from toprank.report.phrases import decimal, shortened
from toprank.report.table import Cell, Column, Content, Table, table_of
from toprank.report.terminal import to_text

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = [
    "AnswerTable",
    "DecisionTable",
    "TopTable",
    "decisions_layout",
    "found_layout",
    "narrow_layout",
    "near_words",
    "top_layout",
]

SHOWN = 20
"""Rows that a notebook shows."""

ORDER = "In the order of how likely you are to pick and to like it."
"""What lists are sorted by: relevance and P(liked) together."""

_WIDEST_ID = 20
_BOOK = Column("book", "text")
_NEAR = Column("how near", "name", optional=2)


@dataclass(frozen=True, eq=False)
class AnswerTable:
    """Rows of results.

    Parameters
    ----------
    columns : pyarrow.Table, or dict of str to column
        As :func:`toprank.recommender.arrow_columns.arrow_table` takes them.
    """

    columns: pa.Table | dict[str, Any]

    @cached_property
    def table(self) -> pa.Table:
        """The rows as a ``pyarrow.Table``."""
        return arrow_table(self.columns) if isinstance(self.columns, dict) else self.columns

    def column(self, name: str) -> AnyArray:
        """Give a column as an array."""
        values: AnyArray = self.table.column(name).to_numpy()
        return values

    def rows(self) -> list[dict[str, Any]]:
        """Give each row as a dict of plain Python values."""
        found: list[dict[str, Any]] = (
            plain_rows(self.columns) if isinstance(self.columns, dict) else self.columns.to_pylist()
        )
        return found

    def to_arrow(self) -> pa.Table:
        """Give the table as it is."""
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        """Convert to pandas."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Convert to Polars."""
        import polars as pl

        return pl.DataFrame(self.table)

    def layout(self, rows: Sequence[Mapping[str, Any]]) -> Table:
        """Lay rows out to be read."""
        kinds = {field.name: "text" if _is_text(field.type) else "number" for field in self.table.schema}
        columns = [Column(name.replace("_", " "), kind) for name, kind in kinds.items()]  # type: ignore[arg-type]
        return table_of(columns, [[_written(row[name]) for name in kinds] for row in rows])

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def __str__(self) -> str:
        return to_text(self._shown())

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self):,} rows\n{self}"

    def _repr_html_(self) -> str:
        return to_html(self._shown())

    def _shown(self) -> Table:
        laid_out = self.layout(self.table.slice(0, SHOWN).to_pylist())
        more = (f"... and {len(self) - SHOWN:,} more rows",) if len(self) > SHOWN else ()
        return Table(laid_out.columns, laid_out.groups, notes=(*laid_out.notes, *more))


@dataclass(frozen=True, eq=False, repr=False)
class DecisionTable(AnswerTable):
    """Answers about pairs of a reader and an item.

    Its columns: ``user`` and ``item`` as they were asked, ``title`` and ``author`` where they are known, ``answer``
    (yes, no or unsure), ``recommend``, ``probability`` (P(liked)) with its 95 % interval ``low`` to ``high``,
    ``expected`` (rating points), ``nearness`` (how near the item is to what the reader reads: the share of all works
    that are less relevant to them; null for a reader of whom nothing is known) and ``near``, the same in words,
    ``rated`` (what the reader gave it or another edition, which then is the answer),
    ``known`` (what the answer rests on, in words) with the counts of ratings behind it, and ``reason``, where it was
    asked for.
    """

    @property
    def recommend(self) -> BoolArray:
        """Whether the answer is yes (bool[n])."""
        return self.column("recommend")

    @property
    def probability(self) -> FloatArray:
        """P(liked) (float64[n])."""
        return self.column("probability")

    def layout(self, rows: Sequence[Mapping[str, Any]]) -> Table:
        """Lay rows out to be read."""
        return decisions_layout(rows)


@dataclass(frozen=True, eq=False, repr=False)
class TopTable(AnswerTable):
    """What to recommend to readers, best first.

    Its columns: ``user``, ``rank`` from 1, ``item`` (each work's best-known edition), ``title`` and ``author`` where
    they are known, ``probability`` with ``low`` and ``high``, ``expected``, ``relevance`` (log odds, comparable within
    a reader), ``nearness`` and ``near`` as decisions have them, ``known``, and ``reason`` where it was asked for.
    """

    @property
    def items(self) -> list[str | int]:
        """The items, best first."""
        found: list[str | int] = self.table.column("item").to_pylist()
        return found

    def layout(self, rows: Sequence[Mapping[str, Any]]) -> Table:
        """Lay rows out to be read."""
        return top_layout(rows)


def decisions_layout(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay decisions out; who is asked about has a column where there are several."""
    several = len({row["user"] for row in rows}) > 1
    columns = [*([Column("reader", "name")] if several else []), Column("recommend?", "name")]
    columns += [Column("P(liked)"), _NEAR, Column("expected", optional=1), _BOOK]
    shown: list[list[Content]] = []
    for row in rows:
        reader = [_reader(row["user"])] if several else []
        answer = Cell(row["answer"], style=row["answer"])
        shown.append([*reader, answer, _probability(row), _near(row), decimal(row["expected"], 1), _book(row)])
    return table_of(columns, shown)


def top_layout(rows: Sequence[Mapping[str, Any]], title: str = "") -> Table:
    """Lay recommendations out, best first; whose they are has a column where there are several readers."""
    several = len({row["user"] for row in rows}) > 1
    columns = [*([Column("reader", "name")] if several else []), Column("rank")]
    columns += [Column("P(liked)"), _NEAR, Column("expected", optional=1), _BOOK]
    shown: list[list[Content]] = []
    for row in rows:
        reader = [_reader(row["user"])] if several else []
        cells: list[Content] = [_probability(row), _near(row), decimal(row["expected"], 1), _book(row)]
        shown.append([*reader, str(row["rank"]), *cells])
    return table_of(columns, shown, title=title, notes=(ORDER,))


def narrow_layout(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay recommendations out where there is little room: P(liked) and the book, best first."""
    return table_of([Column("P(liked)"), _BOOK], [[_probability(row), _book(row)] for row in rows])


def found_layout(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay out books: title and author, and why where it is said; ratings; id."""
    shown: list[list[Content]] = []
    for row in rows:
        book = Cell(row.get("title") or "", row.get("author") or "", body=row.get("reason") or "", style="strong")
        shown.append([book, f"{row['ratings']:,}", str(row["item"])])
    return table_of([_BOOK, "ratings", Column("item", "text")], shown)


def _reader(user: str | int) -> str:
    return shortened(str(user), _WIDEST_ID)


def _probability(row: Mapping[str, Any]) -> Cell:
    return Cell(f"{row['probability']:.2f}", f"{row['low']:.2f} to {row['high']:.2f}")


def near_words(row: Mapping[str, Any]) -> str:
    """Say how near a book is to what the reader reads, to go on with a sentence; nothing where that is not known."""
    return "" if row.get("nearness") is None else f"; {row['near']} ({_nearer(row)} of books)"


def _near(row: Mapping[str, Any]) -> Cell:
    return Cell("—") if row.get("nearness") is None else Cell(row["near"].split()[0], _nearer(row))


def _nearer(row: Mapping[str, Any]) -> str:
    return f"nearer than {min(99, int(100 * row['nearness']))} %"


def _book(row: Mapping[str, Any]) -> Cell:
    """Give title, then author and id, then the reason, each on a line of its own."""
    item, title, rated = str(row["item"]), row.get("title"), row.get("rated")
    facts = [row["author"]] if row.get("author") else []
    facts += [item] if title else []
    facts += [f"rated {rated:g}"] if rated is not None and not math.isnan(rated) else []
    return Cell(title or item, ", ".join(facts), body=row.get("reason") or row["known"], style="strong")


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    return str(value)
