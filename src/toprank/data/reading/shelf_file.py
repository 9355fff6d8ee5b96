"""A reader's own export, read row by row: nothing in it stops the reading, and what cannot be used says why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from toprank.core.scale import RatingScale
from toprank.data.reading.quoting import quoted
from toprank.data.reading.shelf_formats import ShelfFormat, ShelfState, column_key, recognise_shelf
from toprank.errors import DataError

__all__ = ["MAX_SHELF_BYTES", "ShelfFile", "ShelfRow", "parse_shelf", "read_shelf_file"]

MAX_SHELF_BYTES = 50_000_000
"""A larger file is no reader's own."""

MAX_SHELF_ROWS = 50_000
"""A file of more rows is no reader's own."""

MAX_NAME = 500
"""Letters of a title or an author that count."""

_MAX_FIELD = 2**31 - 1
_ISBN = re.compile(r"(?:97[89][\s-]?)?[0-9](?:[\s-]?[0-9]){7,8}[\s-]?[0-9Xx]")
_MANGLED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One book of an export.

    Parameters
    ----------
    line : int
        On which it begins.
    title, author : str
        As they are written; empty where there is none.
    isbns, ids : tuple of str
        What may be its ISBNs, and ids of the model's own.
    rating : float or None
        On the format's scale; None where there is none.
    state : {"held", "wanted"}
        Whether the reader has read or owns it, or only wants it.
    problem : str
        Why the row cannot be used; empty where it can.
    """

    line: int
    title: str = ""
    author: str = ""
    isbns: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    rating: float | None = None
    state: ShelfState = "held"
    problem: str = ""


@dataclass(frozen=True)
class ShelfFile:
    """The books of an export, in its order.

    Parameters
    ----------
    format : ShelfFormat
    scale : RatingScale or None
        Of the ratings; None where they are on the model's own.
    rows : tuple of ShelfRow
    notes : tuple of str
        What was found out of the file.
    """

    format: ShelfFormat
    scale: RatingScale | None
    rows: tuple[ShelfRow, ...]
    notes: tuple[str, ...]


def read_shelf_file(path: str | Path) -> ShelfFile:
    """Read a file; see :func:`parse_shelf`."""
    place = Path(path).expanduser()
    try:
        if place.stat().st_size > MAX_SHELF_BYTES:
            raise DataError(
                f"the file has {place.stat().st_size:,} bytes", f"give at most {MAX_SHELF_BYTES:,}", source=place
            )
        data = place.read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file", "check the path", source=place) from None
    except (OSError, ValueError) as error:
        why = "this is a folder, not a file" if place.is_dir() else f"the file cannot be read ({error})"
        raise DataError(why, "name the exported file", source=place) from None
    return parse_shelf(data, source=str(path))


def parse_shelf(data: bytes, *, source: str = "the export") -> ShelfFile:
    r"""Read an export: Goodreads, StoryGraph, LibraryThing, BookWyrm, Calibre, or columns ``item`` and ``rating``.

    Parameters
    ----------
    data : bytes
        The file. UTF-8; lines that are not are taken for Latin-1.
    source : str
        What to call it in messages.

    Returns
    -------
    ShelfFile

    Raises
    ------
    DataError
        If it is no text, too large, or no export that is known.

    Examples
    --------
    >>> export = b'Title,Author,ISBN,My Rating\nEmma,Jane Austen,0141439580,5\n'
    >>> found = parse_shelf(export)
    >>> found.format.name, found.rows[0].isbns, found.rows[0].rating
    ('Goodreads', ('0141439580',), 5.0)
    """
    if len(data) > MAX_SHELF_BYTES:
        raise DataError(f"the file has {len(data):,} bytes", f"give at most {MAX_SHELF_BYTES:,}", source=source)
    text, notes = _decoded(data, source)
    rows = _fields(text, source)
    header = next((fields for _, _, fields in rows if any(field.strip() for field in fields)), None)
    if header is None:
        raise DataError("the file is empty", "export it again", source=source)
    kind = recognise_shelf(header, source)
    columns = [column_key(name) for name in header]
    books = tuple(_row(kind, columns, *row) for row in islice(rows, MAX_SHELF_ROWS))
    if next(rows, None) is not None:
        raise DataError(
            f"the file has more than {MAX_SHELF_ROWS:,} rows", "give the export of one reader", source=source
        )
    notes = (f"{kind.name}: {len(books):,} {'row' if len(books) == 1 else 'rows'}", *notes)
    scale = kind.scale
    highest = max((book.rating for book in books if book.rating is not None), default=0.0)
    if kind.name == "Calibre" and scale is not None and 5 < highest <= 10:
        scale = RatingScale(1, 10, liked_from=8, step=1)
        notes = (*notes, "ratings are of 10, as one is above 5")
    return ShelfFile(kind, scale, tuple(_on_scale(book, scale) for book in books), notes)


def _decoded(data: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """Decode as UTF-8, or as UTF-16 where a mark says so; lines that are not UTF-8 are Latin-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ("UTF-16",)
    if b"\0" in data:
        raise DataError("the file holds a NUL byte, so it is no text", "give the exported CSV itself", source=source)
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        found, other = [], 0
        for line in data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True):
            try:
                found.append(line.decode())
            except UnicodeDecodeError:
                found.append(line.decode("latin-1"))
                other += 1
        return "".join(found), (f"{other:,} {'line is' if other == 1 else 'lines are'} not UTF-8; read as Latin-1",)


def _fields(text: str, source: str) -> Iterator[tuple[int, int, list[str]]]:
    """Give each row's first line, last line and fields; blank rows are left out."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    csv.field_size_limit(_MAX_FIELD)
    # LibraryThing's tabs separate fields that are never quoted: a quote in a review is a quote.
    bare = delimiter == "\t" and not first.startswith('"')
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE if bare else csv.QUOTE_MINIMAL
    )
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise DataError(f"the row cannot be read ({error})", "export it again", source=source, line=line) from None
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield line, reader.line_num, fields
        line = reader.line_num + 1


def _row(kind: ShelfFormat, columns: list[str], line: int, last: int, fields: list[str]) -> ShelfRow:
    row = dict(zip(columns, map(_unwrapped, fields), strict=False))
    title, author = row.get(kind.title, "")[:MAX_NAME], row.get(kind.author, "")[:MAX_NAME]
    if kind.last_first and author.count(",") == 1:
        author = " ".join(part.strip() for part in reversed(author.split(",")))
    book = ShelfRow(line, title, author, state=kind.state(row))
    if len(fields) != len(columns):
        problem = f"the row has {len(fields)} fields, the first line {len(columns)}"
        return replace(book, problem=f"{problem} (it runs to line {last})" if last > line else problem)
    written = [row.get(name, "") for name in kind.isbns]
    # Cells that hold several, with labels, as "isbn:978...", or in brackets.
    isbns = [found for cell in written for found in (_ISBN.findall(cell) if len(cell) < 1000 else ())]
    book = replace(
        book,
        isbns=tuple(dict.fromkeys([*(cell for cell in written if 0 < len(cell) <= 20), *isbns])),
        ids=tuple(row[name] for name in kind.ids if row.get(name)),
    )
    if not (book.title or book.isbns or book.ids):
        return replace(book, problem="it has neither a title nor an ISBN")
    if not book.title and not book.ids and all(_MANGLED.fullmatch(cell) for cell in book.isbns):
        return replace(book, problem=f"a spreadsheet has cut its ISBN to {book.isbns[0]}; export it again")
    rating = row.get(kind.rating, "")
    try:
        value = float(rating.replace(",", ".")) if rating else 0.0
    except ValueError:
        return replace(book, problem=f"the rating {quoted(rating)} is no number")
    return book if value == 0 and kind.scale is not None else replace(book, rating=value if rating else None)


def _unwrapped(cell: str) -> str:
    """Take away what spreadsheets and programs put round a value: ``="0439023483"``, ``[0439023483]``, blanks."""
    cell = cell.strip()
    for start, end in (('="', '"'), ("[", "]")):
        if cell.startswith(start) and cell.endswith(end) and len(cell) >= len(start) + len(end):
            cell = cell[len(start) : -len(end)].strip()
    return cell


def _on_scale(book: ShelfRow, scale: RatingScale | None) -> ShelfRow:
    """Refuse a rating that the format does not have."""
    if book.rating is None or scale is None or 0 < book.rating <= scale.high:
        return book
    return replace(book, rating=None, problem=f"the rating {book.rating:g} is not on the scale up to {scale.high:g}")
