"""Imports of readers' own exports: of each reader the last, how far it is and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from toprank.service.store.schema import imports

__all__ = ["StoredImport", "begin_import", "delete_imports_before", "end_import", "find_import", "tell_import"]

SILENT = 20.0
"""Seconds without a word after which the process that reads a file is taken for dead; a lost store takes fifteen."""

BROKEN_OFF = "The service stopped while it read this file: nothing of it is kept. Import it again"


@dataclass(frozen=True)
class StoredImport:
    """An import.

    Parameters
    ----------
    reader, name : str
    done, total : int
        Rows looked at, and rows in all; 0 before that is known.
    heard : float
        When its process last wrote here, in seconds since 1970.
    trouble : str or None
        Why nothing came of it.
    result : str or None
        What came of it, as JSON.
    """

    reader: str
    name: str
    done: int
    total: int
    heard: float
    trouble: str | None
    result: str | None

    @property
    def running(self) -> bool:
        """Whether it is still being read."""
        return self.trouble is None and self.result is None and self.heard > time.time() - SILENT

    @property
    def failed(self) -> str:
        """Why nothing came of it; empty where something did, or still may."""
        return self.trouble or ("" if self.running or self.result is not None else BROKEN_OFF)


def begin_import(connection: Connection, reader: str, name: str) -> bool:
    """Keep that one begins, in place of the reader's last; not, and False, where that is still being read."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = vars(StoredImport(reader, name, 0, 0, time.time(), None, None))
    over = or_(
        imports.c.name == name,  # the same, where the writer tries again
        imports.c.trouble.is_not(None),
        imports.c.result.is_not(None),
        imports.c.heard <= row["heard"] - SILENT,
    )
    put = make(imports).values(**row).on_conflict_do_update(index_elements=["reader"], set_=row, where=over)
    return connection.execute(put.returning(imports.c.name)).one_or_none() is not None


def tell_import(connection: Connection, reader: str, name: str, done: int, total: int) -> None:
    """Keep how far one is."""
    _change(connection, reader, name, done=done, total=total)


def end_import(
    connection: Connection, reader: str, name: str, *, trouble: str | None = None, result: str | None = None
) -> bool:
    """Keep what came of one; False where the reader was erased meanwhile, or has begun another."""
    trouble = None if trouble is None else trouble.replace("\0", " ")  # which PostgreSQL keeps in no text
    return _change(connection, reader, name, trouble=trouble, result=result)


def find_import(connection: Connection, reader: str) -> StoredImport | None:
    """Give a reader's last."""
    row = connection.execute(select(imports).where(imports.c.reader == reader)).one_or_none()
    return None if row is None else StoredImport(*row)


def delete_imports_before(connection: Connection, heard: float) -> None:
    """Forget old ones."""
    connection.execute(delete(imports).where(imports.c.heard < heard))


def _change(connection: Connection, reader: str, name: str, **values: object) -> bool:
    """Change one that is still there; whether it is."""
    asked = update(imports).where(imports.c.reader == reader, imports.c.name == name)
    return bool(connection.execute(asked.values(heard=time.time(), **values)).rowcount)
