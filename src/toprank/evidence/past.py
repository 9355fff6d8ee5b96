r"""Evidence of training rows from their past alone, for models that will be asked about what comes later.

Folds drawn at random let a rating of March be known by one of April. Where all that is asked about comes later, the
training ratings are cut into blocks by time instead. The evidence of a block is learned from all ratings before it, and
asked as that of any later pair will be asked: what a rating looks like in training is what it will look like in use. A
reader who came within a block is as new there as one who comes after the last. The first block has no past, so nothing
is learned from it but evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.times import NO_TIME, known_times

__all__ = ["BLOCKS", "PastRows", "by_past", "time_blocks"]

BLOCKS = 10
"""As many as there are tenths: validation and test rows are usually a tenth of all each, and lie as far ahead."""


class Asked(Protocol):
    """Evidence that can be asked about pairs; see :class:`toprank.evidence.build.Evidence`."""

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        ...

    def pairs(self, users: IntArray, items: IntArray) -> Any:
        """Give pairs."""
        ...

    def matrix(self, pairs: Any) -> FloatArray:
        """Give their columns."""
        ...


class Trained(Protocol):
    """What was learned from the past of a block; see :class:`toprank.evidence.build.TrainingEvidence`."""

    @property
    def evidence(self) -> Any:
        """For any other pair."""
        ...


T = TypeVar("T", bound=Trained)


@dataclass(frozen=True, eq=False)
class PastRows:
    """The training rows that have a past, and that models learn from.

    Parameters
    ----------
    block : int64[m]
        The block of each, from 1 on.
    fold : int64[m]
        Runs of blocks: a model may leave one out to see when to stop.
    folds : int
    parts : callable
        Learns from the past of each block once more, and gives the rows (of the m) and what was learned.
    """

    block: IntArray
    fold: IntArray
    folds: int
    parts: Callable[[], Iterator[tuple[IntArray, Any]]]


def time_blocks(ratings: Ratings, blocks: int = BLOCKS) -> IntArray | None:
    """Cut ratings into blocks by time (int64[n]), about equally large; one moment is never parted.

    Rows without a time are in the first. None where the times part nothing.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> rows = Ratings.of([1, 2, 3, 4], ["x"] * 4, [5, 4, 3, 2], RatingScale(1, 5, 4), time=[30, 10, 30, 20])
    >>> time_blocks(rows, 4).tolist()
    [2, 0, 2, 1]
    """
    known = known_times(ratings.time, len(ratings))
    if ratings.time is None or not known.any():
        return None
    ordered = np.sort(ratings.time[known])
    starts = np.unique(ordered[(len(ordered) * np.arange(1, blocks)) // blocks])
    starts = starts[starts > ordered[0]]
    if len(starts) < 2:
        return None
    return np.where(known, np.searchsorted(starts, ratings.time, "right"), 0)


def by_past(
    data: Dataset, block: IntArray, asked: IntArray, folds: int, evidence: Asked, learn: Callable[[Dataset], T]
) -> tuple[PastRows, FloatArray]:
    """Give what the past says of rows that have one (float32[m, n_columns], the columns of ``evidence``).

    ``data`` has its ratings in canonical order, whose blocks are ``block``; ``asked`` (int64[m]) are the rows that
    models learn from, none of the first block. ``learn`` learns from what came before a block.
    """
    ratings = data.ratings
    of_asked, last = block[asked], int(block.max())
    folds = min(folds, last)

    def parts() -> Iterator[tuple[IntArray, T]]:
        for number in range(1, last + 1):
            yield np.flatnonzero(of_asked == number), learn(before(data, block, number))

    names = evidence.names
    matrix = np.full((len(asked), len(names)), np.nan, np.float32, order="F")
    for rows, trained in parts():
        known = trained.evidence
        place = {name: column for column, name in enumerate(known.names)}
        at = asked[rows]
        found = known.matrix(known.pairs(ratings.user[at].astype(np.int64), ratings.item[at].astype(np.int64)))
        for column, name in enumerate(names):  # of implicit rows, say, the past may have none
            if name in place:
                matrix[rows, column] = found[:, place[name]]
    return PastRows(of_asked, (of_asked - 1) * folds // last, folds, parts), matrix


def before(data: Dataset, block: IntArray, number: int) -> Dataset:
    """Give what was known before a block: the ratings of earlier blocks, and the interactions before its first."""
    implicit, time = data.implicit, data.ratings.time
    if implicit is not None and implicit.time is not None and time is not None:
        begins = int(time[(block == number) & (time != NO_TIME)].min())
        implicit = implicit.take(implicit.time < begins)
    past = data.with_ratings(block < number)
    return replace(past, implicit=implicit, asked_later=False)
