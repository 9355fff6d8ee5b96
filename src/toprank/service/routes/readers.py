"""Readers: what they said, what is kept of them, and that they are erased."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import func, select
from starlette.datastructures import UploadFile
from starlette.responses import Response

from toprank.recommender.read_shelf import read_shelf
from toprank.service import said
from toprank.service.batches import JSON_LINES, read_batch
from toprank.service.callers import Reading, Writing
from toprank.service.forms import PathId
from toprank.service.kept_forms import (
    MAX_SHOWN,
    BatchResult,
    FailedRow,
    ImportResult,
    KeptMark,
    KeptRating,
    KeptReader,
    LastImport,
    MarkBody,
    RatingBody,
)
from toprank.service.once import once
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS, Problem
from toprank.service.reader_lists import canonical_ids, knows_item, model_ratings
from toprank.service.store.answered import served_to
from toprank.service.store.erasing import erase_reader
from toprank.service.store.import_rows import StoredImport, find_import
from toprank.service.store.schema import sessions
from toprank.service.store.statements import statements_of

__all__ = ["router"]

router = APIRouter(tags=["readers"], responses=PROBLEMS)

_ROW = {
    "type": "object",
    "required": ["reader", "item", "rating"],
    "properties": {
        "reader": {"type": "string", "minLength": 1, "maxLength": 200},
        "item": {"type": "string", "minLength": 1, "maxLength": 200},
        "rating": {"type": "number", "minimum": -1e9, "maximum": 1e9},
    },
}
_BATCH: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["ratings"],
                "properties": {"ratings": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": _ROW}},
            },
            "example": {"ratings": [{"reader": "241791", "item": "0385504209", "rating": 9}]},
        },
        JSON_LINES[0]: {
            "schema": {"type": "string"},
            "example": '{"reader": "241791", "item": "0385504209", "rating": 9}\n',
        },
        "text/csv": {"schema": {"type": "string"}, "example": "reader,item,rating\n241791,0385504209,9\n"},
    },
}
_FILE = {
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    },
}


@router.put("/v1/readers/{reader}/ratings/{item}", operation_id="rate")
def rate(request: Request, caller: Writing, reader: PathId, item: PathId, body: RatingBody) -> KeptRating:
    """Keep a rating: durable before this answers, and counted in the very next answer."""
    caller.check(reader)
    parts = parts_of(request)
    served = parts.models.of_reader(reader)
    said.check_rating(served.recommender, body.rating)
    parts.store.write(lambda connection: said.rate(connection, served, [(reader, item, body.rating)]))
    return KeptRating(
        model=served.version,
        reader=reader,
        item=canonical_ids(served.recommender, [item])[0],
        rating=body.rating,
        liked=said.likes(served.recommender, reader, body.rating),
        item_known=knows_item(served.recommender, item),
    )


@router.delete("/v1/readers/{reader}/ratings/{item}", operation_id="delete_rating", status_code=204)
def delete_rating(request: Request, caller: Writing, reader: PathId, item: PathId) -> Response:
    """Take a rating back, also one that the model was fitted on; once more is no error."""
    caller.check(reader)
    parts = parts_of(request)
    served = parts.models.of_reader(reader)
    parts.store.write(lambda connection: said.withdraw(connection, served, reader, item))
    return Response(status_code=204)


@router.put("/v1/readers/{reader}/marks/{item}", operation_id="mark")
def mark(request: Request, caller: Writing, reader: PathId, item: PathId, body: MarkBody) -> KeptMark:
    """Keep that a reader has an item, or is not interested in it: it is not listed any more."""
    caller.check(reader)
    parts = parts_of(request)
    served = parts.models.of_reader(reader)
    kept = parts.store.write(lambda connection: said.mark(connection, served, reader, item, body.mark))
    return KeptMark(model=served.version, reader=reader, item=kept, mark=body.mark)


@router.delete("/v1/readers/{reader}/marks/{item}", operation_id="delete_mark", status_code=204)
def delete_mark(request: Request, caller: Writing, reader: PathId, item: PathId) -> Response:
    """Take a mark back; once more is no error."""
    return delete_rating(request, caller, reader, item)


@router.post("/v1/ratings", operation_id="rate_many", openapi_extra={"requestBody": _BATCH})
def rate_many(request: Request, caller: Writing) -> BatchResult:
    """Keep many ratings: JSON, JSON lines or CSV. Rows that cannot be used are named, the others are kept."""
    parts = parts_of(request)
    served = parts.models.of_reader(None)
    scale = served.recommender.data.ratings.scale
    batch = read_batch(request.state.body, request.headers.get("content-type", ""), scale)
    for reader, _, _ in batch.said:
        caller.check(reader)
    failures = [FailedRow(row=row, what=what) for row, what in batch.failed[:MAX_SHOWN]]
    result = BatchResult(model=served.version, accepted=len(batch.said), failed=len(batch.failed), failures=failures)

    def job(connection: Any) -> BatchResult:
        if batch.said:
            said.rate(connection, served, batch.said)
        return result

    return once(request, caller, BatchResult, job)


async def _uploaded(request: Request) -> bytes:
    """Give the file that was sent, as the body or as the field ``file`` of a form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return bytes(request.state.body)
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(422, "the form has no file", "send it in the field 'file'")
        return await file.read()


@router.post("/v1/readers/{reader}/import", operation_id="import_shelf", openapi_extra={"requestBody": _FILE})
def import_shelf(
    request: Request, caller: Writing, reader: PathId, file: Annotated[bytes, Depends(_uploaded)]
) -> ImportResult:
    """Keep what a reader's own export holds: Goodreads, StoryGraph, LibraryThing, BookWyrm, Calibre, or a list."""
    caller.check(reader)
    parts = parts_of(request)
    served = parts.models.of_reader(reader)
    with parts.heavy_turn():
        shelf = read_shelf(served.recommender, file)
    result = ImportResult.of(served.version, reader, shelf)

    def job(connection: Any) -> ImportResult:
        said.import_shelf(connection, served, reader, shelf)
        return result

    return once(request, caller, ImportResult, job)


@router.get("/v1/readers/{reader}", operation_id="get_reader")
def get_reader(
    request: Request,
    caller: Reading,
    reader: PathId,
    statements_after: Annotated[str, Query(max_length=200)] = "",
    model_after: Annotated[int, Query(ge=0, le=10**9)] = 0,
    served_after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Rows of each kind.")] = 1000,
) -> KeptReader:
    """Give all that is kept of a reader: what they said, what the model was fitted on, what they were answered."""
    caller.check(reader)
    parts = parts_of(request)
    served = parts.models.of_reader(reader)
    parts.store.flush()
    with parts.store.read() as connection:
        statements = statements_of(connection, reader, after=statements_after, limit=limit)
        learned = model_ratings(connection, served.recommender, reader, after=model_after, limit=limit)
        answered = served_to(connection, reader, after=served_after, limit=limit)
        imported = find_import(connection, reader)
        open_ = connection.execute(select(func.count()).where(sessions.c.reader == reader)).scalar_one()
    return KeptReader.model_validate(
        {
            "model": served.version,
            "reader": reader,
            "statements": [vars(one) for one in statements],
            "learned": [{"item": item, "rating": rating} for item, rating in learned],
            "served": answered,
            "sessions": open_,
            "last_import": None if imported is None else _last(imported),
            "more": {
                "statements_after": statements[-1].item if len(statements) == limit else None,
                "model_after": model_after + limit if len(learned) == limit else None,
                "served_after": answered[-1]["id"] if len(answered) == limit else None,
            },
        }
    )


def _last(one: StoredImport) -> LastImport:
    result = None if one.result is None else ImportResult.model_validate_json(one.result)
    return LastImport(
        running=one.running, done=one.done, total=one.total, trouble=one.failed, result=result, time=one.heard
    )


@router.delete("/v1/readers/{reader}", operation_id="erase_reader", status_code=204)
def erase(request: Request, caller: Writing, reader: PathId) -> Response:
    """Erase a reader: ratings, marks, sessions, the log. What a model was fitted on is not used any more."""
    caller.check(reader)
    parts_of(request).store.write(lambda connection: erase_reader(connection, reader))
    return Response(status_code=204)
