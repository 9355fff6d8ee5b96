"""The one writer: jobs of many requests in one transaction, so that one sync of the disk makes all of them durable."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import DBAPIError

from toprank.service.problems import Problem
from toprank.service.store.failures import is_full, is_passing, problem_of
from toprank.service.store.schema import served

__all__ = ["Writer"]

T = TypeVar("T")
Job = Callable[[Connection], Any]

MAX_JOBS = 256
"""Jobs of one transaction."""

MAX_LOGGED = 20_000
"""Rows that may wait to be logged."""

LOG_SECONDS = 0.1
"""How long they wait for others where nothing else is written."""

PATIENCE = 15.0
"""Seconds for which a lost connection is tried again."""

log = logging.getLogger("toprank.service")


class Writer:
    """A thread that writes.

    Parameters
    ----------
    engine : Engine
        Of one connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: deque[tuple[Job, Future[Any]]] = deque()
        self._rows: list[Mapping[str, Any]] = []
        self._due = 0.0
        self._closing = False
        self._turn = threading.Condition()
        self.lost = 0  # rows of the log that could not be written
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, job: Callable[[Connection], T]) -> T:
        """Have a job done, and wait until it is durable."""
        done: Future[T] = Future()
        with self._turn:
            if self._closing:
                raise Problem(503, "the service is stopping", "send it again", headers={"Retry-After": "5"})
            self._jobs.append((job, done))
            self._turn.notify()
        return done.result()

    def log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Have rows of the decision log written soon."""
        with self._turn:
            if len(self._rows) > MAX_LOGGED:
                cure = "send it again in a moment"
                raise Problem(503, "the decision log cannot keep up", cure, headers={"Retry-After": "1"})
            if not self._rows:
                self._due = time.monotonic() + LOG_SECONDS
            self._rows.extend(rows)
            self._turn.notify()

    def flush(self) -> None:
        """Wait until the rows that are to be logged are."""
        if self._rows:
            self.write(lambda _: None)

    def close(self) -> None:
        """Finish what was taken on."""
        with self._turn:
            self._closing = True
            self._turn.notify()
        self._thread.join(timeout=PATIENCE + 5)

    def _run(self) -> None:
        while True:
            with self._turn:
                while not self._jobs and not self._closing:
                    left = self._due - time.monotonic() if self._rows else None
                    if left is not None and left <= 0:
                        break
                    self._turn.wait(left)
                if self._closing and not self._jobs and not self._rows:
                    return
                jobs = [self._jobs.popleft() for _ in range(min(MAX_JOBS, len(self._jobs)))]
                rows, self._rows = self._rows, []
            self._finish(jobs, rows)

    def _finish(self, jobs: list[tuple[Job, Future[Any]]], rows: list[Mapping[str, Any]]) -> None:
        """Write, trying again what passes; whoever waits hears how it went."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                results = self._transaction([job for job, _ in jobs], rows)
                break
            except DBAPIError as error:
                if is_passing(error) and time.monotonic() < until:
                    time.sleep(0.1)
                    continue
                results = [problem_of(error)] * len(jobs)
                self._lose(rows, error)
                break
            except Exception as error:  # a job's own fault is caught where it runs; this is a bug
                results = [error] * len(jobs)
                self._lose(rows, error)
                break
        for (_, done), result in zip(jobs, results, strict=True):
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(result)

    def _transaction(self, jobs: list[Job], rows: list[Mapping[str, Any]]) -> list[Any]:
        """Do all in one transaction: a job that fails takes none of the others with it."""
        results: list[Any] = []
        with self._engine.begin() as connection:
            if rows:
                connection.execute(insert(served), rows)
            for job in jobs:
                part = connection.begin_nested()
                try:
                    result = job(connection)
                except Exception as error:
                    if isinstance(error, DBAPIError) and (is_passing(error) or is_full(error)):
                        raise  # of the whole transaction, which may be gone already
                    part.rollback()
                    results.append(error)
                else:
                    part.commit()
                    results.append(result)
        return results

    def _lose(self, rows: Sequence[Mapping[str, Any]], error: Exception) -> None:
        if rows:
            self.lost += len(rows)
            log.error("%d rows of the decision log were lost (%s)", len(rows), type(error).__name__)
