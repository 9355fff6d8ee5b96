"""The model that answers: its card's figures."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from pydantic import BaseModel

from toprank.core.json_values import json_ready
from toprank.recommender.about import promise_values
from toprank.service.answers import cutoff_of
from toprank.service.callers import Owning, Reading
from toprank.service.kept_forms import ModelPage
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS
from toprank.service.store.notes import event_rows

__all__ = ["router"]

router = APIRouter(tags=["model"], responses=PROBLEMS)


class Event(BaseModel):
    """What happened."""

    time: float
    kind: str
    words: str


class Ledger(BaseModel):
    """What the owner of the service wants to know."""

    model: str
    store_bytes: int
    log_rows_lost: int
    events: list[Event]


@router.get("/v1/model", operation_id="get_model")
def model(request: Request, caller: Reading) -> ModelPage:
    """Say what answers: what it learned from, what it promises, what it achieved on ratings kept aside."""
    parts = parts_of(request)
    served = parts.models.of_reader(None)
    recommender, challenger = served.recommender, parts.models.challenger
    ratings, measures = recommender.data.ratings, recommender.measures
    other = None if challenger is None or challenger.current is None else challenger.current.version
    return ModelPage.model_validate(
        json_ready(
            {
                "model": served.version,
                "loaded": served.loaded,
                "data": {
                    "name": recommender.data.name,
                    "ratings": len(ratings),
                    "readers": len(ratings.users) - 1,
                    "items": len(ratings.items) - 1,
                    "scale": str(ratings.scale),
                    "liked": ratings.liked_in_words,
                },
                "objective": measures.objective,
                "cutoff": cutoff_of(served),
                "promise": promise_values(recommender.policy.promise),
                "verdict": measures.verdict,
                "measured_on": measures.rows["test"],
                "figures": measures.figures,
                "achieved": [
                    {"name": one.name, "value": one.value, "low": one.low, "high": one.high, "on_test": on_test}
                    for one, on_test in measures.achieved
                ],
                "settings": asdict(recommender.config),
                "challenger": None if other is None else {"version": other, "share": parts.models.share},
            }
        )
    )


@router.get("/v1/events", operation_id="get_events")
def events(request: Request, caller: Owning) -> Ledger:
    """Say what happened to the service: models swapped and refused, refits; and what the store takes."""
    parts = parts_of(request)
    served = parts.models.of_reader(None)
    with parts.store.read() as connection:
        rows = [Event.model_validate(row) for row in event_rows(connection)]
    return Ledger(
        model=served.version, store_bytes=parts.store.size(), log_rows_lost=parts.store.writer.lost, events=rows
    )
