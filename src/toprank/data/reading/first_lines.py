"""The first lines of a delimited text: its delimiter, its quotes, and its header, where it has one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toprank.data.reading.columns import guess_columns, has_usual_name
from toprank.data.reading.quoting import listed, quoted
from toprank.errors import DataError

__all__ = ["DOUBLE_COLON", "END", "Dialect", "FirstLines", "csv_reader", "open_quote", "read_first_lines", "shown"]

DELIMITERS = (",", ";", "\t", "|")
END = "\0end"
DOUBLE_COLON = "\x1f"
"""What stands for ``::`` while a text is parsed."""
SAMPLE = 20
"""Rows that are looked at."""

_MAX_FIELD = 2**31 - 1
_SAMPLE_BYTES = 1 << 16
_CLOSE_QUOTE = "close the quote, or double it where it is meant as a character"
_NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How a delimited text is written."""

    # one character, or ``::``; None guesses it from the first line among comma, semicolon, tab, bar, ``::`` and blanks
    delimiter: str | None = None
    encoding: str = "utf-8"  # any encoding Python knows
    escape: str | None = None  # character that takes away the meaning of the next; None looks for backslashes
    double_quote: bool = True  # whether ``""`` inside quotes stands for one quote, as in RFC 4180
    quotes: bool = True  # whether quotes round a value are not part of it
    header: bool | None = None  # whether the first line names the columns; None looks at it

    @property
    def spelled(self) -> str:
        """The delimiter as people write it."""
        return "::" if self.delimiter == DOUBLE_COLON else self.delimiter or ","


@dataclass(frozen=True, eq=False)
class FirstLines:
    """What the first lines of a text say."""

    text: bytes
    dialect: Dialect  # the delimiter and the escape known
    header: list[str]  # names without white space around them; where there is no header, 1, 2, 3 …
    size: int  # bytes before the rows
    line: int  # line on which the rows start, from 1
    sample: list[list[str]]  # the first rows, where there is no header
    notes: list[str]


def read_first_lines(text: bytes, dialect: Dialect, label: str) -> FirstLines:
    """Find delimiter, escape and header of a text in UTF-8 that ends with a line's end."""
    notes: list[str] = []
    size = line = 0
    if match := re.match(rb"\s*\"?sep=(.)\"?[ ,;]*(\r\n|\r|\n)", text[:50]):
        size, line = match.end(), 1
        if dialect.delimiter is None:
            dialect = replace(dialect, delimiter=match[1].decode())
            notes.append(f"delimiter {dialect.delimiter!r} (from the first line, {match[0].decode().strip()})")
    if dialect.delimiter is None:
        dialect = replace(dialect, delimiter=_guess_delimiter(text[size:], dialect, label))
        if dialect.delimiter != " ":
            notes.append(f"delimiter {dialect.delimiter!r} (guessed from the header; --delimiter sets it)")
    if dialect.delimiter == "::":
        text = text.replace(b"::", DOUBLE_COLON.encode())
        dialect = replace(dialect, delimiter=DOUBLE_COLON, quotes=False)
    elif dialect.delimiter == " ":
        text = re.sub(rb"[ \t]+(?=[\r\n])|(?<=[\r\n])[ \t]+", b"", b"\n" + text[size:])[1:]
        text, size = re.sub(rb"[ \t]+", b" ", text).lstrip(b" "), 0
        notes.append("values are separated by blanks (--delimiter sets it)")
    if dialect.escape is None and dialect.quotes and _has_backslashes(text, str(dialect.delimiter)):
        dialect = replace(dialect, escape="\\", double_quote=False)
        notes.append("a backslash takes away the meaning of the next character (guessed; --escape sets it)")
    first, lines, end = _header(text[size:] if size else text, dialect, label)
    if first == [END]:
        raise DataError("the file is empty", "give a file with a header line and ratings", source=label)
    if first[-1].endswith(END):
        raise open_quote("the header", first, dialect, label)
    sample = _rows(text[size + end : size + end + _SAMPLE_BYTES], dialect)
    if dialect.header is False or (dialect.header is None and looks_like_data(first, sample)):
        names = [str(number + 1) for number in range(len(first))]
        return FirstLines(text, dialect, names, size, line + 1, [first, *sample], notes)
    columns = [name.strip() for name in first]
    if len(columns) == 1:
        _refuse_other_delimiter(columns[0], dialect, label)
    if repeated := sorted({name for name in columns if name and columns.count(name) > 1}):
        raise DataError(
            f"the header repeats the column {listed(repeated)}; the columns are {listed(columns)}",
            "give every column a name of its own, or say --no-header if the first line is a row",
            source=label,
            line=line + lines,
        )
    return FirstLines(text, dialect, columns, size + end, line + lines + 1, [], notes)


def looks_like_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first line is a row: no usual name is in it, and a number where all rows have one, a rating.

    Users and items come first, whose ids may be numbers here and text there.

    Examples
    --------
    >>> looks_like_data(["196", "242", "3"], [["186", "302", "3"]])
    True
    >>> looks_like_data(["user", "1", "2"], [["ann", "5", "3"]]), looks_like_data(["who", "what", "grade"], [])
    (False, False)
    """
    if len(first) < 3 or not first[0].strip() or has_usual_name(first):
        return False
    rows = [row for row in (first, *rows) if len(row) == len(first)]
    return any(all(_NUMBER.fullmatch(row[place]) for row in rows) for place in range(2, len(first)))


def csv_reader(lines: Iterator[str], dialect: Dialect) -> Any:
    """Read rows as Python's own reader does, which says more of trouble than a fast one."""
    csv.field_size_limit(_MAX_FIELD)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter or ",",
        quotechar='"' if dialect.quotes else None,
        quoting=csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        doublequote=dialect.double_quote,
    )


def open_quote(where: str, fields: list[str], dialect: Dialect, label: str, line: int | None = None) -> DataError:
    """Say that a quote is never closed."""
    fields = [*fields[:-1], fields[-1].removesuffix(END).rstrip()]
    return DataError(
        f"a quote opened in {where} is never closed: {shown(fields, dialect)}", _CLOSE_QUOTE, source=label, line=line
    )


def shown(fields: Sequence[str], dialect: Dialect) -> str:
    """Give a row as it stands in the file, for a message."""
    return quoted(dialect.spelled.join(fields))


def _header(body: bytes, dialect: Dialect, label: str) -> tuple[list[str], int, int]:
    """Give the fields of the first line that is not blank, the lines up to its end, and their bytes.

    Where all is blank the end is the only field; where a quote is still open it ends the last.
    """
    seen: list[int] = [0]

    def lines() -> Iterator[str]:
        start = 0
        for match in _LINE_END.finditer(body):
            seen.append(match.end())
            yield body[start : match.end()].decode("utf-8")
            start = match.end()
        yield END

    try:
        rows = csv_reader(lines(), dialect)
        header: list[str] = next(row for row in rows if any(field.strip() for field in row))
    except csv.Error as error:
        raise DataError(f"the header cannot be read ({error})", _CLOSE_QUOTE, source=label) from error
    return header, len(seen) - 1, seen[-1]


def _rows(sample: bytes, dialect: Dialect) -> list[list[str]]:
    """Give the first rows of what follows the header; what cannot be read is said when all is read."""
    whole = sample[: sample.rfind(b"\n") + 1] if len(sample) == _SAMPLE_BYTES else sample
    rows: list[list[str]] = []
    try:
        for row in csv_reader(iter(whole.decode("utf-8").splitlines(keepends=True)), dialect):
            if any(field.strip() for field in row):
                rows.append(row)
            if len(rows) == SAMPLE:
                break
    except (csv.Error, UnicodeDecodeError):
        return rows
    return rows


def _guess_delimiter(body: bytes, dialect: Dialect, label: str) -> str:
    order = ("\t", *DELIMITERS) if ".tsv" in label.lower() or ".tab" in label.lower() else DELIMITERS
    fields = {delimiter: _header(body, replace(dialect, delimiter=delimiter), label)[0] for delimiter in order}
    best = max(order, key=lambda delimiter: len(fields[delimiter]))
    line = next((line for line in body[:_SAMPLE_BYTES].splitlines() if line.strip()), b"").decode("utf-8", "replace")
    if line.count("::") >= 2 and len(line.split("::")) >= len(fields[best]):
        return "::"
    # Surprise's `user item rating`: no delimiter, three or more values, and no quotes that could hold blanks.
    words = line.split()
    if len(fields[best]) == 1 and len(words) >= 3 and '"' not in line and _all_alike(body, len(words)):
        numbers = [word for word in words if _NUMBER.fullmatch(word)]
        if numbers or len(guess_columns("user", words)) == len(guess_columns("item", words)) == 1:
            return " "
    return best


def _all_alike(body: bytes, width: int) -> bool:
    lines = body[:_SAMPLE_BYTES].splitlines()[: SAMPLE + 1]
    return all(len(line.split()) in (0, width) for line in lines)


def _has_backslashes(text: bytes, delimiter: str) -> bool:
    """Tell whether a backslash stands before quotes inside values, and no quote inside is doubled."""
    if text.find(b'\\"') < 0:
        return False
    within = rb"[^\r\n\"%b]" % re.escape(delimiter.encode())
    return bool(re.search(rb'\\"%b' % within, text)) and not re.search(
        rb'[^\\\r\n"%b]""%b' % (re.escape(delimiter.encode()), within), text
    )


def _refuse_other_delimiter(header: str, dialect: Dialect, label: str) -> None:
    other = max(DELIMITERS, key=header.count)
    if header.count(other):
        shown_as = "tab" if other == "\t" else f"'{other}'"
        raise DataError(
            f"with the delimiter {dialect.delimiter!r} the header is a single column, {quoted(header)}",
            f"name the delimiter with --delimiter {shown_as}, or leave it to be guessed",
            source=label,
            line=1,
        )
