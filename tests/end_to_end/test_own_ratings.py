"""The commands on somebody's own ratings: a small CSV of 1 to 5 stars with string ids."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from toprank.cli.main import app
from toprank.models.base import ModelSpec
from toprank.study.engine.scoring import Scored, fit_and_score

SCORE_KEYS = {"fixed", "learned", "auc", "average_precision", "log_loss", "brier", "ece", "rmse", "mae"}
DECISION_KEYS = {"f1", "accuracy", "balanced_accuracy", "precision", "recall", "mcc", "coverage"}


def toprank(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "stars.csv"
    rng = np.random.default_rng(13)
    pairs = rng.permutation(150 * 80)[:3000]
    user, item = pairs // 80, pairs % 80
    value = 3.4 + rng.normal(size=150)[user] + 0.6 * rng.normal(size=80)[item] + 0.7 * rng.normal(size=3000)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["reader", "book", "stars"])
        for u, i, v in zip(user, item, np.clip(np.round(value), 1, 5), strict=True):
            writer.writerow([f"reader-{u}", f"bøk {i}", int(v)])
    return path


@pytest.fixture(scope="module")
def study(stars: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("study") / "new" / "folder"
    options = ("--user-column", "reader", "--item-column", "book", "--scale", "1-5", "--liked-from", "4")
    return toprank("study", "--data", str(stars), "--out", str(out), *options), out


def test_the_study_runs_and_writes_both_files(study: tuple[Result, Path]) -> None:
    result, out = study
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "results.json"]
    assert "jaccard-adjusted" in result.stdout
    assert result.stdout.count("F1 clearly higher than always recommend by") >= 1


def test_results_have_the_same_keys_for_every_model(study: tuple[Result, Path]) -> None:
    results: dict[str, Any] = json.loads((study[1] / "results.json").read_text(encoding="utf-8"))
    assert results["dataset"] == "stars"
    split = results["split"]
    assert (split["seed"], split["train"], split["validation"], split["test"]) == (13, 2400, 300, 300)
    assert [model["name"] for model in results["models"]][:5] == [
        "always",
        "global-mean",
        "user-mean",
        "item-mean",
        "bias",
    ]
    for model in results["models"]:
        assert model.keys() == results["models"][0].keys()
        assert {"name", "target", "cutoff", "validation", "test", "seconds", "verdict"} <= model.keys()
        assert model["cutoff"].keys() == {"fixed", "learned"}
        assert model["seconds"].keys() == {"fit", "score"}
        for part in ("validation", "test"):
            assert model[part].keys() == SCORE_KEYS
            assert model[part]["fixed"].keys() == model[part]["learned"].keys() == DECISION_KEYS


def test_on_readers_who_differ_damped_bias_is_better_than_always(study: tuple[Result, Path]) -> None:
    models = json.loads((study[1] / "results.json").read_text(encoding="utf-8"))["models"]
    bias = next(model for model in models if model["name"] == "bias")
    assert bias["verdict"].startswith("F1 clearly higher than always recommend")
    assert bias["test"]["auc"] > 0.75


def test_the_same_seed_gives_the_same_results(stars: Path, study: tuple[Result, Path], tmp_path: Path) -> None:
    again = toprank("study", "--data", str(stars), "--out", str(tmp_path), "--scale", "1-5", "--liked-from", "4")
    assert again.exit_code == 0, again.output
    first, second = (
        json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in (study[1], tmp_path)
    )
    for results in (first, second):
        for model in results["models"]:
            del model["seconds"]
    assert first == second


@pytest.mark.parametrize("split", ["leave-k-out", "unseen-users", "unseen-items"])
def test_other_splits_run(stars: Path, tmp_path: Path, split: str) -> None:
    result = toprank("study", "--data", str(stars), "--split", split, "--models", "bias", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["split"]["kind"] == split


def test_another_objective_moves_the_learned_cutoff(stars: Path, study: tuple[Result, Path], tmp_path: Path) -> None:
    probability_columns = toprank(
        "study", "--data", str(stars), "--objective", "precision>=0.9", "--out", str(tmp_path)
    )
    assert probability_columns.exit_code == 0, probability_columns.output

    def bias(folder: Path) -> dict[str, Any]:
        models = json.loads((folder / "results.json").read_text(encoding="utf-8"))["models"]
        return next(model for model in models if model["name"] == "bias")

    assert bias(tmp_path)["cutoff"]["learned"] > bias(study[1])["cutoff"]["learned"]
    assert bias(tmp_path)["validation"]["learned"]["precision"] >= 0.9


def test_inspect_shows_the_data(stars: Path, tmp_path: Path) -> None:
    page = tmp_path / "stars.html"
    result = toprank("inspect", str(stars), "--html", str(page))
    assert result.exit_code == 0, result.output
    assert "3,000" in result.stdout
    assert "<svg" in page.read_text(encoding="utf-8")
    as_json = toprank("inspect", str(stars), "--json")
    assert as_json.exit_code == 0
    assert json.loads(as_json.stdout)


def test_what_cannot_be_used_ends_with_one_line_and_code_one(stars: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("user,item,rating\nann,x,5\nbob,y,seven\n", encoding="utf-8")
    result = toprank("study", "--data", str(bad), "--out", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "bad.csv, line 3" in result.stderr
    assert "'seven'" in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()
    for option in (["--models", "bais"], ["--split", "time"], ["--objective", "auc"]):
        result = toprank("study", "--data", str(stars), "--out", str(tmp_path / "out"), *option)
        assert result.exit_code == 1, option
        assert "Error: " in result.stderr, option


def test_a_folder_that_cannot_be_made_is_named(stars: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    for out in (blocked, blocked / "out"):
        result = toprank("study", "--data", str(stars), "--out", str(out))
        assert result.exit_code == 1
        assert "--out" in result.stderr
    page = toprank("inspect", str(stars), "--html", str(tmp_path / "nowhere" / "page.html"))
    assert page.exit_code == 1
    assert "page.html cannot be written" in page.stderr


def test_always_recommend_stays_the_line_whatever_the_objective(stars: Path, tmp_path: Path) -> None:
    for objective in ("precision>=0.9", "gain:1,-5"):
        result = toprank("study", "--data", str(stars), "--objective", objective, "--out", str(tmp_path))
        assert result.exit_code == 0, result.output
        models = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["models"]
        always, bias = models[0], models[4]
        assert always["test"]["learned"]["coverage"] == 1.0
        assert bias["verdict"].startswith(("AUC clearly higher than always", "gain clearly higher than always"))


def test_few_ratings_are_worded_honestly(tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    rows = [f"r{n % 4},b{n},{1 + n % 5}" for n in range(12)]
    few.write_text("\n".join(["user,item,rating", *rows]), encoding="utf-8")
    result = toprank("study", "--data", str(few), "--out", str(tmp_path / "out"), "--scale", "1-5")
    assert result.exit_code == 0, result.output
    assert "too few readers to tell" in result.stdout
    assert "clearly" not in result.stdout
    assert "UserWarning" not in result.stderr
    fewer = tmp_path / "fewer.csv"
    fewer.write_text("\n".join(["user,item,rating", *rows[:9]]), encoding="utf-8")
    refused = toprank("study", "--data", str(fewer), "--out", str(tmp_path / "out"), "--scale", "1-5")
    assert refused.exit_code == 1
    assert "there are 9 ratings" in refused.stderr


def test_ctrl_c_keeps_what_is_finished_and_resume_goes_on(
    stars: Path, study: tuple[Result, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []

    def until_the_fourth(entry: ModelSpec, *args: Any, **options: Any) -> Scored:
        if len(fitted) == 3:
            raise KeyboardInterrupt
        fitted.append(entry.name)
        return fit_and_score(entry, *args, **options)

    options = ("--data", str(stars), "--scale", "1-5", "--liked-from", "4", "--out", str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr("toprank.study.engine.run.fit_and_score", until_the_fourth)
        stopped = toprank("study", *options)
    assert stopped.exit_code == 130
    assert "3 models are finished and kept; the same command with --resume goes on from there" in stopped.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["finished"]

    def only_the_rest(entry: ModelSpec, *args: Any, **options: Any) -> Scored:
        assert entry.name not in fitted
        return fit_and_score(entry, *args, **options)

    monkeypatch.setattr("toprank.study.engine.run.fit_and_score", only_the_rest)
    resumed = toprank("study", *options, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json"]
    models, whole = (json.loads((folder / "results.json").read_text())["models"] for folder in (tmp_path, study[1]))
    assert [model["test"] for model in models] == [model["test"] for model in whole]


def test_a_network_without_its_backend_is_named_and_the_others_results_stay(
    stars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    result = toprank("study", "--data", str(stars), "--models", "a0,jaccard", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "a0 failed: networks need Keras and JAX" in result.stderr
    assert "pip install 'toprank[nets]'" in result.stderr
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [failed["name"] for failed in results["failed"]] == ["a0"]
    assert results["models"][-1]["name"] == "jaccard-adjusted"
