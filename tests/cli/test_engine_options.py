"""Where a command's work is done, as the command line says it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet
import pytest
from tests.cli.conftest import Run

from toprank.cluster import ray_engine as module


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--engine", "spark"), "--engine is 'spark'; it must be local or ray"),
        (("--address", "auto"), "give --engine ray with it"),
    ],
)
def test_slips_are_named(run: Run, words: tuple[str, ...], said: str) -> None:
    found = run("evaluate", "no-model", "no-ratings.csv", *words)
    assert found.exit_code == 1
    assert said in found.stderr


def test_a_missing_ray_is_named_with_the_cure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    found = run("study", "--engine", "ray")
    assert found.exit_code == 1
    assert "pip install 'toprank[cluster]'" in found.stderr


@pytest.mark.parametrize("out", ["lists.parquet", "lists.csv"])
def test_lists_and_decisions_go_to_a_file(run: Run, model: Path, tmp_path: Path, out: str) -> None:
    users, pairs = tmp_path / "users.csv", tmp_path / "pairs.csv"
    users.write_text("user\n1\n2\n")
    pairs.write_text("user,item\n1,b003\n2,b004\n2,b005\n")
    lists = run("recommend", model, "--users", users, "--out", tmp_path / out)
    decisions = run("decide", model, "--pairs", pairs, "--out", tmp_path / f"decided-{out}")
    assert (lists.exit_code, decisions.exit_code) == (0, 0), lists.stderr + decisions.stderr
    if out.endswith(".parquet"):
        decided = pyarrow.parquet.read_table(tmp_path / f"decided-{out}").to_pydict()
        assert (decided["user"], decided["item"]) == (["1", "2", "2"], ["b003", "b004", "b005"])
        assert pyarrow.parquet.read_table(tmp_path / out).column_names[:3] == ["user", "rank", "item"]
    else:
        rows = (tmp_path / f"decided-{out}").read_text().splitlines()
        assert rows[0].startswith('"user","item"')
        assert len(rows) == 4


def test_a_file_that_cannot_be_written_is_refused_before_the_work(run: Run, model: Path, tmp_path: Path) -> None:
    for out, said in ((tmp_path / "lists.txt", "ends in .parquet or .csv"), (tmp_path / "no" / "l.csv", "cannot be")):
        found = run("recommend", model, "--all", "--out", out)
        assert found.exit_code == 1
        assert said in found.stderr
    found = run("recommend", model, "--all", "--json", "--out", tmp_path / "lists.csv")
    assert "give one of them" in found.stderr
