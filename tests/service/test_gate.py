"""What comes in is bounded: its size, how long it takes, how often; what goes out is a problem document."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from toprank.service import gate, protocol
from toprank.service.limits import RateLimit

Serve = Callable[..., Any]
Listen = Callable[..., int]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing/../../etc/passwd", 404),
        ("GET", "/static/../keys.py", 404),
        ("GET", "/static/%2e%2e/keys.py", 404),
        ("GET", "/static/..%2fkeys.py", 404),
        ("GET", "//v1/model", 404),
        ("GET", "/v1/model/", 404),
        ("GET", "/v1/decisions", 405),
        ("PATCH", "/v1/readers/ann", 405),
        ("TRACE", "/v1/model", 405),
        ("GET", "/v1/items", 422),
        ("GET", "/v1/items?query=" + "x" * 300, 422),
        ("GET", "/v1/items?query=x&n=1000", 422),
        ("GET", "/v1/items/nobody%20has%20it", 404),
        ("GET", "/v1/items/nobody%20has%20it/similar", 404),
        ("GET", "/v1/readers/" + "x" * 201, 422),
        ("GET", "/v1/readers/a%00b", 422),
        ("GET", "/v1/readers/a%0d%0aSet-Cookie:x", 422),
        ("GET", "/v1/readers/" + "x" * 5000, 414),
    ],
)
def test_what_is_not_there_is_a_problem_document(client: TestClient, method: str, path: str, status: int) -> None:
    found = client.request(method, path)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json"), found.text
    problem = found.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["type"] == "about:blank"


def test_answers_tell_browsers_not_to_guess_and_not_to_frame(client: TestClient) -> None:
    headers = client.get("/v1/model").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(client: TestClient, chunked: bool) -> None:
    body = b'{"reader": "ann", "items": ["' + b"x" * gate.MAX_BODY + b'"]}'
    content: Any = iter([body[: len(body) // 2], body[len(body) // 2 :]]) if chunked else body
    found = client.post("/v1/decisions", content=content, headers={"content-type": "application/json"})
    assert (found.status_code, found.headers["content-type"]) == (413, "application/problem+json")


def test_a_bug_is_noted_without_what_was_sent(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret that somebody sent")

    monkeypatch.setattr("toprank.service.answers.decide", broken)
    with caplog.at_level(logging.DEBUG):
        found = client.post("/v1/decisions", json={"reader": "ann", "items": ["b001"]})
    assert (found.status_code, found.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in found.text
    assert "a bug: RuntimeError at" in caplog.text
    assert "secret" not in caplog.text


def test_who_asks_too_often_waits(served: Serve) -> None:
    client = served(rate=5)
    found = [client.get("/v1/model") for _ in range(12)]
    refused = [one for one in found if one.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].headers["content-type"] == "application/problem+json"


def test_one_who_asks_too_often_takes_nothing_from_others() -> None:
    limit = RateLimit(1)
    assert [limit.take("ann", now=0.0) for _ in range(3)] == [None, None, 1.0]
    assert limit.take("bob", now=0.0) is None
    assert limit.take("ann", now=1.0) is None
    for number in range(20_000):
        limit.take(str(number), now=2.0)
    assert len(limit._buckets) <= 10_000


def request_slowly(port: int, data: bytes) -> tuple[bytes, float]:
    """Send something, then nothing; what comes back until the other side closes, and after how long."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        found = b""
        while more := connection.recv(65536):
            found += more
    return found, time.monotonic() - started


HEAD = b"POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_slow_clients_are_not_waited_for_and_hold_nobody_up(listening: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 1.0)
    port = listening(threads=2)
    slow = [
        b"", b"GET /v1/mo", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"rea",
    ]  # fmt: skip
    with ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(request_slowly, port, data) for data in slow * 8]
        time.sleep(0.3)
        answer, _ = request_slowly(port, b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert not all(one.done() for one in waiting)
        found = [one.result() for one in waiting]
    for (text, _), data in zip(found, slow * 8, strict=True):
        assert text.startswith(b"HTTP/1.1 408") == (b"\r\n\r\n" in data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"POST /v1/ratings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /v1/ratings HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\n" + b"X-Long: " + b"y" * 200_000,
    ],
)
def test_what_is_no_request_is_refused(listening: Listen, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 1.0)
    port = listening()
    try:
        found, _ = request_slowly(port, data)
    except ConnectionError:
        found = b""
    assert found == b"" or found.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    answer, _ = request_slowly(port, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_header_cannot_be_smuggled_into_an_answer(client: TestClient) -> None:
    path = "/v1/readers/ann%0d%0aX-Evil:%201/ratings/b001"
    found = client.put(path, json={"rating": 5}, headers={"Idempotency-Key": "k", "Origin": "http://localhost:8000"})
    assert "x-evil" not in found.headers
    assert found.status_code == 422


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/", "/v1/model", "/v1/items/b000", "/v1/nothing"])
def test_head_is_answered_as_get_is_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


def test_head_does_nothing_where_there_is_nothing_to_get(client: TestClient) -> None:
    assert client.head("/v1/decisions").status_code == 405
