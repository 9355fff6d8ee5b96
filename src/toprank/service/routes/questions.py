"""Decisions, lists and explanations."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from toprank.service import answers
from toprank.service.callers import Reading
from toprank.service.forms import DecisionRequest, Decisions, Explanations, RecommendationRequest, Recommendations
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS

__all__ = ["router"]

router = APIRouter(tags=["questions"], responses=PROBLEMS)


@router.post("/v1/decisions", operation_id="decide", response_model=Decisions)
def decide(request: Request, caller: Reading, asked: DecisionRequest) -> Response:
    """Say of each item whether to recommend it to a reader: yes or no, how likely they like it, and why."""
    caller.check(asked.reader)
    return _written(answers.decide(parts_of(request), asked))


@router.post("/v1/recommendations", operation_id="recommend", response_model=Recommendations)
def recommend(request: Request, caller: Reading, asked: RecommendationRequest) -> Response:
    """List items for a reader, best first: none that they have, one edition of each work, only what passes."""
    caller.check(asked.reader)
    return _written(answers.recommend(parts_of(request), asked))


@router.post("/v1/explanations", operation_id="explain", response_model=Explanations)
def explain(request: Request, caller: Reading, asked: DecisionRequest) -> Response:
    """Decide, and say what each fact adds; the parts add up to the log odds of P(liked)."""
    caller.check(asked.reader)
    return _written(answers.explain(parts_of(request), asked))


def _written(answer: BaseModel) -> Response:
    """Write an answer in the thread that found it: FastAPI would check once more what is its own model already."""
    return Response(answer.model_dump_json(), media_type="application/json")
