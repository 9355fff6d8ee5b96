"""Who looks at a page: a session of one reader, opened at the first visit where no key is needed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from toprank.service.callers import caller_of, refuse_other_sites
from toprank.service.keys import Scope
from toprank.service.parts import parts_of
from toprank.service.problems import Problem
from toprank.service.sessions import COOKIE, CSRF_HEADER, check_csrf, csrf_token, start_session

__all__ = ["LOCAL_READER", "Changing", "Visiting", "Visitor"]

LOCAL_READER = "me"
"""The one reader of a machine that is served without keys."""

ANYBODY = "visitor-"
"""How readers are called whom a service without keys gives a session."""


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page.

    Parameters
    ----------
    reader : str
        Whose books it shows.
    scope : Scope
        What they may do.
    csrf : str
        What forms must carry.
    """

    reader: str
    scope: Scope
    csrf: str

    @property
    def signed_in(self) -> bool:
        """Whether a key opened the session; without one nobody could come back to it."""
        return self.reader != LOCAL_READER and not self.reader.startswith(ANYBODY)

    @property
    def writes(self) -> bool:
        """Whether they may rate."""
        return self.scope >= Scope.WRITE

    @property
    def owns(self) -> bool:
        """Whether they may see what the owner sees."""
        return self.scope >= Scope.ADMIN


def visiting(request: Request, response: Response) -> Visitor:
    """Give the visitor of a page; who has no session yet and needs no key gets one."""
    caller = caller_of(request)
    if caller.session and caller.reader is not None:
        return Visitor(caller.reader, caller.scope, csrf_token(request.cookies[COOKIE]))
    if caller.name.startswith("key "):
        raise Problem(403, "pages are for sessions, not for keys in a header", "sign in at /sign-in, or use /v1")
    parts = parts_of(request)
    reader = LOCAL_READER if caller.scope >= Scope.ADMIN else f"{ANYBODY}{secrets.token_hex(8)}"
    token = start_session(parts.store, request, response, reader=reader, scope=caller.scope)
    return Visitor(reader, caller.scope, csrf_token(token))


def changing(request: Request, csrf: Annotated[str, Form()] = "") -> Visitor:
    """Give the visitor who sends a form that changes something: with the token of their session, from these pages."""
    caller = caller_of(request)
    if not caller.session or caller.reader is None:
        raise Problem(403, "there is no session", "open the page first, and let it keep its cookie")
    if caller.scope < Scope.WRITE:
        raise Problem(403, "this key may read and not rate", "ask whoever runs this service for another one")
    check_csrf(request, csrf or request.headers.get(CSRF_HEADER, ""))
    refuse_other_sites(request)
    return Visitor(caller.reader, caller.scope, csrf_token(request.cookies[COOKIE]))


Visiting = Annotated[Visitor, Depends(visiting)]
Changing = Annotated[Visitor, Depends(changing)]
