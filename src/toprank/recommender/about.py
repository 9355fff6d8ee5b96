"""What the manifest and the card say about a recommender: its data, settings, cutoff and figures."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.dataset import Dataset

if TYPE_CHECKING:
    from toprank.decisions.promise import Promise
    from toprank.recommender.state import FittedState

__all__ = ["about", "fingerprint", "promise_values"]


def about(recommender: FittedState) -> dict[str, Any]:
    """Give what a reader of the manifest wants to know."""
    data, measures = recommender.data, recommender.measures
    return {
        "data": {
            "name": data.name,
            "ratings": len(data.ratings),
            "users": len(data.ratings.users) - 1,
            "items": len(data.ratings.items) - 1,
            "implicit": 0 if data.implicit is None else len(data.implicit),
            "scale": str(data.ratings.scale),
            "liked": data.ratings.liked_in_words,
            "fingerprint": fingerprint(data),
        },
        "settings": asdict(recommender.config),
        "objective": measures.objective,
        "cutoff": recommender.policy.threshold.cutoff,
        "promise": promise_values(recommender.policy.promise),
        "achieved": [
            {"name": one.name, "value": one.value, "low": one.low, "high": one.high, "on_test": on_test}
            for one, on_test in measures.achieved
        ],
        "verdict": measures.verdict,
        "metrics": measures.figures,
        "any_book": measures.any_book,
    }


def promise_values(promise: Promise | None) -> dict[str, Any] | None:
    """Give what is promised of the cutoff, and the plain sentence about it; None where the objective has no bound."""
    return None if promise is None else {"words": str(promise), "kept": promise.kept, **asdict(promise)}


def fingerprint(data: Dataset) -> str:
    """Give what tells two sets of ratings apart, whatever the order of their rows: the SHA-256 of them."""
    ratings = data.ratings.canonical()
    digest = hashlib.sha256(str(ratings.scale).encode())
    for index in (ratings.users, ratings.items):
        digest.update("\n".join(map(str, index.ids.tolist())).encode())
    for column in (ratings.user, ratings.item, ratings.value):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
