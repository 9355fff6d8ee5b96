from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.cli.conftest import Run

from toprank.recommender.evaluate import evaluate, rows_for
from toprank.recommender.facade import FittedRecommender


def test_it_says_what_the_library_says(run: Run, model: Path, shelf: Path, loaded: FittedRecommender) -> None:
    found = evaluate(loaded, rows_for(loaded, shelf / "new.csv"))
    content = json.loads(run("evaluate", model, shelf / "new.csv", "--json").stdout)
    assert content["figures"]["toprank"]["f1"] == found.figures["toprank"]["f1"]
    assert (content["rows"], content["new_readers"], content["new_items"]) == (1002, 1, 1)
    assert content["verdict"] == found.verdict
    assert sum(one["rows"] for one in content["slices"]) == 1002
    rows = list(csv.DictReader(io.StringIO(run("evaluate", model, shelf / "new.csv", "--csv").stdout)))
    assert [float(row["f1"]) for row in rows] == [figures["f1"] for figures in found.figures.values()]
    shown = run("evaluate", model, shelf / "new.csv")
    assert f"toprank: {found.verdict}" in " ".join(shown.stdout.split())
    assert "1 rating of readers that the model has not seen" in shown.stdout


def test_what_the_model_knows_is_no_test(run: Run, model: Path, shelf: Path, tmp_path: Path) -> None:
    known = (shelf / "ratings.csv").read_text(encoding="utf-8").splitlines()
    new = (shelf / "new.csv").read_text(encoding="utf-8").splitlines()[1:]
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("\n".join(known[:8] + new), encoding="utf-8")
    result = run("evaluate", model, mixed)
    assert result.exit_code == 0
    assert "Note: left out 7 ratings" in result.stderr
    assert "1,002 new ratings" in result.stdout
    refused = run("evaluate", model, shelf / "ratings.csv")
    assert refused.exit_code == 1
    assert "knows the rating of each of the 2,000 pairs already" in refused.stderr


def test_ratings_off_the_models_scale_are_refused(run: Run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "tens.csv"
    path.write_text("user,item,rating\n1,b001,9\n", encoding="utf-8")
    result = run("evaluate", model, path)
    assert result.exit_code == 1
    assert "the rating 9 is not on the scale 1 to 5" in result.stderr
