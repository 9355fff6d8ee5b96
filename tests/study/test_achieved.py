from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from toprank.cli.main import app


def stars(folder: Path) -> Path:
    """Readers who differ in how they rate: what is much for one is little for another."""
    rng = np.random.default_rng(3)
    pairs = rng.permutation(150 * 60)[:4000]
    user, item = pairs // 60, pairs % 60
    value = np.clip(np.round(3 + rng.normal(size=150)[user] + rng.normal(size=60)[item]), 1, 5).astype(int)
    file = folder / "stars.csv"
    rows = "\n".join(f"u{u},i{i},{v}" for u, i, v in zip(user, item, value, strict=True))
    file.write_text(f"user,item,rating\n{rows}\n", encoding="utf-8")
    return file


def run(folder: Path, *options: str) -> dict[str, dict[str, object]]:
    file, out = stars(folder), folder / "out"
    arguments = ["study", "--data", str(file), "--scale", "1-5", "--liked-from", "4", "--models", "bias"]
    done = CliRunner().invoke(app, [*arguments, "--out", str(out), *options])
    assert done.exit_code == 0, done.output
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {model["name"]: model for model in found["models"]} | {"study": found}


def test_what_was_expected_of_the_objective_stands_beside_what_came_out(tmp_path: Path) -> None:
    models = run(tmp_path, "--objective", "share<=0.3")
    achieved = {one["figure"]: one for one in models["bias"]["achieved"]}  # type: ignore[attr-defined]
    share = achieved["share"]
    assert 0.25 < share["expected"] < 0.35
    assert share["low"] < share["test"] < share["high"]
    assert "predicted beforehand" in share["words"]
    assert models["always"]["achieved"] == []


def test_liked_may_be_relative_to_the_reader(tmp_path: Path) -> None:
    absolute, relative = run(tmp_path), run(tmp_path, "--liked", "relative")
    assert "liked from what the reader usually gives" in str(relative["study"]["scale"])
    # How a reader rates says nothing of what is much for that reader; the item still does.
    auc = {name: (absolute[name]["test"]["auc"], relative[name]["test"]["auc"]) for name in ("user-mean", "item-mean")}  # type: ignore[index]
    assert auc["user-mean"][0] > 0.65 > 0.6 > auc["user-mean"][1]
    assert auc["item-mean"][1] > 0.7


def test_liked_is_one_or_the_other(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["study", "--data", str(stars(tmp_path)), "--liked", "much"])
    assert done.exit_code == 1
    assert "it must be absolute or relative" in done.output
