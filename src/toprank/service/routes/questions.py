"""Decisions, lists and explanations."""

from __future__ import annotations

from fastapi import APIRouter, Request

from toprank.service import answers
from toprank.service.callers import Reading
from toprank.service.forms import DecisionRequest, Decisions, Explanations, RecommendationRequest, Recommendations
from toprank.service.parts import parts_of
from toprank.service.problems import PROBLEMS

__all__ = ["router"]

router = APIRouter(tags=["questions"], responses=PROBLEMS)


@router.post("/v1/decisions", operation_id="decide")
def decide(request: Request, caller: Reading, asked: DecisionRequest) -> Decisions:
    """Say of each item whether to recommend it to a reader: yes or no, how likely they like it, and why."""
    caller.check(asked.reader)
    return answers.decide(parts_of(request), asked)


@router.post("/v1/recommendations", operation_id="recommend")
def recommend(request: Request, caller: Reading, asked: RecommendationRequest) -> Recommendations:
    """List items for a reader, best first: none that they have, one edition of each work, only what passes."""
    caller.check(asked.reader)
    return answers.recommend(parts_of(request), asked)


@router.post("/v1/explanations", operation_id="explain")
def explain(request: Request, caller: Reading, asked: DecisionRequest) -> Explanations:
    """Decide, and say what each fact adds; the parts add up to the log odds of P(liked)."""
    caller.check(asked.reader)
    return answers.explain(parts_of(request), asked)
