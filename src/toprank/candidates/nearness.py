"""How near a book is to what a reader reads: its relevance beside that of all books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.candidates.generators import CandidateGenerators
from toprank.candidates.retrieval import FittedRetrieval
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.readers import ReaderLists

__all__ = ["CLOSE", "NEAR", "Nearness", "find_nearness", "nearness_words"]

CLOSE, NEAR = 0.95, 0.75
"""Percentiles from which on a book is close to, or near, what the reader reads."""

SAMPLED = 400
"""Works that stand for all: a percentile strays by at most 0.025, and a reader's take a millisecond or two."""

BLOCK = 250
"""Readers at a time; a bound on memory."""


@dataclass(frozen=True, eq=False)
class Nearness:
    """How near works are to what their readers read; NaN of readers who hold nothing, and where nothing was learned.

    Parameters
    ----------
    relevance : float64[n]
        Log odds to be picked, above the mean of all works for this reader.
    percentile : float64[n]
        The share of all works that are less relevant to this reader, from 0 to 1; of equally relevant ones half.
    """

    relevance: FloatArray
    percentile: FloatArray


def find_nearness(retrieval: FittedRetrieval, readers: ReaderLists, row: IntArray, item: IntArray) -> Nearness:
    """Say how near items (int[n]) are to what readers (int[n]: rows of ``readers``) read.

    The percentile is that among some works that stand for all of them: every so-and-so-many-th of those that anybody
    holds, in the order of how many do.
    """
    found = Nearness(np.full(len(row), np.nan), np.full(len(row), np.nan))
    standing = _standing_works(retrieval.generators)
    if len(standing) == 0 or not bool(retrieval.relevance.weight.any()):
        return found
    order = np.argsort(row, kind="stable")
    for begin in range(0, len(readers), BLOCK):
        end = min(begin + BLOCK, len(readers))
        rows = order[slice(*np.searchsorted(row[order], [begin, end]))]
        if len(rows) == 0:
            continue
        asked, of = np.unique(row[rows], return_inverse=True)
        some = readers.take(asked)
        held = retrieval.held_by(some)
        at = np.append(of, np.repeat(np.arange(len(asked)), len(standing)))
        works = np.append(retrieval.work[item[rows]], np.tile(standing, len(asked)))
        scores = retrieval.relevance.scores(retrieval.generators.of_pairs(held, some.user, at, works)).astype(
            np.float64
        )
        own, all_works = scores[: len(rows)], np.sort(scores[len(rows) :].reshape(len(asked), -1), axis=1)
        below = np.empty(len(rows))
        for reader in range(len(asked)):
            mine = of == reader
            ends = [np.searchsorted(all_works[reader], own[mine], side=side) for side in ("left", "right")]
            below[mine] = np.mean(ends, axis=0)
        known = held.count[of] > 0
        found.relevance[rows] = np.where(known, own - all_works.mean(axis=1)[of], np.nan)
        found.percentile[rows] = np.where(known, below / len(standing), np.nan)
    return found


def nearness_words(percentile: float) -> str | None:
    """Say a percentile in words; None where there is none.

    Examples
    --------
    >>> [nearness_words(one) for one in (0.97, 0.8, 0.3, float("nan"))]
    ['close to what you read', 'near what you read', 'far from what you read', None]
    """
    if np.isnan(percentile):
        return None
    if percentile >= CLOSE:
        return "close to what you read"
    return "near what you read" if percentile >= NEAR else "far from what you read"


def _standing_works(generators: CandidateGenerators) -> IntArray:
    holders = generators.catalogue.numbers[:, 0]
    held = np.flatnonzero(holders > 0)
    held = held[np.argsort(-holders[held], kind="stable")]
    return (
        held[np.unique(np.linspace(0, len(held) - 1, min(SAMPLED, len(held))).astype(np.int64))] if len(held) else held
    )
