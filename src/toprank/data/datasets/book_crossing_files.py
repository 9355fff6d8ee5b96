"""The three files of the Book-Crossing dump, in the two forms that people have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.dataset import Dataset
from toprank.core.scale import RatingScale
from toprank.data.reading.delimited import Dialect, open_delimited
from toprank.data.reading.mojibake import repair_column
from toprank.data.reading.open_table import OpenTable, open_table
from toprank.data.reading.read import read_opened
from toprank.data.reading.read_options import BadRows, ReadOptions
from toprank.data.reading.rows import Rows

__all__ = ["FORMS", "Form", "read_dump"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the dump.

    Parameters
    ----------
    ratings, books, users : str
        Names of the files.
    dialect : Dialect
        How they are written.
    """

    ratings: str
    books: str
    users: str
    dialect: Dialect

    @property
    def files(self) -> tuple[str, str, str]:
        """Names of the files."""
        return (self.ratings, self.books, self.users)


FORMS = {
    "dump": Form(
        "BX-Book-Ratings.csv",
        "BX-Books.csv",
        "BX-Users.csv",
        Dialect(";", "latin-1", escape="\\", double_quote=False),
    ),
    "csv": Form("Ratings.csv", "Books.csv", "Users.csv", Dialect(",", "utf-8")),
}


def read_dump(folder: Path, form: Form) -> Dataset:
    """Read the three files; nothing in them may be malformed.

    Parameters
    ----------
    folder : Path
        Where they are.
    form : Form
        Which form they have.

    Returns
    -------
    Dataset
        User ids are integers; item ids are ISBNs exactly as in the files. Item attributes: ``title``, ``author``,
        ``year``, ``publisher`` and ``image_url``; user attributes: ``location`` and ``age``.

    Raises
    ------
    DataError
        If they cannot be read, with the file and the line.
    """
    with ThreadPoolExecutor(1) as pool:
        # Books and users take as long as the ratings, and pyarrow works outside Python's lock.
        books = _ahead(pool, _opened(folder, form.books, form, _BOOK_COLUMNS, _books))
        users = _ahead(pool, _opened(folder, form.users, form, _USER_COLUMNS, _users))
        ratings = open_table(folder / form.ratings, form.dialect, label=form.ratings)
        return read_opened(
            # ISBNs stay exactly as they are: some begin with a blank.
            replace(ratings, strip_ids=False),
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
    folder: Path, name: str, form: Form, columns: dict[str, str], convert: Callable[[pa.Table], pa.Table]
) -> OpenTable:
    def read(_: Sequence[str] | None, bad_rows: BadRows) -> Rows:
        file = open_delimited(folder / name, form.dialect, label=name)
        rows = file.read(list(columns), bad_rows=bad_rows)
        return Rows(convert(rows.table.rename_columns(list(columns.values()))), rows.lines, rows.skipped)

    return OpenTable(name, list(columns.values()), read, unit="line", textual=True)


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
