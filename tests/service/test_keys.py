"""Who may ask what: every route that there is, with every kind of caller that is to be refused."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from toprank.errors import OptionError
from toprank.service.keys import Scope, add_key, list_keys, revoke_key
from toprank.service.parts import Parts
from toprank.service.serving import serve
from toprank.service.sessions import COOKIE, CSRF_HEADER, csrf_token
from toprank.service.settings import Settings
from toprank.service.tidying import tidy

Serve = Callable[..., Any]

PUBLIC = {"/health/live", "/health/ready", "/sign-in"}
"""What anybody may see; a route that is not here is refused without a key, whoever adds it."""

SAFE = {"GET", "HEAD", "OPTIONS"}


def routes_of(client: TestClient) -> list[tuple[str, str]]:
    """Give every method and path of the application, those of routers within routers too."""

    def walk(routes: list[Any]) -> Iterator[tuple[str, str]]:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from walk(inner.routes)
            elif getattr(route, "methods", None):
                yield from ((method, route.path) for method in sorted(route.methods))

    found = list(walk(client.app.routes))  # type: ignore[attr-defined]
    assert len(found) > 25
    return [(method, path) for method, path in found if path not in PUBLIC]


def asked(client: TestClient, method: str, path: str, reader: str = "ann", **options: Any) -> Any:
    """Send a request to a route, whatever stands in its path."""
    filled = re.sub(r"\{[^}]*\}", "b001", path.replace("{reader}", reader))
    body = {"reader": reader, "items": ["b001"]} if path in QUESTIONS else BODIES.get(path)
    if path == "/v1/recommendations":
        body = {"reader": reader}
    if path == "/v1/ratings":
        body = {"ratings": [{"reader": reader, "item": "b001", "rating": 5}]}
    return client.request(method, filled, json=body, follow_redirects=False, **options)


QUESTIONS = ("/v1/decisions", "/v1/explanations", "/v1/recommendations")
BODIES: dict[str, dict[str, Any]] = {
    "/v1/readers/{reader}/ratings/{item}": {"rating": 5},
    "/v1/readers/{reader}/marks/{item}": {"mark": "have"},
}


@pytest.fixture
def keyed(served: Serve) -> TestClient:
    """A service that has a key, so that it asks for one."""
    client: TestClient = served()
    add_key(parts_of(client).store, "first", "admin")
    return client


def parts_of(client: TestClient) -> Parts:
    found: Parts = client.app.state.parts  # type: ignore[attr-defined]
    return found


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_no_route_answers_without_a_key_that_is_valid(keyed: TestClient) -> None:
    store = parts_of(keyed).store
    revoked = add_key(store, "revoked", "admin")
    revoke_key(store, "revoked")
    headers = [
        {}, bearer("tr_wrong"), bearer(revoked), bearer(""), {"Authorization": f"Basic {revoked}"},
        {"X-API-Key": "no"}, {"Cookie": f"{COOKIE}=made-up"},
    ]  # fmt: skip
    for method, path in routes_of(keyed):
        for header in headers:
            found = asked(keyed, method, path, headers=header)
            assert found.status_code == 401, (method, path, header, found.status_code)
            assert found.headers["content-type"] == "application/problem+json"
            assert found.headers["www-authenticate"] == "Bearer"


def test_a_page_asks_to_sign_in_where_a_browser_asks(keyed: TestClient) -> None:
    for method, path in routes_of(keyed):
        if method == "GET" and not path.startswith(("/v1/", "/metrics")):
            found = asked(keyed, method, path, headers={"Accept": "text/html"})
            assert (found.status_code, found.headers["location"]) == (303, "/sign-in"), path


def test_no_route_that_changes_anything_takes_a_key_that_may_only_read(keyed: TestClient) -> None:
    key = add_key(parts_of(keyed).store, "reading", "read")
    for method, path in routes_of(keyed):
        if (method in SAFE and path != "/v1/events") or path in QUESTIONS:
            continue
        found = asked(keyed, method, path, headers=bearer(key))
        assert found.status_code == 403, (method, path, found.status_code, found.text)
    assert keyed.get("/v1/events", headers=bearer(add_key(parts_of(keyed).store, "w", "write"))).status_code == 403


def session(client: TestClient, reader: str, scope: Scope = Scope.WRITE) -> str:
    """Open a session and give its token."""
    from starlette.requests import Request
    from starlette.responses import Response

    from toprank.service.sessions import start_session

    request = Request(
        {"type": "http", "method": "GET", "path": "/", "headers": [], "scheme": "https", "server": ("x", 1)}
    )
    response = Response()
    token = start_session(parts_of(client).store, request, response, reader=reader, scope=scope)
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" in cookie
    return token


@pytest.mark.parametrize("kind", ["session", "key"])
def test_no_route_says_anything_of_another_reader(keyed: TestClient, kind: str) -> None:
    if kind == "session":
        token = session(keyed, "bob")
        headers = {"Cookie": f"{COOKIE}={token}", CSRF_HEADER: csrf_token(token)}
    else:
        headers = bearer(add_key(parts_of(keyed).store, "bob", "write", reader="bob"))
    about = [(m, p) for m, p in routes_of(keyed) if "{reader}" in p or p in (*QUESTIONS, "/v1/ratings")]
    assert len(about) >= 11
    for method, path in about:
        found = asked(keyed, method, path, reader="ann", headers=headers)
        assert found.status_code == 403, (method, path, found.status_code)
        own = asked(keyed, method, path, reader="bob", headers=headers)
        assert own.status_code in (200, 204) or path.endswith("/import"), (method, path, own.text)


def test_a_session_changes_nothing_without_its_token(keyed: TestClient) -> None:
    token, other = session(keyed, "bob"), session(keyed, "ann")
    for given in (None, "", "x" * 64, csrf_token(other)):
        headers = {"Cookie": f"{COOKIE}={token}"} | ({} if given is None else {CSRF_HEADER: given})
        for method, path in routes_of(keyed):
            if method not in SAFE and path.startswith("/v1"):
                found = asked(keyed, method, path, reader="bob", headers=headers)
                assert found.status_code == 403, (method, path, given)


def test_what_others_let_a_browser_send_is_refused_where_no_key_is_needed(client: TestClient) -> None:
    path = "/v1/readers/ann/ratings/b001"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert client.put(path, json={"rating": 5}, headers=headers).status_code == 403
    assert client.put(path, json={"rating": 5}, headers={"Origin": "http://localhost:8000"}).status_code == 200
    for headers in (
        {"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"Host": "evil.example"},
        {"Host": "localhost.evil.example"}, {"Host": ""}, {"Host": "["}, {"Host": "[::1"},
    ):  # fmt: skip
        assert client.get("/v1/model", headers=headers).status_code == 403, headers
    for host in ("127.0.0.1:8000", "[::1]:8000", "localhost"):
        assert client.get("/v1/model", headers={"Host": host}).status_code == 200


def test_keys_are_several_end_at_once_and_are_never_stored(keyed: TestClient, store: str) -> None:
    kept = parts_of(keyed).store
    one, other = add_key(kept, "one", "read"), add_key(kept, "other", "read")
    assert keyed.get("/v1/model", headers=bearer(one)).status_code == 200
    assert keyed.get("/v1/model", headers={"X-API-Key": other}).status_code == 200
    revoke_key(kept, "one")
    assert keyed.get("/v1/model", headers=bearer(one)).status_code == 401
    assert keyed.get("/v1/model", headers=bearer(other)).status_code == 200
    assert {key.name: key.revoked is None for key in list_keys(kept)} == {"first": True, "one": False, "other": True}
    for file in Path(store).parent.glob("store.sqlite3*"):
        for key in (one, other):
            assert key.encode() not in file.read_bytes()
    assert len(one) > 40
    assert one != other


@pytest.mark.parametrize(
    ("name", "scope", "reader", "words"),
    [
        ("first", "read", None, "already"),
        ("a b", "read", None, "cannot be called"),
        ("x", "all", None, "read, write or admin"),
        ("x", "admin", "ann", "read or write"),
    ],
)
def test_a_key_that_cannot_be_is_an_error(
    keyed: TestClient, name: str, scope: str, reader: str | None, words: str
) -> None:
    with pytest.raises(OptionError, match=words):
        add_key(parts_of(keyed).store, name, scope, reader=reader)
    with pytest.raises(OptionError, match="no key 'nobody'"):
        revoke_key(parts_of(keyed).store, "nobody")


def test_a_session_ends_with_the_key_that_opened_it(keyed: TestClient) -> None:
    key = add_key(parts_of(keyed).store, "bob", "write", reader="bob")
    found = keyed.post("/sign-in", data={"key": key}, follow_redirects=False)
    assert found.status_code == 303, found.text
    assert keyed.get("/v1/readers/bob").status_code == 200
    revoke_key(parts_of(keyed).store, "bob")
    assert keyed.get("/v1/readers/bob").status_code == 401


def test_a_session_that_is_too_old_is_none_and_is_deleted(keyed: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    store = parts_of(keyed).store
    headers = {"Cookie": f"{COOKIE}={session(keyed, 'bob')}"}
    assert keyed.get("/v1/readers/bob", headers=headers).json()["sessions"] == 1
    monkeypatch.setattr("toprank.service.sessions.SECONDS", -1)
    assert keyed.get("/v1/readers/bob", headers=headers).status_code == 401
    store.write(tidy)
    admin = bearer(add_key(store, "owner", "admin"))
    assert keyed.get("/v1/readers/bob", headers=admin).json()["sessions"] == 0


def test_nothing_of_a_person_and_no_key_is_logged(keyed: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    key = add_key(parts_of(keyed).store, "shop", "admin")
    with caplog.at_level(logging.DEBUG):
        for method, path in routes_of(keyed):
            asked(keyed, method, path, reader="a-very-special-reader", headers=bearer(key))
            asked(keyed, method, path, reader="a-very-special-reader", headers=bearer(key + "x"))
        keyed.get("/v1/items", params={"query": "a-very-special-query"}, headers=bearer(key))
    lines = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("toprank", "uvicorn"))
    )
    assert "PUT /v1/readers/{reader}/ratings/{item} 200" in lines
    for secret in (key, "a-very-special", "b001"):
        assert secret not in lines


def test_other_machines_are_not_served_without_a_key(model: Path, store: str) -> None:
    with pytest.raises(OptionError, match=r"toprank keys add"):
        serve(Settings(model, store, host="0.0.0.0", port=1))


def test_a_port_that_is_taken_is_an_error(model: Path, store: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"cannot listen at port {port} of 127.0.0.1"):
            serve(Settings(model, store=store, port=port), said=pytest.fail)


def test_served_to_everybody_readers_write_but_nobody_is_the_owner(served: Serve) -> None:
    client = served(host="0.0.0.0", insecure=True)
    assert client.put("/v1/readers/ann/ratings/b001", json={"rating": 5}).status_code == 200
    assert client.get("/v1/events").status_code == 403
