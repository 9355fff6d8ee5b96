"""A strict reader of delimited text: every column as strings, and every trouble with its line, value and cure.

pyarrow parses the text. Where it finds trouble, or would hide it, a slower scan says exactly where and what.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from toprank.core.arrays import IntArray
from toprank.data.reading.columns import header_hint
from toprank.data.reading.quoting import listed, quoted
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.data.reading.text_files import read_text_bytes
from toprank.errors import DataError

__all__ = ["DelimitedFile", "Dialect", "open_delimited"]

_DELIMITERS = (",", ";", "\t", "|")
_END = "\0end"
_MAX_FIELD = 2**31 - 1
_CLOSE_QUOTE = "close the quote, or double it where it is meant as a character"


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How a delimited text is written."""

    delimiter: str | None = None  # one character; None guesses it from the header among comma, semicolon, tab and bar
    encoding: str = "utf-8"  # any encoding Python knows
    escape: str | None = None  # character that takes away the meaning of the next, such as a backslash
    double_quote: bool = True  # whether ``""`` inside quotes stands for one quote, as in RFC 4180


@dataclass(frozen=True, eq=False)
class DelimitedFile:
    """A delimited text whose header has been understood; made by :func:`open_delimited`."""

    label: str  # the file, for messages
    dialect: Dialect  # how it is written, the delimiter known
    header: list[str]  # the names in it, white space around them removed; empty where a column has none
    body: memoryview  # what follows the header, in UTF-8, with an end of line at its end
    body_line: int  # line on which the body starts; the header is line 1
    notes: tuple[str, ...]

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
            table = pa_csv.read_csv(
                pa.py_buffer(self.body),
                read_options=pa_csv.ReadOptions(column_names=names, use_threads=False),  # no slower
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.dialect.delimiter,
                    quote_char='"',
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
            )
        except pa.ArrowInvalid:
            return None
        # pyarrow takes a quote that is never closed for closed at the end. Its field then holds the last line's end.
        if table.num_rows == 0 or table[last][-1].as_py().endswith(("\n", "\r")):
            return None
        return table.select(chosen).rename_columns(wanted)

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
            problem = f"this row has {_fields(len(fields))}, the header has {width}: {_shown(fields, self.dialect)}"
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
        reader = _csv_reader(_lines_and_end(self.body), self.dialect)
        line = self.body_line
        while True:
            try:
                fields = next(reader)
            except csv.Error as error:
                raise DataError(
                    f"the row that starts here cannot be read ({error}); a quote may be left open",
                    _CLOSE_QUOTE,
                    source=self.label,
                    line=line,
                ) from error
            if fields == [_END]:
                return
            if fields and fields[-1].endswith(_END):
                raise _open_quote("this row", fields, self.dialect, self.label, line)
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


def open_delimited(path: str | Path, dialect: Dialect | None = None, *, label: str | None = None) -> DelimitedFile:
    """Read a file of delimited text up to its header; ``.gz`` is unpacked."""
    dialect = dialect or Dialect()
    label = label or str(path)
    text, notes = read_text_bytes(Path(path), dialect.encoding, label)
    if not text.endswith((b"\n", b"\r")):
        text += b"\n"
    if dialect.delimiter is None:
        dialect = replace(dialect, delimiter=_guess_delimiter(text, dialect, label))
        notes = (*notes, f"delimiter {dialect.delimiter!r} (guessed from the header; --delimiter sets it)")
    header, header_lines, size = _header(text, dialect, label)
    if header == [_END]:
        raise DataError("the file is empty", "give a file with a header line and ratings", source=label)
    if header[-1].endswith(_END):
        raise _open_quote("the header", header, dialect, label)
    columns = [name.strip() for name in header]
    if len(columns) == 1:
        _refuse_other_delimiter(columns[0], dialect, label)
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    if repeated:
        raise DataError(
            f"the header repeats the column {listed(repeated)}; the columns are {listed(columns)}",
            f"give every column a name of its own{header_hint(columns)}",
            source=label,
            line=header_lines,
        )
    file = DelimitedFile(label, dialect, columns, memoryview(text)[size:], header_lines + 1, notes)
    if unnamed := len(columns) - len(file.columns):
        note = f"{unnamed} {'column' if unnamed == 1 else 'columns'} without a name left out"
        return replace(file, notes=(*notes, note))
    return file


def _csv_reader(lines: Iterator[str], dialect: Dialect) -> Any:
    csv.field_size_limit(_MAX_FIELD)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter or ",",
        quotechar='"',
        escapechar=dialect.escape,
        doublequote=dialect.double_quote,
    )


def _lines_and_end(body: memoryview) -> Iterator[str]:
    """Give the physical lines, then one that becomes a row of its own unless a quote is still open."""
    yield from io.StringIO(str(body, "utf-8"), newline="")
    yield _END


def _header(body: bytes, dialect: Dialect, label: str) -> tuple[list[str], int, int]:
    """Give the names in the first line that is not blank, the lines up to its end, and their bytes.

    Where all is blank the end is the only name; where a quote is still open it ends the last.
    """
    seen: list[int] = []

    def lines() -> Iterator[str]:
        start = 0
        for match in re.finditer(rb"\r\n|\r|\n", body):
            seen.append(match.end())
            yield body[start : match.end()].decode("utf-8")
            start = match.end()
        yield _END

    try:
        rows = _csv_reader(lines(), dialect)
        header: list[str] = next(row for row in rows if any(field.strip() for field in row))
    except csv.Error as error:
        raise DataError(f"the header cannot be read ({error})", _CLOSE_QUOTE, source=label) from error
    return header, len(seen), seen[-1]


def _guess_delimiter(body: bytes, dialect: Dialect, label: str) -> str:
    order = ("\t", *_DELIMITERS) if ".tsv" in label.lower() or ".tab" in label.lower() else _DELIMITERS
    return max(order, key=lambda d: len(_header(body, replace(dialect, delimiter=d), label)[0]))


def _refuse_other_delimiter(header: str, dialect: Dialect, label: str) -> None:
    other = max(_DELIMITERS, key=header.count)
    if header.count(other):
        shown = "tab" if other == "\t" else f"'{other}'"
        raise DataError(
            f"with the delimiter {dialect.delimiter!r} the header is a single column, {quoted(header)}",
            f"name the delimiter with --delimiter {shown}, or leave it to be guessed",
            source=label,
            line=1,
        )


def _open_quote(where: str, fields: list[str], dialect: Dialect, label: str, line: int | None = None) -> DataError:
    fields = [*fields[:-1], fields[-1].removesuffix(_END).rstrip()]
    return DataError(
        f"a quote opened in {where} is never closed: {_shown(fields, dialect)}", _CLOSE_QUOTE, source=label, line=line
    )


def _shown(fields: list[str], dialect: Dialect) -> str:
    return quoted((dialect.delimiter or ",").join(fields))


def _fields(count: int) -> str:
    return f"{count} field{'' if count == 1 else 's'}"
