"""Several files as the parts of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from toprank.core.arrays import IntArray
from toprank.data.reading.quoting import listed
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError

__all__ = ["joined_parts"]


def joined_parts(parts: Sequence[OpenTable], label: str) -> OpenTable:
    """Put tables with the same columns one below the other, in any order of their columns."""
    first = parts[0]
    for part in parts[1:]:
        if set(part.columns) != set(first.columns):
            raise DataError(
                f"its columns are {listed(part.columns)}, those of {first.label} are {listed(first.columns)}",
                "name one file, or files with the same columns",
                source=part.label,
            )

    def read(wanted: Sequence[str] | None, bad_rows: BadRows) -> Rows:
        columns = first.columns if wanted is None else list(wanted)
        rows = [part.read(columns, bad_rows) for part in parts]
        lines_of = [one.lines for one in rows]
        ends = np.cumsum([one.table.num_rows for one in rows])
        try:
            table = pa.concat_tables([one.table for one in rows], promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(
                f"a column is of different types in its parts ({error})", "write all parts alike", source=label
            ) from error
        skipped = NONE_SKIPPED
        for one in rows:
            skipped = skipped.with_rows(one.skipped.count, list(one.skipped.examples))

        def place(row: int) -> tuple[int, int]:
            part = int(np.searchsorted(ends, row, side="right"))
            return part, row - (int(ends[part - 1]) if part else 0)

        def lines(numbers: IntArray) -> IntArray:
            places = [place(int(row)) for row in numbers]
            return np.array([int(lines_of[part](np.array([row]))[0]) for part, row in places], np.int64)

        return Rows(table, lines, skipped, lambda row: parts[place(row)[0]].label)

    notes = [f"{len(parts):,} files are read as one table", *first.notes]
    return replace(first, label=label, read=read, notes=tuple(notes))
