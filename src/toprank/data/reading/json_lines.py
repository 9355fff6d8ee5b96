"""JSON: one object a line, as reviews are published, or a list of them."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa

from toprank.core.arrays import IntArray
from toprank.data.reading.content import Content
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.data.reading.table import OpenTable, check_table
from toprank.data.reading.text_files import as_utf8
from toprank.errors import DataError

__all__ = ["open_json"]

_CURE = 'write one object a line, like {"user": "ann", "item": "b1", "rating": 5}'


def open_json(content: Content, encoding: str) -> OpenTable:
    """Read objects, one a line or in a list; the columns are the keys that any of them has."""
    text, notes = as_utf8(content.read(), encoding, content.label)
    table, lines = _listed(text, content.label) if text.lstrip()[:1] == b"[" else _by_line(text, content.label)
    columns = [str(name) for name in table.column_names]
    check_table(columns, table.num_rows, content.label)

    def line_of(rows: IntArray) -> IntArray:
        return rows + 1 if lines is None else lines[rows]

    return OpenTable(
        content.label,
        columns,
        lambda wanted, _: Rows(table.select(columns if wanted is None else list(wanted)), line_of, NONE_SKIPPED),
        unit="line" if lines is not None else "row",
        notes=notes,
    )


def _by_line(text: bytes, label: str) -> tuple[pa.Table, Any]:
    import numpy as np
    from pyarrow import json as pa_json

    lines = [number + 1 for number, line in enumerate(text.split(b"\n")) if line.strip()]
    try:
        table = pa_json.read_json(
            io.BytesIO(text),
            read_options=pa_json.ReadOptions(use_threads=False, block_size=max(1 << 20, len(text) + 1)),
            parse_options=pa_json.ParseOptions(newlines_in_values=False),
        )
    except pa.ArrowException:
        # Objects whose values are now a number, now a text, or over several lines: slower, and says where.
        table, lines = _with_python(text, label)
    if table.num_rows != len(lines):
        table, lines = _with_python(text, label)
    return table, np.array(lines, np.int64)


def _with_python(text: bytes, label: str) -> tuple[pa.Table, list[int]]:
    rows, lines = [], []
    for number, line in enumerate(text.decode().split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"this line is no JSON ({error})", _CURE, source=label, line=number) from error
        if not isinstance(row, dict):
            raise DataError("this line is no object with named values", _CURE, source=label, line=number)
        rows.append(row)
        lines.append(number)
    return _of_objects(rows), lines


def _listed(text: bytes, label: str) -> tuple[pa.Table, None]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"this is no JSON ({error})", _CURE, source=label) from error
    if not all(isinstance(row, dict) for row in rows):
        raise DataError("the list holds more than objects with named values", _CURE, source=label)
    return _of_objects(rows), None


def _of_objects(rows: list[dict[str, Any]]) -> pa.Table:
    """Make columns of the values; one whose values are of several types becomes text."""
    names = dict.fromkeys(str(name) for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, OverflowError):
            columns[name] = pa.array(
                [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
            )
    return pa.table(columns)
