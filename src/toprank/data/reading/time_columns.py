"""The column of times of a table of ratings: chosen or guessed, read, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from toprank.core.times import NO_TIME, TimeColumn, spell_time
from toprank.data.reading.quoting import listed, quoted
from toprank.data.reading.read_options import ReadOptions
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable
from toprank.data.reading.time_values import TimeValues, as_times, guess_time_column, plausible, time_problem
from toprank.errors import DataError

__all__ = ["read_times", "time_column"]

CURE = "write times as 2004-03-15, 2004-03-15T20:30:00Z or seconds since 1970"


def time_column(opened: OpenTable, options: ReadOptions, taken: Sequence[str]) -> list[str]:
    """Give the column of times, as named or guessed from its name; no column where there is none."""
    given = options.time_column
    if given is None:
        guessed = guess_time_column(opened.columns, taken)
        return [] if guessed is None else [guessed]
    for name in (given, given.strip()):
        if name in opened.columns:
            return [name]
    if given.strip() == "none":
        return []
    raise DataError(
        f"there is no column {quoted(given)}; the columns are {listed(opened.columns)}",
        "name one of them with --time-column, or say --time-column none",
        source=opened.label,
    )


def read_times(
    columns: Mapping[str, pa.ChunkedArray], names: Sequence[str], rows: Rows, opened: OpenTable, options: ReadOptions
) -> tuple[TimeColumn, list[str]]:
    """Read the column of times (int64[n]), and say how; None where there is none, or a guess was wrong."""
    if not names:
        return None, []
    (name,) = names
    guessed = options.time_column is None
    try:
        values = as_times(columns[name], source=opened.label, name=name)
    except DataError as error:
        if guessed:
            return None, [f"the column {name!r} is not taken for times: {error.problem}"]
        raise
    if guessed and not plausible(values):
        why = ""
        if values.bad.any():
            row = int(values.bad.argmax())
            why = f": {opened.unit} {int(rows.lines(np.array([row]))[0])} has {quoted(str(columns[name][row].as_py()))}"
        return None, [f"the column {name!r} is not taken for times{why}; --time-column names it if it holds them"]
    notes = _skipped(columns[name], values, rows, opened, options, name)
    return (values.time, notes) if (values.time != NO_TIME).any() else (None, notes)


def _skipped(
    column: pa.ChunkedArray, values: TimeValues, rows: Rows, opened: OpenTable, options: ReadOptions, name: str
) -> list[str]:
    """Say how times were read, and which rows have none; refuse what is none unless bad rows are to be skipped."""
    known = values.time[values.time != NO_TIME]
    said = " (guessed from its name and values)" if options.time_column is None else ""
    notes = []
    if len(known):
        span = f"{spell_time(int(known.min()))} to {spell_time(int(known.max()))} UTC"
        notes.append(f"times: column {name!r}, {values.form}, {span}{said}")
    if values.bad.any():
        row = int(values.bad.argmax())
        line = int(rows.lines(np.array([row]))[0])
        problem = time_problem(column[row].as_py())
        if options.bad_rows == "error":
            raise DataError(
                problem, f"{CURE}, or say --bad-rows skip or --time-column none", source=opened.label, line=line,
                column=name, unit=opened.unit,
            )  # fmt: skip
        bad = int(values.bad.sum())
        notes.append(f"{bad:,} rows are kept without a time: {opened.unit} {line} has {problem}")
    empty = int((values.time == NO_TIME).sum()) - int(values.bad.sum())
    if empty:
        notes.append(f"{empty:,} rows have no time")
    return notes
