"""What the attention network reads: vectors of works and readers, the reader's rated books, the book's raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from toprank.core.threads import side_by_side

__all__ = ["BookLookup", "Inputs", "ReaderLookup", "dense_parts", "group_rows", "look_up", "token_rows"]

BLOCK = 8192
"""Pairs looked up at once; a bound on memory."""

CANDIDATES = 400
"""Raters of a book that are looked at; of more, evenly spaced ones."""

MAX_INPUT = 6.0
"""Inputs are cut off there, on both sides of 0."""


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


@dataclass(frozen=True, eq=False)
class ReaderLookup:
    """The readers' side: their lists, all without any one fold; the last of each leaves nothing out.

    Parameters
    ----------
    user : int64[r]
        Which user each reader is; -1 for a new one.
    start, item, fold, value, liked : int64[r + 1], int32[m], int64[m], float32[m], bool[m]
        Their ratings.
    residual : float32[folds + 1, m]
        What is left of each rating after a bias without each fold.
    mean : float32[folds + 1, r]
    shared : int32[r]
        A group of each reader, -1 where unknown.
    vector, preference, histogram : float32[folds + 1, r, ...]
    """

    user: IntArray
    start: IntArray
    item: IntArray
    fold: IntArray
    value: FloatArray
    liked: BoolArray
    residual: FloatArray
    mean: FloatArray
    shared: IntArray
    vector: FloatArray
    preference: FloatArray
    histogram: FloatArray


@dataclass(frozen=True, eq=False)
class BookLookup:
    """The books' side: what is known of items, and who rated them.

    Parameters
    ----------
    work : int32[n_items]
        The work of each item.
    kinds : int32[n_items, k]
        Groups of each item, finest first; -1 where unknown.
    number : float32[n_items]
        One number of each item, scaled to a spread of 1; NaN where unknown.
    spread : float
        Rating points that a difference of 1 stands for: a quarter of the scale.
    vector, histogram : float32[folds + 1, n_works, ...]
    of_kind : float32[folds + 1, n_kinds, d]
    holders : float32[n_works]
    user, item, fold, value, liked, residual : arrays of m
        The training rows, as in :class:`ReaderLookup`.
    starts, rows : tuples of two int64 arrays
        Training rows by work and by the finest kind.
    mean, count, rater_vector : float32[folds + 1, n_users, ...]
    middle : float64[folds + 1]
        Mean of all ratings without each fold.
    shared : int32[n_users]
        A group of each user, -1 where unknown.
    """

    work: IntArray
    kinds: IntArray
    number: FloatArray
    spread: float
    vector: FloatArray
    histogram: FloatArray
    of_kind: FloatArray
    holders: FloatArray
    user: IntArray
    item: IntArray
    fold: IntArray
    value: FloatArray
    liked: BoolArray
    residual: FloatArray
    starts: tuple[IntArray, IntArray]
    rows: tuple[IntArray, IntArray]
    mean: FloatArray
    count: FloatArray
    rater_vector: FloatArray
    middle: FloatArray
    shared: IntArray

    @property
    def kind(self) -> IntArray:
        """The finest group of each item (int32[n_items])."""
        return self.kinds[:, 0] if self.kinds.shape[1] else np.full(len(self.work), -1, np.int32)


def look_up(
    readers: ReaderLookup,
    about: BookLookup,
    evidence: FloatArray,
    row: IntArray,
    item: IntArray,
    hidden: IntArray | None,
    books: int,
    raters: int,
) -> Inputs:
    """Look pairs up: of ``evidence`` (float32[n, e], scaled) and at most so many books and raters.

    ``hidden`` (int64[n]) is the fold that each pair must not see; None hides nothing.
    """
    from toprank.nets.attention.lookup_kernel import BOOK, RATER

    n = len(row)
    leave = np.full(n, len(about.vector) - 1) if hidden is None else hidden
    width = evidence.shape[1] + _dense(readers, about, row[:0], item[:0], leave[:0]).shape[1]
    answer = Inputs(*(_aligned(shape) for shape in ((n, width), (n, books, BOOK), (n, raters, RATER))))

    def fill(part: slice) -> None:
        pairs = row[part], item[part], leave[part]
        shelf = np.zeros((len(pairs[0]), books, BOOK), np.float32)
        tokens = np.zeros((len(pairs[0]), raters, RATER), np.float32)
        fill_tokens(shelf, tokens, readers, about, *pairs)
        answer.dense[part, : evidence.shape[1]] = evidence[part]
        for to, values in (
            (answer.dense[part, evidence.shape[1] :], _dense(readers, about, *pairs)),
            (answer.books[part], shelf),
            (answer.raters[part], tokens),
        ):
            to[:] = np.clip(values, -MAX_INPUT, MAX_INPUT)

    blocks = [slice(begin, min(begin + BLOCK, n)) for begin in range(0, n, BLOCK)]
    side_by_side(fill, blocks)
    return answer


def fill_tokens(
    shelf: FloatArray, raters: FloatArray, readers: ReaderLookup, about: BookLookup, row: AnyArray, item: AnyArray,
    leave: AnyArray,
) -> tuple[IntArray, IntArray]:  # fmt: skip
    """Fill in the nearest books (float32[n, books, BOOK]) and raters (float32[n, raters, RATER]); give their rows."""
    from toprank.nets.attention.lookup_kernel import nearest_books, nearest_raters

    kind = about.kind
    of_books, of_raters = np.full(shelf.shape[:2], -1), np.full(raters.shape[:2], -1)
    nearest_books(
        shelf, of_books, np.lexsort((leave, row)), row, item, leave, readers.start, readers.item, readers.fold,
        readers.value, readers.liked, readers.residual, readers.mean, about.spread, about.work, about.kinds,
        about.number, about.vector, about.holders,
    )  # fmt: skip
    nearest_raters(
        raters, of_raters, np.lexsort((leave, about.work[item], kind[item])), row, item, leave, readers.user,
        readers.mean, readers.shared, readers.vector, about.starts, about.rows, np.stack([about.work, kind], axis=1),
        about.user, about.item, about.fold, about.value, about.liked, about.residual, about.mean, about.count,
        about.middle.astype(np.float32), about.spread, about.shared, about.rater_vector, CANDIDATES,
    )  # fmt: skip
    return of_books, of_raters


def token_rows(
    readers: ReaderLookup, about: BookLookup, row: IntArray, item: IntArray, books: int, raters: int
) -> tuple[IntArray, IntArray]:
    """Give which ratings are looked at: rows of the readers (int64[n, books]) and of all (int64[n, raters])."""
    from toprank.nets.attention.lookup_kernel import BOOK, RATER

    n = len(row)
    shelf, tokens = np.zeros((n, books, BOOK), np.float32), np.zeros((n, raters, RATER), np.float32)
    return fill_tokens(shelf, tokens, readers, about, row, item, np.full(n, len(about.vector) - 1))


def group_rows(key: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give where the rows of each key begin, and the rows; the key -1 is left out."""
    order = np.argsort(key, kind="stable")
    order = order[int((key < 0).sum()) :]
    return np.searchsorted(key[order], np.arange(size + 1)), order


def dense_parts(readers: ReaderLookup, about: BookLookup) -> list[str]:
    """Say to which part of the evidence each column of :func:`_dense` belongs."""
    d = about.vector.shape[2]
    parts = ["reader ratings"] * readers.histogram.shape[2] + ["book ratings"] * about.histogram.shape[2]
    parts += ["book embedding"] * d + ["reader embedding"] * d + ["likeness"] * (2 * d + 2)
    return parts + ["kind embedding"] * (d if about.kinds.shape[1] else 0)


def _dense(readers: ReaderLookup, about: BookLookup, row: AnyArray, item: AnyArray, leave: AnyArray) -> FloatArray:
    """Give vectors and histograms; vectors come scaled to entries of about 1."""
    work = about.work[item]
    book, reader, preference = about.vector[leave, work], readers.vector[leave, row], readers.preference[leave, row]
    columns = [3 * readers.histogram[leave, row], 3 * about.histogram[leave, work], 4 * book, 4 * reader]
    columns += [16 * book * reader, 8 * book * preference]
    columns += [(book * side).sum(axis=1, keepdims=True) for side in (reader, preference)]
    if about.kinds.shape[1]:
        kind = about.kind[item]
        of_kind = about.of_kind[leave, np.maximum(kind, 0)] if about.of_kind.shape[1] else np.zeros_like(book)
        columns.append(4 * np.where((kind < 0)[:, None], np.float32(0), of_kind))
    return np.concatenate(columns, axis=1)


def _aligned(shape: tuple[int, ...]) -> FloatArray:
    """Make an empty float16 array that begins where JAX, on a CPU, can use it as it is."""
    raw = np.empty(2 * int(np.prod(shape)) + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    answer: FloatArray = raw[begin : begin + 2 * int(np.prod(shape))].view(np.float16).reshape(shape)
    return answer
