"""What in an item table cannot be true: years, and rows whose values stand one column off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import IntArray
from toprank.data.reading.quoting import quoted
from toprank.data.reading.roles import is_text, plain_column

__all__ = ["FIRST_YEAR", "odd_items"]

FIRST_YEAR = 1450
"""Printing begins about here; a year before it is implausible, and 0 stands for "unknown"."""

SHOWN = 3
"""Examples in a note."""

_NUMBER = r"^\s*-?[0-9]{1,4}(\.0*)?\s*$"
_YEAR = r"^\s*(1[4-9]|20)[0-9]{2}\s*$"


def odd_items(
    table: pa.Table, roles: Mapping[str, str], lines: Callable[[IntArray], IntArray], unit: str, *, last_year: int = 0
) -> list[str]:
    """Name years that no book has, and rows where the author is a year and the year is none.

    Examples
    --------
    >>> table = pa.table({"id": [1, 2], "author": ["Ann", "2000"], "year": ["2050", "DK Publishing"]})
    >>> roles = {"author": "author", "year": "year"}
    >>> for note in odd_items(table, roles, lambda rows: rows + 2, "line", last_year=2026):
    ...     print(note)
    warning: 1 value of the column 'year' is no year of a book: 2050 (line 2)
    warning: 1 row seems to be shifted by a column: the author is '2000' and the year 'DK Publishing' (line 3)
    """
    name = roles.get("year")
    if name is None:
        return []
    column = plain_column(table[name])
    text = column.cast(pa.string()) if not is_text(column.type) else column
    number = pc.match_substring_regex(text, _NUMBER).fill_null(False)
    year = np.asarray(pc.if_else(number, text, None).cast(pa.float64()).fill_null(0.0))
    most = (last_year or date.today().year) + 1
    wrong = np.flatnonzero((year != 0) & ((year < FIRST_YEAR) | (year > most)))
    notes = []
    if len(wrong):
        values = ", ".join(list(dict.fromkeys(f"{one:.0f}" for one in year[wrong].tolist()))[:SHOWN])
        are = "value of the column {} is no year" if len(wrong) == 1 else "values of the column {} are no years"
        at = f"{unit} {int(lines(wrong[:1])[0])}"
        notes.append(f"warning: {len(wrong):,} {are.format(repr(name))} of a book: {values} ({at})")
    author = roles.get("author")
    if author not in table.column_names or not is_text(table[author].type):
        return notes
    is_year = pc.match_substring_regex(plain_column(table[author]), _YEAR).fill_null(False)
    is_none = pc.and_(pc.invert(number), pc.not_equal(pc.utf8_trim_whitespace(text), "").fill_null(False))
    shifted = np.flatnonzero(np.asarray(pc.and_(is_year, is_none)))
    if len(shifted):
        row = int(shifted[0])
        rows = "row seems" if len(shifted) == 1 else "rows seem"
        notes.append(
            f"warning: {len(shifted):,} {rows} to be shifted by a column: the author is "
            f"{quoted(table[author][row].as_py())} and the year {quoted(text[row].as_py())} "
            f"({unit} {int(lines(shifted[:1])[0])})"
        )
    return notes
