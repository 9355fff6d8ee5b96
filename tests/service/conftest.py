"""A small model, a store in a new file, and a client of a service of both."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.conftest import Make
from tests.service.postgres import Cluster, find_programs

from toprank.core.dataset import Dataset
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.service.app import create_app
from toprank.service.serving import server_config
from toprank.service.settings import Settings

Serve = Callable[..., Any]

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def shelf(library: Make) -> Dataset:
    """All ratings of the library: 3,000 of 150 readers and 90 books, with attributes and implicit interactions."""
    data, held = library()
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(data.ratings, name), getattr(held, name)]) for name in ("user", "item", "value")
    }
    return replace(data, ratings=replace(data.ratings, **columns))


@pytest.fixture(scope="session")
def models(shelf: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two models of the same ratings, ``one`` and ``other``, in folders that are not to be written to."""
    folder = tmp_path_factory.mktemp("models")
    found = {}
    few = {"boosted.folds": 2, "boosted.num_boost_round": 12, "boosted.min_data_in_leaf": 20}
    for name, objective in (("one", "f1"), ("other", "precision>=0.7")):
        fitted = Recommender(objective=objective, deep=False, budget=60, hyperparameters=few).fit(shelf)
        found[name] = fitted.save(folder / name)
    return found


@pytest.fixture(scope="session")
def model(models: dict[str, Path]) -> Path:
    """The first of them."""
    return models["one"]


@pytest.fixture(scope="session")
def recommender(model: Path) -> FittedRecommender:
    """That model as the library loads it."""
    return Recommender.load(model)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Where a store is to be."""
    return str(tmp_path / "store.sqlite3")


@pytest.fixture
def served(model: Path, store: str) -> Iterator[Serve]:
    """Serve with some settings: gives a client, on loopback unless told otherwise."""
    clients: list[TestClient] = []

    def serve(**settings: Any) -> TestClient:
        usual: dict[str, Any] = {"model": model, "store": store, "rate": 1e6}
        app = create_app(Settings(**usual | settings))
        client = TestClient(app, base_url="http://localhost:8000", raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        return client

    yield serve
    for client in reversed(clients):
        client.__exit__(None, None, None)


@pytest.fixture
def client(served: Serve) -> TestClient:
    """A client of the model with a new store."""
    found: TestClient = served()
    return found


@pytest.fixture
def listening(model: Path, store: str) -> Iterator[Callable[..., int]]:
    """Serve on a port of this machine, by uvicorn in a thread: gives the port."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def listen(**settings: Any) -> int:
        usual: dict[str, Any] = {"model": model, "store": store, "rate": 1e6}
        asked = Settings(**usual | settings)
        server = uvicorn.Server(server_config(create_app(asked), asked))
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        until = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < until
            assert thread.is_alive()
            time.sleep(0.02)
        return int(listener.getsockname()[1])

    yield listen
    for server, _ in running:
        server.should_exit = True
    for _, thread in running:
        thread.join(timeout=20)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the tests' own; skipped where there is none, unless nothing may be skipped."""
    programs = find_programs()
    if programs is None:
        words = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("TOPRANK_REQUIRE_ALL"):
            pytest.fail(words)
        pytest.skip(words)
    cluster = Cluster(programs)
    yield cluster
    cluster.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_store(request: pytest.FixtureRequest, store: str) -> str:
    """A new store of either kind."""
    if request.param == "sqlite":
        return store
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"t{next(_NUMBERS)}"
    cluster.execute(f"CREATE DATABASE {name}")
    return cluster.address(name)
