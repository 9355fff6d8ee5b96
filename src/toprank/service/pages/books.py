"""Books as pages show them: what they are called, and what the reader has said of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import Connection

from toprank.core.scale import RatingScale
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.first_books import first_books
from toprank.recommender.reader_input import known_positions
from toprank.recommender.unknown import UNKNOWN
from toprank.service.pages.words import rating_steps
from toprank.service.store.statements import RATING, WITHDRAWN, statements_of

__all__ = ["ENOUGH", "Book", "Shown", "books_said", "first_visit", "named", "shown"]

FIRST, MORE = 12, 200
"""Books that a page asks about at a time, and at most in all."""

ENOUGH = 3
"""Books rated, from which on lists are offered."""


@dataclass(frozen=True)
class Book:
    """A book.

    Parameters
    ----------
    item, title, author : str
        The author may be empty.
    rating : float or None
        What the reader gave it.
    mark : str
        ``rating``, ``have``, ``not-interested``, or empty.
    """

    item: str
    title: str
    author: str
    rating: float | None = None
    mark: str = ""

    @property
    def key(self) -> str:
        """A name of it that ids of elements may hold."""
        return self.item.encode().hex()


@dataclass(frozen=True)
class Shown:
    """How ratings are given on the pages.

    Parameters
    ----------
    steps : list of (float, str)
        One touch each; none where a field is filled in.
    low, high, liked_from : float
        Of the scale.
    """

    steps: list[tuple[float, str]]
    low: float
    high: float
    liked_from: float


def shown(recommender: FittedRecommender) -> Shown:
    """Say how ratings are given; found once for each model."""
    found: Shown | None = recommender.__dict__.get("_service_shown")
    if found is None:
        scale = recommender.data.ratings.scale
        step = scale.step or RatingScale.infer(np.unique(recommender.data.ratings.value)).step
        steps = rating_steps(replace(scale, step=step))
        found = Shown(steps, scale.low, scale.high, scale.liked_from)
        recommender.__dict__["_service_shown"] = found
    return found


def named(recommender: FittedRecommender, items: Sequence[str], said: dict[str, Book] | None = None) -> list[Book]:
    """Name books by their ids; one that nobody knows is called by its id."""
    at = known_positions(recommender, items, "item")
    columns = recommender.titles.columns(at)
    titles = columns["title"].to_pylist() if "title" in columns else [None] * len(items)
    authors = columns["author"].to_pylist() if "author" in columns else [None] * len(items)
    index = recommender.data.ratings.items
    found = []
    for item, place, title, author in zip(items, at.tolist(), titles, authors, strict=True):
        identity = item if place == UNKNOWN else str(index[place])
        known = (said or {}).get(identity)
        about: dict[str, Any] = {} if known is None else {"rating": known.rating, "mark": known.mark}
        found.append(Book(identity, title or identity, author or "", **about))
    return found


def books_said(connection: Connection, recommender: FittedRecommender, reader: str) -> dict[str, Book]:
    """Give what the reader has told the service, by item, the newest first."""
    said = sorted(statements_of(connection, reader), key=lambda one: -one.time)
    said = [one for one in said if one.mark != WITHDRAWN]
    books = named(recommender, [one.item for one in said])
    return {
        book.item: Book(book.item, book.title, book.author, one.rating if one.mark == RATING else None, one.mark)
        for book, one in zip(books, said, strict=True)
    }


def first_visit(recommender: FittedRecommender, said: Collection[str] = ()) -> list[str]:
    """Give a dozen books that a reader is asked about, none of those they have said something of."""
    return [item for item in _worth_asking(recommender) if item not in said][:FIRST]


def _worth_asking(recommender: FittedRecommender) -> list[str]:
    """Give books that a new reader is asked about, the most telling first; found once for each model."""
    found: list[str] | None = recommender.__dict__.get("_service_first_books")
    if found is None:
        found = [str(item) for item in first_books(recommender, MORE).table.column("item").to_pylist()]
        recommender.__dict__["_service_first_books"] = found
    return found
