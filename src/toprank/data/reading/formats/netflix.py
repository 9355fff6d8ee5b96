"""The Netflix prize: a line with a film's number and a colon, then a line for each of its ratings."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from toprank.core.arrays import IntArray
from toprank.data.reading.content import Content
from toprank.data.reading.formats.format import Found, Source
from toprank.data.reading.parts import joined_parts
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.data.reading.table import OpenTable
from toprank.data.reading.text_files import as_utf8
from toprank.errors import DataError

__all__ = ["find"]

_COLUMNS = ["user", "movie", "rating", "date"]
_ROLES = {"user": "user", "item": "movie", "rating": "rating"}
_ROW = r"^(?P<user>\d+),(?P<rating>\d+),(?P<date>\d{4}-\d\d-\d\d)$"


def find(source: Source) -> Found | None:
    """Read one file, or all that begin so."""
    files = [one for one in source.contents.values() if re.match(rb"\s*\d+:\r?\n", one.head)]
    if not files:
        return None
    parts = [_open(one) for one in files]
    return Found(parts[0] if len(parts) == 1 else joined_parts(parts, str(source.given)), options={"scale": "1-5"})


def _open(content: Content) -> OpenTable:
    def read(wanted: Sequence[str] | None, _: object) -> Rows:
        data, _ = as_utf8(content.read(), "utf-8", content.label)
        # One column, whatever is in it: no line holds this delimiter.
        if b"\x1f" in data:
            raise DataError("it holds control characters", "fetch the file again", source=content.label)
        text = pa_csv.read_csv(
            pa.py_buffer(data),
            read_options=pa_csv.ReadOptions(column_names=["line"], use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter="\x1f", quote_char=False, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(column_types={"line": pa.string()}, check_utf8=False),
        )["line"]
        is_film = pc.ends_with(text, ":").to_numpy()
        is_row = ~is_film & pc.not_equal(text, "").to_numpy()
        section = np.cumsum(is_film) - 1
        films = pc.utf8_rtrim(text.filter(pa.array(is_film)), ":")
        values = pc.extract_regex(text.filter(pa.array(is_row)), _ROW).combine_chunks()
        numbers = np.flatnonzero(is_row)
        if len(numbers) == 0:
            raise DataError("there are films and no ratings", "fetch the file again", source=content.label)
        if values.null_count:
            bad = int(numbers[np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))[0]])
            raise DataError(
                f"{text[bad].as_py()!r} is neither a film's number and a colon nor user,rating,date",
                "fetch the file again",
                source=content.label,
                line=bad + 1,
            )
        table = pa.table(
            {
                "user": values.field("user"),
                "movie": films.take(pa.array(section[numbers])),
                "rating": values.field("rating"),
                "date": values.field("date"),
            }
        )

        def lines(rows: IntArray) -> IntArray:
            return numbers[rows] + 1

        return Rows(table.select(_COLUMNS if wanted is None else list(wanted)), lines, NONE_SKIPPED)

    return OpenTable(content.label, _COLUMNS, read, unit="line", textual=True, roles=_ROLES)
