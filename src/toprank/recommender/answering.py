"""Deciding and recommending: from readers as lists to decisions and lists of items, by positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from toprank.candidates.generators import Gathered
from toprank.candidates.retrieval import Candidates
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.decisions import Decisions, Support
from toprank.core.engine import run_tasks
from toprank.decisions.policy import DecisionPolicy
from toprank.decisions.ranking import best_of_each, utilities
from toprank.evidence.pairs import Pairs, Readers
from toprank.models.base import EvidenceModel, ProgressCallback, no_progress
from toprank.recommender.list_options import ListOptions
from toprank.recommender.own_ratings import OwnRatings, own_ratings
from toprank.recommender.reader_input import Given
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["Lists", "answer_pairs", "best_lists", "decide_known", "decide_pairs", "gathered_of", "score_pairs"]

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
    if len(pairs) <= BLOCK:
        return _decide(pairs, model, policy)
    bare = pairs.take(slice(None))
    return Decisions.joined(run_tasks(_decide_block, _blocks(len(pairs), BLOCK), bare, model, policy))


def score_pairs(model: EvidenceModel, pairs: Pairs) -> tuple[FloatArray, Support]:
    """Give P(liked) of pairs (float64[n]), and how much is known of them, a block at a time."""
    blocks = (pairs.take(rows) for rows in _blocks(len(pairs), BLOCK))
    found = [(model.probabilities(some), model.evidence.support(some)) for some in blocks]
    return np.concatenate([one for one, _ in found]), Support.joined([known for _, known in found])


def _blocks(n: int, size: int) -> list[slice]:
    return [slice(begin, min(begin + size, n)) for begin in range(0, max(1, n), size)]


def _decide_block(rows: slice, pairs: Pairs, model: EvidenceModel, policy: DecisionPolicy) -> Decisions:
    return _decide(pairs.take(rows), model, policy)


def _decide(pairs: Pairs, model: EvidenceModel, policy: DecisionPolicy) -> Decisions:
    user = np.where(pairs.user < 0, UNKNOWN, pairs.user)
    decided = policy(user, pairs.item, model.probabilities(pairs), model.evidence.support(pairs))
    # Of an item that nobody has nothing is known: P(liked) is that of any such pair, and no reason to recommend it.
    known = pairs.item != UNKNOWN
    return replace(decided, recommend=decided.recommend & known, unsure=decided.unsure & known)


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
    readers: Readers,
    n: int,
    options: ListOptions,
    *,
    progress: ProgressCallback = no_progress,
) -> Lists:
    """Choose the best n items of each reader: of the candidates those that pass the cutoff, best first."""
    blocks = _blocks(len(readers), READERS)
    finished = 0

    def done(place: int, _: Lists) -> None:
        nonlocal finished
        finished += blocks[place].stop - blocks[place].start
        progress(finished, len(readers), "recommending")

    return _joined(run_tasks(_block, blocks, state, readers, n, options, done=done))


def gathered_of(state: FittedState, readers: Readers) -> Gathered | None:
    """Give what was gathered of a single reader, once; of several it would take too much room."""
    if len(readers) != 1:
        return None
    return readers.once("candidates", lambda: state.retrieval.gather(readers.lists))


def _candidates(state: FittedState, readers: Readers, n: int, options: ListOptions) -> Candidates:
    """Find candidates; of a single reader who may be recommended anything once."""

    def find(gathered: Gathered | None = None) -> Candidates:
        return state.retrieval.candidates(
            readers.lists, n=n, allowed=options.allowed, same=state.titles.book_codes, gathered=gathered
        )

    if options.allowed is not None or len(readers) != 1:
        return find()
    return readers.once(f"best {n} candidates", lambda: find(gathered_of(state, readers)))


def _block(rows: slice, state: FittedState, readers: Readers, n: int, options: ListOptions) -> Lists:
    if rows.stop - rows.start < len(readers):
        readers = state.model.evidence.readers(readers.lists.take(np.arange(rows.start, rows.stop)))
    found = _candidates(state, readers, max(SCORED, 5 * n), options)
    row, place = np.nonzero(found.item >= 0)
    pairs = Pairs(readers, row, found.item[row, place].astype(np.int64))
    decisions = decide_pairs(state.model, state.policy, pairs)
    number, probability = np.full(found.item.shape, -1), np.full(found.item.shape, 0.5)
    number[row, place], probability[row, place] = np.arange(len(row)), decisions.probability
    passes = np.zeros(found.item.shape, np.bool_)
    passes[row, place] = decisions.recommend
    author = None if state.author is None else state.titles.author_codes(found.item)
    value = utilities(found.relevance, probability, state.like_weight)
    lists = best_of_each(
        value, passes, n, author=author, max_by_author=options.max_by_author, diversity=options.diversity
    )
    row, rank = np.nonzero(lists >= 0)
    place = np.asarray(lists[row, rank])
    relevance = found.relevance[row, place].astype(np.float64)
    return Lists(rows.start + row, rank + 1, relevance, decisions.take(number[row, place]))


def _joined(parts: Sequence[Lists]) -> Lists:
    row, rank, relevance = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "rank", "relevance")
    )
    return Lists(row, rank, relevance, Decisions.joined([part.decisions for part in parts]))
