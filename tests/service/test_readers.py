"""What readers say: it counts at once, once, and is gone when they want it gone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.service.reader_lists import NOBODY, model_ratings, reader_list
from toprank.service.store.erasing import erase_reader
from toprank.service.store.opening import open_store
from toprank.service.store.schema import idempotency


def decision(client: TestClient, reader: str, item: str) -> dict[str, Any]:
    found = client.post("/v1/decisions", json={"reader": reader, "items": [item]})
    assert found.status_code == 200, found.text
    return dict(found.json()["answers"][0])


def test_a_rating_counts_in_the_very_next_answer(client: TestClient, recommender: FittedRecommender) -> None:
    given = {"b001": 5.0, "b002": 1.0}
    for item, rating in given.items():
        kept = client.put(f"/v1/readers/ann/ratings/{item}", json={"rating": rating})
        assert kept.json() == {
            "model": kept.json()["model"], "reader": "ann", "item": item, "rating": rating, "liked": rating >= 4,
            "item_known": True,
        }  # fmt: skip
    (theirs,) = recommender.decide(item=["b005"], ratings=given).rows()
    assert decision(client, "ann", "b005")["probability"] == theirs["probability"]


def test_a_known_reader_s_list_is_merged_with_what_they_say(client: TestClient, recommender: FittedRecommender) -> None:
    client.put("/v1/readers/7/ratings/b001", json={"rating": 5})
    client.put("/v1/readers/7/marks/b003", json={"mark": "not-interested"})
    (theirs,) = recommender.decide("7", ["b005"], ratings={"b001": 5.0, "b003": None}).rows()
    assert decision(client, "7", "b005")["probability"] == theirs["probability"]


def listed(client: TestClient, reader: str) -> list[str]:
    found = client.post("/v1/recommendations", json={"reader": reader, "n": 100, "reasons": False}).json()
    return [one["item"] for one in found["answers"]]


@pytest.mark.parametrize("mark", ["have", "not-interested"])
def test_what_is_marked_is_not_listed_any_more(client: TestClient, mark: str) -> None:
    reader = next(str(number) for number in range(150) if len(listed(client, str(number))) > 3)
    before = listed(client, reader)
    assert client.put(f"/v1/readers/{reader}/marks/{before[0]}", json={"mark": mark}).status_code == 200
    after = listed(client, reader)
    assert after
    assert before[0] not in after
    assert client.delete(f"/v1/readers/{reader}/marks/{before[0]}").status_code == 204
    assert listed(client, reader) == before


def test_put_and_delete_are_idempotent(client: TestClient) -> None:
    for _ in range(2):
        assert client.put("/v1/readers/ann/ratings/b001", json={"rating": 4}).status_code == 200
    kept = client.get("/v1/readers/ann").json()
    assert [(one["item"], one["rating"]) for one in kept["statements"]] == [("b001", 4.0)]
    for _ in range(2):
        assert client.delete("/v1/readers/ann/ratings/b001").status_code == 204
    assert decision(client, "ann", "b001")["rated"] is None


def test_a_rating_that_the_model_knows_can_be_taken_back(client: TestClient, recommender: FittedRecommender) -> None:
    lists = recommender.model.evidence.lists.take(recommender.data.ratings.users.positions([7]))
    works = recommender.retrieval.work[lists.item].tolist()
    alone = next(place for place, work in enumerate(works) if works.count(work) == 1)  # no other edition is rated
    item = str(recommender.data.ratings.items[int(lists.item[alone])])
    assert decision(client, "7", item)["rated"] == lists.value[alone]
    client.delete(f"/v1/readers/7/ratings/{item}")
    assert decision(client, "7", item)["rated"] is None


def test_an_erased_reader_is_a_new_one(client: TestClient) -> None:
    client.put("/v1/readers/7/ratings/b001", json={"rating": 5})
    client.put("/v1/readers/7/marks/b002", json={"mark": "have"})
    decision(client, "7", "b005")
    before = client.get("/v1/readers/7").json()
    assert len(before["statements"]) == 2
    assert before["learned"]
    assert before["served"]
    for _ in range(2):
        assert client.delete("/v1/readers/7").status_code == 204
    after = client.get("/v1/readers/7").json()
    assert after["statements"] == after["learned"] == after["served"] == []
    assert decision(client, "7", "b005")["probability"] == decision(client, "nobody", "b005")["probability"]
    client.put("/v1/readers/7/ratings/b001", json={"rating": 5})
    assert len(client.get("/v1/readers/7").json()["statements"]) == 1


def test_all_that_is_kept_comes_in_pages(client: TestClient) -> None:
    rows = [{"reader": "ann", "item": f"b{number:03d}", "rating": 4} for number in range(25)]
    assert client.post("/v1/ratings", json={"ratings": rows}).json()["accepted"] == 25
    found, after = [], ""
    for _ in range(3):
        page = client.get("/v1/readers/ann", params={"limit": 10, "statements_after": after}).json()
        found += [one["item"] for one in page["statements"]]
        after = page["more"]["statements_after"]
    assert found == [row["item"] for row in rows]
    assert after is None


BATCHES = {
    "application/json": json.dumps(
        {
            "ratings": [
                {"reader": "ann", "item": "b001", "rating": 5},
                {"reader": "ann", "item": "b002", "rating": 99},
                {"reader": "ann", "item": "", "rating": 3},
                {"reader": "bob", "item": "b001", "rating": 2},
            ]
        }
    ),
    "application/x-ndjson": '{"reader": "ann", "item": "b001", "rating": 5}\n{"reader": "ann", "item": "b002", '
    '"rating": 99}\nnot json\n{"reader": "bob", "item": "b001", "rating": 2}\n',
    "text/csv": "reader,item,rating\nann,b001,5\nann,b002,99\nann,b003\nbob,b001,2\n",
}


@pytest.mark.parametrize("kind", BATCHES)
def test_a_batch_says_which_rows_failed_and_keeps_the_others(client: TestClient, kind: str) -> None:
    found = client.post("/v1/ratings", content=BATCHES[kind], headers={"content-type": kind})
    assert found.status_code == 200, found.text
    body = found.json()
    assert (body["accepted"], body["failed"]) == (2, 2)
    first = {"application/json": 0, "application/x-ndjson": 1, "text/csv": 2}[kind]
    assert [one["row"] for one in body["failures"]] == [first + 1, first + 2]
    assert "not on the scale" in body["failures"][0]["what"]
    assert client.get("/v1/readers/bob").json()["statements"][0]["rating"] == 2


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", "{", 422),
        ("application/json", "[" * 100_000, 422),
        ("application/json", '{"ratings": []}', 422),
        ("text/csv", "who,what\n", 422),
        ("text/csv", b"reader,item,rating\n\xff", 422),
        ("application/xml", "<a/>", 415),
        ("application/json", "", 422),
    ],
)
def test_a_batch_that_cannot_be_read_is_a_problem(client: TestClient, kind: str, body: Any, status: int) -> None:
    found = client.post("/v1/ratings", content=body, headers={"content-type": kind})
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")


def test_a_request_sent_again_with_its_key_is_answered_again_not_done_again(client: TestClient) -> None:
    batch, headers = {"ratings": [{"reader": "ann", "item": "b001", "rating": 5}]}, {"Idempotency-Key": "k1"}
    first = client.post("/v1/ratings", json=batch, headers=headers)
    client.delete("/v1/readers/ann/ratings/b001")
    assert client.post("/v1/ratings", json=batch, headers=headers).json() == first.json()
    assert decision(client, "ann", "b001")["rated"] is None
    batch["ratings"][0]["rating"] = 4
    assert client.post("/v1/ratings", json=batch, headers=headers).status_code == 422


def test_of_an_erased_reader_no_answer_is_remembered(client: TestClient) -> None:
    path, headers = "/v1/readers/ann/import", {"Idempotency-Key": "k2", "content-type": "text/csv"}
    client.post("/v1/readers/bo/import", content="title,rating\nA Secret,5\n", headers=headers)
    client.post(path, content="title,rating\nA Secret,5\n", headers=headers)
    with client.app.state.parts.store.read() as connection:  # type: ignore[attr-defined]
        assert len(connection.execute(select(idempotency.c.response)).all()) == 2
    client.delete("/v1/readers/ann")
    with client.app.state.parts.store.read() as connection:  # type: ignore[attr-defined]
        (left,) = connection.execute(select(idempotency.c.response)).scalars()
    assert '"reader":"bo"' in left


@pytest.mark.parametrize("blank", [" ", "\x85", "\u2028 "])
def test_white_space_is_no_id(client: TestClient, blank: str) -> None:
    from urllib.parse import quote

    assert client.put(f"/v1/readers/ann/ratings/{quote(blank)}", json={"rating": 3}).status_code == 422
    row = {"reader": "ann", "item": blank, "rating": 3}
    assert client.post("/v1/ratings", json={"ratings": [row]}).json()["failed"] == 1
    assert client.post("/v1/decisions", json={"reader": blank, "items": ["b001"]}).status_code == 422
    assert decision(client, "ann", "b001")["reader_ratings"] == 0


def test_true_is_no_rating(client: TestClient) -> None:
    assert client.put("/v1/readers/ann/ratings/b001", json={"rating": True}).status_code == 422
    rows = [{"reader": "ann", "item": "b001", "rating": truth} for truth in (True, False)]
    assert client.post("/v1/ratings", json={"ratings": rows}).json()["failed"] == 2


def test_an_erased_reader_is_not_found_by_another_spelling(store: str) -> None:
    rng = np.random.default_rng(3)
    users, items = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    pairs = pa.table({"user": users, "item": items, "rating": rng.integers(1, 6, 600)})
    recommender = Recommender(objective="f1", deep=False, budget=60).fit(pairs)
    opened = open_store(store)
    opened.write(lambda connection: erase_reader(connection, "7"))
    with opened.read() as connection:
        for spelling in ("7", "07", "7.0"):
            assert model_ratings(connection, recommender, spelling) == []
            assert reader_list(connection, recommender, spelling).user == NOBODY
        assert len(model_ratings(connection, recommender, "8")) > 0
    opened.close()


def test_isbns_and_other_spellings_of_an_id_are_one_item(client: TestClient) -> None:
    client.put("/v1/readers/ann/ratings/b001", json={"rating": 5})
    client.put("/v1/readers/ann/ratings/%20b001%20", json={"rating": 3})
    kept = client.get("/v1/readers/ann").json()["statements"]
    assert [(one["item"], one["rating"]) for one in kept] == [("b001", 3.0)]


@pytest.mark.parametrize("item", ["a/b", "../../etc/passwd", "a%2Fb", "ä b?c#d", "b 1&x=2", "..", "%2e%2e"])
def test_ids_may_hold_what_paths_may_not(client: TestClient, item: str) -> None:
    from urllib.parse import quote

    path = f"/v1/readers/{quote('r/1', safe='')}/ratings/{quote(item, safe='')}"
    found = client.put(path.replace("/..", "/%2E%2E"), json={"rating": 3})
    assert found.status_code == 200, found.text
    assert found.json()["item"] == item
    assert [one["item"] for one in client.get("/v1/readers/r%2F1").json()["statements"]] == [item]


def test_an_export_is_imported(client: TestClient, recommender: FittedRecommender) -> None:
    titles = recommender.titles
    position = recommender.data.ratings.items.positions(["b001"]).astype(np.int64)
    named = {name: text[0].as_py() for name, text in titles.columns(position).items()}
    export = (
        "Book Id,Title,Author,My Rating,Exclusive Shelf,ISBN,ISBN13\n"
        f"1,{named['title']},{named['author']},5,read,,\n2,No Such Book,Nobody At All,4,read,,\n"
    )
    found = client.post("/v1/readers/ann/import", content=export, headers={"content-type": "text/csv"})
    assert found.status_code == 200, found.text
    body = found.json()
    assert (body["ratings"], body["unmatched"]) == (1, 1)
    assert body["unmatched_rows"][0]["title"] == "No Such Book"
    form = client.post("/v1/readers/bob/import", files={"file": ("goodreads.csv", export.encode(), "text/csv")})
    assert form.json()["ratings"] == 1
    kept = client.get("/v1/readers/ann").json()["statements"]
    assert len(kept) == 1
    assert client.get("/v1/readers/bob").json()["statements"][0]["item"] == kept[0]["item"]
