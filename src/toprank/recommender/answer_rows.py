"""From decisions about positions to rows with ids and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.core.decisions import SUPPORT_WORDS, Decisions, SupportLevel
from toprank.decisions.reasons import Reason
from toprank.recommender.answers import Id

if TYPE_CHECKING:
    import pyarrow as pa

    from toprank.evidence.readers import Pairs
    from toprank.recommender.answering import Lists
    from toprank.recommender.state import FittedState

__all__ = ["decision_rows", "list_rows"]


def decision_rows(
    state: FittedState, users: list[Id], items: list[Id], pairs: Pairs, decisions: Decisions, why: list[Reason] | None
) -> pa.Table:
    """Give the rows of a :class:`~toprank.recommender.answer_tables.DecisionTable`."""
    import pyarrow as pa

    columns: dict[str, Any] = {"user": _ids(users), "item": _ids(items)} | state.titles.columns(pairs.item)
    columns |= {"answer": decisions.answer, "recommend": decisions.recommend}
    columns |= _probabilities(decisions) | {"rated": _own_ratings(pairs)} | _support(decisions)
    if why is not None:
        columns["reason"] = _sentences(why, decisions)
    return pa.table(columns)


def list_rows(state: FittedState, users: list[Id], lists: Lists, why: list[Reason] | None) -> pa.Table:
    """Give the rows of a :class:`~toprank.recommender.answer_tables.TopTable`."""
    import pyarrow as pa

    decisions = lists.decisions
    item = decisions.item.astype(np.int64)
    columns: dict[str, Any] = {
        "user": _ids([users[row] for row in lists.row]),
        "rank": lists.rank.astype(np.int32),
        "item": state.data.ratings.items.ids[item].tolist(),
    }
    columns |= state.titles.columns(item) | _probabilities(decisions)
    columns |= {"relevance": lists.relevance, "known": _support(decisions)["known"]}
    if why is not None:
        columns["reason"] = _sentences(why, decisions)
    return pa.table(columns)


def _ids(ids: list[Id]) -> list[Id] | list[str]:
    """Give ids as a column can hold them: all whole numbers, or all texts."""
    return ids if len({type(one) for one in ids}) < 2 else [str(one) for one in ids]


def _probabilities(decisions: Decisions) -> dict[str, Any]:
    """Give P(liked), its interval and the expected rating."""
    return {name: getattr(decisions, name) for name in ("probability", "low", "high", "expected")}


def _support(decisions: Decisions) -> dict[str, Any]:
    """Say in words what each answer rests on, and how many ratings are behind it."""
    known = decisions.known
    return {
        "known": [SUPPORT_WORDS[SupportLevel(level)] for level in decisions.level.tolist()],
        "reader_ratings": known.reader,
        "book_ratings": known.book,
        "kind_ratings": known.kind,
        "reader_kind_ratings": known.reader_kind,
    }


def _sentences(reasons: Sequence[Reason], decisions: Decisions) -> list[str]:
    """Give the reason for each answer in a sentence."""
    return [
        SUPPORT_WORDS[SupportLevel.UNKNOWN] if level == SupportLevel.UNKNOWN else reason.sentence
        for reason, level in zip(reasons, decisions.level.tolist(), strict=True)
    ]


def _own_ratings(pairs: Pairs) -> FloatArray:
    """Give what each reader gave the item itself, in rating points; NaN where nothing (float64[n])."""
    lists = pairs.readers.lists
    size = int(max(lists.item.max(initial=0), pairs.item.max(initial=0))) + 1
    key, asked = lists.reader * size + lists.item, pairs.row * size + pairs.item
    at: IntArray = np.minimum(np.searchsorted(key, asked), max(0, len(key) - 1))
    found: AnyArray = key[at] == asked if len(key) else np.zeros(len(asked), np.bool_)
    return np.where(found, lists.value[at] if len(key) else np.nan, np.nan)
