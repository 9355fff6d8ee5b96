"""Answers logged, ratings joined, the promise held against them; broken ones are noticed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from starlette.testclient import TestClient

from toprank.service.promise import PromiseBook
from toprank.service.store.notes import event_rows
from toprank.service.store.schema import outcomes
from toprank.service.store.schema import served as log_table

DAY = 86_400


def fill(client: TestClient, delivered: float, size: int = 1500, *, arm: str = "champion", first: int = 0) -> None:
    """Log answers that promised 0.8, and what came of them."""
    rng = np.random.default_rng(4)
    now = time.time() // 3600 * 3600
    parts = client.app.state.parts  # type: ignore[attr-defined]
    version = parts.models.of_reader(None).version
    log = [
        {
            "id": first + k + 1, "answer": str(k), "reader": f"{arm}{k}", "item": "b001",
            "kind": "list" if k % 2 else "decision",
            "arm": arm, "model": version if k % 3 else "older", "recommended": True, "probability": 0.8,
            "cutoff": 0.6, "promise": 0.75, "rank": None, "nearness": None, "time": now - 20 * DAY,
        }
        for k in range(size)
    ]  # fmt: skip
    came = [
        {
            "served": first + k + 1,
            "rating": 5,
            "liked": bool(rng.random() < delivered),
            "time": now - (size - k) / size * 15 * DAY,
        }
        for k in range(size)
    ]

    def job(connection: Any) -> None:
        connection.execute(insert(log_table), log)
        connection.execute(insert(outcomes), came)

    parts.store.write(job)


def test_what_is_rated_after_it_was_answered_counts_once(client: TestClient) -> None:
    for _ in range(2):
        client.post("/v1/decisions", json={"reader": "ann", "items": ["b001", "b002"]})
    client.app.state.parts.store.writer.flush()  # type: ignore[attr-defined]
    client.put("/v1/readers/ann/ratings/b001", json={"rating": 5})
    answer = client.get("/v1/promise").json()
    (arm,) = answer["arms"]
    assert arm["arm"] == "champion"
    assert arm["overall"]["outcomes"] == 1
    assert arm["overall"]["delivered"] == 1
    assert arm["overall"]["word"] == "too few to say"
    assert [one["outcomes"] for one in arm["kinds"]] == [0, 1]
    assert arm["kinds"][0]["promised"] is None


def test_a_kept_promise_is_called_so(client: TestClient) -> None:
    fill(client, 0.8, size=4500)
    (arm,) = client.get("/v1/promise").json()["arms"]
    assert arm["overall"]["word"] == arm["recommended"]["word"] == "kept"
    assert arm["now"]["outcomes"] == 3000
    assert arm["recommended"]["promised"] == 0.75
    assert sum(one["outcomes"] for one in arm["weeks"]) == 4500
    page = client.get("/promise", headers={"accept": "text/html"}).text
    assert '<span class="word kept">kept</span>' in page
    assert "The promise is broken" not in page
    assert "toprank_promise_broken" in client.get("/metrics").text


def test_a_broken_promise_is_a_metric_an_event_and_a_banner(client: TestClient) -> None:
    fill(client, 0.6)
    (arm,) = client.get("/v1/promise").json()["arms"]
    assert arm["overall"]["word"] == "broken"
    assert arm["overall"]["since"]
    assert 'toprank_promise_broken{kind="overall"} 1.0' in client.get("/metrics").text
    page = client.get("/", headers={"accept": "text/html"}).text
    assert f"The promise is broken since {arm['overall']['since']}" in page
    with client.app.state.parts.store.read() as connection:  # type: ignore[attr-defined]
        words = [str(one["words"]) for one in event_rows(connection) if one["kind"] == "promise"]
    assert len(words) == 2
    assert any("0.800 promised" in one for one in words)
    again = PromiseBook(client.app.state.parts)  # type: ignore[attr-defined]
    assert again.arms()[0].broken
    with client.app.state.parts.store.read() as connection:  # type: ignore[attr-defined]
        assert len([one for one in event_rows(connection) if one["kind"] == "promise"]) == 2


def test_a_challenger_is_held_against_the_champion(served: Any, models: dict[str, Path]) -> None:
    client = served(challenger=models["other"], share=0.5)
    fill(client, 0.7)
    fill(client, 0.9, arm="challenger", first=10_000)
    champion, challenger = client.get("/v1/promise").json()["arms"]
    assert champion["against"] is None
    assert challenger["against"]["words"] == "clearly more is liked"
    assert challenger["against"]["low"] < 0.2 < challenger["against"]["high"]
    for path in ("/promise", "/owner"):
        assert "clearly more is liked" in client.get(path, headers={"accept": "text/html"}).text
