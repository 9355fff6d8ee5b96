"""Ids of whole columns turned into positions without a Python loop over rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
    from toprank.data.reading.table import OpenTable

__all__ = ["IdColumn", "dictionary", "id_column", "id_problem", "index_of"]

# No leading zero, no plus sign, and it fits int64; 7.0 is what pandas makes of a 7 beside gaps.
_WHOLE = r"^(0|-?[1-9][0-9]{0,17})(\.0+)?$"
_SPREADSHEET = r'^="(.*)"$'
"""How a spreadsheet is kept from taking an ISBN for a number."""
_MANGLED = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]{2}$"
"""What a spreadsheet makes of an ISBN that it took for a number: most of its digits are lost."""


_TENS = 10 ** np.arange(1, 18)
_FEW_WHOLE = 1 << 20
"""Whole numbers that lie within so many, or as many as there are rows, are numbered by a table."""


@dataclass(frozen=True, eq=False)
class IdColumn:
    """A column of ids as codes into its distinct values."""

    values: pa.Array  # the distinct ids, in any order
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
        ids = self.values.take(pa.array(self.codes))
        return _without_point(ids).cast(pa.int64()) if index.is_integer else ids.cast(pa.string())


def dictionary(column: pa.ChunkedArray) -> tuple[pa.Array, Int32Array]:
    """Give the distinct values of a column, in any order, and each row's position among them (-1 where null)."""
    codes = np.empty(len(column), np.int32)
    if len(column) == 0:
        return pa.array([], column.type), codes
    if column.type == pa.int64() and (least := pc.min(column).as_py()) is not None:
        size = pc.max(column).as_py() - least + 1
        if size <= max(_FEW_WHOLE, len(column)) and least + size < 2**62:
            return _dense(column, least, size, codes)
    chunks = column.dictionary_encode().chunks
    _fill(codes, (chunk.indices.fill_null(-1).to_numpy() for chunk in chunks))
    # The chunks share one growing dictionary: the last has all of it.
    return chunks[-1].dictionary, codes


def _dense(column: pa.ChunkedArray, least: int, size: int, codes: Int32Array) -> tuple[pa.Array, Int32Array]:
    """Number whole numbers by a table of those between the least and the greatest; null is found behind them."""
    code = np.zeros(size + 1, np.int32)
    places = [(chunk.fill_null(least + size).to_numpy() - least).astype(np.int32) for chunk in column.chunks]
    for place in places:
        code[place] = 1
    code[-1] = 0
    values = np.flatnonzero(code) + least
    np.cumsum(code, out=code)
    code -= 1
    code[-1] = -1
    _fill(codes, (code[place] for place in places))
    return pa.array(values), codes


def _fill(codes: Int32Array, parts: Iterable[Int32Array]) -> None:
    begin = 0
    for part in parts:
        codes[begin : begin + len(part)] = part
        begin += len(part)


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read text that spells whole numbers from 0 on, all as one would write them; other text stays."""
    chunks = []
    for chunk in column.chunks:
        letters = np.frombuffer(chunk.buffers()[2] or b"-", np.uint8)
        if letters.min() < ord("0") or letters.max() > ord("9"):
            return column
        try:
            number = chunk.cast(pa.int64())
        except pa.ArrowInvalid:
            return column
        value, length = number.drop_null().to_numpy(), pc.binary_length(chunk).drop_null().to_numpy()
        if not np.array_equal(np.searchsorted(_TENS, value, "right") + 1, length):
            return column
        chunks.append(number)
    return pa.chunked_array(chunks, pa.int64())


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
    if opened.textual:
        column = _whole(column)
    values, codes = dictionary(column)
    if pa.types.is_string(values.type):
        notes: tuple[str, ...] = ()
        if opened.repair_ids:
            values, codes, notes = _repaired(values, codes, opened, name)
        bare = pc.utf8_trim_whitespace(values)
        unusable = pc.or_(pc.equal(bare, ""), pc.match_substring_regex(values, r"[\r\n]"))
        if opened.repair_ids:
            unusable = pc.or_(unusable, pc.match_substring_regex(values, _MANGLED))
        if pc.any(unusable).as_py():
            flags = unusable.to_numpy(zero_copy_only=False)
            codes = np.where(np.append(flags, True)[codes], np.int32(-1), codes)
        return IdColumn(values, codes, opened.textual, notes)
    return IdColumn(values, codes, opened.textual)


def id_problem(value: object) -> tuple[str, str]:
    """Say why a value is no id, and the cure.

    Examples
    --------
    >>> id_problem("9.78E+12")[0], id_problem('=""')[0]
    ("id '9.78E+12' is what a spreadsheet makes of a long number", 'id is empty')
    """
    if isinstance(value, str) and re.fullmatch(_MANGLED, value.strip()):
        cure = "export the file again, or let the spreadsheet import the column as text"
        return f"id {quoted(value)} is what a spreadsheet makes of a long number", cure
    if isinstance(value, str) and re.search(r"[\r\n]", value.strip()):
        return f"id {quoted(value)} holds a line break", "close the quote that was left open"
    return "id is empty", "fill it in"


def _repaired(
    values: pa.Array, codes: Int32Array, opened: OpenTable, name: str
) -> tuple[pa.Array, Int32Array, tuple[str, ...]]:
    """Take ids out of a spreadsheet's wrapping, and those of text without the white space around them."""
    notes = []
    for what, bare_of in (
        ("white space around", pc.utf8_trim_whitespace),
        ('a spreadsheet\'s wrapping, ="…", around', lambda ids: pc.replace_substring_regex(ids, _SPREADSHEET, r"\1")),
    ):
        if bare_of is pc.utf8_trim_whitespace and not opened.strip_ids:
            continue
        bare = bare_of(values)
        differ = pc.not_equal(bare, values)
        if not pc.any(differ).as_py():
            continue
        changed = np.append(differ.to_numpy(zero_copy_only=False), False)[codes]
        rows = int(changed.sum())
        first = values[int(codes[changed.argmax()])].as_py()
        ids = f"{rows:,} {'id' if rows == 1 else 'ids'} of the column {name!r}"
        notes.append(f"{what} {ids} is left out, first around {quoted(first)}")
        # Those that were told apart by it alone become one.
        values, position = dictionary(pa.chunked_array([bare]))
        codes = np.append(position, np.int32(-1))[codes]
    return values, codes, tuple(notes)


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
    if integers:
        used = [_without_point(values) for values in used]
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
    return pc.match_substring_regex(values, _WHOLE)


def _without_point(values: pa.Array) -> pa.Array:
    return values if pa.types.is_integer(values.type) else pc.replace_substring_regex(values, r"\.0+$", "")
