"""Who asks, and what they may do."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from toprank.service.keys import Scope, valid_key
from toprank.service.parts import Parts
from toprank.service.problems import Problem
from toprank.service.sessions import COOKIE, check_csrf, session_of
from toprank.service.store.key_rows import keys_exist

__all__ = ["Caller", "Owning", "Reading", "Writing", "caller_of", "find_caller", "refuse_other_sites"]

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    name : str
        What the rate limit knows them by.
    scope : Scope
        What they may do.
    reader : str or None
        The only reader whom they may ask about.
    session : bool
        Whether a cookie says so.
    """

    name: str
    scope: Scope
    reader: str | None = None
    session: bool = False

    def check(self, reader: str | None) -> None:
        """Refuse to say anything of another reader than the caller's own."""
        if self.reader is not None and reader is not None and reader != self.reader:
            raise Problem(403, "this is another reader's", "ask about the reader whose key or session it is")


def find_caller(parts: Parts, request: Request) -> Caller | None:
    """Tell who asks, by a key, a session, or by being on this machine; None where nobody is known."""
    given = _given_key(request)
    with parts.store.read() as connection:
        if given is not None:
            key = valid_key(connection, given)
            return None if key is None else Caller(f"key {key.name}", Scope[key.scope.upper()], key.reader)
        session = session_of(connection, request.cookies.get(COOKIE))
        if session is not None:
            name = f"session {session.digest.hex()[:16]}"
            return Caller(name, Scope[session.scope.upper()], session.reader, session=True)
        if keys_exist(connection):
            return None
    if parts.settings.on_loopback:
        _refuse_strangers(request)
        return Caller("this machine", Scope.ADMIN)
    return Caller("anybody", Scope.WRITE) if parts.settings.insecure else None


def caller_of(request: Request) -> Caller:
    """Give who asks; the gate has found out."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Problem(
            401,
            "a key is needed, and there is none, or it is not valid",
            "send a header 'Authorization: Bearer KEY'; toprank keys add makes one",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return caller


def _needs(scope: Scope) -> Callable[[Request], Caller]:
    """Make a dependency that lets through who may do so much, about their own reader."""

    async def dependency(request: Request) -> Caller:
        caller = caller_of(request)
        if caller.scope < scope:
            words = scope.name.lower()
            raise Problem(
                403, f"this needs the scope {words}", f"toprank keys add NAME --scope {words} makes such a key"
            )
        if request.method not in SAFE:
            if caller.session:
                check_csrf(request)
            refuse_other_sites(request)
        return caller

    return dependency  # type: ignore[return-value]


Reading = Annotated[Caller, Depends(_needs(Scope.READ))]
Writing = Annotated[Caller, Depends(_needs(Scope.WRITE))]
Owning = Annotated[Caller, Depends(_needs(Scope.ADMIN))]


def _given_key(request: Request) -> str | None:
    """Give the key of a request; an empty one where the header is not understood."""
    header = request.headers.get("authorization")
    if header is None:
        return request.headers.get("x-api-key")
    kind, _, key = header.partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _refuse_strangers(request: Request) -> None:
    """Refuse what only seems to come from this machine: through a proxy, or through another site's name."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        raise Problem(403, "this came through a proxy, and there are no keys", "toprank keys add makes one")
    try:
        host = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").rstrip(".")
    except ValueError:
        host = ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    if not local:
        raise Problem(403, "without keys only localhost is served", "open http://localhost, or add a key")


def refuse_other_sites(request: Request) -> None:
    """Refuse what a page of another site lets a browser send."""
    origin = request.headers.get("origin")
    foreign = request.headers.get("sec-fetch-site") == "cross-site"
    try:
        foreign = foreign or (origin is not None and urlsplit(origin).netloc != request.headers.get("host"))
    except ValueError:
        foreign = True
    if foreign:
        raise Problem(403, "another site sent this", "send it from a page of this service, or with a key")
