"""What readers do on the pages: rate, mark, take back, sign in and out, export, erase."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from toprank.service import said
from toprank.service.callers import Caller, refuse_other_sites
from toprank.service.forms import DecisionRequest
from toprank.service.keys import Scope, valid_key
from toprank.service.pages.books import ENOUGH, Book, books_said, named, shown
from toprank.service.pages.rendering import local_path, see, show, wanted_part
from toprank.service.pages.visitors import Changing, Visiting
from toprank.service.parts import parts_of
from toprank.service.problems import Problem
from toprank.service.routes.readers import get_reader
from toprank.service.sessions import end_session, start_session
from toprank.service.store.erasing import erase_reader
from toprank.service.store.statements import HAVE, NOT_INTERESTED

__all__ = ["router"]

ROWS = 10_000
"""Rows of each kind that an export reads at a time."""

LAST = "\U0010ffff"
"""Comes after every id."""

router = APIRouter(include_in_schema=False)


@router.post("/say")
def say(
    request: Request,
    visitor: Changing,
    item: Annotated[str, Form(max_length=200)],
    rating: Annotated[str, Form(max_length=20)] = "",
    mark: Annotated[str, Form(max_length=20)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
    level: Annotated[int, Form(ge=2, le=3)] = 3,
) -> Response:
    """Keep a rating or a mark, or take back what was said."""
    parts = parts_of(request)
    served = parts.models.of_reader(visitor.reader)
    try:
        DecisionRequest(reader=visitor.reader, items=[item])  # the id is one
    except ValidationError:
        raise Problem(422, "this is no id of a book", "choose one on the page") from None
    if mark in (HAVE, NOT_INTERESTED):
        parts.store.write(lambda connection: said.mark(connection, served, visitor.reader, item, mark))
    elif mark == "nothing":
        parts.store.write(lambda connection: said.withdraw(connection, served, visitor.reader, item))
    else:
        value = _rating(rating)
        said.check_rating(served.recommender, value)
        parts.store.write(lambda connection: said.rate(connection, served, [(visitor.reader, item, value)]))
    if wanted_part(request) is None:
        return see(local_path(back))
    with parts.store.read() as connection:
        books = books_said(connection, served.recommender, visitor.reader)
    (book,) = named(served.recommender, [item], books)
    rated = sum(one.mark == "rating" for one in books.values())
    response = show(
        request,
        "parts/said",
        visitor,
        book=book,
        rated=rated,
        scale=shown(served.recommender),
        back=local_path(back),
        level=level,
        enough=ENOUGH,
    )
    response.headers["HX-Trigger"] = "said"
    return response


def _rating(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Problem(422, "this is no rating", "choose one on the page") from None


@router.get("/sign-in")
def sign_in(request: Request) -> Response:
    """Ask for a key."""
    return show(request, "sign-in", None, trouble="")


@router.post("/sign-in")
def signed_in(request: Request, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Open a session with a key."""
    refuse_other_sites(request)
    parts = parts_of(request)
    with parts.store.read() as connection:
        found = valid_key(connection, key.strip())
    if found is None:
        return show(request, "sign-in", None, status=401, trouble="This key is not valid.")
    response = see("/")
    reader = found.reader or f"key-{found.name}"
    start_session(parts.store, request, response, reader=reader, scope=Scope[found.scope.upper()], key=found.name)
    return response


@router.post("/sign-out")
def sign_out(request: Request, visitor: Changing) -> Response:
    """Close the session."""
    response = see("/sign-in")
    end_session(parts_of(request).store, request, response)
    return response


@router.get("/export.json")
def export_all(request: Request, visitor: Visiting) -> Response:
    """Give all that is kept of the reader."""
    caller = Caller("page", visitor.scope, visitor.reader, session=True)
    found = get_reader(request, caller, visitor.reader, statements_after="", model_after=0, served_after=0, limit=ROWS)
    kinds = {"statements": "statements_after", "learned": "model_after", "served": "served_after"}
    for kind, after in kinds.items():
        kept: list[Any] = getattr(found, kind)
        while (last := getattr(found.more, after)) is not None:
            skipped: dict[str, Any] = {
                "statements_after": LAST,
                "model_after": 10**9,
                "served_after": 2**53,
                after: last,
            }
            page = get_reader(request, caller, visitor.reader, limit=ROWS, **skipped)
            kept += getattr(page, kind)
            setattr(found.more, after, getattr(page.more, after))
    return _file(JSONResponse(found.model_dump(mode="json")), "toprank-all.json")


@router.get("/export.csv")
def export_ratings(request: Request, visitor: Visiting) -> Response:
    """Give ratings and marks as a table, which can be imported again."""
    parts = parts_of(request)
    served = parts.models.of_reader(visitor.reader)
    with parts.store.read() as connection:
        books = books_said(connection, served.recommender, visitor.reader)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["item", "title", "author", "rating", "shelf"])
    writer.writerows(_cells(book) for book in books.values())
    return _file(Response(text.getvalue(), media_type="text/csv; charset=utf-8"), "toprank-ratings.csv")


def _cells(book: Book) -> list[str]:
    rating = "" if book.rating is None else f"{book.rating:g}"
    cells = [book.item, book.title, book.author, rating, book.mark]
    # A spreadsheet would compute what begins so.
    return [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in cells]


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/erase")
def erase(request: Request, visitor: Changing, sure: Annotated[str, Form(max_length=10)] = "") -> Response:
    """Erase everything that is kept of the reader, once they say that they are sure."""
    if sure != "yes":
        raise Problem(422, "nothing is erased yet", "tick the box that says you are sure")
    parts_of(request).store.write(lambda connection: erase_reader(connection, visitor.reader))
    response = show(request, "erased", None)
    end_session(parts_of(request).store, request, response)
    return response
