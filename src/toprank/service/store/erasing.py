"""A reader erased: everything that is kept of them; and models are not to use what they know."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from toprank.service.store.notes import fact, secret
from toprank.service.store.schema import erased, idempotency, imports, outcomes, served, sessions, statements

__all__ = ["erase_reader", "erased_among", "is_erased"]


def erase_reader(connection: Connection, reader: str) -> None:
    """Erase a reader from every table; what is left is a keyed digest, by which models leave out what they know."""
    # First: a file that another process is about to keep is kept before the rest goes, or not at all.
    connection.execute(delete(imports).where(imports.c.reader == reader))
    theirs = select(served.c.id).where(served.c.reader == reader)
    connection.execute(delete(outcomes).where(outcomes.c.served.in_(theirs)))
    for table in (served, sessions, statements):
        connection.execute(delete(table).where(table.c.reader == reader))
    field = f'"reader":{json.dumps(reader, ensure_ascii=False)}'  # as answers that are remembered have it
    connection.execute(delete(idempotency).where(idempotency.c.response.contains(field, autoescape=True)))
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"reader": _digest(secret(connection), reader), "time": time.time()}
    connection.execute(make(erased).values(**row).on_conflict_do_nothing())


def is_erased(connection: Connection, reader: str) -> bool:
    """Tell whether what a model knows of a reader is not to be used."""
    key = fact(connection, "secret")
    if key is None:  # nobody ever was
        return False
    asked = select(erased.c.reader).where(erased.c.reader == _digest(bytes.fromhex(key), reader))
    return connection.execute(asked).one_or_none() is not None


def erased_among(connection: Connection, readers: Iterable[str]) -> set[str]:
    """Tell which of these readers are erased."""
    kept = {bytes(row) for row in connection.execute(select(erased.c.reader)).scalars()}
    if not kept:
        return set()
    key = bytes.fromhex(fact(connection, "secret") or "")
    return {reader for reader in readers if _digest(key, reader) in kept}


def _digest(key: bytes, reader: str) -> bytes:
    return hmac.digest(key, reader.encode(), hashlib.sha256)
