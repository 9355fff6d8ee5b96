"""Both neighbourhoods: what similar readers gave this work, and what this reader gave similar works."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.evidence.keys import distinct

__all__ = ["NAMES", "Neighbours", "Rows"]

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
"""Who runs the loops, and in how many parts; neither changes any sum."""

DAMPING = 0.1
"""Similarity's worth of pull on the mean residual; squared, on that of the nearest."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Interactions as lists: for each left position, the right ones and a row number, ascending.

    Parameters
    ----------
    start : int64[n + 1]
    right : int32[m]
    row : int64[m]
        Where each came from.
    """

    start: IntArray
    right: IntArray
    row: IntArray

    @classmethod
    def of(cls, left: IntArray, right: IntArray, size: int) -> Rows:
        """Sort pairs by left, then by right position."""
        order = np.argsort(left.astype(np.int64) * (int(right.max(initial=0)) + 1) + right, kind="stable")
        start = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(left, minlength=size), out=start[1:])
        return cls(start, right[order].astype(np.int32), order)


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
    held, holders : Rows
        Works by reader, and readers by work.
    rated, raters : Rows
        Ratings by reader and by work.
    fold : int64[n]
        The fold of each rating.
    liked : bool[n]
        Whether it is liked.
    residual : float32[folds + 1, n]
        What is left of it after the bias that has not seen a fold; last, after the bias of all.
    """

    held: Rows
    holders: Rows
    rated: Rows
    raters: Rows
    fold: IntArray
    liked: BoolArray
    residual: FloatArray

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
        fold, liked, residual
            As of the class.
        n_users, n_works : int
            How many there are.
        """
        pair = distinct(interactions[0].astype(np.int64) * n_works + interactions[1])
        user, work = pair // n_works, pair % n_works
        return cls(
            Rows.of(user, work, n_users),
            Rows.of(work, user, n_works),
            Rows.of(ratings[0], ratings[1], n_users),
            Rows.of(ratings[1], ratings[0], n_works),
            fold,
            liked,
            residual.astype(np.float32),
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
        last = len(self.residual) - 1
        hidden = np.full(len(users), last) if folds is None else folds
        readers = self._side(users, works, hidden, self.held, self.holders, self.raters)
        similar = self._side(works, users, hidden, self.holders, self.held, self.rated)
        return np.concatenate([_means(scale * readers), _means(scale * similar)], axis=1)

    def _side(
        self, ones: IntArray, others: IntArray, folds: IntArray, held: Rows, holders: Rows, rated: Rows
    ) -> FloatArray:
        from toprank.evidence.neighbours_kernel import COLUMNS, gather  # numba takes its time to be imported

        order = np.argsort(ones, kind="stable")
        each, first = np.unique(ones[order], return_index=True)
        degree = np.diff(holders.start)
        sums = np.zeros((len(ones), COLUMNS))
        given = (
            each.astype(np.int64),
            np.append(first, len(ones)).astype(np.int64),
            others[order].astype(np.int64),
            folds[order].astype(np.int64),
            held.start,
            held.right,
            holders.start,
            holders.right,
            np.where(degree > HEAVY, 0.0, 1.0 / np.log(2.0 + degree)),
            rated.start,
            rated.right,
            self.fold[rated.row].astype(np.int64),
            self.liked[rated.row],
            np.ascontiguousarray(self.residual[:, rated.row]),
        )
        # Threads of our own: numba's must not be started by two threads of a service at once.
        parts = np.linspace(0, len(each), min(PARTS, len(each)) + 1).astype(int)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda begin, end: gather(sums, begin, end, *given), parts[:-1], parts[1:]))
        answer = np.empty((len(ones), COLUMNS))
        answer[order] = sums
        return answer


def _means(sums: FloatArray) -> FloatArray:
    count, similarity, liked, residual, square, nearest = sums.T
    found = np.where(count > 0, similarity, np.nan)
    near = np.where(count > 0, square, np.nan)
    means = liked / found, residual / (found + DAMPING), nearest / (near + DAMPING**2)
    return np.stack([np.log1p(count), similarity, *means], axis=1)
