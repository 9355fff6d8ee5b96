"""A reader's own export, put into the model's ids and on its scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from toprank.core.arrays import IntArray
from toprank.data.isbn import normalised_isbns
from toprank.data.reading.shelf_file import ShelfFile, ShelfRow, parse_shelf, read_shelf_file
from toprank.data.resolve_ids import resolve_ids
from toprank.errors import DataError
from toprank.models.base import ProgressCallback, no_progress
from toprank.recommender.shelf import Matched, Shelf, Unmatched
from toprank.recommender.shelf_scale import rescale
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["read_shelf"]

BLOCK = 250
"""Books looked for at a time: how often progress is told."""

By = Literal["id", "ISBN", "title and author", "title"]


def read_shelf(model: FittedState, export: str | Path | bytes, *, progress: ProgressCallback = no_progress) -> Shelf:
    """Read a reader's own export: Goodreads, StoryGraph, LibraryThing, BookWyrm, Calibre, or a list of ratings.

    Books are found by ISBN in any form, then by title and author as editions are joined to works. Stars are put on the
    model's scale end to end and bar to bar: what is liked there is liked here. Books read or owned without a rating are
    held: never recommended. Those that the reader only wants count for nothing.

    Parameters
    ----------
    model : FittedRecommender
        What it is read for.
    export : str, Path or bytes
        The file, or what is in it.
    progress : callable, optional
        Called with rows done, rows in all, and words.

    Returns
    -------
    Shelf
        For ``model.decide(item=..., ratings=shelf)`` and ``model.recommend(ratings=shelf)``.

    Raises
    ------
    DataError
        If the file is no export that is known, or a rating of a plain list is not on the model's scale.

    Examples
    --------
    >>> import toprank
    >>> data = toprank.read("ratings.csv", items="books.csv")  # doctest: +SKIP
    >>> model = toprank.Recommender().fit(data)  # doctest: +SKIP
    >>> shelf = toprank.read_shelf(model, "goodreads_library_export.csv")  # doctest: +SKIP
    >>> print(model.recommend(ratings=shelf))  # doctest: +SKIP
    """
    source = "the export" if isinstance(export, bytes) else str(export)
    file = parse_shelf(export) if isinstance(export, bytes) else read_shelf_file(export)
    books = [row for row in file.rows if not row.problem and row.state == "held"]
    wanted = sum(not row.problem and row.state == "wanted" for row in file.rows)
    item, by = _found(model, books, progress)
    value = _on_scale(model, file, books, source)
    work = model.retrieval.work
    ratings: dict[str | int, float] = {}
    held: dict[str | int, None] = {}
    matched, left = [], [Unmatched(row.line, row.title, row.author, row.problem) for row in file.rows if row.problem]
    first: dict[int, ShelfRow] = {}
    # Of several rows of one book a rated one counts.
    order = sorted(range(len(books)), key=lambda k: (np.isnan(value[k]), k))
    for k in order:
        row, position = books[k], int(item[k])
        if position == UNKNOWN:
            left.append(Unmatched(row.line, row.title, row.author, _why_not(row, model)))
            continue
        same = first.setdefault(int(work[position]), row)
        if same is not row:
            left.append(Unmatched(row.line, row.title, row.author, f"it is the book of line {same.line}"))
            continue
        identity = model.data.ratings.items[position]
        rating = None if np.isnan(value[k]) else float(value[k])
        if rating is None:
            held[identity] = None
        else:
            ratings[identity] = rating
        matched.append(Matched(row.line, identity, rating, by[k]))
    notes = [*file.notes]
    if wanted:
        notes.append(f"{wanted:,} {'book that is' if wanted == 1 else 'books that are'} only wanted left out")
    if file.scale is not None and ratings:
        notes.append(f"ratings from {file.scale} put on {model.data.ratings.scale}, ends to ends and bar to bar")
    return Shelf(
        ratings, tuple(held), tuple(sorted(matched, key=lambda one: one.line)),
        tuple(sorted(left, key=lambda one: one.line)), tuple(notes),
    )  # fmt: skip


def _found(model: FittedState, books: Sequence[ShelfRow], progress: ProgressCallback) -> tuple[IntArray, list[By]]:
    """Give each book's position (int64[n]; that of the unknown item where it is not known), and how it was found."""
    item = np.full(len(books), UNKNOWN, np.int64)
    by: list[By] = ["ISBN"] * len(books)
    for k, row in enumerate(books):
        at = resolve_ids(model.data.ratings.items, row.ids) if row.ids else ()
        item[k] = max((int(one) for one in at), default=UNKNOWN)
        by[k] = "id" if item[k] > UNKNOWN else "ISBN"
    item = np.maximum(item, UNKNOWN)
    item = np.where(item > UNKNOWN, item, _by_isbn(model, books))
    titles = model.title_index
    for begin in range(0, len(books), BLOCK):
        some = range(begin, min(begin + BLOCK, len(books)))
        rest = [k for k in some if item[k] == UNKNOWN and books[k].title]
        if titles is not None and rest:
            found = titles.find([books[k].title for k in rest], [books[k].author for k in rest])
            item[rest] = np.where(found > UNKNOWN, found, UNKNOWN)
            for k in rest:
                by[k] = "title and author" if books[k].author else "title"
        progress(some.stop, len(books), "finding books")
    return item, by


def _by_isbn(model: FittedState, books: Sequence[ShelfRow]) -> IntArray:
    """Give the best-known item with an ISBN of each book."""
    owner = [k for k, row in enumerate(books) for _ in row.isbns]
    asked = normalised_isbns(np.array([isbn for row in books for isbn in row.isbns], object))
    works, ids = model.model.evidence.groupings.works, model.data.ratings.items
    if works is not None:
        known = works.isbn
    elif ids.is_integer:
        known = np.full(len(ids), -1, np.int64)
    else:
        known = normalised_isbns(ids.ids)
    order = np.lexsort((-model.popularity, known))
    order = order[known[order] >= 0]
    at = np.minimum(np.searchsorted(known[order], asked), max(len(order) - 1, 0))
    found = np.full(len(books), UNKNOWN, np.int64)
    for k, one, place in zip(owner, asked.tolist(), at.tolist(), strict=True):
        if one >= 0 and len(order) and known[order[place]] == one and found[k] == UNKNOWN:
            found[k] = order[place]
    return found


def _on_scale(model: FittedState, file: ShelfFile, books: Sequence[ShelfRow], source: str) -> np.ndarray:
    """Give each book's rating on the model's scale (float64[n]); NaN where it has none."""
    scale = model.data.ratings.scale
    value = np.array([np.nan if row.rating is None else row.rating for row in books], np.float64)
    if file.scale is not None:
        rated = ~np.isnan(value)
        value[rated] = rescale(value[rated], file.scale, scale)
        return value
    wrong = np.flatnonzero(~np.isnan(value) & ~scale.contains(value))
    if len(wrong):
        row = books[int(wrong[0])]
        raise DataError(
            f"the rating {row.rating:g} is not on the model's scale, {scale}",
            "give ratings on that scale, or the export of a program that is known",
            source=source,
            line=row.line,
        )
    return value


def _why_not(row: ShelfRow, model: FittedState) -> str:
    if model.title_index is None:
        return "no book with its ISBN is known, and the model has no titles"
    if not row.title:
        return f"no book with the ISBN {row.isbns[0]} is known" if row.isbns else f"the id {row.ids[0]} is not known"
    return "no book of this title and author is known" if row.author else "no one book of this title is known"
