"""Attribute tables: what is known of items and of users."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import Int32Array
from toprank.core.dataset import Attributes
from toprank.core.ids import IdIndex
from toprank.data.reading.columns import Role, guess_columns
from toprank.data.reading.id_columns import IdColumn, id_column, id_problem
from toprank.data.reading.odd_items import odd_items
from toprank.data.reading.quoting import listed, quoted
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.roles import find_roles, plain_column
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError, OptionError

__all__ = ["AttributeTable", "learning_from", "read_attributes"]

_INTEGER = r"^(|0|-?[1-9][0-9]{0,17})$"
_NUMBER = r"^(|-?(0|[1-9][0-9]*)(\.[0-9]+)?)$"


@dataclass(frozen=True, eq=False)
class AttributeTable:
    """An attribute table whose ids are not positions yet; made by :func:`read_attributes`."""

    table: pa.Table  # the id column first
    ids: IdColumn
    roles: Mapping[str, str]  # of items, the columns of a role
    notes: tuple[str, ...]

    def attributes(self, positions: Int32Array, index: IdIndex) -> Attributes:
        """Join the table to an index."""
        row = np.full(len(index), -1, np.int32)
        # Of repeated positions numpy keeps the last assignment, so backwards the first row counts.
        row[positions[::-1]] = np.arange(len(positions) - 1, -1, -1, dtype=np.int32)
        table = self.table.set_column(0, self.table.column_names[0], self.ids.of_type(index))
        return Attributes(table, row, roles=self.roles)


def read_attributes(opened: OpenTable, role: Role, rating_id: str, bad_rows: BadRows) -> AttributeTable:
    """Read an attribute table whole.

    The id column is the one named as in the ratings, else the only one with a usual name, else the first. Columns of
    text that all spell numbers become numbers; an empty field is null.
    """
    usual = guess_columns(role, opened.columns)
    candidates = [rating_id] if rating_id in opened.columns else usual
    if role in opened.roles:
        candidates = [opened.roles[role]]
    name = candidates[0] if len(candidates) == 1 else opened.columns[0]
    rows, unreadable = _readable(opened, [name, *(column for column in opened.columns if column != name)], bad_rows)
    table, skipped = rows.table, rows.skipped
    ids = id_column(table.column(0), opened, name)
    missing = np.flatnonzero(ids.codes < 0)
    if len(missing):
        lines = rows.lines(missing[:20] if bad_rows == "skip" else missing[:1])
        if bad_rows == "error":
            found = table.column(0)[int(missing[0])].as_py()
            raise DataError(
                f"this row has no usable {role} id: {quoted(str(found))}; the {role} {id_problem(found)[0]}",
                f"{id_problem(found)[1]}, or leave out such rows with --bad-rows skip",
                source=rows.source(int(missing[0]), opened.label),
                line=int(lines[0]),
                column=name,
                unit=opened.unit,
            )
        skipped = skipped.with_rows(len(missing), [(int(line), f"no usable {role} id") for line in lines])
    kept = np.flatnonzero(ids.codes >= 0)
    if len(missing):
        table, ids = table.take(pa.array(kept)), ids.take(ids.codes >= 0)
    notes = [f"{role} attributes from {opened.label}: {table.num_rows:,} rows by the column {name!r}", *opened.notes]
    notes += [f"{opened.label}: {note}" for note in (*unreadable, *ids.notes)]
    if skipped.count:
        notes.append(f"{opened.label}: {skipped.described(opened.unit)}")
    if repeated := table.num_rows - len(ids.used):
        notes.append(f"{opened.label}: {repeated:,} rows repeat the id of an earlier row, which counts")
    roles = find_roles(table) if role == "item" else {}
    if opened.repair_ids:
        odd = odd_items(table, roles, lambda found: rows.lines(kept[found]), opened.unit)
        notes += [f"{note} of {opened.label}" for note in odd]
    convert = _typed if opened.textual else plain_column
    table = pa.table([table.column(0), *map(convert, table.columns[1:])], names=table.column_names)
    return AttributeTable(table, ids, find_roles(table) if role == "item" else {}, tuple(notes))


def _readable(opened: OpenTable, columns: list[str], bad_rows: BadRows) -> tuple[Rows, list[str]]:
    """Read a table without the columns that cannot be read, the id column aside; say which these are."""
    notes: list[str] = []
    while True:
        try:
            return opened.read(columns, bad_rows), notes
        except DataError as error:
            if error.column not in columns[1:] or error.line is not None:
                raise
            notes.append(f"the column {error.column!r} is left out, for {error.problem}; {error.cure}")
            columns = [column for column in columns if column != error.column]


def learning_from(attributes: Attributes | None, names: Sequence[str] | None, role: Role) -> Attributes | None:
    """Say which attributes to learn from.

    Examples
    --------
    >>> table = pa.table({"book": ["a", "b"], "genre": ["crime", "poetry"], "shop": ["x", "x"]})
    >>> attributes = Attributes(table, np.arange(2, dtype=np.int32))
    >>> learning_from(attributes, ["genre"], "item").learn_from
    ('genre',)
    >>> learning_from(attributes, ["shop"], "item")
    Traceback (most recent call last):
    toprank.errors.OptionError: --item-attributes names 'shop', which has no two values; leave it out
    """
    if names is None:
        return attributes
    option = f"--{role}-attributes"
    if attributes is None:
        raise OptionError(f"{option} is given, but there is no table of {role}s; give it with --{role}s")
    for name in names:
        if name not in attributes.names:
            raise OptionError(f"{option} names {quoted(name)}; the attributes are {listed(attributes.names)}")
        column = attributes.table.column(name)
        if not _is_plain(column.type):
            raise OptionError(
                f"{option} names {quoted(name)}, whose values are of type {column.type}; "
                "make them text, numbers or true and false, or leave it out"
            )
        if pc.count_distinct(column).as_py() < 2:
            raise OptionError(f"{option} names {quoted(name)}, which has no two values; leave it out")
    return replace(attributes, learn_from=tuple(names))


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        of_kind(kind)
        for of_kind in (
            pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating
        )
    )  # fmt: skip


def _typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return column
    # One value settles most columns of text; the whole column is matched only where it may be numeric.
    kind = pa.string()
    first = next((value for value in column[:100].to_pylist() if value), "0")
    if re.match(_NUMBER, first):
        if pc.all(pc.match_substring_regex(column, _INTEGER)).as_py():
            kind = pa.int64()
        elif pc.all(pc.match_substring_regex(column, _NUMBER)).as_py():
            kind = pa.float64()
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column).cast(kind)
