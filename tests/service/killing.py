"""A service that is killed at random moments while several clients write: what it acknowledged has to be there.

The process that serves is forked from one that has loaded everything, so that a round takes a fraction of a second; it
is the whole service, on a socket that outlives it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Acknowledged", "kill_rounds"]

CLIENTS = 4
BATCH = 5


@dataclass
class Acknowledged:
    """What was sent, and what was acknowledged.

    Parameters
    ----------
    rounds, writes : int
        Kills, and writes that were acknowledged.
    lost, torn : list of str
        Acknowledged writes that are not there, and batches of which a part is. Both ought to be empty.
    """

    rounds: int = 0
    writes: int = 0
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


def kill_rounds(
    model: Path, store: Path, *, rounds: int, seed: int, said: Callable[[str], None] = print
) -> Acknowledged:
    """Serve, write, kill, look; so often, over one store."""
    found, rng = Acknowledged(), random.Random(seed)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.set_inheritable(True)
    port = listener.getsockname()[1]
    _warm(model)
    state = [_Client(number) for number in range(CLIENTS)]
    for number in range(rounds):
        pid = os.fork()
        if pid == 0:
            _serve(model, store, listener)
        try:
            _until_ready(port)
            stop = threading.Event()
            threads = [threading.Thread(target=client.write, args=(port, stop)) for client in state]
            for thread in threads:
                thread.start()
            time.sleep(rng.uniform(0.0, 0.25))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        stop.set()
        for thread in threads:
            thread.join()
        found.rounds += 1
        _check(store, state, found)
        if (number + 1) % 100 == 0:
            said(f"{number + 1} kills, {sum(one.acknowledged for one in state):,} writes acknowledged")
    found.writes = sum(one.acknowledged for one in state)
    listener.close()
    return found


def _warm(model: Path) -> None:
    """Import everything once, in the process that is forked."""
    import toprank.service.serving
    from toprank.recommender.facade import Recommender
    from toprank.service.models import warm

    os.environ["TOPRANK_THREADS"] = "1"
    warm(Recommender.load(model))
    _ = toprank.service.serving


def _serve(model: Path, store: Path, listener: socket.socket) -> None:
    """Be the service, until the end."""
    import logging

    import uvicorn

    from toprank.service.app import create_app
    from toprank.service.serving import server_config
    from toprank.service.settings import Settings

    logging.disable(logging.CRITICAL)
    try:
        settings = Settings(model, str(store), rate=1e6, threads=8)
        uvicorn.Server(server_config(create_app(settings), settings)).run(sockets=[listener])
    finally:
        os._exit(1)


def _until_ready(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError("the service did not become ready")


class _Client:
    """One who rates: single items, batches, and takes ratings back; knows what was acknowledged."""

    def __init__(self, number: int) -> None:
        self.number, self.step, self.acknowledged = number, 0, 0
        self.sure: dict[tuple[str, str], float | None] = {}
        self.open: dict[tuple[str, str], set[float | None]] = {}  # sent, not acknowledged: may be there or not
        self.batches: dict[str, int] = {}  # reader of a batch that was acknowledged, and how many rows it has

    def write(self, port: int, stop: threading.Event) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while not stop.is_set():
                self._one(connection)
        except (OSError, http.client.HTTPException):
            return  # it was killed
        finally:
            connection.close()

    def _one(self, connection: http.client.HTTPConnection) -> None:
        self.step += 1
        if self.step % 4 == 0:
            reader = f"batch-{self.number}-{self.step}"
            rows = [{"reader": reader, "item": f"b{item:03d}", "rating": 3} for item in range(BATCH)]
            self._send(connection, "POST", "/v1/ratings", {"ratings": rows}, {"Idempotency-Key": reader})
            self.batches[reader] = BATCH
            return
        pair = f"writer-{self.number}", f"b{self.step % 40:03d}"
        value = None if self.step % 7 == 0 else float(1 + self.step % 5)
        path = f"/v1/readers/{pair[0]}/ratings/{pair[1]}"
        self.open.setdefault(pair, set()).add(value)
        if value is None:
            self._send(connection, "DELETE", path, None, {})
        else:
            self._send(connection, "PUT", path, {"rating": value}, {})
        self.sure[pair] = value
        del self.open[pair]

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> None:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path}: {answer.status}")
        self.acknowledged += 1


def _check(store: Path, clients: list[_Client], found: Acknowledged) -> None:
    """Look at the file itself, as the killed process left it."""
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT reader, item, rating FROM statements").fetchall()
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            found.torn.append("the file is damaged")
    connection.close()
    kept = {(reader, item): rating for reader, item, rating in rows}
    sizes: dict[str, int] = {}
    for reader, _ in kept:
        sizes[reader] = sizes.get(reader, 0) + 1
    for client in clients:
        for pair in client.sure.keys() | client.open.keys():
            may_be = {client.sure.get(pair)} | client.open.get(pair, set())
            if kept.get(pair) not in may_be:
                found.lost.append(f"{pair}: {kept.get(pair)} and not one of {may_be}")
        found.lost += [f"batch {one}" for one in client.batches if one not in sizes]
    found.torn += [f"{one}: {n} rows" for one, n in sizes.items() if one.startswith("batch-") and n != BATCH]
