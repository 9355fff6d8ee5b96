from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit
from tests.cli.conftest import Run

from toprank.recommender.facade import FittedRecommender


def test_the_parts_add_up(run: Run, model: Path, loaded: FittedRecommender) -> None:
    asked = ("explain", model, "--user", 3, "--item", "b001")
    content = json.loads(run(*asked, "--json").stdout)
    assert content["sentence"] == loaded.explain("3", "b001").sentence
    total = sum(part["log_odds"] for part in content["parts"])
    assert total == pytest.approx(logit(content["answer"]["probability"]))
    parts = list(csv.DictReader(io.StringIO(run(*asked, "--csv").stdout)))
    assert [float(part["log_odds"]) for part in parts] == [part["log_odds"] for part in content["parts"]]


def test_the_table_adds_up_too(run: Run, model: Path) -> None:
    shown = run("explain", model, "--rate", "b002=5", "--item", "b001").stdout
    figures = re.findall(r"^ *([+−]?\d\.\d\d)  ", shown, flags=re.MULTILINE)
    *parts, total = [float(figure.replace("−", "-")) for figure in figures]
    assert np.sum(parts) == pytest.approx(total, abs=0.005 * (len(parts) + 1))
    assert "Volume 0" in shown
    assert "other facts, at most 0.02 each" in shown


def test_who_is_asked_about_must_be_said(run: Run, model: Path) -> None:
    result = run("explain", model, "--item", "b001")
    assert result.exit_code == 1
    assert "say who is asked about" in result.stderr


def test_one_answer_is_explained_at_a_time(run: Run, model: Path) -> None:
    result = run("explain", model, "--user", 3, "--item", "b001", "--item", "b002")
    assert result.exit_code == 1
    assert "--item is given 2 times; explain one answer at a time" in result.stderr
