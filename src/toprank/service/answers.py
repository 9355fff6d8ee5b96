"""What is answered to a reader, and what of it is logged."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from toprank.core.decisions import SUPPORT_WORDS
from toprank.recommender.about import promise_values
from toprank.service.forms import (
    Asked,
    Decision,
    DecisionRequest,
    Decisions,
    Explained,
    Explanations,
    Listed,
    Part,
    Promised,
    RecommendationRequest,
    Recommendations,
)
from toprank.service.models import ServedModel
from toprank.service.parts import Parts
from toprank.service.problems import Problem
from toprank.service.reader_lists import NOBODY, ReaderList, canonical_ids, reader_list

__all__ = ["decide", "envelope", "explain", "recommend"]

_SUPPORT = {words: level.name.lower() for level, words in SUPPORT_WORDS.items()}


def decide(parts: Parts, asked: DecisionRequest) -> Decisions:
    """Decide on items."""
    served, who = _asked(parts, asked)
    with parts.working:
        table = served.recommender.decide(who.user, list(asked.items), ratings=who.ratings, reasons=asked.reasons)
        rows = table.rows()
    _log_decisions(parts, served, asked.reader, rows)
    return Decisions(**envelope(served, asked.reader), answers=[Decision(**_decision(row)) for row in rows])


def explain(parts: Parts, asked: DecisionRequest) -> Explanations:
    """Decide on items, and say what each fact adds."""
    served, who = _asked(parts, asked)
    answers, rows = [], []
    for item in asked.items:
        with parts.working:
            found = served.recommender.explain(who.user, item, ratings=who.ratings)
        rows.append(found.row)
        parts_of = [Part(**row) for row in found.to_table().rows()]
        answers.append(Explained(**_decision(found.row), parts=parts_of))
    _log_decisions(parts, served, asked.reader, rows)
    return Explanations(**envelope(served, asked.reader), answers=answers)


def recommend(parts: Parts, asked: RecommendationRequest) -> Recommendations:
    """Make a list."""
    served, who = _asked(parts, asked)
    with parts.working:
        table = served.recommender.recommend(
            who.user,
            asked.n,
            ratings=who.ratings,
            only=asked.only,
            exclude_author=asked.exclude_author,
            among=asked.among,
            max_by_author=asked.max_by_author,
            diversity=asked.diversity,
            reasons=asked.reasons,
        )
        rows = table.rows()
    _log(parts, served, asked.reader, "list", rows, lambda row: str(row["item"]))
    return Recommendations(**envelope(served, asked.reader), answers=[Listed(**_listed(row)) for row in rows])


def envelope(served: ServedModel, reader: str | None) -> dict[str, Any]:
    """Give what all answers of a model share."""
    policy = served.recommender.policy
    found = promise_values(policy.promise)
    promise = None
    if found is not None:
        promise = Promised(**{name: _number(found[name]) for name in Promised.model_fields})
    return {"model": served.version, "reader": reader, "cutoff": cutoff_of(served), "promise": promise}


def cutoff_of(served: ServedModel) -> float:
    """Give the cutoff as a number that JSON has: above 1 where nothing is recommended."""
    return min(max(float(served.recommender.policy.threshold.cutoff), 0.0), 2.0)


def _asked(parts: Parts, asked: Asked) -> tuple[ServedModel, ReaderList]:
    """Choose the model, and give what it is asked with."""
    served = parts.models.of_reader(asked.reader)
    if asked.reader is not None:
        with parts.store.read() as connection:
            return served, reader_list(connection, served.recommender, asked.reader)
    given = asked.ratings or []
    ratings = {one.item: one.rating for one in given}
    if len(ratings) < len(given):
        raise Problem(422, "an item is rated twice", "send one rating for each item")
    return served, ReaderList(None, ratings) if ratings else ReaderList(NOBODY, None)


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    row = {name: _number(value) for name, value in row.items()} | {"item": str(row["item"])}
    known = row["book_ratings"] > 0 or row["kind_ratings"] > 0
    return row | _support(row) | {"item_known": known}


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    row = {name: _number(value) for name, value in row.items()} | {"item": str(row["item"])}
    return row | _support(row)


def _support(row: dict[str, Any]) -> dict[str, Any]:
    return {"support": _SUPPORT[row["known"]], "nearness": row.get("nearness"), "near": row.get("near")}


def _number(value: Any) -> Any:
    """Give a value as JSON has it: what is not a finite number is none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _log_decisions(parts: Parts, served: ServedModel, reader: str | None, rows: Sequence[dict[str, Any]]) -> None:
    """Log what was decided, without what the reader's own ratings answered."""
    own = [row for row in rows if row["rated"] is None or math.isnan(row["rated"])]
    asked = [str(row["item"]) for row in own]
    ids = dict(zip(asked, canonical_ids(served.recommender, asked), strict=True))
    _log(parts, served, reader, "decision", own, lambda row: ids[str(row["item"])])


def _log(
    parts: Parts,
    served: ServedModel,
    reader: str | None,
    kind: str,
    rows: Sequence[dict[str, Any]],
    id_of: Callable[[dict[str, Any]], str],
) -> None:
    parts.figures.answered.labels(kind, served.arm).inc(len(rows))
    if reader is None or not rows or not parts.settings.log:
        return
    promise = served.recommender.policy.promise
    common = {
        "answer": uuid.uuid4().hex,
        "reader": reader,
        "kind": kind,
        "arm": served.arm,
        "model": served.version,
        "cutoff": cutoff_of(served),
        "promise": None if promise is None else _number(float(promise.promised)),
        "time": time.time(),
    }
    parts.store.log(
        [
            common
            | {
                "item": id_of(row),
                "recommended": bool(row.get("recommend", True)),
                "probability": float(row["probability"]),
                "rank": row.get("rank"),
                "nearness": _number(row.get("nearness")),
            }
            for row in rows
        ]
    )
