"""Requests that are not to be done twice, by their ``Idempotency-Key``."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from toprank.service.store.schema import idempotency

__all__ = ["Done", "delete_done_before", "find_done", "keep_done"]


@dataclass(frozen=True)
class Done:
    """What a request was answered.

    Parameters
    ----------
    key, request : bytes
        Digests of who asked, where and with which key, and of the body.
    status : int
    response : str
        JSON.
    time : float
    """

    key: bytes
    request: bytes
    status: int
    response: str
    time: float


def find_done(connection: Connection, key: bytes) -> Done | None:
    """Give what a request with this key was answered."""
    row = connection.execute(select(idempotency).where(idempotency.c.key == key)).one_or_none()
    return None if row is None else Done(*row)


def keep_done(connection: Connection, done: Done) -> None:
    """Keep it, in the transaction of what the request does."""
    connection.execute(insert(idempotency), vars(done))


def delete_done_before(connection: Connection, time: float) -> None:
    """Forget old ones."""
    connection.execute(delete(idempotency).where(idempotency.c.time < time))
