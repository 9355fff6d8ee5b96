"""The pages that readers look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from toprank.errors import OptionError
from toprank.service import answers
from toprank.service.forms import DecisionRequest, PathId, RecommendationRequest
from toprank.service.models import ServedModel
from toprank.service.pages.books import ENOUGH, Book, books_said, first_visit, named, shown
from toprank.service.pages.rendering import show, wanted_part
from toprank.service.pages.visitors import Visiting, Visitor
from toprank.service.parts import parts_of

__all__ = ["router"]

FOUND = 12
SHOWN = 60
"""Of the reader's books at a time."""

router = APIRouter(include_in_schema=False)


def _of(request: Request, visitor: Visitor) -> tuple[ServedModel, dict[str, Book]]:
    parts = parts_of(request)
    served = parts.models.of_reader(visitor.reader)
    with parts.store.read() as connection:
        return served, books_said(connection, served.recommender, visitor.reader)


@router.get("/")
def home(request: Request, response: Response, visitor: Visiting) -> Response:
    """Ask about twelve books at the first visit; later show what there is to do, and twelve others."""
    served, said = _of(request, visitor)
    rated = sum(book.mark == "rating" for book in said.values())
    asked = first_visit(served.recommender, said if rated >= ENOUGH else ())
    first = named(served.recommender, asked, said)
    return show(
        request, "home", visitor, headers=response.headers, books=first, rated=rated, enough=ENOUGH,
        scale=shown(served.recommender), said=list(said.values())[:5],
    )  # fmt: skip


@router.get("/search")
def search(
    request: Request, response: Response, visitor: Visiting, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Find books by title and author."""
    served, said = _of(request, visitor)
    books, trouble = [], ""
    if q.strip():
        try:
            found = served.recommender.find(q, n=FOUND).table.column("item").to_pylist()
            books = named(served.recommender, [str(item) for item in found], said)
        except OptionError as error:
            trouble = str(error)
    part = "parts/found" if wanted_part(request) == "found" else "search"
    return show(
        request, part, visitor, headers=response.headers, q=q, books=books, trouble=trouble,
        scale=shown(served.recommender),
    )  # fmt: skip


@router.get("/book/{item}")
def book(request: Request, response: Response, visitor: Visiting, item: PathId) -> Response:
    """Say whether to read a book."""
    served, said = _of(request, visitor)
    answer = answers.decide(parts_of(request), DecisionRequest(reader=visitor.reader, items=[item]))
    (one,) = named(served.recommender, [item], said)
    part = "parts/answer" if wanted_part(request) == "answer" else "book"
    return show(
        request, part, visitor, headers=response.headers, book=one, answer=answer.answers[0], said=len(said),
        promise=answer.promise, cutoff=answer.cutoff, scale=shown(served.recommender),
    )  # fmt: skip


@router.get("/list")
def ten(request: Request, response: Response, visitor: Visiting) -> Response:
    """List ten books."""
    served, said = _of(request, visitor)
    answer = answers.recommend(parts_of(request), RecommendationRequest(reader=visitor.reader, n=10))
    books = named(served.recommender, [row.item for row in answer.answers], said)
    return show(
        request, "list", visitor, headers=response.headers, rows=list(zip(answer.answers, books, strict=True)),
        promise=answer.promise, scale=shown(served.recommender), said=len(said),
    )  # fmt: skip


@router.get("/mine")
def mine(
    request: Request, response: Response, visitor: Visiting, start: Annotated[int, Query(ge=0, le=10**6)] = 0
) -> Response:
    """Show what the reader has said, so many at a time, and what can be done with it."""
    served, said = _of(request, visitor)
    return show(
        request, "mine", visitor, headers=response.headers, books=list(said.values())[start : start + SHOWN],
        scale=shown(served.recommender), start=start, step=SHOWN, total=len(said),
    )  # fmt: skip
