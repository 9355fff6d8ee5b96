"""A table of which the columns are known and the rows are not read yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from toprank.core.arrays import IntArray
from toprank.data.reading.quoting import listed
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.errors import DataError

__all__ = ["OpenTable", "check_table", "whole_rows"]


@dataclass(frozen=True, eq=False)
class OpenTable:
    """A table of which the columns are known and the rows are not read yet."""

    label: str  # file or kind of frame, for messages
    columns: list[str]  # names of the columns
    # reads the columns given (all where None) under a policy for bad rows, and gives :class:`Rows`
    read: Callable[[Sequence[str] | None, BadRows], Rows]
    unit: Literal["line", "row"] = "row"  # what rows are counted in: lines of a file from 1, or rows of a frame from 0
    textual: bool = False  # whether every value is text, so that integers are recognised by their spelling
    strip_ids: bool = False  # whether white space around ids is left out
    repair_ids: bool = True  # whether ids are taken out of a spreadsheet's wrapping, and mangled ones refused
    notes: tuple[str, ...] = ()
    sample: tuple[Sequence[str], ...] = ()  # the first rows, where no header names the columns
    roles: Mapping[str, str] = field(default_factory=dict)  # the column of a role, where a known format says it


def check_table(columns: list[str], rows: int, label: str) -> None:
    """Refuse a table without rows, or with two columns of one name."""
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise DataError(f"the column {listed(repeated)} is repeated", "give every column its own name", source=label)
    if rows == 0:
        raise DataError(f"there are no rows; the columns are {listed(columns)}", "give ratings", source=label)


def whole_rows(table: pa.Table) -> Rows:
    """Give a table whose rows are counted from 0, none of them left out."""

    def lines(rows: IntArray) -> IntArray:
        return rows

    return Rows(table, lines, NONE_SKIPPED)
