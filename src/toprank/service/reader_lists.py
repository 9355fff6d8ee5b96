"""A reader of the service: what the model knows of them, and what the store has beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from toprank.recommender.facade import FittedRecommender
from toprank.recommender.reader_input import WITHDRAWN, known_positions
from toprank.recommender.unknown import UNKNOWN
from toprank.service.store import statements as kept
from toprank.service.store.erasing import is_erased
from toprank.service.store.statements import Statement, statements_of

__all__ = [
    "NOBODY",
    "ReaderList",
    "attributes",
    "canonical_ids",
    "editions",
    "knows",
    "knows_item",
    "model_ratings",
    "reader_list",
]

NOBODY = ""
"""The id of a reader of whom nothing is known, in every model."""

MAX_EDITIONS = 500


@dataclass(frozen=True)
class ReaderList:
    """What a recommender is asked with.

    Parameters
    ----------
    user : str or None
        The model's reader; None where there are ratings alone.
    ratings : dict of str to float, None or WITHDRAWN, or None
        What is said beside what the model knows.
    """

    user: str | None
    ratings: dict[str, Any] | None


def reader_list(connection: Connection, recommender: FittedRecommender, reader: str) -> ReaderList:
    """Merge the model's list of a reader with the store's: of each item the store's word counts, the newest first."""
    said = newest_of_each(recommender, statements_of(connection, reader))
    scale = recommender.data.ratings.scale
    ratings: dict[str, Any] = {}
    for one in said:
        if one.mark == kept.WITHDRAWN:
            ratings[one.item] = WITHDRAWN
        elif one.rating is not None and bool(scale.contains(np.array([one.rating], np.float32))[0]):
            ratings[one.item] = one.rating
        else:
            ratings[one.item] = None  # a mark; or a rating of another scale, of which only holding the book is left
    known = knows(recommender, reader) and not is_erased(connection, reader)
    if known:
        return ReaderList(reader, ratings or None)
    return ReaderList(None, ratings) if ratings else ReaderList(NOBODY, None)


def newest_of_each(recommender: FittedRecommender, said: Sequence[Statement]) -> list[Statement]:
    """Keep the newest statement of each item, however its id is written."""
    at = known_positions(recommender, [one.item for one in said], "item").tolist()
    found: dict[Any, Statement] = {}
    for place, one in zip(at, said, strict=True):
        key = one.item if place == UNKNOWN else place
        if key not in found or found[key].time < one.time:
            found[key] = one
    return list(found.values())


def knows(recommender: FittedRecommender, reader: str) -> bool:
    """Tell whether a model knows a reader by just this id: by another spelling an erased one would be found again."""
    at = int(known_positions(recommender, [reader], "user")[0])
    return at != UNKNOWN and str(recommender.data.ratings.users[at]) == reader


def canonical_ids(recommender: FittedRecommender, items: Sequence[str]) -> list[str]:
    """Write ids as the model has them; those that it does not know as they are."""
    at = known_positions(recommender, items, "item").tolist()
    index = recommender.data.ratings.items
    return [item.strip() if place == UNKNOWN else str(index[place]) for place, item in zip(at, items, strict=True)]


def editions(recommender: FittedRecommender, item: str) -> list[str]:
    """Give the ids of all editions of an item's work, its own first."""
    at = int(known_positions(recommender, [item], "item")[0])
    if at == UNKNOWN:
        return [item]
    index = recommender.data.ratings.items
    start, order = _by_work(recommender)
    work = int(recommender.retrieval.work[at])
    others = order[start[work] : start[work + 1]][:MAX_EDITIONS].tolist()
    return [str(index[at]), *(str(index[other]) for other in others if other != at)]


def model_ratings(
    connection: Connection, recommender: FittedRecommender, reader: str, *, after: int = 0, limit: int = 1000
) -> list[tuple[str, float | None]]:
    """Give what the model learned of a reader: items with their ratings, None for those held without one."""
    if not knows(recommender, reader) or is_erased(connection, reader):
        return []
    at = known_positions(recommender, [reader], "user")
    lists, index = recommender.model.evidence.lists.take(at), recommender.data.ratings.items
    rated = zip(lists.item.tolist(), lists.value.tolist(), strict=True)
    found: list[tuple[str, float | None]] = [(str(index[item]), value) for item, value in rated]
    found += [(str(index[item]), None) for item in lists.held.tolist()]
    return found[after : after + limit]


def _by_work(recommender: FittedRecommender) -> tuple[Any, Any]:
    """Sort items by their work, once for each model."""
    made = recommender.__dict__.get("_service_by_work")
    if made is None:
        work = recommender.retrieval.work
        start = np.searchsorted(np.sort(work), np.arange(recommender.retrieval.n_works + 1))
        made = start, np.argsort(work, kind="stable")
        recommender.__dict__["_service_by_work"] = made
    return made


def knows_item(recommender: FittedRecommender, item: str) -> bool:
    """Tell whether a model knows an item."""
    return int(known_positions(recommender, [item], "item")[0]) != UNKNOWN


def attributes(recommender: FittedRecommender, item: str) -> tuple[str | None, str | None, int, dict[str, Any]]:
    """Give title and author of an item that is known, the ratings of its work, and its row of the items' table."""
    at = known_positions(recommender, [item], "item")
    named = {name: texts[0].as_py() for name, texts in recommender.titles.columns(at).items()}
    table = recommender.data.items
    row = -1 if table is None else int(table.row[at[0]])
    found = {} if table is None or row < 0 else table.table.slice(row, 1).to_pylist()[0]
    return named.get("title"), named.get("author"), int(recommender.work_ratings[at[0]]), found
