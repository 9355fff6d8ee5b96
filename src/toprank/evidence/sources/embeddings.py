"""Where books and readers lie among all, found from who holds what: vectors that know no label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.threads import one_blas_thread, side_by_side
from toprank.evidence.groupings import distinct
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.reason_words import NOTHING_RATED
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.statistics import without_fold

__all__ = ["CollaborativeEmbeddings", "EmbeddingSource", "FoldedEmbeddings", "embed_groups"]

MIN_HOLDERS = 5
"""What fewer readers hold has no vector of its own: it would be theirs."""

WIDTH = 32
"""Numbers of a vector."""

SHOWN = 8
"""How many of them are columns: those that tell most of who holds what. All 32 tell trees no more, and take longer."""

SMOOTHING = 3.0
"""Ratings' worth of pull on a reader's preferences."""


@one_blas_thread()
def embed_groups(
    users: IntArray, groups: IntArray, hidden: BoolArray, n_users: int, size: int, width: int, seed: int
) -> Callable[[int], FloatArray]:
    r"""Give groups of items vectors of length 1, alike where the same readers hold them; no label goes in.

    .. math:: v_g \propto \sum_{u \text{ holds } g} \frac{U_u}{\sqrt{n_u + 5}}

    with the left singular vectors U of the readers' holdings, readers and groups scaled by the root of how many there
    are (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011). A pair's own holding must not make its
    book like its reader, so each fold has vectors whose sums leave its pairs out.

    Who holds what is ``users`` and ``groups`` (int64[m]; a pair that comes twice counts once), ``hidden`` (bool[folds,
    m]) what each fold must not see. What is given finds the vectors without a fold, or where it is asked for fold -1
    of all (float32[size, width]): 0 for a group with fewer than five holders, and beyond what there are too few groups
    for.
    """
    from scipy.sparse import csc_array, csr_array, diags_array
    from sklearn.utils.extmath import randomized_svd

    holders = np.bincount(distinct(users * size + groups) % size, minlength=size)
    kept = np.flatnonzero(holders >= MIN_HOLDERS)
    if len(kept) < 2 or n_users < 2:
        return lambda leave: np.zeros((size, width), np.float32)
    place = np.full(size, -1)
    place[kept] = np.arange(len(kept))
    rows = np.flatnonzero(place[groups] >= 0)
    key = users[rows] * len(kept) + place[groups[rows]]
    order = np.argsort(key, kind="stable")
    rows, key = rows[order], key[order]

    def table_of(seen: BoolArray | slice) -> Any:
        """Say who holds what of some rows, each pair once (groups x users)."""
        some = key[seen]
        some = some[np.append(True, some[1:] != some[:-1])[: len(some)]]
        user, group = np.divmod(some, len(kept))
        start = np.append(0, np.cumsum(np.bincount(user, minlength=n_users)))
        return csc_array((np.ones(len(some), np.float32), group, start), shape=(len(kept), n_users))

    table = table_of(slice(None))
    by_user = (1 / np.sqrt(np.diff(table.indptr) + 5.0)).astype(np.float32)
    by_group = (1 / np.sqrt(holders[kept])).astype(np.float32)
    scaled = diags_array(by_group) @ csr_array(table) @ diags_array(by_user)
    some = min(width, len(kept) - 1, n_users - 1)
    _, _, right = randomized_svd(scaled, some, n_iter=3, random_state=seed)
    pulled = by_user[:, None] * right.T

    def without(leave: int) -> FloatArray:
        seen = table if leave < 0 else table_of(~hidden[leave, rows])
        found = seen @ pulled
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        found[np.bincount(seen.indices, minlength=len(kept)) < MIN_HOLDERS] = 0
        vectors = np.zeros((size, width), np.float32)
        vectors[kept, :some] = found
        return vectors

    return without


@stored
@dataclass(frozen=True, eq=False)
class CollaborativeEmbeddings:
    r"""Vectors of books; those of readers follow from their lists.

    .. math:: r_u \propto \sum_{w \text{ held}} v_w, \qquad
              t_u = \frac{\sum_{w \text{ rated}} e_{uw} v_w}{\sqrt{n_u + 3}}

    with the vectors v of length 1, r scaled to length 1, and the residuals e: what of it the reader rates above
    expectation.

    Parameters
    ----------
    kind : str or None
        Name of the finest group of works.
    holders : float32[n_works]
        How many readers hold each work.
    book, of_kind : float32[n_works, d], float32[n_kinds, d]
        See :func:`embed_groups`.
    """

    kind: str | None
    holders: FloatArray
    book: FloatArray
    of_kind: FloatArray

    @cached_property
    def names(self) -> tuple[str, ...]:
        width = range(1, min(self.book.shape[1], SHOWN) + 1)
        sides = ["book embedding", "reader embedding", "preference", *(["kind embedding"] if self.has_kinds else [])]
        return "likeness: held", "likeness: liked", *(f"{side}: {k}" for side in sides for k in width)

    @property
    def has_kinds(self) -> bool:
        """Whether any item belongs to a kind."""
        return len(self.of_kind) > 0

    def of_readers(self, readers: Readers) -> tuple[FloatArray, FloatArray]:
        """Give what each reader holds as one vector, and what of it they prefer (float32[n, d] both)."""

        def find() -> tuple[FloatArray, FloatArray]:
            held = np.ones(len(readers.holdings[0]), np.float32)
            count = np.bincount(readers.lists.reader, minlength=len(readers)).astype(np.float64)
            return reader_vectors(readers, self.book, held, readers.residual, count)

        return readers.once("embeddings", find)

    def of_items(self, readers: Readers, items: IntArray) -> FloatArray:
        """Give the vector of each item's kind (float32[n, d]); 0 where there is none."""
        return _of_code(self.of_kind, _kinds(readers, self.kind)[items])

    def columns(self, pairs: Pairs) -> FloatArray:
        vector, preference = (side[pairs.row] for side in self.of_readers(pairs.readers))
        kind = self.of_items(pairs.readers, pairs.item) if self.has_kinds else None
        return _columns(self.book[pairs.work], vector, preference, kind)

    def updated(self, change: EvidenceUpdate) -> CollaborativeEmbeddings:
        """Count holders anew; vectors stay, or what models learned of them would mean nothing. A new book has none."""
        works, kinds = change.after.work.size, 0 if self.kind is None else change.after.item(self.kind).size
        holders = np.append(self.holders, np.zeros(works - len(self.holders), np.float32))
        return replace(
            self,
            holders=holders + np.bincount(change.gained[1], minlength=works).astype(np.float32),
            book=_padded(self.book, works),
            of_kind=_padded(self.of_kind, kinds) if self.has_kinds else self.of_kind,
        )

    def merged(self, other: CollaborativeEmbeddings) -> CollaborativeEmbeddings:
        """Add the vectors of another shard that lie in the same space, each weighted by its holders."""
        book = self.book * self.holders[:, None] + other.book * other.holders[:, None]
        book /= np.maximum(np.linalg.norm(book, axis=1, keepdims=True), 1e-9)
        of_kind = self.of_kind + other.of_kind
        of_kind /= np.maximum(np.linalg.norm(of_kind, axis=1, keepdims=True), 1e-9)
        return replace(self, holders=self.holders + other.holders, book=book, of_kind=of_kind)

    def turned(self, other: CollaborativeEmbeddings) -> CollaborativeEmbeddings:
        """Give these vectors in the space of others: the turn that brings works and kinds nearest to theirs.

        Vectors are found anew from other holdings, and mean something only beside each other. (Schonemann, "A
        generalized solution of the orthogonal Procrustes problem", 1966.)
        """
        book = _turned(self.book, other.book, other.holders)
        of_kind = _turned(self.of_kind, other.of_kind, np.ones(len(other.of_kind), np.float32))
        return replace(self, book=book, of_kind=of_kind)

    def describe(self, part: str) -> str:
        return {
            "likeness": "how near it is to the books that the reader has and likes",
            "book embedding": "what its readers also read",
            "reader embedding": "what the reader reads",
            "preference": "what the reader rates high",
            "kind embedding": "what readers of books of its kind read",
        }[part]

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        if not pair.rated[0] and part in ("likeness", "preference", "reader embedding"):
            return NOTHING_RATED
        return ""


@dataclass(frozen=True, eq=False)
class FoldedEmbeddings:
    """Vectors without what each fold tells of who holds what and who likes it; the last leaves nothing out.

    Parameters
    ----------
    book, of_kind, reader, preference : float32[folds + 1, n, d]
    """

    book: FloatArray
    of_kind: FloatArray
    reader: FloatArray
    preference: FloatArray


class EmbeddingSource:
    """Learns :class:`CollaborativeEmbeddings`."""

    name = "embeddings"
    groups: ClassVar[Mapping[str, str]] = {
        "embeddings": "where the book, its kind and the reader lie among all, found from who holds what"
    }

    def learn(self, rows: TrainingRows) -> Learned:
        rows = rows.coarse
        readers, n_works, n_users = rows.readers, rows.groupings.work.size, len(rows.readers)
        holder, what = readers.holdings
        hidden = np.zeros((rows.folds, len(holder)), np.bool_)
        rated = rows.ratings.user.astype(np.int64) * n_works + rows.work
        hidden[rows.fold, np.searchsorted(holder * n_works + what, rated)] = True
        seed = int(derive_rng(rows.rng, "places").integers(2**31 - 1))
        # Of users who hold nothing there is one: the search for vectors takes longer the more there are.
        some = distinct(holder)
        compact = np.searchsorted(some, holder)
        of_book = embed_groups(compact, what, hidden, len(some) + 1, n_works, WIDTH, seed)
        kind = rows.groupings.kinds[0] if rows.groupings.kinds else None
        codes = _kinds(readers, None if kind is None else kind.name)
        of_work = np.full(n_works, -1)
        of_work[rows.groupings.work.code[codes >= 0]] = codes[codes >= 0]
        has, has_kinds = of_work[what] >= 0, bool((codes >= 0).any())
        n_kinds = int(codes.max(initial=0)) + 1
        of_kind = embed_groups(compact[has], of_work[what[has]], hidden[:, has], len(some) + 1, n_kinds, WIDTH, seed)
        count = without_fold(rows.fold, rows.folds, rows.ratings.user, n_users, np.ones(len(rows.ratings)))
        user, work, fold = rows.sampled.user, rows.work[rows.sample], rows.sampled_fold
        code = codes[rows.sampled.item]
        columns = np.empty((len(rows.sample), 2 + (3 + has_kinds) * SHOWN), np.float32, order="F")
        sizes = (n_works, n_kinds, n_users, n_users)
        kept = [np.empty((rows.folds + 1, n, WIDTH), np.float32) for n in sizes] if rows.keep_folds else []

        book, kinds = of_book(-1), of_kind(-1)

        def fill(leave: int) -> None:
            vectors = (book, kinds) if leave == rows.folds else (of_book(leave), of_kind(leave))
            held = np.ones(len(holder), np.float32) if leave == rows.folds else (~hidden[leave]).astype(np.float32)
            # In its own fold a residual is 0.
            sides = reader_vectors(readers, vectors[0], held, rows.residual[leave], count[leave])
            inside = np.flatnonzero(fold == leave)
            vector, preference = (side[user[inside]] for side in sides)
            of_kinds = _of_code(vectors[1], code[inside]) if has_kinds else None
            _write(columns, inside, vectors[0][work[inside]], vector, preference, of_kinds)
            for part, values in zip(kept, (*vectors, *sides), strict=False):
                part[leave] = values

        side_by_side(fill, range(rows.folds + rows.keep_folds))
        found = CollaborativeEmbeddings(
            None if kind is None else kind.name,
            np.bincount(what, minlength=n_works).astype(np.float32),
            book,
            kinds if has_kinds else np.zeros((0, WIDTH), np.float32),
        )
        return Learned(found, columns, FoldedEmbeddings(*kept) if kept else None)


def reader_vectors(
    readers: Readers, book: FloatArray, held: FloatArray, residual: FloatArray, count: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum the vectors of what readers hold (weights float32[h]), and of what they rate, by the residuals."""
    from toprank.evidence.reader_kernel import weighted_rows  # numba takes its time to be imported

    holder, what = readers.holdings
    vector = weighted_rows(np.searchsorted(holder, np.arange(len(readers) + 1)), what.astype(np.int32), held, book)
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-6)
    rated, order = readers.by_work
    left, work, start = residual.astype(np.float32)[order], rated.right, rated.start
    again = np.flatnonzero((work[1:] == work[:-1]) & (rated.left[1:] == rated.left[:-1])) + 1
    if len(again):  # several editions count as one, with the sum of what is left
        first = np.delete(np.arange(len(work)), again)
        left, work, start = np.add.reduceat(left, first), work[first], np.searchsorted(first, start).astype(np.int64)
    preference = weighted_rows(start, work, left, book)
    preference /= np.sqrt(count + SMOOTHING)[:, None]
    return vector, preference


def _columns(book: FloatArray, reader: FloatArray, preference: FloatArray, kind: FloatArray | None) -> FloatArray:
    columns = np.empty((len(book), 2 + (3 + (kind is not None)) * min(book.shape[1], SHOWN)), np.float32, order="F")
    _write(columns, np.arange(len(book)), book, reader, preference, kind)
    return columns


def _write(
    columns: FloatArray, rows: IntArray, book: FloatArray, reader: FloatArray, preference: FloatArray,
    kind: FloatArray | None,
) -> None:  # fmt: skip
    """Write the columns of some rows, which ascend."""
    for place, side in enumerate((reader, preference)):
        columns[rows, place] = (book * side).sum(axis=1)
    for place, part in enumerate([book, reader, preference, *([] if kind is None else [kind])]):
        shown = part[:, :SHOWN]
        first = 2 + place * shown.shape[1]
        columns[rows, first : first + shown.shape[1]] = shown


def _of_code(vectors: FloatArray, code: IntArray) -> FloatArray:
    return np.where((code < 0)[:, None], np.float32(0), vectors[np.maximum(code, 0)])


def _kinds(readers: Readers, kind: str | None) -> IntArray:
    """Give the finest group of each item (int32[n_items]); -1 where there is none."""
    groupings = readers.groupings
    return np.full(groupings.items[0].size, -1, np.int32) if kind is None else groupings.item(kind).code


def _turned(vectors: FloatArray, to: FloatArray, weight: FloatArray) -> FloatArray:
    if vectors.shape != to.shape or not len(to):
        return vectors
    left, _, right = np.linalg.svd((vectors * weight[:, None]).T.astype(np.float64) @ to)
    return np.asarray(vectors @ (left @ right), np.float32)


def _padded(vectors: FloatArray, size: int) -> FloatArray:
    return np.concatenate([vectors, np.zeros((size - len(vectors), vectors.shape[1]), np.float32)])
