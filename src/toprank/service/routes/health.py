"""Whether it lives, whether it can answer, and what it counts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from toprank.service.callers import Reading
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS, Problem

__all__ = ["router"]

router = APIRouter(tags=["health"], responses=PROBLEMS)


class Health(BaseModel):
    """How it is."""

    status: str


@router.get("/health/live", operation_id="live")
async def live() -> Health:
    """Answer, which says enough."""
    return Health(status="live")


@router.get("/health/ready", operation_id="ready")
def ready(request: Request) -> Health:
    """Say whether there is a model, and a store that can be reached; 503 where not."""
    parts = parts_of(request)
    if not parts.models.ready:
        raise Problem(503, "the model is being loaded", "ask again in a moment", headers={"Retry-After": "2"})
    with parts.store.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return Health(status="ready")


@router.get("/metrics", operation_id="metrics", response_class=Response)
def metrics(request: Request, caller: Reading) -> Response:
    """Give what is counted, as Prometheus reads it."""
    parts = parts_of(request)
    parts.figures.log_lost.set(parts.store.writer.lost)
    parts.figures.store_bytes.set(parts.store.size())
    return Response(parts.figures.text(), media_type="text/plain; version=0.0.4")
