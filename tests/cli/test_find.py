from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.cli.conftest import Run

from toprank.cli.output import FOUND
from toprank.recommender.facade import FittedRecommender


def test_it_finds_what_the_library_finds(run: Run, model: Path, loaded: FittedRecommender) -> None:
    expected = loaded.find("volume 30", n=4).rows()
    rows = json.loads(run("find", model, "volume 30", "-n", 4, "--json").stdout)
    assert rows == expected
    assert tuple(rows[0]) == FOUND
    fields = list(csv.DictReader(io.StringIO(run("find", model, "volume 30", "-n", 4, "--csv").stdout)))
    assert [row["item"] for row in fields] == [one["item"] for one in expected]
    shown = run("find", model, "volume 30", "-n", 1).stdout
    assert all(str(expected[0][name]) in shown for name in FOUND)


def test_nothing_found_is_said(run: Run, model: Path) -> None:
    result = run("find", model, "quixotic", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == []
    assert "no title or author is like 'quixotic'" in result.stderr
    refused = run("find", model, "?!")
    assert refused.exit_code == 1
    assert "has no word to look for" in refused.stderr
