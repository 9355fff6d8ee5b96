"""Before everything else: who asks, bounds on what and how fast they may send, the access log, errors nobody caught."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import traceback
from typing import Any
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from toprank.service.callers import caller_of, find_caller
from toprank.service.limits import RateLimit
from toprank.service.pages.adding import answered_with
from toprank.service.parts import Parts
from toprank.service.problems import Problem

__all__ = ["Gate"]

PUBLIC = ("/health/live", "/health/ready", "/sign-in", "/favicon.ico")
"""What needs no key; and what is under ``/static/``."""

MAX_BODY = 2**20
MAX_UPLOAD = 16 * 2**20
UPLOADS = ("/v1/ratings", "/import")
"""How paths end that take files."""

BODY_SECONDS = 30.0
"""In which a body has to be there."""

SEND_SECONDS = 30.0
"""In which a client has to take a part of the answer."""

MAX_IN_FLIGHT = 512
MAX_PATH = 4000

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

access = logging.getLogger("toprank.access")
log = logging.getLogger("toprank.service")


class Gate:
    """The middleware.

    Parameters
    ----------
    app : ASGI application
        What is behind it.
    parts : Parts
    """

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app, self.parts = app, parts
        self._in_flight = 0
        self._by_caller, self._by_address = RateLimit(parts.settings.rate), RateLimit(parts.settings.rate)
        self._threads = CapacityLimiter(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answer = time.perf_counter(), _Answer(send, bare=scope["method"] == "HEAD")
        if answer.bare:  # answered as GET is, without the body
            scope = {**scope, "method": "GET"}
        self._in_flight += 1
        self.parts.figures.in_flight.set(self._in_flight)
        try:
            await self._answered(scope, receive, answer)
        except (ClientDisconnect, TimeoutError, ConnectionError):
            answer.status = answer.status or 408
        finally:
            self._in_flight -= 1
            self.parts.figures.in_flight.set(self._in_flight)
            self._note(scope, answer.status, time.perf_counter() - started)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            request = await self._admitted(scope)
            body = await _read(request, receive)
            request.state.body = body
            scope["path"] = _path_of(scope)
            await self.app(scope, _replayed(body, receive), answer.send)
        except Problem as problem:
            if not answer.status:
                await _respond(scope, receive, answer, problem)
        except (ClientDisconnect, TimeoutError, ConnectionError):
            raise
        except Exception as error:
            _log_bug(error)
            if not answer.status:
                bug = Problem(500, "the service made a mistake, and noted it", "tell whoever runs this service")
                await _respond(scope, receive, answer, bug)

    async def _admitted(self, scope: Scope) -> Request:
        """Find out who asks, and whether they may now."""
        request = Request(scope)
        if self._in_flight > MAX_IN_FLIGHT:
            raise Problem(503, "too many requests at once", "ask again in a moment", headers={"Retry-After": "1"})
        if len(scope.get("raw_path") or b"") > MAX_PATH:
            raise Problem(414, f"the path takes more than {MAX_PATH:,} bytes", "send ids in the body of a POST")
        address = scope["client"][0] if scope.get("client") else "?"
        self._by_address.check(address)
        path = scope["path"]
        if path in PUBLIC or path.startswith("/static/"):
            return request
        caller = await to_thread.run_sync(find_caller, self.parts, request, limiter=self._threads)
        request.state.caller = caller
        if caller is None:
            wants_page = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
            if wants_page and not path.startswith(("/v1/", "/metrics")):
                raise _SignIn
            caller_of(request)  # refuses
        else:
            self._by_caller.check(caller.name)
        return request

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log a request by its route's template: nothing of what was asked stands in it."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.parts.figures.requests.labels(method, route, str(status)).inc()
        self.parts.figures.seconds.labels(method, route).observe(seconds)
        access.info("%s %s %d %.1f ms", method, route, status, 1000 * seconds)


_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class _SignIn(Problem):
    def __init__(self) -> None:
        super().__init__(401, "sign in first")


class _Answer:
    """What is sent, with a bound on how long the client may take; remembers the status."""

    def __init__(self, send: Send, *, bare: bool = False) -> None:
        self._send, self.status, self.bare = send, 0, bare

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), *HEADERS]
        elif self.bare:
            message = {**message, "body": b""}
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(message)


def _path_of(scope: Scope) -> str:
    """Give the path with the slashes of ids told from those between them; see :func:`toprank.service.forms.PathId`."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    if b"%2f" not in raw.lower():
        return str(scope["path"])
    return unquote(re.sub(rb"%2[fF]", b"%1F", raw.partition(b"?")[0]).decode("ascii", "replace"))


async def _read(request: Request, receive: Receive) -> bytes:
    """Read the body, of a bounded size, in a bounded time, before any thread is taken."""
    path = request.scope["path"]
    most = MAX_UPLOAD if path.endswith(UPLOADS) else MAX_BODY
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > most:
                    raise _too_large(most)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        words = f"the body was not there within {BODY_SECONDS:g} seconds"
        raise Problem(408, words, "send it faster, or in parts", headers={"Connection": "close"}) from None


def _too_large(most: int) -> Problem:
    words = f"the body takes more than {most:,} bytes"
    return Problem(413, words, "send it in parts", headers={"Connection": "close"})


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, then whatever comes."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _respond(scope: Scope, receive: Receive, answer: _Answer, problem: Problem) -> None:
    request = Request(scope)
    response: Any = answered_with(request, problem)
    if isinstance(problem, _SignIn):
        response = RedirectResponse("/sign-in", 303)
    elif problem.status == 401 and request.headers.get("hx-request") == "true":
        response.headers["HX-Redirect"] = "/sign-in"
    await response(scope, receive, answer.send)


def _log_bug(error: Exception) -> None:
    """Log where a bug is: files and lines, not the message, which may hold what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in reversed(frames) if "/toprank/" in frame.filename]
    places = " < ".join(f"{frame.filename.rpartition('toprank/')[2]}:{frame.lineno}" for frame in ours)
    log.error("a bug: %s at %s", type(error).__name__, places)
