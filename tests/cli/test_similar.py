from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

from toprank.cli.output import SIMILAR
from toprank.recommender.facade import FittedRecommender


def test_it_says_what_the_library_says(run: Run, model: Path, loaded: FittedRecommender) -> None:
    item = loaded.find("volume 30", n=1).rows()[0]["item"]
    expected = loaded.similar(item, n=3).rows()
    assert expected
    rows = json.loads(run("similar", model, item, "-n", 3, "--json").stdout)
    assert rows == expected
    assert tuple(rows[0]) == SIMILAR
    shown = run("similar", model, item, "-n", 3).stdout
    assert str(expected[0]["item"]) in shown
    assert "also" in shown
    refused = run("similar", model, "nothing of the kind")
    assert refused.exit_code == 1
    assert "there is no item" in refused.stderr
