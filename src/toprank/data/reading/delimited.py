"""A strict reader of delimited text: every column as strings, and every trouble with its line, value and cure.

pyarrow parses the text. Where it finds trouble, or would hide it, a slower scan says exactly where and what.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from toprank.core.arrays import IntArray
from toprank.data.reading.content import DAMAGED, Content, content_of, unpacked
from toprank.data.reading.first_lines import DOUBLE_COLON, END, Dialect, csv_reader, open_quote, read_first_lines, shown
from toprank.data.reading.quoting import listed
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.data.reading.text_files import PlainText, as_utf8
from toprank.errors import DataError

__all__ = ["DelimitedFile", "open_delimited"]

BEGINNING = 1 << 20
"""Bytes of a packed text by which it is opened; a shorter one is unpacked as a whole."""


@dataclass(frozen=True, eq=False)
class DelimitedFile:
    """A delimited text whose header has been understood; made by :func:`open_delimited`."""

    label: str  # the file, for messages
    dialect: Dialect  # how it is written, the delimiter known
    header: list[str]  # the names in it, white space around them removed; empty where a column has none
    body: memoryview  # what follows the header, in UTF-8, with an end of line at its end
    body_line: int  # line on which the body starts; the header is line 1
    notes: tuple[str, ...]
    sample: tuple[Sequence[str], ...] = ()  # the first rows, where no header names the columns

    @property
    def columns(self) -> list[str]:
        """The distinct columns that can be read: those with a name, and the first, for pandas gives its index none."""
        return [name for position, name in enumerate(self.header) if name or position == 0]

    def read(self, columns: Sequence[str] | None = None, *, bad_rows: BadRows = "error") -> Rows:
        """Read columns as strings, in the order named; an empty field is the empty string, a ragged row a bad one."""
        wanted = list(self.columns if columns is None else columns)
        missing = [name for name in wanted if name not in self.columns]
        if missing:
            raise DataError(
                f"there is no column {listed(missing)}; the columns are {listed(self.columns)}",
                "check that this is the right file and that its delimiter is right",
                source=self.label,
            )
        table = self._parse(wanted)
        if table is not None:
            return Rows(table, self._lines_of, NONE_SKIPPED)
        return self._scan_rows(wanted, bad_rows)

    def _parse(self, wanted: list[str]) -> pa.Table | None:
        """Parse with pyarrow; None where there is trouble, or may be."""
        # By position, for names may be missing.
        names = [str(position) for position in range(len(self.header))]
        chosen = [str(self.header.index(name)) for name in wanted]
        last = names[-1]
        try:
            table = pa_csv.open_csv(
                self._open(),
                read_options=pa_csv.ReadOptions(column_names=names, use_threads=False),  # no slower
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.dialect.delimiter,
                    quote_char='"' if self.dialect.quotes else False,
                    escape_char=self.dialect.escape or False,
                    double_quote=self.dialect.double_quote,
                    newlines_in_values=True,
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=[*chosen, *([] if last in chosen else [last])],
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            ).read_all()
        except DAMAGED:  # Arrow's errors are among them
            return None
        # pyarrow takes a quote that is never closed for closed at the end. Its field then holds the last line's end.
        if table.num_rows == 0 or table[last][-1].as_py().endswith(("\n", "\r")):
            return None
        return table.select(chosen).rename_columns(wanted)

    def _open(self) -> Any:
        return pa.BufferReader(self.body)

    def _scan_rows(self, wanted: list[str], bad_rows: BadRows) -> Rows:
        """Read slowly, and say what is wrong with which line."""
        width = len(self.header)
        positions = [self.header.index(name) for name in wanted]
        # Lists of strings, not a list of rows, which would keep the garbage collector busy.
        kept: list[list[str]] = [[] for _ in wanted]
        lines: list[int] = []
        skipped = NONE_SKIPPED
        for line, last, fields in self._scan():
            if len(fields) == width:
                for values, position in zip(kept, positions, strict=True):
                    values.append(fields[position])
                lines.append(line)
                continue
            problem = f"this row has {_fields(len(fields))}, the header has {width}: {shown(fields, self.dialect)}"
            if last > line:
                problem += f" (it runs to line {last}: a quote may be left open)"
            if bad_rows == "error":
                raise DataError(
                    problem,
                    "quote values that hold the delimiter, or leave out such rows with --bad-rows skip",
                    source=self.label,
                    line=line,
                )
            skipped = skipped.plus(line, f"{_fields(len(fields))} instead of {width}")
        if not lines and not skipped.count:
            raise DataError(
                f"the file has a header ({listed(self.columns)}) but no rows",
                "give a file with ratings",
                source=self.label,
            )
        if not lines:
            raise DataError(
                f"none of the {skipped.count:,} rows can be used; the first is line {skipped.examples[0][0]}: "
                f"{skipped.examples[0][1]}",
                "check the delimiter and the header line",
                source=self.label,
            )
        table = pa.table([pa.array(values, pa.string()) for values in kept], names=wanted)
        return Rows(table, np.asarray(lines, np.int64).__getitem__, skipped)

    def _scan(self) -> Iterator[tuple[int, int, list[str]]]:
        """Give each row's first line, last line and fields."""
        reader = csv_reader(_lines_and_end(self.body), self.dialect)
        line = self.body_line
        while True:
            try:
                fields = next(reader)
            except csv.Error as error:
                raise DataError(
                    f"the row that starts here cannot be read ({error}); a quote may be left open",
                    "close the quote, or double it where it is meant as a character",
                    source=self.label,
                    line=line,
                ) from error
            if fields == [END]:
                return
            if fields and fields[-1].endswith(END):
                raise open_quote("this row", fields, self.dialect, self.label, line)
            end = self.body_line + reader.line_num
            is_blank = not fields or (len(fields) == 1 < len(self.header) and fields[0].isspace())
            if not is_blank:
                yield line, end - 1, fields
            line = end

    def _lines_of(self, rows: IntArray) -> IntArray:
        return self._lines[rows]

    @cached_property
    def _lines(self) -> IntArray:
        return np.fromiter((line for line, _, _ in self._scan()), np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class PackedFile(DelimitedFile):
    """A packed text that is parsed while it is unpacked; ``body`` is the beginning of its body.

    Where there is trouble, or may be, it is unpacked as a whole.
    """

    content: Content
    asked: Dialect  # as it was given
    start: int  # bytes before the body

    def _open(self) -> PlainText:
        assert self.content.stream is not None
        return PlainText(self.content.stream(), self.start, no_escapes=_may_escape(self.asked))

    def _scan_rows(self, wanted: list[str], bad_rows: BadRows) -> Rows:
        rows = self._whole.read(wanted, bad_rows=bad_rows)
        return replace(rows, notes=tuple(note for note in self._whole.notes if note not in self.notes))

    def _lines_of(self, rows: IntArray) -> IntArray:
        return self._whole._lines_of(rows)

    @cached_property
    def _whole(self) -> DelimitedFile:
        return _opened(self.content.read(), self.asked, self.label)


def open_delimited(
    source: str | Path | Content, dialect: Dialect | None = None, *, label: str | None = None
) -> DelimitedFile:
    """Read a file of delimited text up to its header; what is packed is unpacked."""
    content = source if isinstance(source, Content) else unpacked(content_of(source, label))[0]
    dialect, label = dialect or Dialect(), label or content.label
    return _packed(content, dialect, label) or _opened(content.read(), dialect, label)


def _packed(content: Content, dialect: Dialect, label: str) -> PackedFile | None:
    """Open a packed text by its beginning; None where it is short, or not plain."""
    if content.stream is None:
        return None
    with suppress(DataError, *DAMAGED), content.stream() as stream:
        beginning = stream.read(BEGINNING)
        text = beginning[: beginning.rfind(b"\n") + 1]
        escapes = _may_escape(dialect) and b'\\"' in text
        if len(beginning) == BEGINNING and text and dialect.encoding in ("utf-8", "utf8") and not escapes:
            file = _opened(text, dialect, label)
            if file.dialect.delimiter not in (" ", DOUBLE_COLON):
                start = len(text) - len(file.body)
                return PackedFile(**vars(file), content=content, asked=dialect, start=start)
    return None


def _may_escape(dialect: Dialect) -> bool:
    return dialect.escape is None and dialect.quotes


def _opened(data: bytes, dialect: Dialect, label: str) -> DelimitedFile:
    text, notes = as_utf8(data, dialect.encoding, label)
    if not text.endswith((b"\n", b"\r")):
        text += b"\n"
    start = read_first_lines(text, dialect, label)
    file = DelimitedFile(
        label, start.dialect, start.header, memoryview(start.text)[start.size :], start.line, (*notes, *start.notes),
        tuple(start.sample),
    )  # fmt: skip
    if unnamed := len(file.header) - len(file.columns):
        note = f"{unnamed} {'column' if unnamed == 1 else 'columns'} without a name left out"
        return replace(file, notes=(*file.notes, note))
    return file


def _lines_and_end(body: memoryview) -> Iterator[str]:
    """Give the physical lines, then one that becomes a row of its own unless a quote is still open."""
    yield from io.StringIO(str(body, "utf-8"), newline="")
    yield END


def _fields(count: int) -> str:
    return f"{count} field{'' if count == 1 else 's'}"
