"""The notebook runs from top to bottom, and is kept without what it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toprank.models.boosted import Boosted
from toprank.recommender.facade import Recommender

NOTEBOOK = Path(__file__).parent.parent / "examples/quickstart.ipynb"


def code_cells() -> list[dict[str, Any]]:
    return [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_the_quickstart_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=8, min_data_in_leaf=20))
    names: dict[str, Any] = {}
    for number, cell in enumerate(code_cells()):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    assert names["loaded"].recommend("reader-001", 5).items == names["model"].recommend("reader-001", 5).items
    assert len(names["updated"].data.ratings) == len(names["data"].ratings) + 1


def test_outputs_are_stripped() -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells())
