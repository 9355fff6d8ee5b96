"""What readers say of items, kept: durable before anything is answered, and joined to what was promised."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from toprank.core.arrays import BoolArray, FloatArray
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.reader_input import known_positions
from toprank.recommender.shelf import Shelf
from toprank.service.models import ServedModel
from toprank.service.problems import Problem
from toprank.service.reader_lists import canonical_ids, editions
from toprank.service.store.answered import forget_outcomes, join_outcome, readers_served
from toprank.service.store.statements import HAVE, RATING, WITHDRAWN, Statement, put_statements, statements_of

__all__ = ["Said", "check_rating", "import_shelf", "liked_by", "likes", "mark", "rate", "withdraw"]

Said = tuple[str, str, float]
"""A reader, an item and a rating."""


def check_rating(recommender: FittedRecommender, rating: float) -> None:
    """Refuse a rating that is not on the model's scale."""
    scale = recommender.data.ratings.scale
    if not bool(scale.contains(np.array([rating], np.float32))[0]):
        raise Problem(422, f"the rating {rating:g} is not on the scale {scale}", "send one that is")


def rate(connection: Connection, served: ServedModel, said: Sequence[Said]) -> None:
    """Keep ratings, which are on the scale; of one pair the last."""
    recommender, now = served.recommender, time.time()
    items = canonical_ids(recommender, [item for _, item, _ in said])
    last = {(reader, item): rating for (reader, _, rating), item in zip(said, items, strict=True)}
    rows = [Statement(reader, item, RATING, rating, now) for (reader, item), rating in last.items()]
    put_statements(connection, rows)
    asked = readers_served(connection, list(dict.fromkeys(one.reader for one in rows)))
    rows = [one for one in rows if one.reader in asked]
    values = np.array([one.rating for one in rows], np.float32)
    liked = liked_by(recommender, [one.reader for one in rows], values).tolist()
    for one, likes in zip(rows, liked, strict=True):
        books = editions(recommender, one.item)
        join_outcome(connection, one.reader, books, rating=float(one.rating or 0), liked=likes, time=now)


def mark(connection: Connection, served: ServedModel, reader: str, item: str, kind: str) -> str:
    """Keep that a reader has an item, or is not interested; a rating of it goes. Gives the item's id."""
    (item,) = canonical_ids(served.recommender, [item])
    put_statements(connection, [Statement(reader, item, kind, None, time.time())])
    forget_outcomes(connection, reader, editions(served.recommender, item))
    return item


def withdraw(connection: Connection, served: ServedModel, reader: str, item: str) -> None:
    """Take back whatever a reader said of an item, to the service or to what a model was fitted on.

    It is kept that it was taken back: a model that is fitted just now may still bring it.
    """
    mark(connection, served, reader, item, WITHDRAWN)


def liked_by(recommender: FittedRecommender, readers: Sequence[str], values: FloatArray) -> BoolArray:
    """Tell which ratings say that their readers liked what they rated."""
    ratings = recommender.data.ratings
    bar = getattr(ratings, "bar", None)
    if bar is None:
        return ratings.scale.liked(values)
    at = known_positions(recommender, readers, "user")
    return np.asarray(values >= np.where(at > 0, bar[at], bar.mean()))


def likes(recommender: FittedRecommender, reader: str, rating: float) -> bool:
    """Tell whether one rating says so."""
    return bool(liked_by(recommender, [reader], np.array([rating], np.float32))[0])


def import_shelf(connection: Connection, served: ServedModel, reader: str, shelf: Shelf) -> None:
    """Keep a reader's own export: ratings, and what is held where nothing else is said of it yet."""
    ratings = [(reader, str(item), float(rating)) for item, rating in shelf.items()]
    for begin in range(0, len(ratings), 1000):
        rate(connection, served, ratings[begin : begin + 1000])
    known = {one.item for one in statements_of(connection, reader)}
    now = time.time()
    held = [Statement(reader, str(item), HAVE, None, now) for item in shelf.held if str(item) not in known]
    if held:
        put_statements(connection, held)
