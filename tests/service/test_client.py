"""The client of docs/service.md, made from the service's own description, against a service that listens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from toprank.recommender.facade import FittedRecommender
from toprank.service.keys import add_key
from toprank.service.store.opening import open_store

DOCS = Path(__file__).parents[2] / "docs/service.md"


def test_the_documented_client_rates_decides_and_lists(
    listening: Callable[..., int],
    store: str,
    recommender: FittedRecommender,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (lines,) = re.findall(r"## A client in ten lines\n.*?```python[^\n]*\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert len([line for line in lines.splitlines() if line]) <= 10
    opened = open_store(store, threads=2)
    key = add_key(opened, "shop", "write")
    opened.close()
    address = f"http://127.0.0.1:{listening()}"
    with urlopen(Request(f"{address}/v1/openapi.json", headers={"Authorization": f"Bearer {key}"})) as document:
        (tmp_path / "toprank.json").write_bytes(document.read())
    monkeypatch.chdir(tmp_path)
    for written, meant in (("https://books.example", address), ("b12", "b012"), ("b21", "b021")):
        lines = lines.replace(written, meant)
    found: dict[str, Any] = {"KEY": key}
    exec(lines, found)
    expected = recommender.decide(item="b021", ratings={"b012": 5}).rows()[0]
    answer = found["answer"]
    assert (answer.item, answer.answer) == ("b021", expected["answer"])
    assert answer.probability == pytest.approx(expected["probability"], abs=1e-9)
    listed = recommender.recommend(ratings={"b012": 5}, n=5).rows()
    assert [one.item for one in found["books"]] == [row["item"] for row in listed]
    with pytest.raises(Exception, match="not on the scale") as refused:
        found["service"]._.rate(parameters={"reader": "ann", "item": "b012"}, data={"rating": 99})
    assert refused.typename == "HTTPClientError"
