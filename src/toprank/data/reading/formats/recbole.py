"""RecBole's atomic files: tab-separated, with the type of each column in the header."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from toprank.data.reading.content import Content
from toprank.data.reading.formats.format import Found, Source, changed, renamed
from toprank.data.reading.table import OpenTable

__all__ = ["find"]

_TYPED = re.compile(r"(?P<name>.+):(?P<type>token|token_seq|float|float_seq)")


def find(source: Source) -> Found | None:
    """Read the one ``.inter`` file, and ``.item`` and ``.user`` beside it."""
    data = source.files(".inter")
    if len(data) != 1:
        return None
    ratings = _open(source, data[0])
    if ratings is None:
        return None
    items, users = source.files(".item"), source.files(".user")
    return Found(
        ratings,
        _open(source, items[0]) if len(items) == 1 else None,
        _open(source, users[0]) if len(users) == 1 else None,
    )


def _open(source: Source, content: Content) -> OpenTable | None:
    opened = source.open(content, delimiter="\t", header=True, quotes=False)
    typed = [_TYPED.fullmatch(column) for column in opened.columns]
    if not all(typed):
        return None
    names = [one["name"] for one in typed if one]
    lists = [one["name"] for one in typed if one and one["type"].endswith("_seq")]
    plain = renamed(opened, names, {})
    return changed(plain, names, lambda table: _split(table, lists)) if lists else plain


def _split(table: pa.Table, lists: list[str]) -> pa.Table:
    """Take sequences, whose values are separated by blanks, as lists."""
    for name in lists:
        values = pc.split_pattern(pc.utf8_trim_whitespace(table[name]), " ")
        table = table.set_column(table.column_names.index(name), name, values)
    return table
