"""Imports on the page: every process of a store tells how far they are, also of one that died."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient
from tests.service.conftest import Serve
from tests.service.test_pages import BROWSER, token

from toprank.recommender.read_shelf import read_shelf
from toprank.service.store import import_rows
from toprank.service.store.import_rows import begin_import, end_import, find_import, tell_import
from toprank.service.store.opening import Store, open_store
from toprank.service.store.schema import imports
from toprank.service.tidying import tidy

EXPORT = b"item,rating\nb001,5\nb002,\nnobody,3\n"


@dataclass
class Held:
    """A file that is read no further than its third row of ten, until it may."""

    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, *given: Any, progress: Callable[[int, int, str], None]) -> Any:
        progress(3, 10, "finding books")
        self.begun.set()
        assert self.go_on.wait(30)
        return read_shelf(*given)

    def finish(self) -> None:
        self.go_on.set()
        for thread in [one for one in threading.enumerate() if one.name == "import"]:
            thread.join(30)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Files that are not read to their end until they may."""
    found = Held()
    monkeypatch.setattr("toprank.service.pages.imports.read_shelf", found.read)
    yield found
    found.finish()


def send(client: TestClient) -> Any:
    """Import the file on the page."""
    return client.post(
        "/import",
        data={"csrf": token(client)},
        files={"file": ("mine.csv", EXPORT)},
        headers=BROWSER,
        follow_redirects=False,
    )


def until(client: TestClient, where: str, words: str) -> str:
    """Look at a page until it says something."""
    end = time.monotonic() + 20
    while words not in (page := client.get(where, headers=BROWSER).text):
        assert time.monotonic() < end, page
        time.sleep(0.02)
    return str(page)


def test_another_process_tells_how_far_an_import_is(
    served: Serve, either_store: str, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toprank.service.pages.imports.EVERY", 0.02)
    one, other = served(store=either_store), served(store=either_store)
    where = send(one).headers["location"]
    assert '<progress id="bar" max="10" value="3">' in until(other, where, "3 of 10 rows")
    told = other.get("/v1/readers/me").json()["last_import"]
    assert (told["running"], told["done"], told["total"], told["trouble"]) == (True, 3, 10, "")
    assert send(other).status_code == 409
    held.finish()
    page = until(other, where, "1 rating and 1 held without one are used; 1 row is not")
    assert "The id nobody is not known" in page
    told = other.get("/v1/readers/me").json()["last_import"]
    assert (told["running"], told["result"]["unmatched_rows"][0]["title"]) == (False, "")
    assert send(other).status_code == 303  # it is over


def test_an_import_of_a_reader_whom_another_process_erases_is_not_kept(
    served: Serve, either_store: str, held: Held
) -> None:
    one, other = served(store=either_store), served(store=either_store)
    where = send(one).headers["location"]
    assert held.begun.wait(20)
    assert other.delete("/v1/readers/me", headers={"x-csrf-token": token(other)}).status_code == 204
    held.finish()
    left = other.get("/v1/readers/me").json()
    assert (left["statements"], left["last_import"]) == ([], None)
    assert one.get(where, headers=BROWSER).status_code == 404


def test_one_that_was_given_up_is_not_kept_beside_the_next(
    served: Serve, either_store: str, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toprank.service.pages.imports.EVERY", 1000.0)  # it does not say that it lives
    one, other = served(store=either_store), served(store=either_store)
    where = send(one).headers["location"]
    assert held.begun.wait(20)
    age(one.app.state.parts.store, 60)
    assert "The service stopped while it read this file" in until(other, where, 'role="alert"')
    again = send(other)
    assert again.status_code == 303
    held.finish()
    until(one, again.headers["location"], "1 rating and 1 held")
    assert one.get(where, headers=BROWSER).status_code == 404


ALIVE = """
import sys, threading, types
from toprank.service.pages import imports
from toprank.service.store.import_rows import begin_import
from toprank.service.store.opening import open_store

imports.EVERY = 0.1
store = open_store(sys.argv[1], threads=2)
assert store.write(lambda connection: begin_import(connection, "ann", "a"))
print("begun", flush=True)
imports._tell(types.SimpleNamespace(store=store), "ann", "a", [1, 2], threading.Event())
"""


def test_an_import_whose_process_is_killed_is_broken_off(either_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rows, "SILENT", 2.0)
    store = open_store(either_store, threads=2)

    def found() -> import_rows.StoredImport:
        with store.read() as connection:
            row = find_import(connection, "ann")
        assert row is not None
        return row

    with subprocess.Popen([sys.executable, "-c", ALIVE, either_store], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(2.5)
        assert (found().running, found().done, found().failed) == (True, 1, "")
        assert not store.write(lambda connection: begin_import(connection, "ann", "b"))
        process.kill()
    end = time.monotonic() + 10
    while found().running:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "stopped while it read this file" in found().failed
    assert store.write(lambda connection: begin_import(connection, "ann", "b"))
    assert not store.write(lambda connection: end_import(connection, "ann", "a", result="{}"))  # it is not it any more
    store.close()


def test_what_came_of_an_import_is_kept_for_a_day(either_store: str) -> None:
    store = open_store(either_store, threads=2)

    def keep(reader: str) -> None:
        for _ in range(2):  # the writer may do a job twice
            assert store.write(lambda connection: begin_import(connection, reader, reader))
        assert store.write(lambda connection: end_import(connection, reader, reader, trouble="a\0b"))

    keep("ann")
    age(store, 25 * 3600)
    keep("bob")
    store.write(tidy)
    with store.read() as connection:
        assert find_import(connection, "ann") is None
        kept = find_import(connection, "bob")
    assert kept is not None
    assert kept.trouble == "a b"
    store.close()


def test_a_store_of_the_first_tables_takes_on_theirs(either_store: str) -> None:
    store = open_store(either_store, threads=2)
    with store._writing.begin() as connection:
        connection.execute(text("INSERT INTO facts VALUES ('name', 'value')"))
        connection.execute(text("DROP TABLE imports"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    store.close()
    store = open_store(either_store, threads=2)
    assert store.write(lambda connection: begin_import(connection, "ann", "a"))
    store.write(lambda connection: tell_import(connection, "ann", "a", 1, 2))
    with store.read() as connection:
        kept = find_import(connection, "ann")
        assert connection.execute(text("SELECT value FROM facts WHERE name = 'name'")).scalar_one() == "value"
    assert kept is not None
    assert (kept.done, kept.total) == (1, 2)
    store.close()


def age(store: Store, seconds: float) -> None:
    """Let what is kept of imports be older."""
    store.write(lambda connection: connection.execute(update(imports).values(heard=imports.c.heard - seconds)))
