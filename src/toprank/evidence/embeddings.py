"""Where books and readers lie among all, found from who holds what; and how often each rating is given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.evidence.groupings import distinct

__all__ = ["Places", "embed_groups", "rating_levels"]

MIN_HOLDERS = 5
"""What fewer readers hold has no place of its own: it would be theirs."""

WIDTH = 32
"""Numbers that a place has."""

PULL = 3.0
"""Ratings' worth of pull on histograms."""

MAX_LEVELS = 20
"""Of more distinct ratings, quantiles are the levels."""


def rating_levels(values: FloatArray) -> IntArray:
    """Number the ratings from the lowest on (int64[n]); of more than 20 distinct ones by quantiles.

    Examples
    --------
    >>> rating_levels(np.array([3.0, 5.0, 3.0, 4.0])).tolist()
    [0, 2, 0, 1]
    """
    return np.searchsorted(_edges(values), values, "right")


def _edges(values: FloatArray) -> FloatArray:
    edges = np.unique(values)[1:]
    if len(edges) >= MAX_LEVELS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, MAX_LEVELS + 1)[1:-1]))
    return np.asarray(edges, np.float64)


def embed_groups(
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
        Of the search for singular vectors.

    Returns
    -------
    float32[folds + 1, size, width]
        0 for a group with fewer than five holders. The last leaves nothing out.
    """
    from scipy.sparse import coo_array, diags_array
    from sklearn.utils.extmath import randomized_svd

    vectors = np.zeros((len(hidden) + 1, size, width), np.float32)
    holders = np.bincount(distinct(users * size + groups) % size, minlength=size)
    kept = np.flatnonzero(holders >= MIN_HOLDERS)
    if len(kept) < 2 or n_users < 2:
        return vectors
    place = np.full(size, -1)
    place[kept] = np.arange(len(kept))
    pulled = None
    for leave in (-1, *range(len(hidden))):
        seen = (place[groups] >= 0) if leave < 0 else (place[groups] >= 0) & ~hidden[leave]
        pair = distinct(users[seen] * len(kept) + place[groups[seen]])
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
        found[np.bincount(group, minlength=len(kept)) < MIN_HOLDERS] = 0
        vectors[leave, kept, :width] = found
    return vectors


@stored
@dataclass(frozen=True, eq=False)
class Places:
    """Vectors and histograms, all without any one fold; the last of each leaves nothing out.

    Parameters
    ----------
    work, kind : int32[n_items]
        The work of each item, and its finest group, -1 where there is none.
    row : int32[n_users]
        Where each user stands in what is kept of readers; those who hold nothing share the last row.
    holders : float32[n_works]
        How many readers hold each work.
    book, of_kind : float32[folds + 1, n_works or n_kinds, d]
        See :func:`embed_groups`.
    reader : float32[folds + 1, n_readers + 1, d]
        What the reader holds, as a sum of vectors of length 1; 0 where nothing is held.
    taste : float32[folds + 1, n_readers + 1, d]
        What of it the reader rates above expectation: the sum of residuals times vectors, over the root of 3 more
        than the ratings.
    of_reader, of_book : float32[folds + 1, n_readers + 1 or n_works, levels]
        How often each rating is given, pulled to how often all give it by 3 ratings.
    edges : float64[levels - 1]
        From which rating on each level is, the lowest left out.
    usual : float64[levels]
        How often all give it.
    shown : tuple of str
        Which of ``histograms`` and ``places`` have columns.
    """

    work: Int32Array
    kind: Int32Array
    row: Int32Array
    holders: FloatArray
    book: FloatArray
    of_kind: FloatArray
    reader: FloatArray
    taste: FloatArray
    of_reader: FloatArray
    of_book: FloatArray
    edges: FloatArray
    usual: FloatArray
    shown: tuple[str, ...] = ("histograms", "places")

    @classmethod
    def of(
        cls,
        held: tuple[IntArray, IntArray],
        rated: tuple[IntArray, IntArray],
        value: FloatArray,
        residual: FloatArray,
        fold: IntArray,
        *,
        work: Int32Array,
        kind: Int32Array,
        n_users: int,
        n_works: int,
        seed: int,
        width: int = WIDTH,
        shown: tuple[str, ...] = ("histograms", "places"),
    ) -> Places:
        """Find them.

        Parameters
        ----------
        held : int64[m], int64[m]
            Readers and works of all interactions, ratings among them; each pair once, ascending.
        rated : int[n], int[n]
            Readers and works of the ratings.
        value : float[n]
            The ratings, in rating points.
        residual : float32[folds + 1, n]
            What is left of each after a bias without each fold, 0 in that fold; the last after that of all.
        fold : int64[n]
            The fold of each.
        work, kind, shown
            As of the class.
        n_users, n_works : int
            How many there are.
        seed : int
            Of the search for vectors.
        width : int
            Of the vectors.
        """
        from scipy.sparse import csr_array

        readers = distinct(held[0])
        row = np.full(n_users, len(readers), np.int32)
        row[readers] = np.arange(len(readers))
        n_users = len(readers) + 1
        holder, what = row[held[0]].astype(np.int64), held[1]
        user, of = row[rated[0]].astype(np.int64), rated[1].astype(np.int64)
        folds = len(residual) - 1
        hidden = np.zeros((folds, len(holder)), np.bool_)
        hidden[fold, np.searchsorted(holder * n_works + what, user * n_works + of)] = True
        book = embed_groups(holder, what, hidden, n_users, n_works, width, seed)
        kind_of_work = np.full(n_works, -1)
        kind_of_work[work[kind >= 0]] = kind[kind >= 0]
        group = kind_of_work[what]
        has = group >= 0
        n_kinds = int(kind.max(initial=0)) + 1
        of_kind = embed_groups(holder[has], group[has], hidden[:, has], n_users, n_kinds, width, seed)
        shape = (n_users, n_works)
        reader, taste = (np.empty((folds + 1, n_users, width), np.float32) for _ in range(2))
        count = _without(fold, folds, user, n_users, np.ones(len(user)))
        for leave in range(folds + 1):
            seen = np.ones(len(holder), np.float32) if leave == folds else (~hidden[leave]).astype(np.float32)
            reader[leave] = csr_array((seen, (holder, what)), shape=shape) @ book[leave]
            # In its own fold a residual is 0.
            taste[leave] = csr_array((residual[leave], (user, of)), shape=shape) @ book[leave]
        reader /= np.maximum(np.linalg.norm(reader, axis=2, keepdims=True), 1e-6)
        taste /= np.sqrt(count + PULL)[:, :, None]
        edges = _edges(value)
        level = np.searchsorted(edges, value, "right")
        return cls(
            work=work,
            kind=kind,
            row=row,
            holders=_counted(what, n_works),
            book=book,
            of_kind=of_kind,
            reader=reader,
            taste=taste,
            of_reader=_histograms(level, fold, folds, user, n_users),
            of_book=_histograms(level, fold, folds, of, n_works),
            edges=edges,
            usual=np.bincount(level, minlength=len(edges) + 1) / max(1, len(level)),
            shown=shown,
        )

    @property
    def whole(self) -> Places:
        """Only what leaves nothing out."""
        last = {
            name: getattr(self, name)[-1:].copy()
            for name in ("book", "of_kind", "reader", "taste", "of_reader", "of_book")
        }
        return replace(self, **last)

    def updated(
        self,
        held: tuple[IntArray, IntArray],
        rated: tuple[IntArray, IntArray, FloatArray, FloatArray],
        read: tuple[IntArray, FloatArray],
        gained: IntArray,
        *,
        work: Int32Array,
        kind: Int32Array,
        n_users: int,
        n_works: int,
    ) -> Places:
        """Place readers and books anew, among vectors that stay; a new book has none.

        Parameters
        ----------
        held : int64[m], int64[m]
            Readers who are placed anew, and every work that they hold, each pair once.
        rated : int[n], int[n], float[n], float[n]
            Readers, works, ratings and residuals: every rating of these readers.
        read : int[k], float[k]
            Works whose histograms are made anew, and every rating of them.
        gained : int[j]
            A work for each reader who did not hold it before.
        work, kind : int32[n_items]
            As of the class, for items that may be more now.
        n_users, n_works : int
            How many there are now.

        Returns
        -------
        Places
            It leaves nothing out.
        """
        width = self.book.shape[2]
        whole = self.whole if len(self.book) > 1 else self
        last = whole.reader.shape[1] - 1
        row = np.append(self.row, np.full(n_users - len(self.row), last, np.int32))
        mine = distinct(held[0])
        fresh = mine[row[mine] == last]
        row[row == last] = last + len(fresh)
        row[fresh] = last + np.arange(len(fresh))
        more, kinds = n_works - whole.book.shape[1], max(0, int(kind.max(initial=-1)) + 1 - whole.of_kind.shape[1])
        book = np.concatenate([whole.book[0], np.zeros((more, width), np.float32)])
        reader, taste, of_reader = (
            np.insert(column[0], np.full(len(fresh), last), column[0, last], axis=0)
            for column in (whole.reader, whole.taste, whole.of_reader)
        )
        at = row[mine]
        place, count = (
            np.searchsorted(mine, rated[0]),
            np.bincount(np.searchsorted(mine, rated[0]), minlength=len(mine)),
        )
        found, liking = np.zeros((len(mine), width), np.float32), np.zeros((len(mine), width), np.float32)
        np.add.at(found, np.searchsorted(mine, held[0]), book[held[1]])
        np.add.at(liking, place, rated[3].astype(np.float32)[:, None] * book[rated[1]])
        reader[at] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
        taste[at] = liking / np.sqrt(count + PULL)[:, None]
        of_reader[at] = self._shares(place, rated[2], len(mine))
        of_book = np.concatenate([whole.of_book[0], np.tile(self.usual, (more, 1)).astype(np.float32)])
        books = distinct(read[0].astype(np.int64))
        of_book[books] = self._shares(np.searchsorted(books, read[0]), read[1], len(books))
        return replace(
            whole, work=work, kind=kind, row=row, book=book[None], reader=reader[None], taste=taste[None],
            holders=np.append(self.holders, np.zeros(more, np.float32)) + _counted(gained, n_works),
            of_kind=np.concatenate([whole.of_kind, np.zeros((1, kinds, width), np.float32)], axis=1),
            of_reader=of_reader[None], of_book=of_book[None],
        )  # fmt: skip

    def _shares(self, key: IntArray, value: FloatArray, size: int) -> FloatArray:
        levels = len(self.usual)
        level = np.searchsorted(self.edges, value, "right")
        count = np.bincount(key * levels + level, minlength=size * levels).reshape(size, levels)
        shares = (count + PULL * self.usual) / (count.sum(axis=1, keepdims=True) + PULL)
        return np.asarray(shares, np.float32)

    @property
    def names(self) -> list[str]:
        """Names of the columns of :meth:`columns`."""
        levels, width = range(1, self.of_reader.shape[2] + 1), range(1, self.book.shape[2] + 1)
        names = []
        if "histograms" in self.shown:
            names += [f"{side} ratings: step {level}" for side in ("reader", "book") for level in levels]
        if "places" in self.shown:
            sides = ["book", "reader", "taste", *(["kind"] if self._has_kinds else [])]
            names += ["likeness: held", "likeness: liked"]
            names += [f"{side} place: {k}" for side in sides for k in width]
        return names

    def columns(self, users: IntArray, items: IntArray, leave: IntArray | None = None) -> FloatArray:
        """Give the columns of known pairs (float32[n, k]).

        Parameters
        ----------
        users, items : int[n]
            Positions; all known.
        leave : int64[n], optional
            The fold that each must not see; by default none.
        """
        at = np.full(len(users), len(self.book) - 1) if leave is None else leave
        work, row = self.work[items], self.row[users]

        def looked_up(table: FloatArray, place: IntArray) -> FloatArray:
            found: FloatArray = table[-1].take(place, axis=0) if leave is None else table[at, place]
            return found

        columns = []
        if "histograms" in self.shown:
            columns += [looked_up(self.of_reader, row), looked_up(self.of_book, work)]
        if "places" in self.shown:
            book = looked_up(self.book, work)
            reader, taste = looked_up(self.reader, row), looked_up(self.taste, row)
            columns += [(book * side).sum(axis=1, keepdims=True) for side in (reader, taste)]
            columns += [book, reader, taste]
            if self._has_kinds:
                columns.append(self.kinds_of(items, at))
        return np.concatenate(columns, axis=1)

    def kinds_of(self, items: IntArray, leave: IntArray) -> FloatArray:
        """Give the vector of each item's kind (float32[n, d]); 0 where there is none."""
        kind = self.kind[items]
        return np.where((kind < 0)[:, None], np.float32(0), self.of_kind[leave, np.maximum(kind, 0)])

    @property
    def _has_kinds(self) -> bool:
        return bool((self.kind >= 0).any())


def _counted(numbers: IntArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(numbers, minlength=size), np.float32)


def _without(fold: IntArray, folds: int, key: IntArray, size: int, weight: FloatArray) -> FloatArray:
    """Sum by key without each fold; the last without none (float64[folds + 1, size])."""
    parts = np.bincount(fold * size + key, weight, minlength=folds * size).reshape(folds, size)
    total = parts.sum(axis=0)
    return np.asarray(np.vstack([total - parts, total[None]]))


def _histograms(level: IntArray, fold: IntArray, folds: int, key: IntArray, size: int) -> FloatArray:
    seen = _without(fold, folds, key, size, np.ones(len(key)))
    rows = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    shares = np.empty((folds + 1, size, int(level.max(initial=0)) + 1), np.float32)
    for step in range(shares.shape[2]):
        here = _without(fold, folds, key, size, (level == step).astype(np.float64))
        shares[:, :, step] = (here + PULL * here.sum(axis=1, keepdims=True) / rows) / (seen + PULL)
    return shares
