"""goodbooks-10k: ratings, books with the tags that readers gave them, and books that are still to be read."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from toprank.data.reading.formats.format import Found, Source, changed
from toprank.data.reading.table import OpenTable

__all__ = ["find"]

MAX_TAGS = 15
"""The tags of a book that count: those that were given most often."""


def find(source: Source) -> Found | None:
    """Read ``ratings.csv`` and ``books.csv``, and ``to_read.csv``, ``book_tags.csv`` and ``tags.csv`` if there."""
    data, books = source.file("ratings.csv"), source.file("books.csv")
    if data is None or books is None:
        return None
    ratings, items = source.open(data, delimiter=","), source.open(books, delimiter=",")
    if set(ratings.columns) != {"user_id", "book_id", "rating"} or "book_id" not in items.columns:
        return None
    tags, names, to_read = (source.file(name) for name in ("book_tags.csv", "tags.csv", "to_read.csv"))
    if tags is not None and names is not None and "goodreads_book_id" in items.columns:
        items = _tagged(items, source.open(tags, delimiter=","), source.open(names, delimiter=","))
    return Found(
        ratings,
        items,
        pairs=None if to_read is None else source.open(to_read, delimiter=","),
        options={"scale": "1-5"},
    )


def _tagged(books: OpenTable, tags: OpenTable, names: OpenTable) -> OpenTable:
    """Add a column of tags, each with how often it was given."""

    def change(table: pa.Table) -> pa.Table:
        given = tags.read(["goodreads_book_id", "tag_id", "count"], "error").table
        named = names.read(["tag_id", "tag_name"], "error").table
        given = given.append_column("times", pc.max_element_wise(pc.cast(given["count"], pa.float64()), 0.0))
        joined = given.join(named, "tag_id").sort_by([("goodreads_book_id", "ascending"), ("times", "descending"),
                                                      ("tag_name", "ascending")])  # fmt: skip
        of_book: dict[str, list[tuple[str, float]]] = {}
        for book, tag, times in zip(
            joined["goodreads_book_id"].to_pylist(), joined["tag_name"].to_pylist(), joined["times"].to_pylist(),
            strict=True,
        ):  # fmt: skip
            best = of_book.setdefault(book, [])
            if tag is not None and len(best) < MAX_TAGS:
                best.append((tag, times))
        column = pa.array(
            [of_book.get(book, []) for book in table["goodreads_book_id"].to_pylist()],
            pa.map_(pa.string(), pa.float64()),
        )
        return table.append_column("tags", column)

    return changed(books, [*books.columns, "tags"], change)
