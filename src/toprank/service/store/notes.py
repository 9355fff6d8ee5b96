"""Events that the owner reads about, and facts of the whole store."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from toprank.service.store.prepared import Prepared
from toprank.service.store.schema import events, facts

__all__ = ["event_rows", "fact", "note_event", "note_refit", "refit_rows", "secret", "set_fact"]

KEPT_EVENTS, KEPT_REFITS = 1000, 20

_FACT = Prepared(select(facts.c.value).where(facts.c.name == bindparam("wanted")))


def note_event(connection: Connection, kind: str, words: str) -> None:
    """Keep an event; of many the last."""
    connection.execute(insert(events), {"time": time.time(), "kind": kind, "words": words})
    oldest = select(events.c.id).order_by(events.c.id.desc()).offset(KEPT_EVENTS).limit(1).scalar_subquery()
    connection.execute(delete(events).where(events.c.id <= oldest))


def event_rows(connection: Connection, *, limit: int = 50) -> list[dict[str, object]]:
    """Give the last events, the newest first: ``time``, ``kind``, ``words``."""
    asked = select(events.c.time, events.c.kind, events.c.words).order_by(events.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(asked).mappings()]


def note_refit(connection: Connection, began: float, **how: object) -> None:
    """Keep how a refit goes, by when it began: of many the last; the connection is the writer's."""
    rows = {row["began"]: row for row in reversed(refit_rows(connection))}
    rows[began] = {"began": began, "ended": None, "outcome": "", "words": "", **rows.get(began, {}), **how}
    set_fact(connection, "refits", json.dumps(list(rows.values())[-KEPT_REFITS:]))


def refit_rows(connection: Connection) -> list[dict[str, Any]]:
    """Give refits, the newest first: ``began``, ``ended`` (None while it runs), ``outcome`` and ``words``."""
    found: list[dict[str, Any]] = json.loads(fact(connection, "refits") or "[]")
    return found[::-1]


def fact(connection: Connection, name: str) -> str | None:
    """Give a fact."""
    found = _FACT.rows(connection, wanted=name)
    return str(found[0][0]) if found else None


def set_fact(connection: Connection, name: str, value: str, *, replace: bool = True) -> None:
    """Keep a fact; in place of an older one, or only where there is none."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    put = make(facts).values(name=name, value=value)
    if replace:
        put = put.on_conflict_do_update(index_elements=["name"], set_={"value": put.excluded.value})
    else:
        put = put.on_conflict_do_nothing()
    connection.execute(put)


def secret(connection: Connection) -> bytes:
    """Give the store's secret, made at the first call; the connection is the writer's."""
    set_fact(connection, "secret", secrets.token_hex(32), replace=False)
    return bytes.fromhex(fact(connection, "secret") or "")
