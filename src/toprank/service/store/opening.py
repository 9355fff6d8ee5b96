"""The store: many connections that read, and one writer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from toprank.errors import OptionError
from toprank.service.store.failures import problem_of
from toprank.service.store.migrate import migrate
from toprank.service.store.writer import Writer

__all__ = ["Store", "open_store"]

T = TypeVar("T")

BUSY_SECONDS = 10.0
"""How long one process waits for another that writes to the same SQLite file."""


class Store:
    """What is kept; :func:`open_store` opens one.

    Parameters
    ----------
    address : URL
    threads : int
        Connections that read at most.
    """

    def __init__(self, address: URL, *, threads: int = 16) -> None:
        self.address = address
        self._reading = _engine(address, threads, writes=False)
        self._writing = _engine(address, 1, writes=True)
        try:
            with self._writing.begin() as connection:
                migrate(connection)
        except BaseException:
            self._dispose()
            raise
        self.writer = Writer(self._writing)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file on this machine."""
        return self.address.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection to read with; a Problem of 503 where the store cannot be reached."""
        try:
            with self._reading.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise problem_of(error) from error

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run a job in the writer's next transaction; what it gives, once that is durable.

        The job may run twice, where the connection was lost while committing: what it does must bear that.
        """
        return self.writer.write(job)

    def log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append to the decision log, soon; a Problem of 503 where the log cannot keep up."""
        self.writer.log(rows)

    def flush(self) -> None:
        """Wait until what was logged so far can be read."""
        self.writer.flush()

    def size(self) -> int:
        """Give the bytes that it takes."""
        with self.read() as connection:
            if self.is_sqlite:
                words = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            else:
                words = "SELECT pg_database_size(current_database())"
            return int(connection.execute(text(words)).scalar_one())

    def close(self) -> None:
        """Write what is still to be logged, and let go."""
        self.writer.close()
        self._dispose()

    def _dispose(self) -> None:
        self._reading.dispose()
        self._writing.dispose()


def open_store(address: str, *, threads: int = 16) -> Store:
    """Open a store, and bring its tables up to date.

    Parameters
    ----------
    address : str
        ``postgresql://user@host/database``, ``sqlite:///file``, or a file.
    threads : int
        Connections that read at most.

    Returns
    -------
    Store

    Raises
    ------
    OptionError
        If it cannot be opened.

    Examples
    --------
    >>> import tempfile, time
    >>> from toprank.service.store.statements import Statement, put_statements, statements_of
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(f"{folder}/kept.sqlite3", threads=2)
    ...     said = [Statement("ann", "b1", "rating", 9.0, time.time())]
    ...     store.write(lambda connection: put_statements(connection, said))
    ...     with store.read() as connection:
    ...         print([(one.item, one.rating) for one in statements_of(connection, "ann")])
    ...     store.close()
    [('b1', 9.0)]
    """
    url = _url(address)
    for left in (2, 1, 0):
        try:
            return Store(url, threads=threads)
        except DBAPIError as error:
            if left and not isinstance(error.orig, sqlite3.DatabaseError):
                time.sleep(0.5)  # it may be starting
                continue
            words = type(error.orig).__name__ if "password" in str(error.orig) else str(error.orig).strip()
            raise OptionError(f"the store {url.render_as_string()} cannot be opened ({words})") from None
    raise AssertionError  # the last round returns or raises


def _url(address: str) -> URL:
    try:
        url = make_url(address if "://" in address else f"sqlite:///{address}")
    except ArgumentError:
        raise OptionError(
            "the store's address is not understood; write postgresql://user@host/name or a file"
        ) from None
    drivers = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite+pysqlite"}
    if url.get_backend_name() not in drivers and url.drivername not in drivers:
        raise OptionError(f"the store is of {url.drivername!r}; it must be sqlite or postgresql")
    url = url.set(drivername=drivers.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise OptionError("the store is in memory, where nothing is kept; name a file")
        if not Path(url.database).absolute().parent.is_dir():
            raise OptionError(f"the store's folder {Path(url.database).absolute().parent} is not there; make it first")
    return url


def _engine(url: URL, connections: int, *, writes: bool) -> Engine:
    """Make an engine; parameters are never shown in its errors, which may be logged."""
    common: dict[str, Any] = {"hide_parameters": True, "pool_size": connections, "max_overflow": 0, "pool_timeout": 10}
    if url.get_backend_name() != "sqlite":
        waits = {"connect_timeout": 5, "options": "-c statement_timeout=20000 -c lock_timeout=10000"}
        return create_engine(url, pool_pre_ping=not writes, connect_args=waits, **common)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **common)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says
        settings = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"]
        for setting in settings if writes else [*settings[:1], "query_only=ON"]:
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
