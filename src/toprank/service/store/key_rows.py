"""Keys as they are stored: never the key itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, insert, select, update

from toprank.service.store.prepared import Prepared
from toprank.service.store.schema import keys

__all__ = ["StoredKey", "add_key_row", "find_key", "key_rows", "keys_exist", "revoke_key_row"]

_EXIST = Prepared(select(exists(select(keys.c.name))))


@dataclass(frozen=True)
class StoredKey:
    """A key.

    Parameters
    ----------
    name, scope : str
    reader : str or None
        The only reader whom it may ask about.
    digest : bytes
    made : float
    revoked : float or None
        Since when it is not valid any more.
    """

    name: str
    scope: str
    reader: str | None
    digest: bytes
    made: float
    revoked: float | None


def add_key_row(connection: Connection, key: StoredKey) -> None:
    """Keep a key."""
    connection.execute(insert(keys), vars(key))


def key_rows(connection: Connection) -> list[StoredKey]:
    """Give all keys, by name."""
    return [StoredKey(*row) for row in connection.execute(select(keys).order_by(keys.c.name))]


def find_key(connection: Connection, digest: bytes) -> StoredKey | None:
    """Give the key of a digest."""
    row = connection.execute(select(keys).where(keys.c.digest == digest)).one_or_none()
    return None if row is None else StoredKey(*row)


def keys_exist(connection: Connection) -> bool:
    """Tell whether there ever was a key: from then on one is asked for."""
    return bool(_EXIST.rows(connection)[0][0])


def revoke_key_row(connection: Connection, name: str, now: float) -> bool:
    """End a key; whether there is one of that name."""
    done = connection.execute(
        update(keys).where(keys.c.name == name, keys.c.revoked.is_(None)).values(revoked=now)
    ).rowcount
    return bool(done) or connection.execute(select(keys.c.name).where(keys.c.name == name)).one_or_none() is not None
