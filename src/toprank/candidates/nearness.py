"""How near a book is to what a reader reads: its relevance beside that of all books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.candidates.generators import Gathered
from toprank.candidates.retrieval import FittedRetrieval
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.readers import ReaderLists
from toprank.core.threads import side_by_side

__all__ = [
    "CLOSE",
    "NEAR",
    "AllWorks",
    "Nearness",
    "find_nearness",
    "has_nearness",
    "nearness_beside",
    "nearness_words",
]

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


@dataclass(frozen=True, eq=False)
class AllWorks:
    """How relevant the works that stand for all are to some readers: made once, and asked about many items.

    Parameters
    ----------
    gathered : Gathered
        What is known of the readers.
    mean : float64[n_readers]
        Of the relevance of these works.
    ascending : float32[n_readers, n]
        That relevance.
    """

    gathered: Gathered
    mean: FloatArray
    ascending: FloatArray

    @classmethod
    def of(cls, retrieval: FittedRetrieval, gathered: Gathered) -> AllWorks:
        """Ask about them."""
        features = retrieval.generators.of_standing(gathered)
        scores = retrieval.relevance.scores(features).reshape(gathered.held.n_readers, -1)
        return cls(gathered, scores.astype(np.float64).mean(axis=1), np.sort(scores, axis=1))


def has_nearness(retrieval: FittedRetrieval) -> bool:
    """Tell whether anything was learned to say it by."""
    return len(retrieval.generators.standing) > 0 and bool(retrieval.relevance.weight.any())


def find_nearness(retrieval: FittedRetrieval, readers: ReaderLists, row: IntArray, item: IntArray) -> Nearness:
    """Say how near items (int[n]) are to what readers (int[n]: rows of ``readers``) read.

    The percentile is that among some works that stand for all of them: every so-and-so-many-th of those that anybody
    holds, in the order of how many do.
    """
    found = Nearness(np.full(len(row), np.nan), np.full(len(row), np.nan))
    if not has_nearness(retrieval):
        return found
    asked, reader = np.unique(row, return_inverse=True)
    order = np.argsort(reader, kind="stable")

    def compare(begin: int) -> None:
        some = readers.take(asked[begin : begin + BLOCK])
        rows = order[slice(*np.searchsorted(reader[order], [begin, begin + BLOCK]))]
        every = AllWorks.of(retrieval, retrieval.gather(some))
        part = nearness_beside(retrieval, every, reader[rows] - begin, item[rows])
        found.relevance[rows], found.percentile[rows] = part.relevance, part.percentile

    side_by_side(compare, range(0, len(asked), BLOCK))
    return found


def nearness_beside(retrieval: FittedRetrieval, every: AllWorks, row: IntArray, item: IntArray) -> Nearness:
    """Do the same for readers (rows ascending) of whom is known how relevant all works are to them."""
    from toprank.candidates.rows_kernel import ranks_among  # numba takes its time to be imported

    features = retrieval.generators.of_pairs(every.gathered, row, retrieval.work[item])
    own, known = retrieval.relevance.scores(features), every.gathered.held.count[row] > 0
    n_readers, size = every.ascending.shape
    above = ranks_among(np.arange(n_readers + 1) * size, every.ascending.ravel(), row, own)
    percentile = (size - above.astype(np.float64)) / size
    return Nearness(np.where(known, own - every.mean[row], np.nan), np.where(known, percentile, np.nan))


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
