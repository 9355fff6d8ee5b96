from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from toprank.cli.console import INTERRUPTED
from toprank.recommender.evaluate import rows_for
from toprank.recommender.facade import FittedRecommender, Recommender


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "model"))


def answers(recommender: FittedRecommender) -> list[dict[str, Any]]:
    return [row | {"rated": None} for row in recommender.decide(["3", "9001"], "b005")]


def test_it_updates_as_the_library_does(
    run: Run, copy: Path, model: Path, shelf: Path, loaded: FittedRecommender, tmp_path: Path
) -> None:
    counts = {"ratings": 1002, "replaced": 0, "new_readers": 1, "new_items": 1}
    content = json.loads(run("update", copy, shelf / "new.csv", "-o", tmp_path / "a" / "new", "--json").stdout)
    assert content == {"model": str(tmp_path / "a" / "new")} | counts
    expected = answers(loaded.update(rows_for(loaded, shelf / "new.csv")))
    assert answers(Recommender.load(tmp_path / "a" / "new")) == expected != answers(loaded)
    assert len(Recommender.load(copy).data.ratings) == 2000

    assert "Added 1,002 ratings, 0 of them" in run("update", copy, shelf / "new.csv").stdout
    assert answers(Recommender.load(copy)) == expected
    (row,) = csv.DictReader(io.StringIO(run("update", copy, shelf / "new.csv", "--csv").stdout))
    assert row == {"model": str(copy)} | {name: str(count) for name, count in counts.items()} | {
        "replaced": "1002", "new_readers": "0", "new_items": "0",
    }  # fmt: skip


def test_ctrl_c_leaves_the_old_model_whole(run: Run, copy: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        assert run("update", copy, shelf / "new.csv").exit_code == INTERRUPTED
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    assert [path.name for path in copy.parent.iterdir()] == ["model"]


def test_what_has_no_rating_is_left_out(run: Run, copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("user,item,rating\n3,b001,0\n3,b002,4\n", encoding="utf-8")
    result = run("update", copy, path, "--implicit-value", 0)
    assert result.exit_code == 0
    assert "1 rows without a rating are left out" in result.stderr
    assert "1 rating," in result.stdout


def test_the_scale_is_the_models(run: Run) -> None:
    text = run("update", "--help").stdout
    assert "--scale" not in text
    assert "--duplicates" in text
