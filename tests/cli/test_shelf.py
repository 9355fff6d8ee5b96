from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

from toprank.recommender.facade import FittedRecommender


def test_an_export_stands_for_a_new_reader(run: Run, model: Path, loaded: FittedRecommender, tmp_path: Path) -> None:
    export = tmp_path / "mine.csv"
    export.write_text("item,rating\nb001,5\nb030,2\nb040,\nnobody,3\n", encoding="utf-8")
    told = run("recommend", model, "--shelf", export, "-n", 3, "--json")
    assert told.exit_code == 0, told.output
    assert "Note: 2 ratings and 1 held without one are used; 1 row is not" in told.stderr
    assert "  line 5: the id nobody is not known" in told.stderr
    items = [row["item"] for row in json.loads(told.stdout)]
    assert "b040" not in items
    decided = json.loads(run("decide", model, "--shelf", export, "--item", "b036", "--json").stdout)
    expected = loaded.decide(item="b036", ratings={"b001": 5, "b030": 2}).rows()[0]
    assert decided[0]["answer"] == expected["answer"]


def test_what_cannot_be_used_is_an_error_with_its_cure(run: Run, model: Path, tmp_path: Path) -> None:
    export = tmp_path / "mine.csv"
    export.write_text("Title,Author,ISBN,My Rating\nNo Such Book,Nobody,,5\n", encoding="utf-8")
    told = run("recommend", model, "--shelf", export)
    assert told.exit_code == 1
    assert "line 2: No Such Book, Nobody: no book of this title and author is known" in told.stderr
    assert "no rating of" in told.stderr
    assert "in one way" in run("recommend", model, "--shelf", export, "--user", 3).stderr
    assert "leave out --user" in run("decide", model, "--shelf", export, "--user", 3, "--item", "b001").stderr
    assert "no such file" in run("decide", model, "--shelf", tmp_path / "none", "--item", "b001").stderr
