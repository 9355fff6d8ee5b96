"""Sessions of the page: a cookie that scripts cannot read, and a token that forms must carry.

A session belongs to one reader. On loopback, while there are no keys, everybody is the one user of the machine; with
``--insecure`` every browser is a reader of its own; otherwise a session is opened with a key, ends with it, and may do
what it may.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from toprank.service.keys import Scope, digest_of
from toprank.service.problems import Problem
from toprank.service.store.opening import Store
from toprank.service.store.session_rows import StoredSession, add_session, delete_session, find_session

__all__ = [
    "COOKIE",
    "CSRF_FIELD",
    "CSRF_HEADER",
    "check_csrf",
    "csrf_token",
    "end_session",
    "session_of",
    "start_session",
]

COOKIE = "toprank_session"
CSRF_FIELD = "csrf"
"""The field of a form that carries the token."""

CSRF_HEADER = "x-csrf-token"
"""The header that carries it where a script sends the request."""

SECONDS = 180 * 24 * 3600
"""How long a session lasts."""


def start_session(
    store: Store, request: Request, response: Response, *, reader: str, scope: Scope, key: str | None = None
) -> str:
    """Open a session and set its cookie.

    Parameters
    ----------
    store : Store
    request : Request
        Behind TLS the cookie is Secure.
    response : Response
        Gets the cookie.
    reader : str
        Whose session it is.
    scope : Scope
        What it may do.
    key : str, optional
        Name of the key that it is opened with.

    Returns
    -------
    str
        The session's token, for :func:`csrf_token`.
    """
    token = secrets.token_urlsafe(32)
    row = StoredSession(digest_of(token), reader, scope.name.lower(), key, time.time())
    store.write(lambda connection: add_session(connection, row))
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=SECONDS, httponly=True, samesite="lax", secure=secure, path="/")
    return token


def end_session(store: Store, request: Request, response: Response) -> None:
    """Close the session and take its cookie back."""
    if token := request.cookies.get(COOKIE):
        store.write(lambda connection: delete_session(connection, digest_of(token)))
    response.delete_cookie(COOKIE, path="/")


def session_of(connection: Connection, token: str | None) -> StoredSession | None:
    """Give the session of a cookie's token, if there is one that lasts."""
    if not token or len(token) > 100:
        return None
    found = find_session(connection, digest_of(token))
    return found if found is not None and found.made > time.time() - SECONDS else None


def csrf_token(token: str) -> str:
    """Give the token that forms of a session carry: only who knows the cookie can make it."""
    return hmac.digest(token.encode(), b"toprank forms", hashlib.sha256).hex()


def check_csrf(request: Request, given: str | None = None) -> None:
    """Refuse a request of a session that does not carry its token, in the header or as ``given`` by a form."""
    token = request.cookies.get(COOKIE, "")
    found = given if given is not None else request.headers.get(CSRF_HEADER, "")
    if not token or not hmac.compare_digest(csrf_token(token).encode(), found.encode()):
        raise Problem(403, "the form's token is missing or of another session", "load the page again")
