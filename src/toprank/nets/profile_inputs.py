"""What the profile network reads: vectors of works and readers, the reader's rated books, the book's raters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.ratings import Ratings

__all__ = ["Catalogue", "Inputs", "Shelves", "held_vectors"]

BLOCK = 8192
"""Pairs looked up at once; a bound on memory."""

THREADS = 2
"""Each takes blocks of its own, so that results do not depend on how many there are."""

FEWEST_HOLDERS = 5
"""What fewer readers hold has no vector of its own: it would be theirs."""

CANDIDATES = 400
"""Raters of a book that are looked at; of more, evenly spaced ones."""

SPREADS = 4.0
"""Ratings are told in quarters of the scale: no spread of their own, which would hold every label."""

MOST = 6.0
"""Inputs are cut off there, on both sides of 0."""

PULL = 3.0
"""Ratings' worth of pull on a reader's mean and on histograms."""


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
    shared : int32[n_users]
        A group of each user, -1 where unknown.
    held : (int64[m], int64[m])
        Readers and works of all interactions, ratings among them; each pair once, ascending.
    """

    work: Int32Array
    n_works: int
    kinds: Int32Array
    number: FloatArray
    shared: Int32Array
    held: tuple[IntArray, IntArray]


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


def held_vectors(
    users: IntArray, groups: IntArray, hidden: BoolArray, n_users: int, size: int, width: int, seed: int
) -> FloatArray:
    r"""Give groups of items vectors of length 1, alike where the same readers hold them; no label goes in.

    .. math:: v_g \propto \sum_{u \text{ holds } g} \frac{U_u}{\sqrt{n_u + 5}}

    with the left singular vectors U of the readers' holdings, readers and groups scaled by the root of how many there
    are (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011). A pair's own holding must not make its
    book like its reader, so each fold has vectors whose sums leave its pairs out.

    Parameters
    ----------
    users, groups : int64[m]
        Who holds what; a pair that comes twice counts once.
    hidden : bool[folds, m]
        What each fold must not see.
    n_users, size : int
        How many readers and groups there are.
    width : int
        Of the vectors; what there are too few groups for stays 0.
    seed : int

    Returns
    -------
    float32[folds + 1, size, width]
        0 for a group with fewer than five holders. The last leaves nothing out.
    """
    from scipy.sparse import coo_array, diags_array
    from sklearn.utils.extmath import randomized_svd

    vectors = np.zeros((len(hidden) + 1, size, width), np.float32)
    holders = np.bincount(np.unique(users * size + groups) % size, minlength=size)
    kept = np.flatnonzero(holders >= FEWEST_HOLDERS)
    if len(kept) < 2 or n_users < 2:
        return vectors
    place = np.full(size, -1)
    place[kept] = np.arange(len(kept))
    pulled = None
    for leave in (-1, *range(len(hidden))):
        seen = (place[groups] >= 0) if leave < 0 else (place[groups] >= 0) & ~hidden[leave]
        pair = np.unique(users[seen] * len(kept) + place[groups[seen]])
        user, group = pair // len(kept), pair % len(kept)
        table = coo_array((np.ones(len(pair), np.float32), (group, user)), shape=(len(kept), n_users)).tocsr()
        if pulled is None:
            by_user = (1 / np.sqrt(np.bincount(user, minlength=n_users) + 5.0)).astype(np.float32)
            by_group = (1 / np.sqrt(holders[kept])).astype(np.float32)
            scaled = diags_array(by_group) @ table @ diags_array(by_user)
            width = min(width, len(kept) - 1, n_users - 1)
            _, _, right = randomized_svd(scaled, width, n_iter=3, random_state=seed)
            pulled = by_user[:, None] * right.T
        found = table @ pulled
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        found[np.bincount(group, minlength=len(kept)) < FEWEST_HOLDERS] = 0
        vectors[leave, kept, :width] = found
    return vectors


@dataclass(frozen=True, eq=False)
class Shelves:
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
    vectors, kind_vectors : float32[folds + 1, n_works or n_kinds, d]
        See :func:`held_vectors`.
    mean, count : float32[folds + 1, n_users]
    middle : float32[folds + 1]
        Mean of all ratings without each fold.
    profile, taste : float32[folds + 1, n_users, d]
        What the reader holds, and what of it the reader rates above expectation, as sums of vectors.
    of_user, of_work : float32[folds + 1, n_users or n_works, bins]
        Damped histograms of ratings.
    starts, rows : tuples of int64 arrays
        Rows by user, work and kind.
    """

    catalogue: Catalogue
    ratings: Ratings
    fold: IntArray
    folds: int
    residual: FloatArray
    vectors: FloatArray
    kind_vectors: FloatArray
    mean: FloatArray
    middle: FloatArray
    count: FloatArray
    profile: FloatArray
    taste: FloatArray
    of_user: FloatArray
    of_work: FloatArray
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
        level: IntArray,
        *,
        width: int,
        seed: int,
    ) -> Shelves:
        """Sum up the training ratings.

        Parameters
        ----------
        level : int64[n]
            The bin of each rating in histograms.
        width : int
            Of the vectors.
        seed : int
            Of their search.
        """
        n_users, n_works = len(ratings.users), catalogue.n_works
        work = catalogue.work[ratings.item]
        kind = catalogue.kinds[:, 0] if catalogue.kinds.shape[1] else np.full(len(catalogue.work), -1, np.int32)
        n_kinds = int(kind.max(initial=0)) + 1
        holder, held = catalogue.held
        # Both are sorted by reader and work.
        key, rated = holder * n_works + held, ratings.user.astype(np.int64) * n_works + work
        hidden = np.zeros((folds, len(key)), np.bool_)
        hidden[fold, np.searchsorted(key, rated)] = True
        vectors = held_vectors(holder, held, hidden, n_users, n_works, width, seed)
        kind_of_work = np.full(n_works, -1)
        kind_of_work[catalogue.work[kind >= 0]] = kind[kind >= 0]
        group = kind_of_work[held]
        of_kind = group >= 0
        kind_vectors = held_vectors(holder[of_kind], group[of_kind], hidden[:, of_kind], n_users, n_kinds, width, seed)

        def without(key: IntArray, size: int, weight: FloatArray) -> FloatArray:
            parts = np.bincount(fold * size + key, weight, minlength=folds * size).reshape(folds, size)
            total = parts.sum(axis=0)
            return np.vstack([total - parts, total[None]]).astype(np.float32)

        ones = np.ones(len(ratings))
        count, total = without(ratings.user, n_users, ones), without(ratings.user, n_users, ratings.value)
        # What everybody is pulled to leaves the fold out as well.
        rows = count.sum(axis=1, keepdims=True, dtype=np.float64)
        middle = total.sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(rows, 1)
        mean = (total + PULL * middle) / (count + PULL)
        profile = np.empty((folds + 1, n_users, width), np.float32)
        taste = np.empty_like(profile)
        for leave in range(folds + 1):
            seen = ~hidden[leave] if leave < folds else np.ones(len(key), np.bool_)
            for k in range(width):
                of_work = vectors[leave, :, k]
                profile[leave, :, k] = np.bincount(holder[seen], of_work[held[seen]], minlength=n_users)
                # In its own fold a residual is 0.
                taste[leave, :, k] = np.bincount(ratings.user, of_work[work] * residual[leave], minlength=n_users)
        profile /= np.maximum(np.linalg.norm(profile, axis=2, keepdims=True), 1e-6)
        taste /= np.sqrt(count + PULL)[:, :, None]

        def histogram(key: IntArray, size: int) -> FloatArray:
            seen = without(key, size, ones)
            shares = []
            for bin_ in range(int(level.max()) + 1):
                here = without(key, size, (level == bin_).astype(np.float64))
                overall = here.sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(rows, 1)
                shares.append((here + PULL * overall) / (seen + PULL))
            return np.stack(shares, axis=2).astype(np.float32)

        by = [_grouped(key, size) for key, size in ((ratings.user, n_users), (work, n_works))]
        by.append(_grouped(kind[ratings.item], n_kinds))
        return cls(
            catalogue, ratings, fold, folds, residual, vectors, kind_vectors, mean.astype(np.float32),
            middle[:, 0].astype(np.float32), count,
            profile, taste, histogram(ratings.user, n_users), histogram(work, n_works),
            (by[0][0], by[1][0], by[2][0]), (by[0][1], by[1][1], by[2][1]),
        )  # fmt: skip

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
        from toprank.nets.profile_kernel import BOOK, RATER

        n = len(users)
        leave = np.full(n, self.folds) if hidden is None else hidden
        width = evidence.shape[1] + self._dense(users[:0], items[:0], leave[:0]).shape[1]
        shapes = ((n, width), (n, books, BOOK), (n, raters, RATER))
        answer = Inputs(*(np.empty(shape, np.float16) for shape in shapes))

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
        from toprank.nets.profile_kernel import nearest_books, nearest_raters

        about, ratings = self.catalogue, self.ratings
        liked = ratings.liked
        spread = (ratings.scale.high - ratings.scale.low) / SPREADS
        nearest_books(
            shelf, users, items, leave, self.starts[0], ratings.item, self.fold, ratings.value, liked, self.residual,
            self.mean, spread, about.work, about.kinds, about.number, self.vectors, self._holders,
        )  # fmt: skip
        kind = about.kinds[:, :1] if about.kinds.shape[1] else np.full((len(about.work), 1), -1, np.int32)
        nearest_raters(
            told, users, items, leave, self.starts[1:], self.rows[1:], np.hstack([about.work[:, None], kind]),
            ratings.user, ratings.item, self.fold, ratings.value, liked, self.residual, self.mean, self.count,
            self.middle, spread, about.shared, self.profile, CANDIDATES,
        )  # fmt: skip

    @property
    def _holders(self) -> FloatArray:
        return np.bincount(self.catalogue.held[1], minlength=self.catalogue.n_works).astype(np.float32)

    def _dense(self, users: AnyArray, items: AnyArray, leave: AnyArray) -> FloatArray:
        """Vectors come scaled to entries of about 1."""
        work = self.catalogue.work[items]
        book, profile, taste = self.vectors[leave, work], self.profile[leave, users], self.taste[leave, users]
        columns = [3 * self.of_user[leave, users], 3 * self.of_work[leave, work], 4 * book, 4 * profile]
        columns += [16 * book * profile, 8 * book * taste]
        columns += [(book * side).sum(axis=1, keepdims=True) for side in (profile, taste)]
        if self.catalogue.kinds.shape[1]:
            kind = self.catalogue.kinds[items, 0]
            columns.append(4 * np.where((kind < 0)[:, None], 0, self.kind_vectors[leave, kind]))
        return np.concatenate(columns, axis=1)


def _grouped(key: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give where the rows of each key begin, and the rows; the key -1 is left out."""
    order = np.argsort(key, kind="stable")
    order = order[int((key < 0).sum()) :]
    return np.searchsorted(key[order], np.arange(size + 1)), order
