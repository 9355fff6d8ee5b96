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
from toprank.data.reading.roles import text_of

__all__ = ["Works", "find_works", "isbn_blocks", "normalised_isbns"]

# First digits of the publisher block → its length, as the blocks of English and of most other groups were handed out.
_BLOCKS = {
    0: ((0, 20, 70, 85, 90, 95), (2, 3, 4, 5, 6, 7)),
    1: ((0, 10, 40, 55, 86.98, 99.9), (2, 3, 4, 5, 6, 7)),
}


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
    """Join editions: by ISBN first, then by title and first author.

    Titles are compared in lower case without what stands in parentheses, a leading article, ": a novel" and
    punctuation; authors by the first letter and the last name of the first one. A title without an author joins
    nothing.

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
    isbn = np.full(size, -1, np.int64) if index.is_integer else normalised_isbns(index.ids)
    row = np.full(size, -1, np.int32) if items is None else items.row.astype(np.int32)
    # Positions stand for themselves; items with one ISBN share the first of their positions.
    edition = np.arange(size)
    valid = np.flatnonzero(isbn >= 0)
    _, first, inverse = np.unique(isbn[valid], return_index=True, return_inverse=True)
    edition[valid] = valid[first][inverse]
    best = np.full(size, -1, np.int32)
    np.maximum.at(best, edition, row)
    row = np.where(row >= 0, row, best[edition]).astype(np.int32)
    work, series = edition, np.full(size, -1, np.int32)
    title, author = text_of(items, "title"), text_of(items, "author")
    if title is not None:
        series = _spread(_series(title), row)
        if author is not None:
            named = _spread(_codes(_work_names(title, author)), row)
            # Whoever shares an ISBN shares the row of its attributes, so names join whole editions.
            known = np.flatnonzero(named >= 0)
            _, first, inverse = np.unique(named[known], return_index=True, return_inverse=True)
            work = edition.copy()
            work[known] = known[first][inverse]
            # An item whose edition has a name follows that edition.
            work = np.where(named >= 0, work, work[edition])
    distinct, dense = np.unique(work, return_inverse=True)
    return Works(dense.astype(np.int32), len(distinct), series, row, isbn)


def normalised_isbns(ids: AnyArray) -> IntArray:
    """Read ids as ISBNs, whichever way they are written, and verify the check digit.

    Blanks and hyphens do not count, ``x`` is ``X``, an ISBN-10 that lost its leading zero gets it back. Gives the first
    twelve digits of the ISBN-13, which an ISBN-10 shares (int64[n]); -1 for anything else.

    Examples
    --------
    >>> normalised_isbns(np.array(["0-306-40615-2", "9780306406157", "306406152", "0306406153"], object)).tolist()
    [978030640615, 978030640615, 978030640615, -1]
    """
    text = pc.replace_substring_regex(pc.utf8_upper(pa.array(ids, pa.string())), "[^0-9A-Z]", "")
    text = pc.if_else(
        pc.match_substring_regex(text, "^[0-9]{8}[0-9X]$"), pc.binary_join_element_wise("0", text, ""), text
    )
    found = np.full(len(ids), -1, np.int64)
    ten = _flags(pc.match_substring_regex(text, "^[0-9]{9}[0-9X]$"))
    digits = _digits(text.filter(pa.array(ten)), 10)
    core = digits[:, :9] @ 10 ** np.arange(8, -1, -1)
    # Nine zeros pass the check, and are what people type when there is no ISBN.
    valid = (digits @ np.arange(10, 0, -1) % 11 == 0) & (core > 0)
    found[ten] = np.where(valid, 978_000_000_000 + core, -1)
    thirteen = _flags(pc.match_substring_regex(text, "^97[89][0-9]{10}$"))
    digits = _digits(text.filter(pa.array(thirteen)), 13)
    valid = digits @ np.tile([1, 3], 7)[:13] % 10 == 0
    found[thirteen] = np.where(valid, digits[:, :12] @ 10 ** np.arange(11, -1, -1), -1)
    return found


def isbn_blocks(isbn: IntArray) -> tuple[IntArray, IntArray]:
    """Split ISBNs into the group (a language or a country) and the publisher's block: int64[n], -1 as the ISBN.

    Outside the two English groups the length of the publisher's block is that of the usual scheme; a few groups
    depart from it, which makes some blocks of theirs too long or too short.

    Examples
    --------
    >>> group, block = isbn_blocks(np.array([978030640615, 978030699999, 978349912862, -1]))
    >>> group.tolist(), bool(block[0] == block[1])
    ([9780, 9780, 9783, -1], True)
    """
    prefix, core = isbn // 10**9, isbn % 10**9
    two, three, four = core // 10**7, core // 10**6, core // 10**5
    conditions = [two < 60, three < 650, two == 65, two < 80, two < 95, three < 990, four < 9990]
    length = np.select(conditions, [1, 3, 2, 1, 2, 3, 4], 5)
    group = prefix * 10**length + core // 10 ** (9 - length)
    after = core % 10 ** (9 - length) / 10.0 ** (7 - length)  # the next two digits, and a fraction
    english = group == 9781
    size = np.where(
        english,
        np.take(_BLOCKS[1][1], np.searchsorted(_BLOCKS[1][0], after, "right") - 1),
        np.take(_BLOCKS[0][1], np.searchsorted(_BLOCKS[0][0], after, "right") - 1),
    )
    size = np.minimum(size, 8 - length)
    block = (isbn // 10 ** (9 - length - size)) * 10 + size
    return np.where(isbn < 0, -1, group), np.where(isbn < 0, -1, block)


def _work_names(title: pa.ChunkedArray, author: pa.ChunkedArray) -> pa.ChunkedArray:
    """Join what is left of the title to the author's first letter and last name; null where either is missing."""
    plain = pc.utf8_lower(title)
    for pattern, instead in (
        (r"\([^()]*\)|\([^()]*$|\[[^\]]*\]", " "),
        (r"\s*:\s*(a|ein|un|een) (novel|roman|thriller|mystery|memoir)\b.*$", ""),
        (r"^\s*(the|a|an|der|die|das|le|la|les|el|los)\s+", ""),
        (r"[^\p{L}\p{N}]+", ""),
    ):
        plain = pc.replace_substring_regex(plain, pattern, instead)
    name = pc.utf8_lower(author)
    for pattern, instead in (
        (r"\s*(;|&|/|\band\b|\bwith\b).*$", ""),
        (r"\([^()]*\)|,?\s+(jr|sr|phd|md|iii?)\.?$", ""),
        (r"[^\p{L}\p{N}\s.]+", ""),
        (r"^[\s.]*(\p{L}).*?([\p{L}\p{N}]+)[\s.]*$", r"\1 \2"),
    ):
        name = pc.replace_substring_regex(name, pattern, instead)
    named = pc.binary_join_element_wise(plain, name, "|")
    return pc.if_else(pc.and_(pc.not_equal(plain, ""), pc.not_equal(name, "")), named, None)


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


def _digits(text: Any, width: int) -> AnyArray:
    """Split equally long texts of digits and X into numbers (int64[n, width])."""
    letters = np.array(text.to_pylist(), dtype=f"S{width}").view(np.uint8).reshape(-1, width).astype(np.int64)
    return np.where(letters == ord("X"), 10, letters - ord("0")).astype(np.int64)
