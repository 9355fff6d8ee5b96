"""Templates filled in, with the headers that keep a page to itself."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from toprank.report.html import environment
from toprank.service.pages import words
from toprank.service.pages.visitors import Visitor
from toprank.service.problems import Problem

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["POLICY", "local_path", "problem_page", "see", "show", "wanted_part"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but what the service itself sends: no inline script or style, no other site."""


@cache
def _templates() -> Environment:
    found = environment("toprank.service.pages")
    found.filters.update(
        path_id=lambda item: quote(item, safe=""),
        chance=words.chance,
        reason_list=words.reason_list,
        date=words.date_of,
        promised=words.promised,
        interval=lambda row: words.interval(*row),
    )
    return found


def show(
    request: Request, template: str, visitor: Visitor | None, *, status: int = 200, headers: Any = None, **values: Any
) -> Response:
    """Fill a template in.

    Parameters
    ----------
    request : Request
    template : str
        Its name without endings; of a part of a page ``parts/…``.
    visitor : Visitor, optional
        None where nobody is signed in.
    status : int
    headers : Headers, optional
        Of the response that the framework made: a new session's cookie is among them.
    **values
        For the template.

    Returns
    -------
    Response
    """
    page = _templates().get_template(f"{template}.html.j2")
    text = page.render(visitor=visitor, path=request.url.path, broken=request.app.state.promise.broken, **values)
    response = HTMLResponse(text, status)
    _protect(response)
    for name, value in headers.items() if headers is not None else ():
        if name == "set-cookie":
            response.headers.append(name, value)
    return response


def see(path: str) -> Response:
    """Send the browser to another page after a form."""
    return RedirectResponse(path, 303)


def wanted_part(request: Request) -> str | None:
    """Give the id of the element that HTMX wants anew; None where a whole page is wanted."""
    if request.headers.get("hx-request") != "true":
        return None
    return request.headers.get("hx-target", "")


def local_path(path: str) -> str:
    """Give a path of this service; anything else is its first page.

    Examples
    --------
    >>> local_path("/search?q=emma"), local_path("//elsewhere.example"), local_path("https://elsewhere.example")
    ('/search?q=emma', '/', '/')
    """
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") and len(path) < 2000 else "/"


def problem_page(request: Request, problem: Problem) -> Response:
    """Say on a page what went wrong; to HTMX the words alone, which it puts where they are seen."""
    title = HTTPStatus(problem.status).phrase
    name = "problem" if wanted_part(request) is None else "parts/trouble"
    page = _templates().get_template(f"{name}.html.j2")
    text = page.render(visitor=None, path=request.url.path, broken=(), problem=problem, title=title)
    response = HTMLResponse(text, problem.status, headers=problem.headers)
    _protect(response)
    return response


def _protect(response: Response) -> None:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "HX-Request"
