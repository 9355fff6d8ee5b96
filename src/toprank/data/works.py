"""Editions joined to works: the same book under other ISBNs, and the series that a title names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import AnyArray, Int32Array, IntArray
from toprank.core.dataset import Attributes
from toprank.core.ids import IdIndex
from toprank.core.stored import stored
from toprank.data.isbn import normalised_isbns
from toprank.data.reading.roles import roles_of, text_of
from toprank.data.same_books import same_books

__all__ = ["Works", "find_works"]


@stored
@dataclass(frozen=True, eq=False)
class Works:
    """What each item of an index is an edition of.

    Parameters
    ----------
    work : int32[n]
        The work, 0 to ``n_works - 1``. An item of which nothing is known is a work of its own.
    n_works : int
        How many works there are.
    series : int32[n]
        The series named in the title's parentheses; -1 where there is none.
    row : int32[n]
        The item's row of the attribute table; where it has none, that of an item with the same ISBN; else -1.
    isbn : int64[n]
        The first twelve digits of the ISBN-13; -1 where the id is not a valid ISBN.
    """

    work: Int32Array
    n_works: int
    series: Int32Array
    row: Int32Array
    isbn: IntArray


def find_works(index: IdIndex, items: Attributes | None) -> Works:
    """Join editions: by ISBN, and by title and author as :func:`toprank.data.same_books.same_books` says.

    Examples
    --------
    >>> index = IdIndex.of(["0-261-10235-4", "0261102354", "0395489318", "other"])
    >>> table = pa.table({
    ...     "isbn": ["0261102354", "0395489318"],
    ...     "title": ["The Fellowship of the Ring (The Lord of the Rings, Part 1)", "Fellowship of the Ring"],
    ...     "author": ["J. R. R. Tolkien", "J.R.R. TOLKIEN"],
    ... })
    >>> find_works(index, Attributes(table, np.array([-1, 0, 1, -1], np.int32))).work.tolist()
    [0, 0, 0, 1]
    """
    size = len(index)
    title, author = text_of(items, "title"), text_of(items, "author")
    row = np.full(size, -1, np.int32) if items is None else items.row.astype(np.int32)
    isbn = _isbns(index, items, row)
    edition = _firsts(isbn)
    if title is not None:
        # An edition whose row has no title takes the row of the same ISBN that has one.
        titled = np.append(_flags(pc.not_equal(pc.utf8_trim_whitespace(title), "")), False)
        row = _shared(np.where(titled[row], row, -1), edition, row)
    row = _shared(row, edition, row)
    work, series = edition, np.full(size, -1, np.int32)
    if title is not None:
        series = _spread(_series(title), row)
    if title is not None and author is not None:
        work = _joined(edition, _firsts(_spread(same_books(title, author), row)))
    distinct, dense = np.unique(work, return_inverse=True)
    return Works(dense.astype(np.int32), len(distinct), series, row, isbn)


def _isbns(index: IdIndex, items: Attributes | None, row: Int32Array) -> IntArray:
    """Read the ids as ISBNs; where they are none, the column that the table has of them."""
    found = np.full(len(index), -1, np.int64) if index.is_integer else normalised_isbns(index.ids)
    name = roles_of(items).get("isbn")
    if items is None or name in (None, items.id_column):
        return found
    column = np.array(items.table.column(name).cast(pa.string()).to_pylist(), dtype=object)
    return np.where(found >= 0, found, np.append(normalised_isbns(column), -1)[row])


def _firsts(numbers: IntArray | Int32Array) -> IntArray:
    """Give the first position with the same number (int64[n]); a negative number is like no other."""
    first, known = np.arange(len(numbers)), np.flatnonzero(numbers >= 0)
    _, place, inverse = np.unique(numbers[known], return_index=True, return_inverse=True)
    first[known] = known[place][inverse]
    return first


def _shared(row: AnyArray, edition: IntArray, own: Int32Array) -> Int32Array:
    """Give items without a row that of their edition; where that has none either, their own."""
    best = np.full(len(row), -1, np.int64)
    np.maximum.at(best, edition, row)
    found = np.where(row >= 0, row, best[edition])
    return np.where(found >= 0, found, own).astype(np.int32)


def _joined(one: IntArray, other: IntArray) -> IntArray:
    """Join positions that either way of grouping joins: the first of each, int64[n]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size, each = len(one), np.arange(len(one))
    links = coo_array((np.ones(2 * size, np.int8), (np.tile(each, 2), np.append(one, other))), shape=(size, size))
    return _firsts(connected_components(links, directed=False)[1])


def _series(title: pa.ChunkedArray) -> AnyArray:
    """Number what the last parentheses of each title hold, without the volume; -1 where that names no series."""
    inside = pc.struct_field(pc.extract_regex(pc.utf8_lower(title), r"\((?P<series>[^()]+)\)[^()]*$"), [0])
    for pattern in (
        r"[\s,.:;-]*\b(book|bk|vol|volume|no|number|part|episode|band|tome|bd)?[\s.]*(#?\s*[0-9]+|\b[ivx]+)\W*$",
        r"\b(mass market|trade|paperback|hardcover|large print|(un)?abridged|audio|cassette|([0-9]+\p{L}+ )?edition)\b",
        r"[^\p{L}\p{N}]+",
    ):
        inside = pc.replace_substring_regex(inside, pattern, "")
    codes = _codes(pc.if_else(pc.greater(pc.utf8_length(inside), 2), inside, None))
    counts = np.bincount(codes[codes >= 0])
    return np.where((codes >= 0) & (np.append(counts, 0)[codes] > 1), codes, -1)


def _codes(values: Any) -> AnyArray:
    """Number distinct values; null is -1."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    codes: AnyArray = np.asarray(whole.dictionary_encode().indices.fill_null(-1))
    return codes


def _spread(codes: AnyArray, row: Int32Array) -> Int32Array:
    """Give each item the code of its row; -1 where it has none."""
    return np.append(codes, -1)[row].astype(np.int32)


def _flags(values: Any) -> AnyArray:
    flags: AnyArray = np.asarray(values.fill_null(False))
    return flags
