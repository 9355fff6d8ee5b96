"""Attribute columns as categories: small numbers by position, -1 where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes
from toprank.core.stored import stored

__all__ = ["Categories", "categories", "numbers"]

BANDS = 12
"""Into how many bands of about equally many positions a number is cut."""

MAX_WHOLE = 1000
"""A column of whole numbers with more distinct values than this is not a category."""

MIN_EACH = 2.0
"""Positions a category must have on average: what has fewer is a name, not a category."""

MAX_DISTINCT = 0.85
"""A column of texts with more distinct ones than this share of its rows is not looked at any closer."""

_UNKNOWN = ("", "na", "none", "null", "nan", "unknown")


@stored
@dataclass(frozen=True, eq=False)
class Categories:
    """One way to group the users or the items.

    Parameters
    ----------
    name : str
        What the groups are.
    code : int32[n]
        The group of each position; -1 where it is unknown.
    size : int
        How many groups there are.
    crossed : bool
        Whether to cross it with the other side. A number is crossed by its bands only.
    """

    name: str
    code: Int32Array
    size: int
    crossed: bool = True

    @classmethod
    def each(cls, name: str, size: int) -> Categories:
        """Let every position be its own group."""
        return cls(name, np.arange(size, dtype=np.int32), size)

    @classmethod
    def of(cls, name: str, values: IntArray, *, crossed: bool = True) -> Categories:
        """Number the distinct values (int[n], negative where unknown) in ascending order.

        Examples
        --------
        >>> Categories.of("year", np.array([2002, -1, 1990, 2002])).code.tolist()
        [1, -1, 0, 1]
        """
        known = values >= 0
        distinct, dense = np.unique(values[known], return_inverse=True)
        code = np.full(len(values), -1, np.int32)
        code[known] = dense
        return cls(name, code, len(distinct), crossed)

    def alike(self, like: IntArray) -> Categories:
        """Add positions that belong where others do; like -1, nowhere."""
        return replace(self, code=np.append(self.code, np.append(self.code, np.int32(-1))[like]))

    def continued(self, values: IntArray) -> Categories:
        """Add positions by the values that made the groups (int[m], m at least n); new values make new groups.

        Examples
        --------
        >>> Categories.of("year", np.array([2002, -1, 1990])).continued(np.array([2002, -1, 1990, 1990, 1995])).code
        array([ 1, -1,  0,  0,  2], dtype=int32)
        """
        n, known = len(self.code), np.flatnonzero(self.code >= 0)
        seen, first = np.unique(values[known], return_index=True)
        fresh = np.setdiff1d(values[n:][values[n:] >= 0], seen)
        numbers = np.append(self.code[known[first]], self.size + np.arange(len(fresh)))
        order = np.argsort(np.append(seen, fresh))
        at = np.searchsorted(np.append(seen, fresh), values[n:], sorter=order)
        code = np.where(values[n:] < 0, -1, np.append(numbers[order], -1)[at]).astype(np.int32)
        return replace(self, code=np.append(self.code, code), size=self.size + len(fresh))

    @property
    def useful(self) -> bool:
        """Whether there are at least two groups, and they are not all but names."""
        return self.size > 1 and int((self.code >= 0).sum()) >= MIN_EACH * self.size


def categories(attributes: Attributes, row: Int32Array, *, places: bool = False) -> list[Categories]:
    """Find the columns of a table that group positions.

    Text is compared without case and punctuation. A column counts if it has at least two values and each has two
    positions on average; numbers with more than 1,000 values and numbers with a fraction count by bands. Where the
    table says what to learn from, those columns count with two values already, and no others do.

    Parameters
    ----------
    attributes : Attributes
        The table.
    row : int32[n]
        The row of each position, or -1.
    places : bool
        Whether text with commas, like ``moscow, yukon territory, russia``, is a place: then its last part, its last
        two parts and the whole each count.

    Returns
    -------
    list of Categories

    Examples
    --------
    >>> table = pa.table({"id": list("abcde"), "genre": ["Crime", "crime", "SF", "SF!", "SF"], "url": list("vwxyz")})
    >>> row = np.arange(5, dtype=np.int32)
    >>> found = categories(Attributes(table, row), row)
    >>> [(c.name, c.code.tolist()) for c in found]
    [('genre', [0, 0, 1, 1, 1])]
    """
    found: list[Categories] = []
    named = attributes.learn_from is not None
    for name in _learned(attributes):
        column = _whole(attributes.table.column(name))
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            encoded = column.dictionary_encode()
            if not named and len(encoded.dictionary) > MAX_DISTINCT * max(1, len(encoded) - encoded.null_count):
                continue  # a title or an address: compared without case it would be a name still
            at = _at(np.asarray(encoded.indices.fill_null(-1)), row).astype(np.int32)
            parts = _parts(name, encoded.dictionary, places)
            # A whole place is crossed with nothing: in a small town it is one user.
            found += [_text(label, part, at, len(parts) == 1 or label != name) for label, part in parts]
        elif pa.types.is_boolean(kind):
            found.append(Categories.of(name, _at(np.asarray(column.cast(pa.int8()).fill_null(-1)), row)))
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
            found += _numeric(name, column, row)
    return [categories for categories in found if categories.useful or (named and categories.size > 1)]


def numbers(attributes: Attributes, row: Int32Array) -> dict[str, FloatArray]:
    """Give the numeric columns as they are (float64[n] by position, NaN where unknown)."""
    found = {}
    for name in _learned(attributes):
        column = _whole(attributes.table.column(name))
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            values = np.append(np.asarray(column.cast(pa.float64()).fill_null(np.nan)), np.nan)
            found[name] = np.where(np.isfinite(values), values, np.nan)[row]
    return found


def _learned(attributes: Attributes) -> Sequence[str]:
    return attributes.names if attributes.learn_from is None else attributes.learn_from


def _numeric(name: str, column: pa.Array, row: Int32Array) -> list[Categories]:
    values = np.append(np.asarray(column.cast(pa.float64()).fill_null(np.nan)), np.nan)[row]
    known = np.isfinite(values)
    if not known.any():
        return []
    distinct, dense = np.unique(values[known], return_inverse=True)
    code = np.full(len(row), -1, np.int64)
    code[known] = dense
    found = []
    few = len(distinct) <= 2 * BANDS
    if pa.types.is_integer(column.type) and len(distinct) <= MAX_WHOLE:
        found.append(Categories.of(name, code, crossed=few))
    if not few:
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BANDS + 1)[1:-1]))
        found.append(Categories.of(f"{name} band", np.where(known, np.searchsorted(edges, values, "right"), -1)))
    return found


def _text(name: str, column: pa.Array, row: Int32Array, crossed: bool) -> Categories:
    plain = pc.replace_substring_regex(pc.utf8_lower(column), r"[^\p{L}\p{N}]+", "")
    encoded = pc.if_else(pc.is_in(plain, pa.array(_UNKNOWN)), None, plain).dictionary_encode()
    # Numbered in the order of the texts: which row of a table comes first must not matter.
    rank = np.empty(len(encoded.dictionary) + 1, np.int64)
    rank[np.asarray(pc.sort_indices(encoded.dictionary))] = np.arange(len(encoded.dictionary))
    rank[-1] = -1
    return Categories.of(name, _at(rank[np.asarray(encoded.indices.fill_null(-1))], row), crossed=crossed)


def _parts(name: str, column: pa.Array, places: bool) -> list[tuple[str, pa.Array]]:
    commas = pc.mean(pc.match_substring(column, ",").cast(pa.float64())).as_py() if places else None
    if commas is None or commas < 0.8:
        return [(name, column)]
    last = pc.replace_substring_regex(column, r"^.*,", "")
    last_two = pc.replace_substring_regex(column, r"^.*,([^,]*,[^,]*)$", r"\1")
    return [(f"{name}: last", last), (f"{name}: last two", last_two), (name, column)]


def _at(codes: IntArray, row: Int32Array) -> IntArray:
    return np.append(codes, -1)[row]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole
