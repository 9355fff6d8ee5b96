"""Both neighbourhoods: what similar readers gave this work, and what this reader gave similar works."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.evidence.groupings import distinct

__all__ = ["NAMES", "Neighbours", "Rows", "Side"]

NAMES = tuple(
    f"{side}: {what}"
    for side in ("similar readers", "similar works")
    for what in ("count", "similarity", "liked", "residual", "nearest")
)
"""The columns of :meth:`Neighbours.columns`."""

HEAVY = 1500
"""A reader or a work with more interactions than this says nothing about who is similar."""

THREADS = 2
PARTS = 32
FEW = 64
"""Who runs the loops, and in how many parts of at least how many; none of it changes a sum."""

DAMPING = 0.1
"""Similarity's worth of pull on the mean residual; squared, on that of the nearest."""


@stored
@dataclass(frozen=True, eq=False)
class Rows:
    """Interactions as lists: for each left position, the right ones, ascending.

    Parameters
    ----------
    start : int64[n + 1]
    right : int32[m]
    """

    start: IntArray
    right: IntArray

    @classmethod
    def of(cls, left: IntArray, right: IntArray, size: int) -> tuple[Rows, IntArray]:
        """Sort pairs by left, then by right position, and say where each came from (int64[m])."""
        order = np.argsort(left.astype(np.int64) * (int(right.max(initial=0)) + 1) + right, kind="stable")
        start = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(left, minlength=size), out=start[1:])
        return cls(start, right[order].astype(np.int32)), order

    @property
    def left(self) -> IntArray:
        """The left position of each pair (int64[m])."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def joined(self, left: IntArray, right: IntArray, size: int) -> tuple[Rows, IntArray, IntArray]:
        """Add pairs.

        Parameters
        ----------
        left, right : int[k]
            In any order.
        size : int
            How many left positions there are now.

        Returns
        -------
        Rows
        order, at : int64[k]
            What was in any order as it comes now, and before which old pairs, as :func:`numpy.insert` takes it.
        """
        width = max(int(self.right.max(initial=0)), int(right.max(initial=0))) + 1
        key = left.astype(np.int64) * width + right
        order = np.argsort(key, kind="stable")
        at = np.searchsorted(self.left * width + self.right, key[order], side="right")
        count = np.bincount(left, minlength=size)
        count[: len(self.start) - 1] += np.diff(self.start)
        start = np.append(0, np.cumsum(count))
        return Rows(start, np.insert(self.right, at, right[order].astype(np.int32))), order, at

    def without(self, gone: BoolArray) -> Rows:
        """Take pairs away (bool[m])."""
        count = np.diff(self.start) - np.bincount(self.left[gone], minlength=len(self.start) - 1)
        return Rows(np.append(0, np.cumsum(count)), self.right[~gone])


@stored
@dataclass(frozen=True, eq=False)
class Side:
    """All that one neighbourhood needs; of the other, the roles of readers and works are swapped.

    Parameters
    ----------
    held : Rows
        What each one holds.
    holders : Rows
        Who holds each other.
    weight : float64[b]
        What holding each other in common is worth.
    norm : float64[a]
        What each one holds is worth together.
    rated : Rows
        Who rated each other.
    fold, liked : int64[r], bool[r]
        Of these ratings, in the same order.
    residual : float32[folds + 1, r]
        Of these ratings.
    """

    held: Rows
    holders: Rows
    weight: FloatArray
    norm: FloatArray
    rated: Rows
    fold: IntArray
    liked: BoolArray
    residual: FloatArray

    @classmethod
    def of(cls, held: Rows, holders: Rows, rated: Rows, fold: IntArray, liked: BoolArray, residual: FloatArray) -> Side:
        """Weigh what is held; the labels are in the order of ``rated``."""
        degree = np.diff(holders.start)
        weight = np.where(degree > HEAVY, 0.0, 1.0 / np.log(2.0 + degree))
        norm: FloatArray = np.asarray(np.bincount(held.left, weight[held.right], len(held.start) - 1), dtype=np.float64)
        residual = np.ascontiguousarray(residual, dtype=np.float32)
        return cls(held, holders, weight, norm, rated, fold.astype(np.int64), liked, residual)

    @property
    def whole(self) -> Side:
        """Only what leaves nothing out."""
        return replace(self, fold=np.full(len(self.fold), -1), residual=self.residual[-1:].copy())

    def updated(
        self,
        held: Rows,
        holders: Rows,
        rated: tuple[IntArray, IntArray],
        liked: BoolArray,
        residual: FloatArray,
        gone: tuple[IntArray, IntArray, BoolArray],
    ) -> Side:
        """Add ratings of others by the ones, and take some away; see :meth:`Neighbours.updated`."""
        stay = self.rated.without(out := _found(self.rated, self.liked, *gone))
        rows, order, at = stay.joined(*rated, len(holders.start) - 1)
        seen = np.insert(self.liked[~out], at, liked[order])
        rest = np.insert(self.residual[-1, ~out], at, residual[order])
        return Side.of(held, holders, rows, np.full(len(seen), -1), seen, rest[None])

    def sums(self, ones: IntArray, others: IntArray, folds: IntArray) -> FloatArray:
        """Ask those similar to each one about the other (float64[n, 6])."""
        from toprank.evidence.neighbours_kernel import COLUMNS, gather  # numba takes its time to be imported

        order = np.argsort(ones, kind="stable")
        each, first = np.unique(ones[order], return_index=True)
        sums = np.zeros((len(ones), COLUMNS))
        given = (
            each.astype(np.int64),
            np.append(first, len(ones)).astype(np.int64),
            others[order].astype(np.int64),
            folds[order].astype(np.int64),
            self.held.start,
            self.held.right,
            self.holders.start,
            self.holders.right,
            self.weight,
            self.norm,
            self.rated.start,
            self.rated.right,
            self.fold,
            self.liked,
            self.residual,
        )
        # Threads of our own: numba's must not be started by two threads of a service at once.
        # Each part begins with a clean slate for all of the ones: few questions are not worth many.
        parts = np.linspace(0, len(each), min(PARTS, 1 + len(each) // FEW) + 1).astype(int)
        if len(parts) == 2:  # to start threads would take longer
            gather(sums, 0, len(each), *given)
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(lambda begin, end: gather(sums, begin, end, *given), parts[:-1], parts[1:]))
        answer = np.empty((len(ones), COLUMNS))
        answer[order] = sums
        return answer


@stored
@dataclass(frozen=True, eq=False)
class Neighbours:
    r"""Ratings, and interactions of every kind, from which it follows who is similar to whom.

    .. math:: s(u, v) = \frac{\sum_{w \in I_u \cap I_v} g_w}{\sqrt{\sum_{w \in I_u} g_w \sum_{w \in I_v} g_w}}, \qquad
              g_w = \frac{1}{\ln(2 + |U_w|)}

    over all interactions, implicit ones included, without the work that is asked about; and the same for works, with
    readers in the place of works. Rare company counts for more (Adamic and Adar, "Friends and neighbors on the Web",
    2003).

    Parameters
    ----------
    readers : Side
        What similar readers gave this work.
    works : Side
        What this reader gave similar works.
    """

    readers: Side
    works: Side

    @classmethod
    def of(
        cls,
        interactions: tuple[IntArray, IntArray],
        ratings: tuple[IntArray, IntArray],
        fold: IntArray,
        liked: BoolArray,
        residual: FloatArray,
        *,
        n_users: int,
        n_works: int,
    ) -> Neighbours:
        """Sort what is known by reader and by work.

        Parameters
        ----------
        interactions : int[m], int[m]
            Readers and works of all interactions; a pair that comes twice counts once.
        ratings : int[n], int[n]
            Readers and works of the ratings.
        fold, liked : int64[n], bool[n]
            Of the ratings.
        residual : float[folds + 1, n]
            What is left of each after the bias that has not seen a fold; last, after the bias of all.
        n_users, n_works : int
            How many there are.
        """
        pair = distinct(interactions[0].astype(np.int64) * n_works + interactions[1])
        user, work = pair // n_works, pair % n_works
        held, holders = Rows.of(user, work, n_users)[0], Rows.of(work, user, n_works)[0]
        rated, row = Rows.of(ratings[0], ratings[1], n_users)
        raters, of_rater = Rows.of(ratings[1], ratings[0], n_works)
        return cls(
            Side.of(held, holders, raters, fold[of_rater], liked[of_rater], residual[:, of_rater]),
            Side.of(holders, held, rated, fold[row], liked[row], residual[:, row]),
        )

    @property
    def whole(self) -> Neighbours:
        """Only what leaves nothing out: all that is needed once the judges have learned."""
        return Neighbours(self.readers.whole, self.works.whole)

    def updated(
        self,
        interactions: tuple[IntArray, IntArray],
        ratings: tuple[IntArray, IntArray],
        liked: BoolArray,
        residual: FloatArray,
        gone: tuple[IntArray, IntArray, BoolArray],
        *,
        n_users: int,
        n_works: int,
    ) -> Neighbours:
        """Add interactions and ratings.

        Parameters
        ----------
        interactions : int[m], int[m]
            Readers and works of interactions that there were not.
        ratings : int[n], int[n]
            Readers and works of new ratings.
        liked, residual : bool[n], float[n]
            Of these; the residual is what the bias leaves of each.
        gone : int[k], int[k], bool[k]
            Readers, works and whether it was liked, of ratings that go.
        n_users, n_works : int
            How many there are now.

        Returns
        -------
        Neighbours
            It leaves nothing out.
        """
        user, work = interactions
        held, *_ = self.readers.held.joined(user, work, n_users)
        holders, *_ = self.readers.holders.joined(work, user, n_works)
        swapped = ratings[1], ratings[0]
        return Neighbours(
            self.readers.updated(held, holders, swapped, liked, residual, (gone[1], gone[0], gone[2])),
            self.works.updated(holders, held, ratings, liked, residual, gone),
        )

    def columns(
        self, users: IntArray, works: IntArray, folds: IntArray | None = None, scale: float = 1.0
    ) -> FloatArray:
        """Give what both neighbourhoods say of pairs.

        Parameters
        ----------
        users, works : int[n]
            Positions; all known.
        folds : int[n], optional
            The fold whose labels each pair must not see; by default none.
        scale : float
            What makes up for the ratings of that fold: k / (k - 1) for k folds.

        Returns
        -------
        float64[n, 10]
            In the order of :data:`NAMES`: ln(1 + neighbours), the sum of their similarities, their share of liked
            and their shrunken mean residual, both weighted by similarity, and that residual weighted by similarity
            squared, so that the nearest count most. NaN where there is no neighbour.
        """
        last = len(self.readers.residual) - 1
        hidden = np.full(len(users), last) if folds is None else folds
        readers = self.readers.sums(users, works, hidden)
        similar = self.works.sums(works, users, hidden)
        return np.concatenate([_means(scale * readers), _means(scale * similar)], axis=1)


def _found(rows: Rows, liked: BoolArray, left: IntArray, right: IntArray, was_liked: BoolArray) -> BoolArray:
    """Find the pairs that go (bool[m]); of several editions that a reader rated, one that was liked likewise."""
    gone = np.zeros(len(rows.right), np.bool_)
    for one, other, like in zip(left.tolist(), right.tolist(), was_liked.tolist(), strict=True):
        begin, end = rows.start[one], rows.start[one + 1]
        place = begin + np.flatnonzero((rows.right[begin:end] == other) & ~gone[begin:end] & (liked[begin:end] == like))
        gone[place[:1]] = True
    return gone


def _means(sums: FloatArray) -> FloatArray:
    count, similarity, liked, residual, square, nearest = sums.T
    found = np.where(count > 0, similarity, np.nan)
    near = np.where(count > 0, square, np.nan)
    means = liked / found, residual / (found + DAMPING), nearest / (near + DAMPING**2)
    return np.stack([np.log1p(count), similarity, *means], axis=1)
