"""Deciding and recommending: from readers as lists to decisions and lists of items, by positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.decisions import Decisions
from toprank.core.readers import ReaderLists
from toprank.decisions.policy import DecisionPolicy
from toprank.decisions.ranking import best_of_each, utilities
from toprank.evidence.pairs import Pairs
from toprank.models.base import EvidenceModel, ProgressCallback, no_progress
from toprank.recommender.list_options import ListOptions
from toprank.recommender.own_ratings import OwnRatings, own_ratings
from toprank.recommender.reader_input import Given
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["Lists", "answer_pairs", "best_lists", "decide_known", "decide_pairs"]

BLOCK = 65_536
"""Pairs scored at a time; a bound on memory."""

READERS = 1000
"""Readers served at a time."""

SCORED = 50
"""Candidates of a reader that are scored; more where longer lists are asked for."""


@dataclass(frozen=True, eq=False)
class Lists:
    """Recommendations, one a row.

    Parameters
    ----------
    row : int64[n]
        The reader's place among those asked for, ascending.
    rank : int64[n]
        From 1 on.
    relevance : float64[n]
    decisions : Decisions
    """

    row: IntArray
    rank: IntArray
    relevance: FloatArray
    decisions: Decisions


def decide_pairs(model: EvidenceModel, policy: DecisionPolicy, pairs: Pairs) -> Decisions:
    """Decide on pairs, a block at a time; an item that nobody has is not recommended."""
    parts = []
    for begin in range(0, max(1, len(pairs)), BLOCK):
        some = pairs if len(pairs) <= BLOCK else pairs.take(slice(begin, begin + BLOCK))
        user = np.where(some.user < 0, UNKNOWN, some.user)
        decided = policy(user, some.item, model.probabilities(some), model.evidence.support(some))
        # Of an item that nobody has nothing is known: P(liked) is that of any such pair, and no reason to recommend it.
        known = some.item != UNKNOWN
        parts.append(replace(decided, recommend=decided.recommend & known, unsure=decided.unsure & known))
    return parts[0] if len(parts) == 1 else Decisions.joined(parts)


def answer_pairs(
    state: FittedState, pairs: Pairs, items: Sequence[Any] = (), ratings: Given | None = None
) -> tuple[Decisions, OwnRatings]:
    """Decide on pairs, and answer by the reader's own rating where there is one; see :func:`own_ratings`."""
    own = own_ratings(pairs, items, ratings, state.data.ratings.scale)
    return own.answering(decide_pairs(state.model, state.policy, pairs)), own


def decide_known(model: EvidenceModel, policy: DecisionPolicy, user: IntArray, item: IntArray) -> Decisions:
    """Decide on pairs of known users and items, by their positions."""
    return decide_pairs(model, policy, model.evidence.pairs(user, item))


def best_lists(
    state: FittedState,
    readers: ReaderLists,
    n: int,
    options: ListOptions,
    *,
    progress: ProgressCallback = no_progress,
) -> Lists:
    """Choose the best n items of each reader: of the candidates those that pass the cutoff, best first."""
    parts = []
    for begin in range(0, max(1, len(readers)), READERS):
        end = min(begin + READERS, len(readers))
        some = readers if len(readers) <= READERS else readers.take(np.arange(begin, end))
        found = _block(state, some, n, options)
        parts.append(Lists(begin + found.row, found.rank, found.relevance, found.decisions))
        progress(end, len(readers), "recommending")
    return _joined(parts)


def _block(state: FittedState, readers: ReaderLists, n: int, options: ListOptions) -> Lists:
    found = state.retrieval.candidates(
        readers, n=max(SCORED, 5 * n), allowed=options.allowed, same=state.titles.book_codes
    )
    row, place = np.nonzero(found.item >= 0)
    evidence = state.model.evidence
    pairs = Pairs(evidence.readers(readers), row, found.item[row, place].astype(np.int64))
    decisions = decide_pairs(state.model, state.policy, pairs)
    number, probability = np.full(found.item.shape, -1), np.full(found.item.shape, 0.5)
    number[row, place], probability[row, place] = np.arange(len(row)), decisions.probability
    passes = np.zeros(found.item.shape, np.bool_)
    passes[row, place] = decisions.recommend
    author = None if state.author is None else state.author[found.item]
    value = utilities(found.relevance, probability, state.like_weight)
    lists = best_of_each(
        value, passes, n, author=author, max_by_author=options.max_by_author, diversity=options.diversity
    )
    row, rank = np.nonzero(lists >= 0)
    place = np.asarray(lists[row, rank])
    return Lists(row, rank + 1, found.relevance[row, place].astype(np.float64), decisions.take(number[row, place]))


def _joined(parts: Sequence[Lists]) -> Lists:
    row, rank, relevance = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "rank", "relevance")
    )
    return Lists(row, rank, relevance, Decisions.joined([part.decisions for part in parts]))
