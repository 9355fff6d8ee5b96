"""Models come and go while the service answers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from toprank.core.dataset import Dataset
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.known_data import known_data
from toprank.service.learning import gather
from toprank.service.models import dealt
from toprank.service.refit_process import RefitRequest, refit, same_test_split
from toprank.service.store.opening import open_store
from toprank.service.store.statements import Statement, put_statements

Serve = Callable[..., Any]


def replaced(folder: Path, by: Path) -> None:
    """Put another model in a folder's place, as saving does."""
    Recommender.load(by).save(folder)


def version(client: TestClient, **asked: Any) -> str:
    found = client.post("/v1/decisions", json={"items": ["b001"], "reasons": False} | (asked or {"reader": "7"}))
    assert found.status_code == 200, found.text
    return str(found.json()["model"])


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_a_new_model_is_noticed_and_a_broken_one_refused(
    served: Serve, models: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "served"
    shutil.copytree(models["one"], folder)
    client = served(model=folder, watch=0.05)
    first = version(client)
    replaced(folder, models["other"])
    wait_for(lambda: version(client) != first)
    second = version(client)
    broken = tmp_path / "broken"
    shutil.copytree(models["one"], broken)
    (broken / "trees-0.txt").write_text("not a tree", encoding="utf-8")
    folder.rename(tmp_path / "old")
    broken.rename(folder)
    wait_for(lambda: any(one["kind"] == "refused" for one in client.get("/v1/events").json()["events"]))
    assert version(client) == second
    events = {one["kind"]: one["words"] for one in client.get("/v1/events").json()["events"]}
    assert events["refused"].startswith("served: ")
    assert second in events["swapped"]
    assert "toprank_models_refused_total 1.0" in client.get("/metrics").text


def test_of_a_folder_of_models_the_newest_whole_one_answers(
    served: Serve, models: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models["one"], folder / "first")
    client = served(model=folder, watch=0.05)
    first = version(client)
    stage = tmp_path / "stage"
    shutil.copytree(models["other"], stage)
    (stage / "manifest.json").touch()
    stage.rename(folder / "second")
    wait_for(lambda: version(client) != first)
    assert client.get("/health/ready").status_code == 200


def test_readers_are_dealt_by_their_id_and_what_happened_is_kept_apart(served: Serve, models: dict[str, Path]) -> None:
    client = served(challenger=models["other"], share=0.3)
    names = [f"reader {number}" for number in range(60)]
    found = {name: version(client, reader=name) for name in names}
    champion = version(client, ratings=[{"item": "b001", "rating": 5}])
    assert {name for name in names if found[name] != champion} == {name for name in names if dealt(name) < 0.3}
    assert 5 < sum(one != champion for one in found.values()) < 32
    one = next(name for name in names if dealt(name) < 0.3)
    assert client.get(f"/v1/readers/{one}").json()["served"][0]["arm"] == "challenger"
    assert client.get("/v1/model").json()["challenger"]["share"] == 0.3


def test_books_statistics_take_in_what_readers_say(served: Serve) -> None:
    client = served(update_every=0.2)
    before = version(client)
    rows = [{"reader": f"new {number}", "item": "b001", "rating": 1} for number in range(40)]
    assert client.post("/v1/ratings", json={"ratings": rows}).json()["accepted"] == 40
    plain = client.post("/v1/decisions", json={"reader": "nobody", "items": ["b001"]}).json()
    wait_for(lambda: version(client) != before)
    after = client.post("/v1/decisions", json={"reader": "nobody", "items": ["b001"]}).json()
    assert after["model"].startswith(before + "+")
    if plain["model"] == before:
        assert after["answers"][0]["book_ratings"] == plain["answers"][0]["book_ratings"] + 40


def test_what_a_model_knows_can_be_learned_from_again(recommender: FittedRecommender, shelf: Dataset) -> None:
    found = known_data(recommender)
    ours, theirs = found.ratings.canonical(), shelf.ratings.canonical()
    for name in ("user", "item", "value"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert ours.users == theirs.users
    assert ours.items == theirs.items
    assert found.items is not None
    assert shelf.items is not None
    np.testing.assert_array_equal(found.items.row, shelf.items.row)


def told(store: str, *said: tuple[str, str, str, float | None]) -> Any:
    opened = open_store(store, threads=2)
    rows = [Statement(reader, item, mark, rating, time.time()) for reader, item, mark, rating in said]
    opened.write(lambda connection: put_statements(connection, rows))
    return opened


def test_what_the_store_has_is_added_and_what_was_withdrawn_taken_out(
    recommender: FittedRecommender, store: str
) -> None:
    data = known_data(recommender)
    reader, item = data.ratings.users[int(data.ratings.user[0])], data.ratings.items[int(data.ratings.item[0])]
    opened = told(
        store, ("ann", "b001", "rating", 5.0), ("7", "brand new", "rating", 2.0), ("ann", "b002", "have", None),
        ("ann", "b003", "rating", 99.0), (str(reader), str(item), "withdrawn", None),
    )  # fmt: skip
    with opened.read() as connection:
        found = gather(connection, data)
    opened.close()
    assert (found.added, found.removed, found.left_out) == (2, 1, 1)
    ratings = found.data.ratings
    assert len(ratings) == len(data.ratings) + 1
    assert "brand new" in ratings.items.ids
    pairs = set(zip(ratings.users.ids[ratings.user].tolist(), ratings.items.ids[ratings.item].tolist(), strict=True))
    assert (reader, item) not in pairs
    assert (7, "brand new") in pairs
    assert found.data.items is not None
    at = ratings.items.positions(["b001"])
    assert found.data.items.table.column("id")[int(found.data.items.row[at[0]])].as_py() == "b001"


def test_an_erased_reader_is_not_learned_from(served: Serve, recommender: FittedRecommender, store: str) -> None:
    client = served()
    client.delete("/v1/readers/7")
    data = known_data(recommender)
    opened = open_store(store, threads=2)
    with opened.read() as connection:
        left = gather(connection, data).data
    opened.close()
    for rows in (left.ratings, left.implicit):
        assert rows is not None
        assert not np.isin(rows.user, rows.users.positions([7])).any()
    assert len(left.ratings) < len(data.ratings)


def test_both_models_of_a_refit_are_judged_on_the_same_test_rows(recommender: FittedRecommender) -> None:
    data = known_data(recommender)
    split = same_test_split(recommender, data, Recommender(**recommender.config.get_params()))
    test = data.ratings.take(split.test)
    ours = {(test.users[int(u)], test.items[int(i)]) for u, i in zip(test.user, test.item, strict=True)}
    known, tested = recommender.data.ratings, recommender.tested
    theirs = {(known.users[int(u)], known.items[int(i)]) for u, i in zip(tested.user, tested.item, strict=True)}
    assert ours == theirs
    assert len(split.train) + len(split.validation) + len(split.test) == len(data.ratings)


def test_a_refit_swaps_what_is_not_worse_and_keeps_what_is_better(model: Path, store: str, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    shutil.copytree(model, folder)
    told(store, *((f"new {number}", f"b{number:03d}", "rating", 4.0) for number in range(30))).close()
    result = refit(RefitRequest(str(folder), store, str(folder), 4.0))
    assert result.outcome == "swapped", result
    assert "30 ratings of the service added" in result.words
    after = Recommender.load(folder)
    assert len(after.data.ratings) == 3030
    # A model that was learned from nonsense does not take its place.
    before = (folder / "manifest.json").read_bytes()
    data = known_data(after)
    rng = np.random.default_rng(3)
    value = data.ratings.value.copy()
    tested = np.isin(np.arange(len(value)), same_test_split(after, data, Recommender(**after.config.get_params())).test)
    value[~tested] = rng.permutation(6 - value[~tested])
    with pytest.MonkeyPatch.context() as patch:
        nonsense = replace(data, ratings=replace(data.ratings, value=value))
        patch.setattr("toprank.service.refit_process.known_data", lambda _: nonsense)
        result = refit(RefitRequest(str(folder), store, str(folder), 4.0))
    assert result.outcome == "kept", result
    assert (folder / "manifest.json").read_bytes() == before


def test_a_refit_runs_in_a_process_of_its_own(served: Serve, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    shutil.copytree(model, folder)
    client = served(model=folder, watch=0.05, refit_every=1.0)
    client.put("/v1/readers/ann/ratings/b001", json={"rating": 5})
    before = version(client)
    wait_for(lambda: version(client) != before, seconds=120)

    def refits() -> list[str]:
        return [one["words"] for one in client.get("/v1/events").json()["events"] if one["kind"] == "refit"]

    wait_for(lambda: bool(refits()))
    assert refits()[-1].startswith("swapped: ")


def test_a_refit_that_takes_too_much_memory_ends(model: Path, store: str) -> None:
    import json
    import subprocess
    import sys

    asked = {"model": str(model), "store": store, "out": str(model), "memory": 0.05}
    found = subprocess.run(
        [sys.executable, "-m", "toprank.service.refit_process"],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode != 0 or json.loads(found.stdout)["outcome"] == "failed"


def test_models_are_swapped_under_load_without_a_failed_or_a_mixed_answer(
    listening: Callable[..., int], models: dict[str, Path], tmp_path: Path
) -> None:
    import http.client
    import json
    import threading

    folder = tmp_path / "served"
    shutil.copytree(models["one"], folder)
    port = listening(model=folder, watch=0.05)
    items = [f"b{number:03d}" for number in range(20)]
    body = json.dumps({"reader": "7", "items": items, "reasons": False})
    # What each of the two answers, by cutoff and decisions; nothing else may ever be answered.
    right = {}
    for name in ("one", "other"):
        model = Recommender.load(models[name])
        right[float(model.policy.threshold.cutoff)] = model.decide("7", items, reasons=False).recommend.tolist()
    assert len(right) == 2
    stop, wrong, seen = threading.Event(), [], set()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not stop.is_set():
            connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
            seen.add(found.get("model"))
            if answer.status != 200 or right.get(found["cutoff"]) != [one["recommend"] for one in found["answers"]]:
                wrong.append(found)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(4):
        replaced(folder, models["other" if number % 2 == 0 else "one"])
        wait_for(lambda: len(seen) >= 2)
        time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(seen) >= 2


def test_a_folder_that_is_gone_is_said_once_and_the_model_serves_on(
    served: Serve, model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(model, tmp_path / "model")
    client = served(model=folder, watch=60)
    parts = client.app.state.parts
    shutil.rmtree(folder)
    for _ in range(5):
        assert not parts.models.champion.look()
    events = [one for one in client.get("/v1/events").json()["events"] if one["kind"] == "missing"]
    assert len(events) == 1
    assert "is gone" in events[0]["words"]
    assert b"toprank_models_missing_total 1.0" in parts.figures.text()
    assert client.post("/v1/decisions", json={"reader": "ann", "items": ["b001"]}).status_code == 200
