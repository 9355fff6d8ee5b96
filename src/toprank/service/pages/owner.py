"""What the owner sees, and the promise, which everybody sees."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from starlette.responses import HTMLResponse, Response

from toprank.service.answers import envelope
from toprank.service.pages.rendering import show
from toprank.service.pages.visitors import Visiting, Visitor
from toprank.service.parts import parts_of
from toprank.service.problems import Problem
from toprank.service.promise import PromiseBook
from toprank.service.store.notes import event_rows, refit_rows
from toprank.service.store.schema import outcomes, served, statements

__all__ = ["router"]

CARD = "model.html"

CARD_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
"""The card is one file, with its styles in it, and runs nothing."""

router = APIRouter(include_in_schema=False)


@router.get("/promise")
def promise(request: Request, response: Response, visitor: Visiting) -> Response:
    """Show promised against delivered."""
    book: PromiseBook = request.app.state.promise
    served = parts_of(request).models.of_reader(None)
    return show(
        request, "promise", visitor, headers=response.headers, arms=book.arms(),
        promise=envelope(served, None)["promise"],
    )  # fmt: skip


@router.get("/owner")
def owner(request: Request, response: Response, visitor: Visiting) -> Response:
    """Show how the service is: models, promise, store, what happened."""
    _refuse_readers(visitor)
    parts = parts_of(request)
    book: PromiseBook = request.app.state.promise
    with parts.store.read() as connection:
        counts: dict[str, Any] = {
            "said": connection.execute(select(func.count()).select_from(statements)).scalar_one(),
            "readers": connection.execute(select(func.count(statements.c.reader.distinct()))).scalar_one(),
            "answers": connection.execute(select(func.count()).select_from(served)).scalar_one(),
            "outcomes": connection.execute(select(func.count()).select_from(outcomes)).scalar_one(),
        }
        events, refits = event_rows(connection, limit=30), refit_rows(connection)
    sources = [one for one in (parts.models.champion, parts.models.challenger) if one is not None]
    models = [one.current for one in sources if one.current is not None]
    return show(
        request, "owner", visitor, headers=response.headers, models=models, arms=book.arms(), counts=counts,
        events=events, refits=refits, megabytes=parts.store.size() / 1e6, settings=parts.settings,
    )  # fmt: skip


@router.get("/owner/card/{version}")
def card(request: Request, visitor: Visiting, version: str) -> Response:
    """Show the card that a model brought along."""
    _refuse_readers(visitor)
    models = parts_of(request).models
    for source in (models.champion, models.challenger):
        model = None if source is None else source.current
        if model is not None and model.version == version:
            try:
                text = (model.folder / CARD).read_text(encoding="utf-8")
            except OSError:
                break
            return HTMLResponse(text, headers={"Content-Security-Policy": CARD_POLICY, "Cache-Control": "no-store"})
    raise Problem(404, "there is no card of this model", "see /owner")


def _refuse_readers(visitor: Visitor) -> None:
    if not visitor.owns:
        raise Problem(403, "this page is the owner's", "sign in with a key of the scope admin")
