"""A recommender as a folder: answers as before, described once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.recommender import about as module
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.save import load_state, save_state


def test_a_loaded_recommender_answers_as_before(fitted: FittedRecommender, tmp_path: Path) -> None:
    assert save_state(fitted, tmp_path / "model") == tmp_path / "model"
    loaded = load_state(tmp_path / "model")
    users, items = (side.ravel() for side in np.meshgrid(np.arange(-1, 150), np.arange(-1, 90)))
    assert np.array_equal(fitted.model.scores(users, items), loaded.model.scores(users, items), equal_nan=True)
    assert repr(module.about(loaded)) == repr(module.about(fitted))  # there is NaN in it


def test_the_ratings_are_digested_once_a_save(
    fitted: FittedRecommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint, calls = module.fingerprint, []

    def counted(data: Any) -> str:
        calls.append(data)
        return fingerprint(data)

    monkeypatch.setattr(module, "fingerprint", counted)
    save_state(fitted, tmp_path / "model")
    assert len(calls) == 1
    said = json.loads((tmp_path / "model" / "manifest.json").read_text())["about"]["data"]["fingerprint"]
    assert said == fingerprint(fitted.data)
    assert said in (tmp_path / "model" / "model.html").read_text()
