"""Interactions without a rating that come in a file of their own."""

from __future__ import annotations

from dataclasses import dataclass

from toprank.data.reading.columns import choose_column
from toprank.data.reading.id_columns import IdColumn, id_column
from toprank.data.reading.read_options import BadRows
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError

__all__ = ["HeldPairs", "read_pairs"]


@dataclass(frozen=True, eq=False)
class HeldPairs:
    """Who holds what, by ids that are no positions yet."""

    label: str
    user: IdColumn
    item: IdColumn


def read_pairs(opened: OpenTable, bad_rows: BadRows) -> HeldPairs:
    """Read users and items; a row without one of them is a bad one."""
    names = [choose_column(role, None, opened.columns, source=opened.label) for role in ("user", "item")]
    rows = opened.read(names, bad_rows)
    user, item = (id_column(column, opened, name) for column, name in zip(rows.table.columns, names, strict=True))
    usable = (user.codes >= 0) & (item.codes >= 0)
    if bad_rows == "error" and not usable.all():
        line = int(rows.lines((~usable).nonzero()[0][:1])[0])
        raise DataError(
            "this row lacks a user or an item", "fill it in, or leave out such rows with --bad-rows skip",
            source=opened.label, line=line, unit=opened.unit,
        )  # fmt: skip
    return HeldPairs(opened.label, user.take(usable), item.take(usable))
