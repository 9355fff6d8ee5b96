"""What readers said of items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from toprank.service.store.prepared import Prepared
from toprank.service.store.schema import statements

__all__ = [
    "HAVE",
    "NOT_INTERESTED",
    "RATING",
    "WITHDRAWN",
    "Statement",
    "delete_statement",
    "newest",
    "put_statements",
    "statements_of",
]

_ALL = Prepared(
    select(statements).where(statements.c.reader == bindparam("wanted")).order_by(statements.c.item)
)  # fmt: skip

RATING, HAVE, NOT_INTERESTED, WITHDRAWN = "rating", "have", "not-interested", "withdrawn"


@dataclass(frozen=True)
class Statement:
    """One of them.

    Parameters
    ----------
    reader, item : str
    mark : str
        ``rating``; ``have`` or ``not-interested``, without a rating; or ``withdrawn``: what the model knows is not to
        count.
    rating : float or None
    time : float
        Seconds since 1970.
    """

    reader: str
    item: str
    mark: str
    rating: float | None
    time: float


def put_statements(connection: Connection, given: Sequence[Statement]) -> None:
    """Keep statements; one of a pair that has one replaces it. Each pair comes once."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    put = make(statements)
    new = {name: put.excluded[name] for name in ("mark", "rating", "time")}
    put = put.on_conflict_do_update(index_elements=["reader", "item"], set_=new)
    # In one order, so that two processes never wait for each other's rows.
    rows = sorted((vars(one) for one in given), key=lambda row: (row["reader"], row["item"]))
    connection.execute(put, rows)


def delete_statement(connection: Connection, reader: str, item: str) -> bool:
    """Remove one; whether there was one."""
    gone = connection.execute(delete(statements).where(statements.c.reader == reader, statements.c.item == item))
    return bool(gone.rowcount)


def statements_of(connection: Connection, reader: str, *, after: str = "", limit: int | None = None) -> list[Statement]:
    """Give those of one reader, by item."""
    if not after and limit is None:
        return _of(_ALL.rows(connection, wanted=reader))
    asked = select(statements).where(statements.c.reader == reader).order_by(statements.c.item).limit(limit)
    if after:
        asked = asked.where(statements.c.item > after)
    return _of(connection.execute(asked))


def newest(connection: Connection) -> tuple[int, float]:
    """Give how many there are and when the last one was made: what tells two states of the store apart."""
    from sqlalchemy import func

    count, last = connection.execute(select(func.count(), func.max(statements.c.time))).one()
    return int(count), float(last or 0.0)


def _of(rows: Iterable[Sequence[object]]) -> list[Statement]:
    return [Statement(*row) for row in rows]  # type: ignore[arg-type]
