"""What the database refused, as problems: a full disk, a lost connection, a lock."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from toprank.service.problems import Problem

__all__ = ["is_full", "is_passing", "problem_of"]

_FULL_STATES = ("53100", "53200", "54000")
"""PostgreSQL's codes of a full disk and the like."""

_PASSING_STATES = ("57", "08", "40", "55")
"""Classes of its codes for what passes: shutting down, connections, conflicts, locks."""


def is_full(error: DBAPIError) -> bool:
    """Tell whether there is no room."""
    found = error.orig
    if isinstance(found, sqlite3.Error):
        code = getattr(found, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    if isinstance(found, OSError):
        return found.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    return getattr(found, "sqlstate", None) in _FULL_STATES


def is_passing(error: DBAPIError) -> bool:
    """Tell whether another try may do: a connection was lost, or somebody else holds a lock."""
    if is_full(error):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return str(state).startswith(_PASSING_STATES)


def problem_of(error: DBAPIError) -> Problem:
    """Say it to whoever asked."""
    if is_full(error):
        return Problem(507, "the store is full; nothing of this request was kept", "make room, then send it again")
    if is_passing(error):
        cure = "send it again in a moment"
        return Problem(503, "the store cannot be reached; nothing is lost", cure, headers={"Retry-After": "2"})
    return Problem(500, "the store refused", "tell whoever runs this service")
