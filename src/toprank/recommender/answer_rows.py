"""From decisions about positions to tables of ids, titles, words and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.candidates.nearness import AllWorks, Nearness, find_nearness, has_nearness, nearness_beside, nearness_words
from toprank.core.arrays import IntArray
from toprank.core.decisions import SUPPORT_WORDS, Decisions, SupportLevel
from toprank.decisions.reasons import Reason, explain
from toprank.evidence.pairs import Pairs, Readers
from toprank.recommender.answering import Lists, gathered_of
from toprank.recommender.answers import Id
from toprank.recommender.arrow_columns import Nullable, arrow_table
from toprank.recommender.own_ratings import OwnRatings
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["decision_rows", "explained_lists", "found_rows"]

FEW = 1000
"""Rows that are kept as plain columns."""


def decision_rows(
    state: FittedState, users: list[Id], items: list[Id], pairs: Pairs, decisions: Decisions, own: OwnRatings,
    why: Sequence[Reason] | None,
) -> pa.Table | dict[str, Any]:  # fmt: skip
    """Give the columns of :class:`~toprank.recommender.answer_tables.DecisionTable`."""
    columns: dict[str, Any] = {"user": _ids_of(users), "item": _ids_of(items)}
    columns |= _titles(state, decisions.item.astype(np.int64))
    columns |= {"answer": decisions.answer, "recommend": decisions.recommend}
    columns |= _probability_columns(decisions) | _nearness_columns(state, pairs.readers, pairs.row, pairs.item)
    columns |= {"rated": own.value} | _support_columns(decisions)
    if why is not None:
        columns["reason"] = [own.sentence(row) or words for row, words in enumerate(_sentences(why, decisions))]
    return _columns(columns, len(items))


def _columns(columns: dict[str, Any], n: int) -> pa.Table | dict[str, Any]:
    """Leave few rows as they are: whoever wants them plain need not wait for a table. Of many it takes less room."""
    return columns if n <= FEW else arrow_table(columns)


def _titles(state: FittedState, items: IntArray) -> dict[str, Any]:
    return state.titles.texts(items) if len(items) <= FEW else state.titles.columns(items)


def explained_lists(state: FittedState, users: list[Id], readers: Readers, lists: Lists, *, reasons: bool) -> pa.Table:
    """Give the columns of :class:`~toprank.recommender.answer_tables.TopTable`, with reasons if they are asked for."""
    why = None
    if reasons:
        pairs = Pairs(readers, lists.row, lists.decisions.item.astype(np.int64))
        decided = lists.decisions
        why = explain(state.model, pairs, decided.probability, state.titles.name_of, recommend=decided.recommend)
    return _list_rows(state, users, readers, lists, why)


def _list_rows(
    state: FittedState, users: list[Id], readers: Readers, lists: Lists, why: Sequence[Reason] | None
) -> pa.Table | dict[str, Any]:
    decisions = lists.decisions
    item = decisions.item.astype(np.int64)
    columns: dict[str, Any] = {
        "user": _ids_of([users[row] for row in lists.row]),
        "rank": lists.rank.astype(np.int32),
        "item": state.data.ratings.items.ids[item].tolist(),
    }
    columns |= _titles(state, item) | _probability_columns(decisions)
    columns |= {"relevance": lists.relevance} | _nearness_columns(state, readers, lists.row, item)
    columns["known"] = _support_columns(decisions)["known"]
    if why is not None:
        columns["reason"] = _sentences(why, decisions)
    return _columns(columns, len(item))


def found_rows(state: FittedState, items: IntArray, why: list[str] | None = None) -> pa.Table:
    """Give the rows of books by their positions, with the ratings of all editions."""
    import pyarrow as pa

    columns = {"item": pa.array(state.data.ratings.items.ids[items].tolist())} | state.titles.columns(items)
    columns["ratings"] = pa.array(state.work_ratings[items])
    if why is not None:
        columns["reason"] = pa.array(why, pa.string())
    return pa.table(columns)


def _ids_of(ids: list[Id]) -> list[Id] | list[str]:
    """Give ids as a column can hold them: all whole numbers, or all texts."""
    return ids if len({type(one) for one in ids}) < 2 else [str(one) for one in ids]


def _probability_columns(decisions: Decisions) -> dict[str, Any]:
    """Give P(liked), its interval and the expected rating."""
    return {name: getattr(decisions, name) for name in ("probability", "low", "high", "expected")}


def _nearness(state: FittedState, readers: Readers, row: IntArray, item: IntArray) -> Nearness:
    retrieval, gathered = state.retrieval, gathered_of(state, readers)
    if gathered is None or not has_nearness(retrieval):
        return find_nearness(retrieval, readers.lists, row, item)
    every = readers.once("nearness", lambda: AllWorks.of(retrieval, gathered))
    return nearness_beside(retrieval, every, row, item)


def _nearness_columns(state: FittedState, readers: Readers, row: IntArray, item: IntArray) -> dict[str, Any]:
    """Give how near items are to what readers read, as a percentile and in words; null where that is not known."""
    percentile = _nearness(state, readers, row, item).percentile
    missing = np.isnan(percentile) | (item == UNKNOWN)
    words = [nearness_words(one) or "" for one in percentile]
    return {"nearness": Nullable(percentile, missing), "near": Nullable(words, missing)}


def _support_columns(decisions: Decisions) -> dict[str, Any]:
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
    """Give the reason for each answer in a sentence; of an item that nobody has, what it rests on."""
    levels, items = decisions.level.tolist(), decisions.item.tolist()
    return [
        SUPPORT_WORDS[SupportLevel(level)] if item == UNKNOWN or level == SupportLevel.UNKNOWN else reason.sentence
        for reason, level, item in zip(reasons, levels, items, strict=True)
    ]
