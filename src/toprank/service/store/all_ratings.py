"""What readers said, for a model to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from toprank.core.arrays import AnyArray, FloatArray
from toprank.service.store.schema import statements
from toprank.service.store.statements import RATING, WITHDRAWN

__all__ = ["KeptRatings", "all_ratings", "withdrawn_pairs"]


@dataclass(frozen=True, eq=False)
class KeptRatings:
    """Ratings by the ids of the service.

    Parameters
    ----------
    reader, item : list of str
    rating : float64[n]
        Rating points.
    time : float64[n]
        Seconds since 1970.
    """

    reader: list[str]
    item: list[str]
    rating: FloatArray
    time: FloatArray


def all_ratings(connection: Connection) -> KeptRatings:
    """Give every rating, in the order in which they were given."""
    columns = _columns(
        connection,
        select(statements.c.reader, statements.c.item, statements.c.rating, statements.c.time)
        .where(statements.c.mark == RATING)
        .order_by(statements.c.time, statements.c.reader, statements.c.item),
        4,
    )
    rating, time = (np.array(column, np.float64) for column in columns[2:])
    return KeptRatings(list(columns[0]), list(columns[1]), rating, time)


def withdrawn_pairs(connection: Connection) -> tuple[list[str], list[str]]:
    """Give readers and items of what was said once and is not to count any more."""
    asked = select(statements.c.reader, statements.c.item).where(statements.c.mark == WITHDRAWN)
    readers, items = _columns(connection, asked, 2)
    return list(readers), list(items)


def _columns(connection: Connection, asked: Any, count: int) -> list[tuple[Any, ...]] | list[AnyArray]:
    rows = connection.execute(asked).all()
    return list(zip(*rows, strict=True)) if rows else [() for _ in range(count)]
