"""Which items a list may hold: those of an attribute's value, not by some authors, among those in stock."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import BoolArray, Int32Array, IntArray
from toprank.core.dataset import Attributes
from toprank.data.reading.roles import is_text, plain_column, roles_of
from toprank.errors import OptionError

__all__ = ["allowed_items"]

MAX_COMPARED = 5000
"""Of more distinct values than this none is said to be near: to compare them all would take seconds."""


def allowed_items(
    attributes: Attributes | None,
    work: Int32Array,
    *,
    only: Mapping[str, object] | None = None,
    exclude_author: Sequence[str] = (),
    among: IntArray | None = None,
) -> BoolArray | None:
    """Say which items a list may hold (bool[n_items]); None where nothing was asked.

    What is known of one edition counts for all editions of a work (``work``: int32[n_items]): an author's book without
    its author is left out too. ``only`` names columns, by name or role, and what they must hold, without case and
    punctuation; of several, ``Fantasy|Adventure``, one is enough. ``exclude_author`` has names, whole or in part.
    ``among``, positions of items (int[m], -1 for an unknown one), is meant item by item, as what is in stock is.
    """
    if not only and not exclude_author and among is None:
        return None
    allowed = np.ones(len(work), np.bool_)
    for name, value in (only or {}).items():
        allowed &= _of_works(_rows_with(attributes, name, value), attributes, work)
    for author in exclude_author:
        allowed &= ~_of_works(_rows_by(attributes, author), attributes, work)
    if among is not None:
        among = np.asarray(among, np.int64)
        stock = np.zeros(len(work), np.bool_)
        stock[among[among >= 0]] = True
        allowed &= stock
    return allowed


def _of_works(rows: BoolArray, attributes: Attributes | None, work: Int32Array) -> BoolArray:
    """Spread rows of the table to all editions of their works (bool[n_items])."""
    row = np.full(len(work), -1) if attributes is None else attributes.row
    some = np.zeros(int(work.max(initial=-1)) + 1, np.bool_)
    some[work[np.append(rows, False)[row]]] = True
    return np.asarray(some[work])


def _rows_with(attributes: Attributes | None, name: str, value: object) -> BoolArray:
    """Find the rows of a table whose column holds a value."""
    names = [] if attributes is None else attributes.names
    column = name if name in names else roles_of(attributes).get(name)
    if attributes is None or column is None:
        meant = "".join(f"; did you mean {near!r}?" for near in difflib.get_close_matches(name, names, 1))
        raise OptionError(f"only asks for {name!r}; known of items: {', '.join(names) or 'nothing'}{meant}")
    values = attributes.table.column(column)
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        try:
            found = np.asarray(pc.equal(values.cast(pa.float64()), float(str(value))).fill_null(False))
        except ValueError:
            raise OptionError(f"only asks for {name}={value}; {name} is a number, so give one") from None
    else:
        values = _texts(values)
        found = np.asarray(pc.match_substring(_parts(values), _parts(pa.array([str(value)]))[0].as_py()))
    if not found.any():
        raise OptionError(f"only asks for {name}={value}; no item has it{_did_you_mean(values, str(value))}")
    return found


def _rows_by(attributes: Attributes | None, author: str) -> BoolArray:
    """Find the rows of a table whose author has a name, whole or in part."""
    column = roles_of(attributes).get("author")
    if attributes is None or column is None:
        raise OptionError("exclude_author needs to know who wrote what; give items with an author column")
    values = _texts(attributes.table.column(column))
    found = np.asarray(pc.match_substring(_words(values), _words(pa.array([author]))[0].as_py()))
    if not found.any():
        raise OptionError(f"exclude_author names {author!r}, who wrote no item{_did_you_mean(values, author)}")
    return found


def _texts(values: pa.ChunkedArray) -> pa.Array:
    """Write values out as text, lists with a bar between their parts; what is unknown as none."""
    if pa.types.is_map(values.type):  # tags, each with how often it was given
        return pa.array(["|".join(str(name) for name, _ in row or ()) for row in values.to_pylist()], pa.string())
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        values = pc.binary_join(values.cast(pa.list_(pa.string())), "|")
    values = plain_column(values) if is_text(values.type) else values.cast(pa.string())
    return values.combine_chunks().cast(pa.string()).fill_null("")


def _words(values: pa.Array) -> pa.Array:
    """Give texts in lower case, a blank around each word and nothing else."""
    plain = pc.replace_substring_regex(pc.utf8_lower(values), r"[^\p{L}\p{N}]+", " ")
    return pc.binary_join_element_wise(" ", pc.utf8_trim_whitespace(plain), " ", "")


def _parts(values: pa.Array) -> pa.Array:
    """Give texts in lower case, a bar around each part of a list and words between."""
    barred = pc.replace_substring_regex(pc.utf8_lower(values), r"[|;/,]+", "|")
    plain = pc.replace_substring_regex(barred, r"[^\p{L}\p{N}|]+", " ")
    whole = pc.binary_join_element_wise("|", plain, "|", "")
    return pc.replace_substring_regex(whole, r" *\| *", "|")


def _did_you_mean(values: pa.Array, asked: str) -> str:
    distinct = pc.unique(values)
    if len(distinct) > MAX_COMPARED:
        return ""
    near = difflib.get_close_matches(asked, [str(value) for value in distinct.to_pylist()], 1)
    return f"; did you mean {near[0]!r}?" if near else ""
