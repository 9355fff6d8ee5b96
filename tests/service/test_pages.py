"""The pages over HTTP: what they say, what they keep, and what they refuse."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.read_shelf import read_shelf
from toprank.service.keys import add_key, revoke_key
from toprank.service.pages.rendering import POLICY
from toprank.service.sessions import COOKIE
from toprank.service.store.notes import note_refit, refit_rows

BROWSER = {"accept": "text/html"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
Serve = Callable[..., TestClient]


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


def token(client: TestClient, path: str = "/") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path, headers=BROWSER).text)
    assert found is not None
    return found[1]


def post(client: TestClient, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": token(client), **fields}, headers=BROWSER, follow_redirects=False)


def test_first_visit_to_list(client: TestClient, recommender: FittedRecommender) -> None:
    page = client.get("/", headers=BROWSER)
    assert "Which of these have you read?" in page.text
    assert "0 rated; 3 more and there is a list for you" in page.text
    items = re.findall(r'name="item" value="([^"]+)"', page.text)
    assert len(set(items)) == 12
    ratings = dict(zip(items[:3], [5, 1, 4], strict=True))
    for item, rating in ratings.items():
        answer = post(client, "/say", item=item, rating=rating, back="/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = client.get("/", headers=BROWSER)
    assert "3 rated" in page.text
    assert "Rate some more" in page.text
    more = set(re.findall(r'name="item" value="([^"]+)"', page.text))
    assert more
    assert not more & set(ratings)
    listed = client.get("/list", headers=BROWSER).text
    expected = recommender.recommend(ratings=ratings, n=10, reasons=True).rows()
    assert re.findall(r'name="item" value="([^"]+)"', listed) == [row["item"] for row in expected]
    assert listed.count("readers like you would like it") == len(expected)


def test_should_i_read_it(client: TestClient, recommender: FittedRecommender) -> None:
    post(client, "/say", item="b001", rating=5)
    page = client.get("/book/b036", headers=BROWSER).text
    answer = recommender.decide(item="b036", ratings={"b001": 5}).rows()[0]
    assert f'<p class="verdict {answer["answer"]}">{answer["answer"].capitalize()}</p>' in page
    assert f"{round(100 * answer['low'])} to {round(100 * answer['high'])} of 100" in page
    assert "You gave it, or another edition, <strong>5</strong>" in client.get("/book/b001", headers=BROWSER).text
    assert "Nothing is known of this book" in client.get("/book/unheard-of", headers=BROWSER).text


def test_what_a_yes_promises_is_said_without_jargon(client: TestClient) -> None:
    cutoff = client.post("/v1/decisions", json={"reader": "me", "items": ["b036"]}).json()["cutoff"]
    page = client.get("/book/b036", headers=BROWSER).text
    assert f"It says yes from {100 * cutoff:.0f} of 100 on" in page


def test_trouble_is_told_to_the_script_where_it_is_seen(client: TestClient, served: Serve, store: str) -> None:
    csrf, script = token(client), {"HX-Request": "true", "HX-Target": "b-1"}
    found = client.post("/say", data={"csrf": csrf, "item": "b001", "rating": "99"}, headers=script)
    assert (found.status_code, found.text.count("<p")) == (422, 1)
    assert "The rating 99 is not on the scale" in found.text
    assert '"[45]..","swap":true,"error":true,"target":"#trouble"' in client.get("/", headers=BROWSER).text
    assert '<div id="trouble" role="alert"></div>' in client.get("/", headers=BROWSER).text
    add_key(client.app.state.parts.store, "one", "write")  # type: ignore[attr-defined]
    client.cookies.clear()
    found = client.get("/search", params={"q": "b"}, headers=script)
    assert (found.status_code, found.headers["HX-Redirect"]) == (401, "/sign-in")


def test_an_export_holds_all_however_much(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toprank.service.pages.saying.ROWS", 7)
    client.post("/v1/decisions", json={"reader": "me", "items": [f"b{n:03}" for n in range(40)]})
    for n in range(40, 60):
        client.put(f"/v1/readers/me/ratings/b{n:03}", json={"rating": 4})
    found = client.get("/export.json", headers=BROWSER).json()
    assert len({row["item"] for row in found["served"]}) == len(found["served"]) == 40
    assert len({row["item"] for row in found["statements"]}) == len(found["statements"]) == 20
    assert set(found["more"].values()) == {None}


def test_a_search_forgives_a_slip_and_says_when_there_is_nothing(client: TestClient) -> None:
    whole = client.get("/search", params={"q": "Volumn 3"}, headers=BROWSER).text
    assert "Volume 3" in whole
    assert "<html" in whole
    part = client.get("/search", params={"q": "Volumn 3"}, headers={"hx-request": "true", "hx-target": "found"}).text
    assert part.lstrip().startswith('<div id="found"')
    for nothing in ("zzzz", "???", " "):
        assert client.get("/search", params={"q": nothing}, headers=BROWSER).status_code == 200


def test_marks_are_kept_and_taken_back(client: TestClient) -> None:
    best = re.findall(r'name="item" value="([^"]+)"', client.get("/list", headers=BROWSER).text)
    for item, mark in zip(best[:2], ("have", "not-interested"), strict=True):
        post(client, "/say", item=item, mark=mark)
    rest = client.get("/list", headers=BROWSER).text
    assert not set(best[:2]) & set(re.findall(r'name="item" value="([^"]+)"', rest))
    assert client.get("/mine", headers=BROWSER).text.count('aria-pressed="true"') == 2
    post(client, "/say", item=best[0], mark="nothing")
    assert client.get("/mine", headers=BROWSER).text.count('aria-pressed="true"') == 1


def test_many_books_are_shown_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toprank.service.pages.reading.SHOWN", 2)
    for item in ("b001", "b002", "b003"):
        post(client, "/say", item=item, rating=4)
    first, second = (client.get(path, headers=BROWSER).text for path in ("/mine", "/mine?start=2"))
    assert re.findall(r'name="item" value="([^"]+)"', first) == ["b003", "b002"]
    assert re.findall(r'name="item" value="([^"]+)"', second) == ["b001"]
    assert 'href="/mine?start=2">Older' in first
    assert 'href="/mine?start=0">Newer' in second
    assert "3 to 3 of 3" in second


def test_an_import_tells_what_did_not_match(client: TestClient) -> None:
    export = b"item,rating\nb001,5\nb002,\nnobody,3\n"
    csrf = {"csrf": token(client)}
    sent = client.post(
        "/import", data=csrf, files={"file": ("mine.csv", export)}, headers=BROWSER, follow_redirects=False
    )
    assert sent.status_code == 303
    where = sent.headers["location"]
    for _ in range(100):
        page = client.get(where, headers=BROWSER).text
        if "hx-trigger" not in page:
            break
        time.sleep(0.05)
    assert "1 rating and 1 held without one are used; 1 row is not" in page
    assert "The id nobody is not known" in page
    said = client.get("/v1/readers/me").json()["statements"]
    assert {one["item"]: (one["mark"], one["rating"]) for one in said} == {
        "b001": ("rating", 5),
        "b002": ("have", None),
    }
    wrong = client.post("/import", data=csrf, files={"file": ("x", b"a,b\n1,2\n")}, headers=BROWSER)
    for _ in range(100):
        if "no export that is known" in wrong.text:
            break
        time.sleep(0.05)
        wrong = client.get(wrong.url.path, headers=BROWSER)
    assert "no export that is known" in wrong.text
    assert client.get("/imports/another", headers=BROWSER).status_code == 404
    post(client, "/erase", sure="yes")
    assert client.get(where, headers=BROWSER).status_code == 404


def test_an_import_that_is_read_while_its_reader_is_erased_is_not_kept(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any, **named: Any) -> Any:
        begun.set()
        assert go_on.wait(20)
        return read_shelf(*given, **named)

    monkeypatch.setattr("toprank.service.pages.imports.read_shelf", slow)
    csrf = {"csrf": token(client)}
    client.post("/import", data=csrf, files={"file": ("mine.csv", b"item,rating\nb001,5\n")}, follow_redirects=False)
    assert begun.wait(20)
    assert client.delete("/v1/readers/me", headers={"x-csrf-token": csrf["csrf"]}).status_code == 204
    go_on.set()
    for thread in [one for one in threading.enumerate() if one.name == "import"]:
        thread.join(20)
    assert client.get("/v1/readers/me").json()["statements"] == []


def test_what_is_kept_is_exported_imported_again_and_erased(client: TestClient) -> None:
    post(client, "/say", item="b001", rating=4)
    post(client, "/say", item="b002", mark="have")
    client.get("/book/b005", headers=BROWSER)
    table = list(csv.DictReader(io.StringIO(client.get("/export.csv").text)))
    assert {row["item"]: row["rating"] for row in table} == {"b001": "4", "b002": ""}
    everything = client.get("/export.json").json()
    assert everything["reader"] == "me"
    assert len(everything["statements"]) == 2
    assert "nothing is erased yet" in post(client, "/erase").text.lower()
    assert client.get("/v1/readers/me").json()["statements"]
    gone = post(client, "/erase", sure="yes")
    assert "Nothing of you is kept any more" in gone.text
    left = client.get("/v1/readers/me").json()
    assert (left["statements"], left["served"]) == ([], [])


def test_pages_hold_no_inline_script_style_or_foreign_address(client: TestClient) -> None:
    post(client, "/say", item="b001", rating=5)
    for path in ("/", "/search?q=volume", "/book/b003", "/list", "/mine", "/promise", "/owner", "/sign-in", "/none"):
        answer = client.get(path, headers=BROWSER)
        assert answer.headers["content-security-policy"] == POLICY
        assert "unsafe" not in POLICY
        assert answer.headers["cache-control"] == "no-store"
        for tag, attributes in Tags(answer.text).found:
            assert tag != "style"
            assert not [name for name in attributes if name == "style" or name.startswith("on")], (path, tag)
            assert tag != "script" or attributes == {"src": "/static/htmx.min.js", "defer": None}
            for name in ("src", "href", "action", "hx-get", "hx-post"):
                assert (attributes.get(name) or "/").startswith(("/", "#")), (path, attributes)
    assert client.get("/static/page.css").status_code == 200
    assert client.get("/static/../app.py").status_code in (401, 404)


def test_hostile_titles_ids_and_imports_stay_text(
    served: Serve, recommender: FittedRecommender, tmp_path: Path
) -> None:
    items = recommender.data.items
    assert items is not None
    titles = [HOSTILE if k % 2 else "=cmd()" for k in range(items.table.num_rows)]
    table = items.table.set_column(1, "title", pa.array(titles))
    hostile = replace(recommender, data=replace(recommender.data, items=replace(items, table=table)))
    client = served(model=hostile.save(tmp_path / "hostile"))
    for path in (
        "/",
        "/search?q=script",
        "/book/b003",
        "/list",
        f"/search?q={HOSTILE}",
        f"/book/{HOSTILE.replace('/', '%2F')}",
    ):
        text = client.get(path, headers=BROWSER).text
        assert HOSTILE not in text, path
        assert not [tag for tag, attributes in Tags(text).found if tag == "img" or "onerror" in attributes], path
    post(client, "/say", item=HOSTILE, rating=3)
    assert HOSTILE not in client.get("/mine", headers=BROWSER).text
    assert client.get("/export.csv").text.count(",=cmd") == 0
    rows = f'Title,Author,ISBN,My Rating\n"{HOSTILE.replace(chr(34), chr(34) * 2)}","{HOSTILE[2:]}",,5\n'
    sent = client.post("/import", data={"csrf": token(client)}, files={"file": ("x", rows.encode())}, headers=BROWSER)
    for _ in range(100):
        if "hx-trigger" not in sent.text:
            break
        time.sleep(0.05)
        sent = client.get(sent.url.path, headers=BROWSER)
    assert "Rows that are not used" in sent.text
    assert "&lt;script&gt;" in sent.text
    assert HOSTILE not in sent.text


@pytest.mark.parametrize("path", ["/say", "/import", "/erase", "/sign-out"])
def test_forms_without_their_token_or_of_another_session_are_refused(
    client: TestClient, served: Serve, path: str
) -> None:
    fields = {"item": "b001", "rating": "5", "sure": "yes"}
    files = {"file": ("x.csv", b"item,rating\nb001,5\n")} if path == "/import" else None
    mine = token(client)
    other = "0" * 64
    assert client.post(path, data=fields, files=files, headers=BROWSER).status_code == 403
    assert client.post(path, data={**fields, "csrf": other}, files=files, headers=BROWSER).status_code == 403
    foreign = BROWSER | {"origin": "https://elsewhere.example"}
    assert client.post(path, data={**fields, "csrf": mine}, files=files, headers=foreign).status_code == 403
    client.cookies.clear()
    assert client.post(path, data={**fields, "csrf": mine}, files=files, headers=BROWSER).status_code == 403
    assert client.get("/v1/readers/me").json()["statements"] == []


def test_a_key_opens_a_session_that_ends_with_it(served: Serve) -> None:
    client = served()
    store = client.app.state.parts.store  # type: ignore[attr-defined]
    reading, owning = add_key(store, "ann", "read", reader="3"), add_key(store, "boss", "admin")
    assert client.get("/", headers=BROWSER, follow_redirects=False).headers["location"] == "/sign-in"
    wrong = client.post("/sign-in", data={"key": "tr_wrong"}, headers=BROWSER)
    assert wrong.status_code == 401
    assert "This key is not valid" in wrong.text
    assert (
        client.post("/sign-in", data={"key": reading}, headers={"origin": "https://elsewhere.example"}).status_code
        == 403
    )
    opened = client.post("/sign-in", data={"key": reading}, headers=BROWSER, follow_redirects=False)
    cookie = opened.headers["set-cookie"]
    assert all(word in cookie for word in (COOKIE, "HttpOnly", "SameSite=lax"))
    page = client.get("/list", headers=BROWSER)
    assert page.status_code == 200
    assert 'action="/say"' not in page.text  # it may read only
    assert client.get("/owner", headers=BROWSER).status_code == 403
    csrf = client.get("/v1/readers/4")
    assert csrf.status_code == 403  # another reader's
    revoke_key(store, "ann")
    assert client.get("/list", headers=BROWSER, follow_redirects=False).headers["location"] == "/sign-in"
    client.post("/sign-in", data={"key": owning}, headers=BROWSER)
    assert client.get("/owner", headers=BROWSER).status_code == 200


def test_with_insecure_every_browser_is_a_reader_of_its_own(served: Serve) -> None:
    client = served(host="0.0.0.0", insecure=True)
    said = post(client, "/say", item="b001", rating=5)
    assert said.status_code == 303, said.text
    assert client.get("/mine", headers=BROWSER).text.count('aria-pressed="true"') == 1
    assert client.get("/owner", headers=BROWSER).status_code == 403
    client.cookies.clear()
    assert client.get("/mine", headers=BROWSER).text.count('aria-pressed="true"') == 0


def test_redirects_stay_here_and_what_is_wrong_is_a_page(client: TestClient) -> None:
    for back in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "/a\r\nset-cookie: x=1"):
        assert post(client, "/say", item="b001", rating=5, back=back).headers["location"] == "/"
    wrong = post(client, "/say", item="b001", rating=99)
    assert wrong.status_code == 422
    assert "The rating 99 is not on the scale" in wrong.text
    assert "<html" in wrong.text
    assert post(client, "/say", item="b001", rating="many").status_code == 422
    assert client.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_the_owner_sees_the_model_its_card_and_the_store(client: TestClient, model: Path) -> None:
    page = client.get("/owner", headers=BROWSER).text
    assert Recommender.load(model).measures.verdict.split(".")[0] in page
    (card,) = re.findall(r'href="(/owner/card/[0-9a-f]+)"', page)
    shown = client.get(card, headers=BROWSER)
    assert shown.text == (model / "model.html").read_text(encoding="utf-8")
    assert "script-src" not in shown.headers["content-security-policy"]
    assert client.get("/owner/card/none", headers=BROWSER).status_code == 404


def test_the_owner_sees_refits_under_way_swapped_and_broken_off(client: TestClient) -> None:
    assert "Refits" not in client.get("/owner", headers=BROWSER).text
    store, hour = client.app.state.parts.store, 3600.0  # type: ignore[attr-defined]

    def note(connection: Any) -> None:
        note_refit(connection, 1 * hour)
        note_refit(connection, 2 * hour)
        note_refit(connection, 2 * hour, ended=3 * hour, outcome="swapped", words="the new model takes over: 5 ratings")
        note_refit(connection, 4 * hour)

    store.write(note)
    page = client.get("/owner", headers=BROWSER).text
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)][1:4]
    assert ["under way" in rows[0], "swapped" in rows[1], "broken off" in rows[2]] == [True] * 3
    assert "the new model takes over: 5 ratings" in rows[1]
    for hours in range(5, 40):
        store.write(lambda connection, hours=hours: note_refit(connection, hours * hour))
    with store.read() as connection:
        assert [row["began"] / hour for row in refit_rows(connection)] == list(range(39, 19, -1))
