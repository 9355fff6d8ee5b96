"""Items: found by title, shown, and what their readers also like."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from toprank.core.json_values import json_ready
from toprank.service.callers import Reading
from toprank.service.forms import PathId
from toprank.service.kept_forms import Book, Books, ItemPage
from toprank.service.models import ServedModel
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS, Problem
from toprank.service.reader_lists import attributes, editions, knows_item

__all__ = ["router"]

router = APIRouter(tags=["items"], responses=PROBLEMS)

Count = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


@router.get("/v1/items", operation_id="find_items")
def find(
    request: Request,
    caller: Reading,
    query: Annotated[str, Query(min_length=1, max_length=200, description="Words of title and author.")],
    n: Count = 10,
) -> Books:
    """Find items by title and author, the likeliest and best known first; slips are forgiven."""
    served = parts_of(request).models.of_reader(None)
    rows = served.recommender.find(query, n=n).rows() if any(one.isalnum() for one in query) else []
    return Books(model=served.version, items=[_book(row) for row in rows])


@router.get("/v1/items/{item}", operation_id="get_item")
def show(request: Request, caller: Reading, item: PathId) -> ItemPage:
    """Say what is known of an item; 404 where nobody has it."""
    served = _known(request, item)
    recommender, ids = served.recommender, editions(served.recommender, item)
    title, author, ratings, found = attributes(recommender, item)
    return ItemPage(
        model=served.version,
        item=ids[0],
        title=title,
        author=author,
        ratings=ratings,
        editions=ids,
        attributes={name: json_ready(value) for name, value in found.items()},
    )


@router.get("/v1/items/{item}/similar", operation_id="similar_items")
def similar(request: Request, caller: Reading, item: PathId, n: Count = 10) -> Books:
    """Say what readers of an item also like, and how many of them; 404 where nobody has it."""
    served = _known(request, item)
    rows = served.recommender.similar(item, n).rows()
    return Books(model=served.version, items=[_book(row) for row in rows])


def _known(request: Request, item: str) -> ServedModel:
    served = parts_of(request).models.of_reader(None)
    if not knows_item(served.recommender, item):
        raise Problem(404, "the model knows no such item", "find it by its title: /v1/items?query=…")
    return served


def _book(row: dict[str, Any]) -> Book:
    return Book(**{**row, "item": str(row["item"])})
