"""What a query gives: SQLite through Python itself, other databases through SQLAlchemy."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from toprank.data.reading.frames import open_arrow
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError, OptionError

__all__ = ["open_query"]

_BATCH = 100_000


def open_query(address: str, query: str | None) -> OpenTable:
    """Open what a query of a database gives; ``sqlite:///shop.db`` is a file, four slashes begin a whole path."""
    label = re.sub(r"//[^/@]*@", "//", address)  # no password in messages
    if query is None:
        raise OptionError(f'{label} is a database; say what to read with --query "select user, item, rating from …"')
    rows = _sqlite(address, query, label) if address.startswith("sqlite:") else _sqlalchemy(address, query, label)
    names, batches = rows
    return open_arrow(_table(names, batches, label), label)


def _sqlite(address: str, query: str, label: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    path = Path(address.removeprefix("sqlite:").removeprefix("///")).expanduser()
    if not path.is_file():
        raise DataError("there is no such database", "check the path behind sqlite:///", source=label)
    connection = None
    try:
        # Read-only: a query that writes is refused.
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        cursor = connection.execute(query)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refused(str(error), _tables(connection), label) from error
    finally:
        if connection is not None:
            connection.close()
    return [str(column[0]) for column in cursor.description or ()], iter([rows])


def _tables(connection: sqlite3.Connection | None) -> str:
    try:
        found = [] if connection is None else connection.execute("select name from sqlite_master where type='table'")
        return ", ".join(repr(str(name)) for (name,) in found)
    except sqlite3.Error:
        return ""


def _sqlalchemy(address: str, query: str, label: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    try:
        import sqlalchemy
    except ImportError:
        raise OptionError(
            f"{label} needs SQLAlchemy and the database's driver; install them with pip install 'toprank[service]'"
        ) from None
    try:
        engine = sqlalchemy.create_engine(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", address))
        with engine.connect() as connection:
            found = connection.execution_options(stream_results=True).execute(sqlalchemy.text(query))
            names = [str(name) for name in found.keys()]  # noqa: SIM118  a method of the result, not a dict's
            return names, iter(list(found.partitions(_BATCH)))
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _refused(str(error).splitlines()[0], "", label) from error


def _refused(said: str, tables: str, label: str) -> DataError:
    there = f"; the tables are {tables}" if tables else ""
    return DataError(f"the database refused the query ({said}){there}", "check --query", source=label)


def _table(names: list[str], batches: Iterable[Sequence[Any]], label: str) -> pa.Table:
    if not names:
        raise DataError("the query gives no rows", "begin it with select", source=label)
    parts = []
    for batch in batches:
        columns = list(zip(*batch, strict=True)) or [()] * len(names)
        arrays = []
        for name, values in zip(names, columns, strict=True):
            try:
                arrays.append(pa.array(values))
            except (pa.ArrowException, OverflowError) as error:
                cure = f"give it one type in the query, like cast({name} as text) as {name}"
                raise DataError(f"its values are not of one type ({error})", cure, source=label, column=name) from error
        parts.append(pa.table(arrays, names=names))
    return pa.concat_tables(parts, promote_options="permissive") if parts else pa.table({name: [] for name in names})
