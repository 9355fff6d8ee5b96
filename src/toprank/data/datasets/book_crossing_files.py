"""The three files of Book-Crossing, in the two forms that people have: the original dump, and comma-separated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.dataset import Dataset
from toprank.core.scale import RatingScale
from toprank.data.reading.delimited import open_delimited
from toprank.data.reading.first_lines import Dialect
from toprank.data.reading.mojibake import repair_column
from toprank.data.reading.open_table import open_table
from toprank.data.reading.read import read_opened
from toprank.data.reading.read_options import BadRows, ReadOptions
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable

__all__ = ["read_book_crossing"]


_DIALECTS = {"dump": Dialect(";", "latin-1", escape="\\", double_quote=False), "csv": Dialect(",", "utf-8")}


def read_book_crossing(folder: Path, form: str, files: tuple[str, ...]) -> Dataset:
    """Read the files of ratings, books and users; nothing in them may be malformed."""
    dialect = _DIALECTS[form]
    with ThreadPoolExecutor(1) as pool:
        # Books and users take as long as the ratings, and pyarrow works outside Python's lock.
        books = _ahead(pool, _opened(folder / files[1], dialect, _BOOK_COLUMNS, _books))
        users = _ahead(pool, _opened(folder / files[2], dialect, _USER_COLUMNS, _users))
        ratings = open_table(folder / files[0], dialect, label=files[0])
        return read_opened(
            # ISBNs stay exactly as they are: some begin with a blank.
            replace(ratings, strip_ids=False, repair_ids=False),
            ReadOptions(
                user_column="User-ID",
                item_column="ISBN",
                rating_column="Book-Rating",
                scale=RatingScale(1, 10, liked_from=8, step=1),
                implicit_value=0,
                name="book-crossing",
            ),
            items=books,
            users=users,
        )


_BOOK_COLUMNS = {
    "ISBN": "isbn",
    "Book-Title": "title",
    "Book-Author": "author",
    "Year-Of-Publication": "year",
    "Publisher": "publisher",
    "Image-URL-M": "image_url",
}
_USER_COLUMNS = {"User-ID": "user", "Location": "location", "Age": "age"}


def _opened(
    path: Path, dialect: Dialect, columns: dict[str, str], convert: Callable[[pa.Table], pa.Table]
) -> OpenTable:
    def read(_: Sequence[str] | None, bad_rows: BadRows) -> Rows:
        file = open_delimited(path, dialect, label=path.name)
        rows = file.read(list(columns), bad_rows=bad_rows)
        return Rows(convert(rows.table.rename_columns(list(columns.values()))), rows.lines, rows.skipped)

    return OpenTable(path.name, list(columns.values()), read, unit="line", textual=True, repair_ids=False)


def _ahead(pool: ThreadPoolExecutor, opened: OpenTable) -> OpenTable:
    """Read a table in another thread from now on."""
    rows = pool.submit(opened.read, None, "error")
    return replace(opened, read=lambda *_: rows.result())


def _books(table: pa.Table) -> pa.Table:
    for name in ("title", "author", "publisher"):
        table = _with(table, name, repair_column(table[name]))
    return _with(table, "year", _whole_numbers(table["year"]))


def _users(table: pa.Table) -> pa.Table:
    return _with(table, "age", _whole_numbers(table["age"]))


def _with(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _whole_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read whole numbers, also spelled ``18.0``; null where a value is none, like ``NULL``."""
    digits = pc.replace_substring_regex(column, r"\.0$", "")
    known = pc.match_substring_regex(digits, r"^[0-9]{1,9}$")
    return pc.if_else(known, digits, pa.scalar(None, pa.string())).cast(pa.int32())
