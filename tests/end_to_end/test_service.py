"""Library, command line and service give the same answers."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.conftest import Make

from toprank.recommender.facade import FittedRecommender, Recommender

PAIRS = 200


@pytest.fixture(scope="module")
def fitted(library: Make) -> FittedRecommender:
    few = {"boosted.folds": 2, "boosted.num_boost_round": 12, "boosted.min_data_in_leaf": 20}
    return Recommender(objective="f1", deep=False, budget=60, hyperparameters=few).fit(library()[0])


@pytest.fixture(scope="module")
def folder(fitted: FittedRecommender, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted.save(tmp_path_factory.mktemp("served") / "model")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where ``toprank serve`` serves the model."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [
        sys.executable,
        "-c",
        "from toprank.cli.entry import run; run()",
        "serve",
        str(folder),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        found = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{found}/health/ready", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < until
                assert process.poll() is None
                time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        assert process.wait(timeout=60) in (0, -signal.SIGTERM)  # stopped when all was answered


def ask(address: str, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(json.load(answer)["answers"])


def test_three_ways_to_ask_give_one_answer(
    fitted: FittedRecommender, folder: Path, address: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(11)
    ids = fitted.data.ratings
    users = [str(one) for one in rng.choice(ids.users.ids[1:], PAIRS)]
    items = [str(one) for one in rng.choice(ids.items.ids[1:], PAIRS)]
    users[-2:], items[-3:-1] = ["nobody", "nobody"], ["nothing", "nothing"]
    with (tmp_path / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("user", "item"), *zip(users, items, strict=True)])
    words = [sys.executable, "-c", "from toprank.cli.entry import run; run()", "decide", str(folder)]
    words += ["--pairs", str(tmp_path / "pairs.csv"), "--json", "--reasons"]
    shell = json.loads(subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ).stdout)
    library = Recommender.load(folder).decide(users, items, reasons=True).rows()
    names = ("answer", "probability", "low", "high", "expected", "known", "reason", "title")
    for user, item, ours, typed in zip(users, items, library, shell, strict=True):
        (served,) = ask(address, "/v1/decisions", {"reader": user, "items": [item]})
        for name in names:
            assert served[name] == typed[name] == ours[name], (user, item, name)


def test_three_ways_to_ask_give_one_list(fitted: FittedRecommender, folder: Path, address: str) -> None:
    for user in [str(one) for one in fitted.data.ratings.users.ids[1:11]]:
        words = [sys.executable, "-c", "from toprank.cli.entry import run; run()", "recommend", str(folder)]
        library = fitted.recommend(user, 10, reasons=True).rows()
        served = ask(address, "/v1/recommendations", {"reader": user, "n": 10})
        assert [(one["item"], one["probability"], one["reason"]) for one in served] == [
            (one["item"], one["probability"], one["reason"]) for one in library
        ]
    shell = subprocess.run(
        [*words, "--user", user, "--json"], capture_output=True, text=True, check=True, env=os.environ
    )
    assert [one["item"] for one in json.loads(shell.stdout)] == [one["item"] for one in served]
