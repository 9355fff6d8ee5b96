"""How near a book is to what a reader reads: its relevance beside that of all books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.candidates.retrieval import FittedRetrieval
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.readers import ReaderLists
from toprank.core.threads import side_by_side

__all__ = ["CLOSE", "NEAR", "Nearness", "find_nearness", "nearness_words"]

CLOSE, NEAR = 0.95, 0.75
"""Percentiles from which on a book is close to, or near, what the reader reads."""

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
    standing = retrieval.generators.standing
    if len(standing) == 0 or not bool(retrieval.relevance.weight.any()):
        return found
    asked, reader = np.unique(row, return_inverse=True)
    order = np.argsort(reader, kind="stable")

    def compare(begin: int) -> None:
        some = readers.take(asked[begin : begin + BLOCK])
        rows = order[slice(*np.searchsorted(reader[order], [begin, begin + BLOCK]))]
        of, n = reader[rows] - begin, len(some)
        held = retrieval.held_by(some)
        at = np.append(of, np.repeat(np.arange(n), len(standing)))
        works = np.append(retrieval.work[item[rows]], np.tile(standing, n))
        features = retrieval.generators.of_pairs(held, some.user, at, works)
        scores = retrieval.relevance.scores(features).astype(np.float64)
        own, of_all = scores[: len(rows)], scores[len(rows) :].reshape(n, len(standing))
        below = [
            (of_all[one] < value).sum() + 0.5 * (of_all[one] == value).sum() for one, value in zip(of, own, strict=True)
        ]
        known = held.count[of] > 0
        found.relevance[rows] = np.where(known, own - of_all.mean(axis=1)[of], np.nan)
        found.percentile[rows] = np.where(known, np.array(below) / len(standing), np.nan)

    side_by_side(compare, range(0, len(asked), BLOCK))
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
