"""``Idempotency-Key``: a request that is sent again is answered again, not done again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from toprank.service.callers import Caller
from toprank.service.parts import parts_of
from toprank.service.problems import Problem
from toprank.service.store.idempotency import Done, find_done, keep_done

__all__ = ["HEADER", "once"]

HEADER = "idempotency-key"
KEPT = 24 * 3600.0
"""Seconds for which an answer is remembered."""

T = TypeVar("T", bound=BaseModel)


def once(request: Request, caller: Caller, kind: type[T], job: Callable[[Connection], T]) -> T:
    """Do a job that writes, unless a request with the same key was answered already."""
    store, given = parts_of(request).store, request.headers.get(HEADER)
    if given is None:
        return store.write(job)
    if not 1 <= len(given) <= 200:
        raise Problem(422, f"the {HEADER} has {len(given)} characters", "send 1 to 200")
    key = hashlib.sha256("\0".join([caller.name, request.url.path, given]).encode()).digest()
    digest = hashlib.sha256(request.state.body).digest()

    def guarded(connection: Connection) -> T:
        before = find_done(connection, key)
        if before is None:
            result = job(connection)
            keep_done(connection, Done(key, digest, 200, result.model_dump_json(), time.time()))
            return result
        if before.request != digest:
            raise Problem(422, f"the {HEADER} was used for another body", "send a new one with a new request")
        return kind.model_validate_json(before.response)

    try:
        return store.write(guarded)
    except IntegrityError:  # another process was faster: its answer is there now
        return store.write(guarded)
