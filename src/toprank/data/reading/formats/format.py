"""What a known format is, and what it makes of a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from toprank.data.reading.content import Content
from toprank.data.reading.first_lines import Dialect
from toprank.data.reading.frames import open_frame
from toprank.data.reading.open_table import contents_of, is_database, open_content, open_contents, open_table
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable

__all__ = ["Format", "Found", "Source", "changed", "renamed"]


@dataclass(frozen=True, eq=False)
class Source:
    """Where ratings come from: files by their paths in a folder or an archive, or an object."""

    given: Any
    dialect: Dialect
    query: str | None = None

    @cached_property
    def contents(self) -> Mapping[str, Content]:
        """The files; none where it is an object or a database."""
        if isinstance(self.given, pa.Table) or is_database(self.given):
            return {}
        return contents_of(self.given) or {}

    @cached_property
    def table(self) -> OpenTable:
        """All of it as one table."""
        if self.contents:
            return open_contents(self.contents, self.dialect, str(self.given))
        return open_table(self.given, self.dialect, query=self.query)

    @property
    def is_table(self) -> bool:
        """Whether it is a frame, a query, or a single file."""
        return not self.contents or len(self.contents) == 1

    def file(self, name: str) -> Content | None:
        """Give the file of a bare name, wherever in the folder it lies; None where there is none, or several."""
        found = [one for path, one in self.contents.items() if PurePosixPath(path).name.lower() == name.lower()]
        return found[0] if len(found) == 1 else None

    def files(self, ending: str) -> list[Content]:
        """Give the files whose names end so."""
        return [one for one in self.contents.values() if one.name.lower().endswith(ending)]

    def open(self, content: Content, **dialect: Any) -> OpenTable:
        """Open one of the files, written in a way that is known."""
        return open_content(content, replace(self.dialect, **dialect))


@dataclass(frozen=True, eq=False)
class Found:
    """What a format makes of a source."""

    ratings: OpenTable
    items: OpenTable | None = None
    users: OpenTable | None = None
    pairs: OpenTable | None = None  # users and items of interactions without a rating
    options: Mapping[str, Any] = field(default_factory=dict)  # of reading, where nobody says otherwise
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Format:
    """A format, as the documentation lists it.

    Parameters
    ----------
    name, title : str
        Its name on the command line, and in words.
    looks, quirks : str
        Its header or shape, and what is odd about it, in Markdown.
    find : callable
        Takes a source; gives what it makes of it, or None where it is not of this format.
    """

    name: str
    title: str
    looks: str
    quirks: str
    find: Callable[[Source], Found | None]


def renamed(opened: OpenTable, names: Sequence[str], roles: Mapping[str, str]) -> OpenTable:
    """Call the columns of a table otherwise; empty names are left out."""
    old = dict(zip(names, opened.columns, strict=False))

    def read(wanted: Sequence[str] | None, bad_rows: Any) -> Rows:
        chosen = columns if wanted is None else list(wanted)
        rows = opened.read([old[name] for name in chosen], bad_rows)
        return replace(rows, table=rows.table.rename_columns(chosen))

    columns = [name for name in names if name]
    return replace(opened, columns=columns, read=read, roles=roles, sample=())


def changed(opened: OpenTable, columns: Sequence[str], change: Callable[[pa.Table], pa.Table]) -> OpenTable:
    """Let a table be read whole and changed: its new columns are known, its rows stay."""

    def read(wanted: Sequence[str] | None, bad_rows: Any) -> Rows:
        rows = opened.read(None, bad_rows)
        table = change(rows.table)
        return replace(rows, table=table if wanted is None else table.select(list(wanted)))

    return replace(opened, columns=list(columns), read=read, sample=())


def of_frame(frame: Any, label: str, roles: Mapping[str, str]) -> OpenTable:
    """Open a frame under another name."""
    return replace(open_frame(frame), label=label, roles=roles)
