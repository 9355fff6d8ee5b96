"""The decision log, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Double, bindparam, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from toprank.service.store.schema import outcomes, served

__all__ = ["delete_served_before", "forget_outcomes", "join_outcome", "readers_served", "served_to"]


def join_outcome(
    connection: Connection, reader: str, items: Sequence[str], *, rating: float, liked: bool, time: float
) -> None:
    """Say of every answer about a reader and a book, in any of its editions, what the reader gave it."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    found = select(served.c.id, literal(rating, Double), literal(liked), literal(time, Double)).where(
        served.c.reader == reader, served.c.item.in_(bindparam("items", expanding=True)), served.c.time <= time
    )
    put = make(outcomes).from_select(["served", "rating", "liked", "time"], found)
    new = {name: put.excluded[name] for name in ("rating", "liked")}
    put = put.on_conflict_do_update(index_elements=["served"], set_=new)
    connection.execute(put, {"items": list(items)})


def readers_served(connection: Connection, readers: Sequence[str]) -> set[str]:
    """Tell which of some readers were ever answered."""
    found: set[str] = set()
    for begin in range(0, len(readers), 500):
        some = list(readers[begin : begin + 500])
        found |= set(connection.execute(select(served.c.reader).where(served.c.reader.in_(some)).distinct()).scalars())
    return found


def forget_outcomes(connection: Connection, reader: str, items: Sequence[str]) -> None:
    """Take back what a rating said that is not there any more."""
    pairs = select(served.c.id).where(served.c.reader == reader, served.c.item.in_(list(items)))
    connection.execute(delete(outcomes).where(outcomes.c.served.in_(pairs)))


def delete_served_before(connection: Connection, time: float) -> None:
    """Forget what was answered before a time, and what became of it."""
    old = select(served.c.id).where(served.c.time < time)
    connection.execute(delete(outcomes).where(outcomes.c.served.in_(old)))
    connection.execute(delete(served).where(served.c.time < time))


def served_to(connection: Connection, reader: str, *, after: int = 0, limit: int = 1000) -> list[dict[str, object]]:
    """Give what was answered to a reader, in the order in which it was, with what they gave the book later."""
    asked = (
        select(served, outcomes.c.rating.label("rated"), outcomes.c.liked)
        .outerjoin(outcomes, outcomes.c.served == served.c.id)
        .where(served.c.reader == reader, served.c.id > after)
        .order_by(served.c.id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]
