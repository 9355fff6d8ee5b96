"""Sessions of the page, by the digest of their token."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select

from toprank.service.store.schema import keys, sessions

__all__ = ["StoredSession", "add_session", "delete_session", "delete_sessions_before", "find_session"]


@dataclass(frozen=True)
class StoredSession:
    """A session.

    Parameters
    ----------
    digest : bytes
    reader, scope : str
    key : str or None
        The name of the key that it was opened with.
    made : float
    """

    digest: bytes
    reader: str
    scope: str
    key: str | None
    made: float


def add_session(connection: Connection, session: StoredSession) -> None:
    """Keep a session; once more is no harm."""
    connection.execute(delete(sessions).where(sessions.c.digest == session.digest))
    connection.execute(insert(sessions), vars(session))


def find_session(connection: Connection, digest: bytes) -> StoredSession | None:
    """Give a session whose key, if any, is still valid."""
    asked = (
        select(sessions)
        .outerjoin(keys, keys.c.name == sessions.c.key)
        .where(sessions.c.digest == digest, or_(sessions.c.key.is_(None), keys.c.revoked.is_(None)))
    )
    row = connection.execute(asked).one_or_none()
    return None if row is None else StoredSession(*row)


def delete_session(connection: Connection, digest: bytes) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def delete_sessions_before(connection: Connection, made: float) -> None:
    """End the old ones."""
    connection.execute(delete(sessions).where(sessions.c.made < made))
