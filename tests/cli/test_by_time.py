"""Commands on ratings that have times."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

from toprank.recommender.facade import Recommender

FIT = ("--no-deep", "--budget", 40, "--scale", "1-5", "--liked-from", 4)


@pytest.fixture(scope="module")
def dated(stars: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ratings of 1 to 5, each with a day of 2004."""
    header, *rows = stars.read_text(encoding="utf-8").splitlines()
    days = np.datetime64("2004-01-01") + np.random.default_rng(5).integers(0, 360, len(rows)).astype("timedelta64[D]")
    path = tmp_path_factory.mktemp("dated") / "dated.csv"
    lines = [f"{header},date", *(f"{row},{day}" for row, day in zip(rows, days, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_fit_splits_by_time_and_says_so(run: Run, dated: Path, tmp_path: Path) -> None:
    result = run("fit", dated, "-o", tmp_path / "model", *FIT)
    assert result.exit_code == 0, result.output
    assert "times: column 'date', dates, 2004-01-01 to 2004-12-25 UTC (guessed" in result.stderr
    said = " ".join(result.stdout.split())
    assert "Split by time: validation from 2004-1" in said
    assert "are of new readers" in said
    model = Recommender.load(tmp_path / "model")
    assert model.measures.split in said
    assert "recency: last" in model.model.evidence.names
    assert model.measures.split in (tmp_path / "model" / "model.html").read_text(encoding="utf-8")


def test_fit_splits_at_random_where_asked(run: Run, dated: Path, tmp_path: Path) -> None:
    result = run("fit", dated, "-o", tmp_path / "model", *FIT, "--split", "random", "--json")
    assert json.loads(result.stdout)["split"].startswith("Split random: of 200 test rows")


def test_study_splits_by_time_and_says_so(run: Run, dated: Path, stars: Path, tmp_path: Path) -> None:
    options = ("--scale", "1-5", "--models", "bias", "--out", tmp_path / "out")
    result = run("study", "--data", dated, *options)
    assert result.exit_code == 0, result.output
    assert "most ratings have times, so the split is by time" in result.stderr
    split = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["split"]
    assert split["kind"] == "time"
    assert split["words"] in result.stderr
    assert split["words"] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "split at random" in run("study", "--data", stars, *options).stderr
    again = run("study", "--data", dated, *options, "--split", "leave-last-k-out", "--seeds", "13-14")
    assert "is the same for every seed" in again.stderr


def test_an_update_with_older_rows_leaves_the_later_ones(run: Run, dated: Path, tmp_path: Path) -> None:
    run("fit", dated, "-o", tmp_path / "model", *FIT)
    user, item, rating, _ = dated.read_text(encoding="utf-8").splitlines()[1].split(",")
    older = tmp_path / "older.csv"
    older.write_text(f"user,item,rating,date\n{user},{item},{6 - float(rating):g},2003-01-01\n", encoding="utf-8")
    result = run("update", tmp_path / "model", older, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["ratings"], told["replaced"], told["outdated"]) == (0, 0, 1)
