"""Keys: what they may do, and how one is told from another."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from enum import IntEnum

from sqlalchemy import Connection

from toprank.errors import OptionError
from toprank.service.store.key_rows import StoredKey, add_key_row, find_key, key_rows, revoke_key_row
from toprank.service.store.opening import Store

__all__ = ["Scope", "add_key", "digest_of", "list_keys", "revoke_key", "valid_key"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PREFIX = "tr_"
"""What keys begin with, so that a scanner of leaked secrets knows one."""


class Scope(IntEnum):
    """What a caller may do: each includes those before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3


def digest_of(token: str) -> bytes:
    """Give what is stored of a key or a session: of so many random bits a plain digest says nothing."""
    return hashlib.sha256(token.encode()).digest()


def add_key(store: Store, name: str, scope: str, *, reader: str | None = None) -> str:
    """Make a key.

    Parameters
    ----------
    store : Store
    name : str
        Letters, digits, ``._-``.
    scope : str
        ``read``, ``write`` or ``admin``.
    reader : str, optional
        The only reader whom it may ask about.

    Returns
    -------
    str
        The key, which nobody can read again.

    Raises
    ------
    OptionError
        If there is a key of that name, or the name or the scope cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise OptionError(f"a key cannot be called {name!r}; use up to 64 letters, digits, dots, dashes")
    if scope.upper() not in Scope.__members__:
        raise OptionError(f"the scope is {scope!r}; it must be read, write or admin")
    if reader is not None and scope == "admin":
        raise OptionError("a key of one reader cannot be an admin's; give it the scope read or write")
    key = PREFIX + secrets.token_urlsafe(32)
    row = StoredKey(name, scope, reader, digest_of(key), time.time(), None)

    def job(connection: Connection) -> None:
        if any(one.name == name for one in key_rows(connection)):
            raise OptionError(f"there is a key {name!r} already, or was one; give the new one another name")
        add_key_row(connection, row)

    store.write(job)
    return key


def list_keys(store: Store) -> list[StoredKey]:
    """Give all keys, valid and revoked."""
    with store.read() as connection:
        return key_rows(connection)


def revoke_key(store: Store, name: str) -> None:
    """End a key and the sessions that it opened; OptionError if there is none of that name."""
    if not store.write(lambda connection: revoke_key_row(connection, name, time.time())):
        raise OptionError(f"there is no key {name!r}; toprank keys list shows them")


def valid_key(connection: Connection, token: str) -> StoredKey | None:
    """Give the key that a token is, if it is valid."""
    digest = digest_of(token)
    found = find_key(connection, digest)
    if found is None or not hmac.compare_digest(found.digest, digest) or found.revoked is not None:
        return None
    return found
