"""What the profile network reads: vectors of works and readers, the reader's rated books, the book's raters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, Int32Array, IntArray
from toprank.core.ratings import Ratings
from toprank.core.stored import stored

__all__ = ["Catalogue", "Inputs", "Placed", "RatingLookup"]

BLOCK = 8192
"""Pairs looked up at once; a bound on memory."""

THREADS = 2
"""Each takes blocks of its own, so that results do not depend on how many there are."""

CANDIDATES = 400
"""Raters of a book that are looked at; of more, evenly spaced ones."""

SPREADS = 4.0
"""Ratings are told in quarters of the scale: no spread of their own, which would hold every label."""

MOST = 6.0
"""Inputs are cut off there, on both sides of 0."""

PULL = 3.0
"""Ratings' worth of pull on a reader's mean."""


@stored("ItemCatalogue")
@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is known of items and users beside ratings.

    Parameters
    ----------
    work : int32[n_items]
        The work of each item.
    n_works : int
    kinds : int32[n_items, k]
        Groups of each item, finest first; -1 where unknown.
    number : float32[n_items]
        One number of each item, scaled to a spread of 1; NaN where unknown.
    spread : float
        What it was divided by.
    shared : int32[n_users]
        A group of each user, -1 where unknown.
    """

    work: Int32Array
    n_works: int
    kinds: Int32Array
    number: FloatArray
    spread: float
    shared: Int32Array


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the network reads of pairs, as float16: at most 6 on each side of 0, and masks.

    Parameters
    ----------
    dense : float16[n, d]
    books : float16[n, books, BOOK]
    raters : float16[n, raters, RATER]
    """

    dense: FloatArray
    books: FloatArray
    raters: FloatArray


class Placed(Protocol):
    """Vectors and histograms without each fold: those of :mod:`toprank.evidence.embeddings`."""

    @property
    def row(self) -> Int32Array: ...
    @property
    def holders(self) -> FloatArray: ...
    @property
    def book(self) -> FloatArray: ...
    @property
    def reader(self) -> FloatArray: ...
    @property
    def taste(self) -> FloatArray: ...
    @property
    def of_reader(self) -> FloatArray: ...
    @property
    def of_book(self) -> FloatArray: ...
    @property
    def whole(self) -> Placed: ...
    def kinds_of(self, items: IntArray, leave: IntArray) -> FloatArray: ...


@stored
@dataclass(frozen=True, eq=False)
class RatingLookup:
    """Training ratings, looked up by reader and by book, all without any one fold.

    Parameters
    ----------
    catalogue : Catalogue
    ratings : Ratings
        In canonical order.
    fold : int64[n]
    folds : int
    residual : float32[folds + 1, n]
        What is left of each rating after a bias without each fold; the last after that of all.
    places : Placed
    mean, count : float32[folds + 1, n_users]
    middle : float32[folds + 1]
        Mean of all ratings without each fold.
    starts, rows : tuples of int64 arrays
        Rows by user, work and kind.
    """

    catalogue: Catalogue
    ratings: Ratings
    fold: IntArray
    folds: int
    residual: FloatArray
    places: Placed
    mean: FloatArray
    middle: FloatArray
    count: FloatArray
    starts: tuple[IntArray, IntArray, IntArray]
    rows: tuple[IntArray, IntArray, IntArray]

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        ratings: Ratings,
        fold: IntArray,
        folds: int,
        residual: FloatArray,
        places: Placed,
    ) -> RatingLookup:
        """Sum up the training ratings; parameters are those of the class, and 0 folds leave nothing out."""
        n_users, n_works = len(ratings.users), catalogue.n_works
        work = catalogue.work[ratings.item]
        kind = catalogue.kinds[:, 0] if catalogue.kinds.shape[1] else np.full(len(catalogue.work), -1, np.int32)
        n_kinds = int(kind.max(initial=0)) + 1

        def without(weight: FloatArray) -> FloatArray:
            if folds == 0:
                return np.bincount(ratings.user, weight, n_users)[None].astype(np.float32)
            parts = np.bincount(fold * n_users + ratings.user, weight, minlength=folds * n_users)
            total = parts.reshape(folds, n_users).sum(axis=0)
            return np.vstack([total - parts.reshape(folds, n_users), total[None]]).astype(np.float32)

        count, total = without(np.ones(len(ratings))), without(ratings.value)
        # What everybody is pulled to leaves the fold out as well.
        rows = count.sum(axis=1, keepdims=True, dtype=np.float64)
        middle = total.sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(rows, 1)
        mean = (total + PULL * middle) / (count + PULL)
        by = [_grouped(key, size) for key, size in ((ratings.user, n_users), (work, n_works))]
        by.append(_grouped(kind[ratings.item], n_kinds))
        return cls(
            catalogue, ratings, fold, folds, residual, places, mean.astype(np.float32),
            middle[:, 0].astype(np.float32), count,
            (by[0][0], by[1][0], by[2][0]), (by[0][1], by[1][1], by[2][1]),
        )  # fmt: skip

    @property
    def whole(self) -> RatingLookup:
        """Only what leaves nothing out."""
        last = {name: getattr(self, name)[-1:].copy() for name in ("residual", "mean", "middle", "count")}
        return replace(self, fold=np.full(len(self.fold), -1), folds=0, places=self.places.whole, **last)

    def inputs(
        self,
        evidence: FloatArray,
        users: Int32Array,
        items: Int32Array,
        hidden: IntArray | None,
        books: int,
        raters: int,
    ) -> Inputs:
        """Look pairs up.

        Parameters
        ----------
        evidence : float32[n, e]
            Of the pairs, scaled.
        users, items : int32[n]
            All known.
        hidden : int64[n] or None
            The fold that each must not see; None for training rows all visible.
        books, raters : int
            How many of either to tell of.
        """
        from toprank.nets.attention.lookup_kernel import BOOK, RATER

        n = len(users)
        leave = np.full(n, self.folds) if hidden is None else hidden
        width = evidence.shape[1] + self._dense(users[:0], items[:0], leave[:0]).shape[1]
        shapes = ((n, width), (n, books, BOOK), (n, raters, RATER))
        answer = Inputs(*(_aligned(shape) for shape in shapes))

        def look_up(rows: slice) -> None:
            pair = (users[rows], items[rows], leave[rows])
            shelf = np.zeros((len(pair[0]), books, BOOK), np.float32)
            told = np.zeros((len(pair[0]), raters, RATER), np.float32)
            self._tell(shelf, told, *pair)
            answer.dense[rows, : evidence.shape[1]] = evidence[rows]
            for place, values in (
                (answer.dense[rows, evidence.shape[1] :], self._dense(*pair)),
                (answer.books[rows], shelf),
                (answer.raters[rows], told),
            ):
                place[:] = np.clip(values, -MOST, MOST)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(look_up, (slice(begin, min(begin + BLOCK, n)) for begin in range(0, n, BLOCK))))
        return answer

    def _tell(self, shelf: FloatArray, told: FloatArray, users: AnyArray, items: AnyArray, leave: AnyArray) -> None:
        from toprank.nets.attention.lookup_kernel import nearest_books, nearest_raters

        about, ratings = self.catalogue, self.ratings
        liked = ratings.liked
        spread = (ratings.scale.high - ratings.scale.low) / SPREADS
        by_reader = np.lexsort((leave, users))
        nearest_books(
            shelf, by_reader, users, items, leave, self.starts[0], ratings.item, self.fold, ratings.value, liked,
            self.residual, self.mean, spread, about.work, about.kinds, about.number, self.places.book,
            self.places.holders,
        )  # fmt: skip
        kind = about.kinds[:, :1] if about.kinds.shape[1] else np.full((len(about.work), 1), -1, np.int32)
        by_book = np.lexsort((leave, about.work[items], kind[items, 0]))
        nearest_raters(
            told, by_book, users, items, leave, self.starts[1:], self.rows[1:], np.hstack([about.work[:, None], kind]),
            ratings.user, ratings.item, self.fold, ratings.value, liked, self.residual, self.mean, self.count,
            self.middle, spread, about.shared, self.places.row, self.places.reader, CANDIDATES,
        )  # fmt: skip

    def _dense(self, users: AnyArray, items: AnyArray, leave: AnyArray) -> FloatArray:
        """Vectors come scaled to entries of about 1."""
        work, places = self.catalogue.work[items], self.places
        row = places.row[users]
        book, reader, taste = places.book[leave, work], places.reader[leave, row], places.taste[leave, row]
        columns = [3 * places.of_reader[leave, row], 3 * places.of_book[leave, work], 4 * book, 4 * reader]
        columns += [16 * book * reader, 8 * book * taste]
        columns += [(book * side).sum(axis=1, keepdims=True) for side in (reader, taste)]
        if self.catalogue.kinds.shape[1]:
            columns.append(4 * places.kinds_of(items, leave))
        return np.concatenate(columns, axis=1)


def _grouped(key: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give where the rows of each key begin, and the rows; the key -1 is left out."""
    order = np.argsort(key, kind="stable")
    order = order[int((key < 0).sum()) :]
    return np.searchsorted(key[order], np.arange(size + 1)), order


def _aligned(shape: tuple[int, ...]) -> FloatArray:
    """Make an empty float16 array that begins where JAX, on a CPU, can use it as it is."""
    raw = np.empty(2 * int(np.prod(shape)) + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    answer: FloatArray = raw[begin : begin + 2 * int(np.prod(shape))].view(np.float16).reshape(shape)
    return answer
