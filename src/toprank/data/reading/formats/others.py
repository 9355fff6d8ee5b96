"""Book-Crossing as it was published, and files that hold no ratings of several readers."""

from __future__ import annotations

from typing import Any

from toprank.data.reading.columns import guess_columns
from toprank.data.reading.formats.format import Found, Source
from toprank.data.reading.shelf_formats import SHELF_FORMATS, column_key
from toprank.errors import DataError

__all__ = ["find_book_crossing", "find_play_counts", "find_shelf"]

_DUMP: dict[str, Any] = {"delimiter": ";", "encoding": "latin-1", "escape": "\\", "double_quote": False}


def find_book_crossing(source: Source) -> Found | None:
    """Read the three files of the dump, or the ratings alone: 0 is no rating."""
    options = {"scale": "1-10", "implicit_value": 0.0}
    for names, dialect in (
        (("BX-Book-Ratings.csv", "BX-Books.csv", "BX-Users.csv"), _DUMP),
        (("Ratings.csv", "Books.csv", "Users.csv"), {"delimiter": ","}),
    ):
        ratings, books, users = (source.file(name) for name in names)
        if ratings is None or b"Book-Rating" not in ratings.head:
            continue
        return Found(
            source.open(ratings, **dialect),
            None if books is None else source.open(books, **dialect),
            None if users is None else source.open(users, **dialect),
            options=options,
        )
    if not source.is_table or source.table.columns != ["User-ID", "ISBN", "Book-Rating"]:
        return None
    return Found(source.table, options=options)


def find_play_counts(source: Source) -> Found | None:
    """Refuse Last.fm's counts of plays."""
    content = source.file("user_artists.dat")
    opened = source.table if content is None and source.is_table else content and source.open(content)
    if not opened or set(opened.columns) != {"userID", "artistID", "weight"}:
        return None
    raise DataError(
        "these are counts of plays (userID, artistID, weight), not ratings: how often somebody listened does not say "
        "how much they liked it",
        "give ratings",
        source=opened.label,
    )


def find_shelf(source: Source) -> Found | None:
    """Refuse the export of one reader: many readers' ratings are learned from, one reader's are asked about."""
    if not source.is_table:
        return None
    columns = source.table.columns
    keys = {column_key(name) for name in columns}
    for export in SHELF_FORMATS:
        if export.scale is not None and keys.issuperset(export.needed) and not guess_columns("user", columns):
            raise DataError(
                f"this is one reader's export from {export.name}, and a model learns from many readers",
                "fit on ratings of many readers; then ask about this one with toprank recommend MODEL --shelf FILE",
                source=source.table.label,
            )
    return None
