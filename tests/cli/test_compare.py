from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from toprank.recommender.compare import compare
from toprank.recommender.facade import FittedRecommender


def test_it_compares_on_the_test_ratings_of_both(run: Run, model: Path, loaded: FittedRecommender) -> None:
    content = json.loads(run("compare", model, model, "--json").stdout)
    assert content["rows"] == len(loaded.tested.liked)
    assert {one["outcome"] for one in content["differences"]} == {"same"}
    assert [one["metric"] for one in content["differences"]] == ["f1", "auc", "log_loss", "brier"]
    rows = list(csv.DictReader(io.StringIO(run("compare", model, model, "--csv").stdout)))
    assert {row["difference"] for row in rows} == {"0.0"}
    shown = run("compare", model, model).stdout
    assert f"First: {model}" in shown
    assert "Brier score" in shown


def test_it_compares_on_new_ratings(run: Run, model: Path, shelf: Path, loaded: FittedRecommender) -> None:
    from toprank.recommender.evaluate import rows_for

    content = json.loads(run("compare", model, model, "--data", shelf / "new.csv", "--json").stdout)
    found = compare(loaded, loaded, rows_for(loaded, shelf / "new.csv"))
    assert content["rows"] == found.rows == 1002
    assert content["differences"][0]["first"] == found.differences[0].first
    assert content["differences"][2]["low"] == pytest.approx(0)


def test_how_to_read_what_is_not_given_is_refused(run: Run, model: Path) -> None:
    result = run("compare", model, model, "--user-column", "who")
    assert result.exit_code == 1
    assert "--user-column says how to read new ratings, and there are none" in result.stderr
