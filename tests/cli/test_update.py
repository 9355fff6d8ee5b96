from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
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
    counts = {"ratings": 1002, "replaced": 0, "unchanged": 0, "outdated": 0, "new_readers": 1, "new_items": 1}
    content = json.loads(run("update", copy, shelf / "new.csv", "-o", tmp_path / "a" / "new", "--json").stdout)
    assert content == {"model": str(tmp_path / "a" / "new")} | counts
    expected = answers(loaded.update(rows_for(loaded, shelf / "new.csv")))
    assert answers(Recommender.load(tmp_path / "a" / "new")) == expected != answers(loaded)
    assert len(Recommender.load(copy).data.ratings) == 2000

    assert "Added 1,002 ratings, 0 of them" in run("update", copy, shelf / "new.csv").stdout
    assert answers(Recommender.load(copy)) == expected
    (row,) = csv.DictReader(io.StringIO(run("update", copy, shelf / "new.csv", "--csv").stdout))
    assert row == {"model": str(copy)} | {name: str(count) for name, count in counts.items()} | {
        "ratings": "0", "unchanged": "1002", "new_readers": "0", "new_items": "0",
    }  # fmt: skip
    assert (
        "Added 0 ratings, 0 of them in place of older ones; 1,002 known"
        in run("update", copy, shelf / "new.csv").stdout
    )


def test_two_at_once_lose_nothing(copy: Path, tmp_path: Path) -> None:
    before = len(Recommender.load(copy).data.ratings)
    running = []
    for number in range(2):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"user,item,rating\n{9500 + number},b001,4\n", encoding="utf-8")
        command = [sys.executable, "-c", "from toprank.cli.entry import run; run()", "update", str(copy), str(path)]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL))
    said = [process.communicate()[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    after = Recommender.load(copy).data.ratings
    assert len(after) == before + 2
    assert {9500, 9501} <= set(after.users.ids.tolist())


def test_how_many_ids_are_known_is_said(run: Run, copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("user,item,rating\n3,b001,4\n9901,zz,4\n9902,zy,4\n", encoding="utf-8")
    said = run("update", copy, path).stderr
    assert "Note: warning: only 1 of 3 readers are known" in said
    assert "Note: warning: only 1 of 3 items are known" in said
    path.write_text("user,item,rating\n0003,B001,4\n", encoding="utf-8")
    result = run("update", copy, path)
    assert result.exit_code == 1
    assert "none is known: these are other ids than the model's" in result.stderr


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
