"""What is answered: by reader and by ratings, the same as the library answers; what is logged of it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from toprank.recommender.facade import FittedRecommender
from toprank.service.store.schema import served as table
from toprank.service.tidying import tidy


def answers(client: TestClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    found = client.post(f"/v1/{path}", json=asked)
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    assert body["model"]
    return list(body["answers"])


def test_decisions_are_those_of_the_library(client: TestClient, recommender: FittedRecommender) -> None:
    items = ["b001", "b002", "b003", "nobody has this"]
    ours = answers(client, "decisions", reader="7", items=items)
    theirs = recommender.decide("7", items).rows()
    for one, other in zip(ours, theirs, strict=True):
        assert (one["item"], one["answer"], one["reason"]) == (other["item"], other["answer"], other["reason"])
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-12)
    assert [one["item_known"] for one in ours] == [True, True, True, False]
    assert ours[3]["recommend"] is False


def test_a_list_is_that_of_the_library(client: TestClient, recommender: FittedRecommender) -> None:
    ours = answers(client, "recommendations", reader="7", n=5, diversity=0.5, only={"year": 1980})
    theirs = recommender.recommend("7", 5, diversity=0.5, only={"year": 1980}, reasons=True).rows()
    assert [one["item"] for one in ours] == [one["item"] for one in theirs]
    assert [one["rank"] for one in ours] == list(range(1, len(ours) + 1))
    assert all(one["reason"] for one in ours)


def test_ratings_sent_along_answer_as_a_new_reader(client: TestClient, recommender: FittedRecommender) -> None:
    sent = [{"item": "b001", "rating": 5}, {"item": "b002", "rating": 1}, {"item": "b007"}]
    ours = answers(client, "decisions", ratings=sent, items=["b001", "b005"])
    theirs = recommender.decide(item=["b001", "b005"], ratings={"b001": 5.0, "b002": 1.0, "b007": None}).rows()
    assert [one["probability"] for one in ours] == [one["probability"] for one in theirs]
    assert ours[0]["rated"] == 5
    assert client.get("/v1/readers/new%20reader").json()["served"] == []


def test_parts_of_an_explanation_add_up(client: TestClient) -> None:
    import math

    (one,) = answers(client, "explanations", reader="7", items=["b004"])
    total = sum(part["log_odds"] for part in one["parts"])
    assert total == pytest.approx(math.log(one["probability"] / (1 - one["probability"])), abs=1e-6)


def test_an_unknown_reader_and_item_are_answered_with_their_support(client: TestClient) -> None:
    (one,) = answers(client, "decisions", reader="nobody", items=["nothing"])
    assert (one["support"], one["item_known"], one["answer"]) == ("unknown", False, "no")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"items": ["b001"]}, "one of both"),
        ({"reader": "7", "ratings": [{"item": "b001", "rating": 5}], "items": ["b001"]}, "one of both"),
        ({"reader": "7", "items": []}, "at least 1"),
        ({"reader": "7", "items": ["b001"] * 1001}, "at most 1000"),
        ({"reader": "7", "items": ["a\x00b"]}, "pattern"),
        ({"reader": "7", "items": ["\ud800"]}, "unicode"),
        ({"ratings": [{"item": "b001", "rating": 50}], "items": ["b001"]}, "not on the scale"),
        ({"ratings": [{"item": "b001", "rating": 5}] * 2, "items": ["b001"]}, "twice"),
        ({"reader": "7", "items": ["b001"], "surprise": 1}, "surprise"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client: TestClient, asked: dict[str, Any], words: str) -> None:
    import json

    found = client.post("/v1/decisions", content=json.dumps(asked), headers={"content-type": "application/json"})
    assert found.status_code == 422, found.text
    assert found.headers["content-type"] == "application/problem+json"
    problem = found.json()
    assert words in problem["detail"]
    assert problem["status"] == 422
    assert problem["title"]


def test_what_was_answered_is_logged_and_joined_to_what_came_of_it(client: TestClient) -> None:
    answers(client, "decisions", reader="newcomer", items=["b010", "b020"])
    listed = answers(client, "recommendations", reader="newcomer", n=3)
    client.put("/v1/readers/newcomer/ratings/b010", json={"rating": 5})
    kept = client.get("/v1/readers/newcomer").json()["served"]
    assert [(one["kind"], one["item"]) for one in kept[:2]] == [("decision", "b010"), ("decision", "b020")]
    assert [(one["item"], one["rank"]) for one in kept[2:]] == [(one["item"], one["rank"]) for one in listed]
    outcome = {one["item"]: (one["rated"], one["liked"]) for one in kept if one["kind"] == "decision"}
    assert outcome == {"b010": (5.0, True), "b020": (None, None)}
    client.put("/v1/readers/newcomer/ratings/b010", json={"rating": 1})
    assert client.get("/v1/readers/newcomer").json()["served"][0]["liked"] is False
    client.delete("/v1/readers/newcomer/ratings/b010")
    assert client.get("/v1/readers/newcomer").json()["served"][0]["liked"] is None


def test_another_edition_is_an_outcome_too(client: TestClient, recommender: FittedRecommender) -> None:
    # In the library b010 and b011 have one title and author: two editions of one work.
    work = recommender.retrieval.work[recommender.data.ratings.items.positions(["b010", "b011"])]
    assert work[0] == work[1]
    answers(client, "decisions", reader="newcomer", items=["b010"])
    client.put("/v1/readers/newcomer/ratings/b011", json={"rating": 4})
    assert client.get("/v1/readers/newcomer").json()["served"][0]["rated"] == 4


def test_a_reader_s_own_rating_is_no_promise(client: TestClient) -> None:
    client.put("/v1/readers/newcomer/ratings/b010", json={"rating": 5})
    (one,) = answers(client, "decisions", reader="newcomer", items=["b010"])
    assert (one["rated"], one["answer"]) == (5, "yes")
    assert client.get("/v1/readers/newcomer").json()["served"] == []


def test_nothing_is_logged_where_it_is_off(served: Any) -> None:
    client = served(log=False)
    answers(client, "decisions", reader="newcomer", items=["b010"])
    assert client.get("/v1/readers/newcomer").json()["served"] == []


def test_what_is_answered_has_every_column_of_the_library_s_tables(recommender: FittedRecommender) -> None:
    from toprank.service.forms import Decision, Listed

    decisions = recommender.decide("7", ["b001"], reasons=True).table.column_names
    listed = recommender.recommend("7", 1, reasons=True).table.column_names
    assert set(decisions) - {"user"} <= set(Decision.model_fields)
    assert set(listed) - {"user"} <= set(Listed.model_fields)


def test_what_is_counted_can_be_read(served: Any) -> None:

    client = served()
    client.get("/v1/model")
    text = client.get("/metrics").text
    assert 'toprank_requests_total{method="GET",route="/v1/model",status="200"} 1.0' in text
    assert "toprank_store_bytes" in text


def test_what_was_answered_is_kept_for_so_many_days(served: Any) -> None:
    client = served(log_days=30)
    store = client.app.state.parts.store
    client.post("/v1/decisions", json={"reader": "ann", "items": ["b001", "b002"]})
    client.put("/v1/readers/ann/ratings/b001", json={"rating": 5})
    store.flush()
    old = {"time": time.time() - 31 * 86_400}
    store.write(lambda connection: connection.execute(update(table).where(table.c.item == "b001").values(**old)))
    store.write(lambda connection: tidy(connection, 30))
    kept = client.get("/v1/readers/ann").json()["served"]
    assert [one["item"] for one in kept] == ["b002"]
    store.write(lambda connection: tidy(connection))
    assert len(client.get("/v1/readers/ann").json()["served"]) == 1
