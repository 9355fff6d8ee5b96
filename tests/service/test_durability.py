"""What was acknowledged is there: after kill -9, after the database was restarted or cut off, after a full disk."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.service.postgres import Cluster

from toprank.errors import DataError, OptionError
from toprank.service.parts import Parts
from toprank.service.problems import Problem
from toprank.service.store.opening import Store, open_store
from toprank.service.store.schema import METADATA
from toprank.service.store.statements import Statement, put_statements, statements_of

Serve = Callable[..., Any]


def put(store: Store, reader: str, item: str, rating: float) -> None:
    row = Statement(reader, item, "rating", rating, time.time())
    store.write(lambda connection: put_statements(connection, [row]))


def kept(store: Store, reader: str) -> dict[str, float | None]:
    with store.read() as connection:
        return {one.item: one.rating for one in statements_of(connection, reader)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_acknowledged_is_lost_by_kill_9(model: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3])\n"
        "from tests.service.killing import kill_rounds\n"
        "found = kill_rounds(Path(sys.argv[1]), Path(sys.argv[2]), rounds=25, seed=5)\n"
        "print(found.rounds, found.writes, len(found.lost), len(found.torn), (found.lost + found.torn)[:3])"
    )
    root = str(Path(__file__).parents[2])
    words = [sys.executable, "-c", code, str(model), str(tmp_path / "killed.sqlite3"), root]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert out[0] == "25"
    assert int(out[1]) > 100
    assert out[2:4] == ["0", "0"], out


def test_postgresql_may_be_restarted_and_cut_off_in_mid_write(cluster: Cluster) -> None:
    cluster.execute("CREATE DATABASE cut")
    store = open_store(cluster.address("cut"), threads=4)
    acknowledged: list[tuple[str, str, float]] = []
    failed: list[Problem] = []
    stop = threading.Event()

    def write(number: int) -> None:
        step = 0
        while not stop.is_set():
            step += 1
            reader, item, rating = f"r{number}", f"b{step % 50}", float(1 + step % 5)
            try:
                put(store, reader, item, rating)
                acknowledged.append((reader, item, rating))
            except Problem as problem:
                failed.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.2)
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'")
    for how in ("immediate", "fast"):
        time.sleep(0.2)
        cluster.stop(how)
        time.sleep(0.2)
        cluster.start()
    time.sleep(0.3)
    before = len(acknowledged)
    deadline = time.monotonic() + 20
    while len(acknowledged) < before + 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(acknowledged) >= before + 8, "writing goes on"
    assert not failed
    last = {(reader, item): rating for reader, item, rating in acknowledged}
    for number in range(4):
        reader = f"r{number}"
        assert kept(store, reader) == {item: rating for (one, item), rating in last.items() if one == reader}
    store.close()


def test_while_the_database_is_away_requests_are_answered_with_503(served: Serve, cluster: Cluster) -> None:
    cluster.execute("CREATE DATABASE away")
    client: TestClient = served(store=cluster.address("away"))
    assert client.put("/v1/readers/ann/ratings/b001", json={"rating": 5}).status_code == 200
    cluster.stop("immediate")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("toprank.service.store.writer.PATIENCE", 0.5)
            for found in (
                client.put("/v1/readers/ann/ratings/b001", json={"rating": 4}),
                client.post("/v1/decisions", json={"reader": "ann", "items": ["b001"]}),
                client.get("/health/ready"),
            ):
                assert found.status_code == 503, found.text
                assert found.headers["retry-after"]
        assert client.get("/health/live").status_code == 200
    finally:
        cluster.start()
    assert client.get("/v1/readers/ann").json()["statements"][0]["rating"] == 5
    assert client.put("/v1/readers/ann/ratings/b001", json={"rating": 4}).status_code == 200


def test_a_full_disk_is_said_and_loses_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: Parts = client.app.state.parts  # type: ignore[attr-defined]
    assert client.put("/v1/readers/ann/ratings/b001", json={"rating": 5}).status_code == 200

    def pages(number: int | None) -> None:
        with parts.store._writing.connect() as connection:
            count = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {number or count}"))

    pages(None)
    rows = [{"reader": f"reader {number}", "item": "b002", "rating": 4} for number in range(3000)]
    full = client.post("/v1/ratings", json={"ratings": rows})
    assert (full.status_code, full.headers["content-type"]) == (507, "application/problem+json")
    assert client.get("/v1/readers/reader%201").json()["statements"] == []
    assert client.get("/v1/readers/ann").json()["statements"][0]["rating"] == 5
    pages(10**6)
    assert client.post("/v1/ratings", json={"ratings": rows}).json()["accepted"] == 3000
    assert client.get("/v1/readers/reader%201").json()["statements"][0]["rating"] == 4


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on the size of files")
def test_a_disk_that_takes_no_more_is_said(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import resource, sys, time\n"
        "from toprank.service.problems import Problem\n"
        "from toprank.service.store.opening import open_store\n"
        "from toprank.service.store.statements import Statement, put_statements, statements_of\n"
        "store = open_store(sys.argv[1], threads=2)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "done, status = 0, 0\n"
        "for number in range(10_000):\n"
        "    row = Statement('ann', f'item {number:06d}' + 150 * 'x', 'rating', 3.0, time.time())\n"
        "    try:\n"
        "        store.write(lambda connection: put_statements(connection, [row]))\n"
        "        done += 1\n"
        "    except Problem as problem:\n"
        "        status = problem.status\n"
        "        break\n"
        "print(status, done)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "full.sqlite3")], capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[0] == "507"
    store = open_store(str(tmp_path / "full.sqlite3"), threads=2)
    assert len(kept(store, "ann")) == int(out[1]) > 10
    store.close()


def test_one_job_that_fails_takes_none_of_the_others_with_it(either_store: str) -> None:
    store = open_store(either_store, threads=4)
    hold = threading.Event()
    first = threading.Thread(target=lambda: store.write(lambda _: hold.wait(5)))
    first.start()
    results: list[Any] = []

    def attempt(row: Statement) -> None:
        try:
            store.write(lambda connection: put_statements(connection, [row]))
            results.append("kept")
        except Exception as error:
            results.append(error)

    nobody: Any = None
    rows = [Statement("ann", "b1", "rating", 1.0, 0.0), Statement("ann", nobody, "rating", 1.0, 0.0)]
    others = [
        threading.Thread(target=attempt, args=(row,)) for row in [*rows, Statement("ann", "b2", "rating", 2.0, 0.0)]
    ]
    for thread in others:
        thread.start()
    time.sleep(0.2)
    hold.set()
    for thread in (first, *others):
        thread.join()
    assert results.count("kept") == 2
    assert kept(store, "ann") == {"b1": 1.0, "b2": 2.0}
    store.close()


def test_two_processes_on_one_store_agree_within_a_second(served: Serve, either_store: str) -> None:
    one, other = served(store=either_store), served(store=either_store)
    for step in range(5):
        rating = 1 + step
        assert (one, other)[step % 2].put("/v1/readers/ann/ratings/b001", json={"rating": rating}).status_code == 200
        found = [
            client.post("/v1/decisions", json={"reader": "ann", "items": ["b001", "b005"]}).json()
            for client in (one, other)
        ]
        assert found[0] == found[1]
        assert found[0]["answers"][0]["rated"] == rating


def test_the_tables_are_those_of_the_migrations(either_store: str) -> None:
    store = open_store(either_store, threads=2)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    store.close()
    again = open_store(either_store, threads=2)
    with again._writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    again.close()
    with pytest.raises(DataError, match="9999"):
        open_store(either_store, threads=2)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://x@y/z", "sqlite or postgresql"),
        ("sqlite://", "in memory"),
        ("/nowhere/at/all/store", "is not there"),
        ("://", "not understood"),
    ],
)
def test_a_store_that_cannot_be_is_an_error(address: str, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        open_store(address)


def test_an_address_s_password_is_never_shown() -> None:
    with pytest.raises(OptionError) as caught:
        open_store("postgresql://me:topsecret@127.0.0.1:1/none")
    assert "topsecret" not in str(caught.value)


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir, " * 100, encoding="utf-8")
    with pytest.raises(OptionError, match="cannot be opened"):
        open_store(str(path))
    assert path.read_text(encoding="utf-8").startswith("Dear Sir")
