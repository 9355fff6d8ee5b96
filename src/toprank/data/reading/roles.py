"""Which column of an item table holds the title, the author, the series, the publisher, the year and the ISBN."""

from __future__ import annotations

import re

import pyarrow as pa

from toprank.core.dataset import Attributes

__all__ = ["find_roles", "is_text", "plain_column", "roles_of", "text_of"]

# Compared without case and punctuation: "Book-Author", "book_author" and "bookAuthor" are one name. The first counts.
_USUAL_NAMES = {
    "title": "title booktitle movietitle itemtitle producttitle name bookname movietitles titles",
    "author": "author authors bookauthor bookauthors authorname authornames writer writers",
    "series": "series bookseries seriesname seriestitle",
    "publisher": "publisher publishers bookpublisher publishername",
    "year": "year yearofpublication publicationyear originalpublicationyear publishedyear yearpublished releaseyear",
    "isbn": "isbn isbn13 isbn10",
}
_TEXTUAL = ("title", "author", "series", "publisher")


def find_roles(table: pa.Table) -> dict[str, str]:
    """Give the column of each role that an item table has one for; the id column can only be the ISBN.

    Examples
    --------
    >>> find_roles(pa.table({"ISBN": ["0261102354"], "Book-Author": ["J. R. R. Tolkien"], "Title": ["The Hobbit"]}))
    {'title': 'Title', 'author': 'Book-Author', 'isbn': 'ISBN'}
    """
    columns: dict[str, str] = {}
    for column in table.column_names:
        columns.setdefault(re.sub(r"[\W_]", "", column).casefold(), column)
    roles = {}
    for role, names in _USUAL_NAMES.items():
        for column in (columns[name] for name in names.split() if name in columns):
            usable = role not in _TEXTUAL or is_text(table.schema.field(column).type)
            if usable and (role == "isbn" or column != table.column_names[0]):
                roles[role] = column
                break
    return roles


def roles_of(attributes: Attributes | None) -> dict[str, str]:
    """Give the roles that were found when the table was read; those of a table built by hand are found now."""
    if attributes is None:
        return {}
    return dict(attributes.roles) or find_roles(attributes.table)


def text_of(attributes: Attributes | None, role: str) -> pa.ChunkedArray | None:
    """Give the texts of a role, by row of the table; None where no column has it."""
    name = roles_of(attributes).get(role)
    if attributes is None or name is None or not is_text(attributes.table.column(name).type):
        return None
    return plain_column(attributes.table.column(name))


def is_text(kind: pa.DataType) -> bool:
    """Tell whether values are text, dictionary-encoded or not."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write out a dictionary-encoded column, as pandas' categories and Parquet's dictionaries are, as plain text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    # pandas and Polars write large texts, which do not mix with others.
    return column.cast(pa.string()) if is_text(column.type) else column
