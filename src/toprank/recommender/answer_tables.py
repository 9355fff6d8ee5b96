"""Results with the ids of the outside world, as tables that convert to whatever their user works with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["DecisionTable", "Table", "TopTable"]

SHOWN = 20
"""Rows that a notebook shows."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of results.

    Parameters
    ----------
    table : pyarrow.Table
    """

    table: pa.Table

    def column(self, name: str) -> AnyArray:
        """Give a column as an array."""
        values: AnyArray = self.table.column(name).to_numpy()
        return values

    def rows(self) -> list[dict[str, Any]]:
        """Give each row as a dict of plain Python values."""
        found: list[dict[str, Any]] = self.table.to_pylist()
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

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def __str__(self) -> str:
        shown = self.table.slice(0, SHOWN)
        columns = [[name, *map(_written, shown.column(name).to_pylist())] for name in shown.column_names]
        widths = [max(map(len, column)) for column in columns]
        rows = (zip(row, widths, strict=True) for row in zip(*columns, strict=True))
        lines = ["  ".join(text.ljust(width) for text, width in row).rstrip() for row in rows]
        more = [f"... and {len(self) - SHOWN:,} more rows"] if len(self) > SHOWN else []
        return "\n".join([*lines, *more])

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self):,} rows\n{self}"

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in self.table.column_names)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(name, value)}</td>" for name, value in row.items()) + "</tr>"
            for row in self.table.slice(0, SHOWN).to_pylist()
        )
        more = f"<p>... and {len(self) - SHOWN:,} more rows</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


@dataclass(frozen=True, eq=False, repr=False)
class DecisionTable(Table):
    """Answers about pairs of a reader and an item.

    Its columns: ``user`` and ``item`` as they were asked, ``title`` and ``author`` where they are known, ``answer``
    (yes, no or unsure), ``recommend``, ``probability`` (P(liked)) with its 95 % interval ``low`` to ``high``,
    ``expected`` (rating points), ``rated`` (what the reader gave it, if so), ``known`` (what the answer rests on, in
    words) with the counts of ratings behind it, and ``reason``, where it was asked for.
    """

    @property
    def recommend(self) -> BoolArray:
        """Whether the answer is yes (bool[n])."""
        return self.column("recommend")

    @property
    def probability(self) -> FloatArray:
        """P(liked) (float64[n])."""
        return self.column("probability")


@dataclass(frozen=True, eq=False, repr=False)
class TopTable(Table):
    """What to recommend to readers, best first.

    Its columns: ``user``, ``rank`` from 1, ``item`` (each work's best-known edition), ``title`` and ``author`` where
    they are known, ``probability`` with ``low`` and ``high``, ``expected``, ``relevance`` (log odds, comparable within
    a reader), ``known``, and ``reason`` where it was asked for.
    """

    @property
    def items(self) -> list[str | int]:
        """The items, best first."""
        found: list[str | int] = self.table.column("item").to_pylist()
        return found


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return str(value)


def _cell(name: str, value: Any) -> str:
    from html import escape

    if name in ("probability", "low", "high") and isinstance(value, float):
        bar = f"<span style='display:inline-block;height:.6em;width:{60 * value:.0f}px;background:#4c78a8'></span>"
        return f"{value:.2f}" + (f" {bar}" if name == "probability" else "")
    return escape(_written(value))
