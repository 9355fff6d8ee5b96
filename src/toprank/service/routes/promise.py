"""Promised against delivered."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from toprank.evaluation.served_promise import ArmDifference, PromiseGroup
from toprank.service.callers import Reading
from toprank.service.problems import PROBLEMS
from toprank.service.promise import PromiseBook

__all__ = ["router"]

router = APIRouter(tags=["model"], responses=PROBLEMS)


class Kept(BaseModel):
    """Some answers that were served, and what came of them."""

    name: str
    outcomes: int = Field(description="Answers whose books were rated later.")
    readers: int
    promised: float | None = Field(description="Mean of what was promised; none without outcomes.")
    delivered: float | None = Field(description="The share that was liked.")
    low: float | None = Field(description="Delivered in the long run is at least …")
    high: float | None = Field(description="… and at most; at all times together, with 95 % confidence.")
    word: Literal["kept", "broken", "too few to say"]
    since: date | None = Field(description="When it was found broken.")


class Difference(BaseModel):
    """How much more of what the challenger recommended was liked than of what the champion recommended."""

    difference: float | None = Field(description="Of the shares liked; none where either has no outcome.")
    low: float = Field(description="In the long run at least …")
    high: float = Field(description="… and at most; at all times together, with 95 % confidence.")
    words: str


class KeptByArm(BaseModel):
    """What one arm promised and delivered."""

    arm: str = Field(description="The champion, or the challenger.")
    model: str = Field(description="The version that answers now.")
    overall: Kept = Field(description="P(liked) held against what was liked.")
    recommended: Kept = Field(description="What a yes promises held against what was liked of the recommended.")
    now: Kept = Field(description="Overall, of the version that answers now.")
    kinds: list[Kept] = Field(description="In lists, and in single questions.")
    weeks: list[Kept] = Field(description="By the Monday on which a week began.")
    deciles: list[Kept] = Field(description="By tenths of P(liked).")
    against: Difference | None = Field(description="Of the challenger: held against the champion.")


class PromiseKept(BaseModel):
    """Promised against delivered, with intervals that stay valid however often one looks."""

    model_config = ConfigDict(json_schema_extra={"description": "Readers are taken as independent, outcomes are not."})
    confidence: float
    arms: list[KeptByArm]


@router.get("/v1/promise", operation_id="promise")
def promise(request: Request, caller: Reading) -> PromiseKept:
    """Hold what was promised against what was delivered."""
    book: PromiseBook = request.app.state.promise
    arms = book.arms()
    return PromiseKept(
        confidence=0.95,
        arms=[
            KeptByArm(
                arm=arm.arm,
                model=arm.model,
                overall=_kept(arm.report.overall),
                recommended=_kept(arm.recommended),
                now=_kept(arm.now),
                kinds=[_kept(one) for one in arm.report.kinds],
                weeks=[_kept(one) for one in arm.report.weeks],
                deciles=[_kept(one) for one in arm.report.deciles],
                against=None if arm.against is None else _difference(arm.against),
            )
            for arm in arms
        ],
    )


def _difference(found: ArmDifference) -> Difference:
    difference = found.difference if math.isfinite(found.difference) else None
    return Difference(difference=difference, low=found.low, high=found.high, words=found.sentence)


def _kept(group: PromiseGroup) -> Kept:
    values = {
        name: value if math.isfinite(value := getattr(group, name)) else None
        for name in ("promised", "delivered", "low", "high")
    }
    since = None if group.since is None else date(1970, 1, 1) + timedelta(days=group.since)
    return Kept(name=group.name, outcomes=group.outcomes, readers=group.readers, word=group.word, since=since, **values)
