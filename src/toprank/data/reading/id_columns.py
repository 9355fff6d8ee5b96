"""Ids of whole columns turned into positions without a Python loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import BoolArray, Int32Array
from toprank.core.ids import IdIndex
from toprank.data.reading.quoting import quoted
from toprank.errors import DataError

if TYPE_CHECKING:
    from toprank.data.reading.open_table import OpenTable

__all__ = ["IdColumn", "dictionary", "id_column", "index_of"]

# The spelling that gives the same text back: no leading zero, no plus sign, and it fits int64.
_CANONICAL_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"


@dataclass(frozen=True, eq=False)
class IdColumn:
    """A column of ids as codes into its distinct values."""

    values: pa.Array  # the distinct ids, in order of appearance
    codes: Int32Array  # int32[n]: for each row the position of its id in ``values``; -1 where it is missing or no id
    textual: bool  # whether the ids come from text, so that integers are recognised by their spelling
    notes: tuple[str, ...] = ()

    def take(self, keep: BoolArray) -> IdColumn:
        """Keep some rows."""
        return replace(self, codes=self.codes[keep])

    @cached_property
    def is_used(self) -> BoolArray:
        """Which of ``values`` rows have."""
        used = np.zeros(len(self.values), bool)
        used[self.codes] = True
        return used

    @property
    def used(self) -> pa.Array:
        """The distinct ids that rows have."""
        return self.values if self.is_used.all() else self.values.filter(pa.array(self.is_used))

    def positions(self, of_used: Int32Array) -> Int32Array:
        """Give each row's position (int32[n]) from that of each id in ``used``."""
        if self.is_used.all():
            return of_used[self.codes]
        position = np.full(len(self.values), -1, np.int32)
        position[self.is_used] = of_used
        return position[self.codes]

    def of_type(self, index: IdIndex) -> pa.Array:
        """Give the column the type of an index that has all its ids."""
        return self.values.take(pa.array(self.codes)).cast(pa.int64() if index.is_integer else pa.string())


def dictionary(column: pa.ChunkedArray) -> tuple[pa.Array, Int32Array]:
    """Give the distinct values of a column, and each row's position among them (-1 where null)."""
    if column.num_chunks == 0:
        return pa.array([], column.type), np.empty(0, np.int32)
    chunks = column.dictionary_encode().chunks
    codes = [chunk.indices.fill_null(-1).to_numpy() for chunk in chunks]
    # The chunks share one growing dictionary: the last has all of it.
    return chunks[-1].dictionary, np.concatenate(codes).astype(np.int32, copy=False)


def id_column(column: pa.ChunkedArray, opened: OpenTable, name: str) -> IdColumn:
    """Take texts, integers or whole floats as ids; null, blank or broken over lines they have the code -1.

    Whole floats count as integers: pandas makes floats of integers with gaps.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    try:
        if pa.types.is_floating(kind):
            column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind)).cast(pa.int64())
        elif pa.types.is_integer(kind):
            column = column.cast(pa.int64())
        elif pa.types.is_null(kind):
            column = column.cast(pa.string())
        elif not pa.types.is_string(kind):
            if not (pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
                raise pa.ArrowInvalid(f"type {kind}")
            column = column.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise DataError(
            f"its values cannot be ids ({error})", "give ids as strings or integers", source=opened.label, column=name
        ) from error
    values, codes = dictionary(column)
    if pa.types.is_string(values.type):
        bare = pc.utf8_trim_whitespace(values)
        broken = pc.match_substring_regex(values, r"[\r\n]")
        unusable = pc.or_(pc.equal(bare, ""), broken).to_numpy(zero_copy_only=False)
        if unusable.any():
            codes = np.where(np.append(unusable, True)[codes], np.int32(-1), codes)
        if opened.strip_ids:
            return _stripped(values, bare, codes, opened, name)
    return IdColumn(values, codes, opened.textual)


def _stripped(values: pa.Array, bare: pa.Array, codes: Int32Array, opened: OpenTable, name: str) -> IdColumn:
    """Take ids without the white space around them; those that were told apart by it alone become one."""
    padded = np.append(pc.not_equal(bare, values).to_numpy(zero_copy_only=False), False)[codes]
    if not padded.any():
        return IdColumn(values, codes, opened.textual)
    rows = int(padded.sum())
    first = values[int(codes[padded.argmax()])].as_py()
    note = (
        f"white space around {rows:,} {'id' if rows == 1 else 'ids'} of the column {name!r} is left out, first around "
        f"{quoted(first)}"
    )
    distinct, position = dictionary(pa.chunked_array([bare]))
    return IdColumn(distinct, np.append(position, np.int32(-1))[codes], opened.textual, (note,))


def index_of(columns: Sequence[IdColumn]) -> tuple[IdIndex, list[Int32Array]]:
    """Make one index of the ids of several columns.

    The ids are integers where every column holds integers, or text that all spells integers; else strings.
    """
    used = [column.used for column in columns]
    integers = all(
        pa.types.is_integer(values.type) or (column.textual and bool(pc.all(_spells_integer(values)).as_py()))
        for column, values in zip(columns, used, strict=True)
    )
    kind = pa.int64() if integers else pa.string()
    distinct, positions = dictionary(pa.chunked_array([values.cast(kind) for values in used]))
    order = pc.sort_indices(distinct)
    index = IdIndex(distinct.take(order).to_numpy(zero_copy_only=False))
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    ends = np.cumsum([len(values) for values in used])
    return index, [
        column.positions(rank[position])
        for column, position in zip(columns, np.split(positions, ends[:-1]), strict=True)
    ]


def _spells_integer(values: pa.Array) -> pa.Array:
    return pc.match_substring_regex(values, _CANONICAL_INTEGER)
