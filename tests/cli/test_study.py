"""``toprank study`` on several splits, with settings, and with models that lack something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from toprank.cli.main import app
from toprank.models.base import ModelSpec
from toprank.study.engine.scoring import Scored, fit_and_score


def study(stars: Path, out: Path, *options: str, models: str = "jaccard-original") -> Result:
    given = ("--data", str(stars), "--scale", "1-5", "--liked-from", "4", "--models", models, "--out", str(out))
    return CliRunner().invoke(app, ["study", *given, *options], env={"COLUMNS": "160"})


def loaded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def seeds(stars: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("seeds") / "out"
    return study(stars, out, "--seeds", "13-14"), out


def test_each_seed_has_its_folder_and_all_have_a_page(seeds: tuple[Result, Path]) -> None:
    result, out = seeds
    assert result.exit_code == 0, result.output
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    by_seed = [f"seed-{seed}/{name}" for seed in (13, 14) for name in ("report.html", "results.json")]
    assert files == ["report.html", *by_seed, "seeds.json"]
    assert 'href="seed-14/report.html"' in (out / "report.html").read_text(encoding="utf-8")
    assert "Means over 2 splits (seeds 13 and 14)" in result.stdout
    assert "Seed 13 is done, 1 of 2" in result.stderr


def test_a_mean_is_that_of_the_seeds_own_studies(seeds: tuple[Result, Path], stars: Path, tmp_path: Path) -> None:
    out = seeds[1]
    assert study(stars, tmp_path, "--seed", "14").exit_code == 0
    alone, among = (loaded(folder / "results.json") for folder in (tmp_path, out / "seed-14"))
    for results in (alone, among):
        for model in results["models"]:
            del model["seconds"]
    assert alone == among
    jaccard = loaded(out / "seeds.json")["models"][-1]
    auc = [loaded(out / f"seed-{seed}" / "results.json")["models"][-1]["test"]["auc"] for seed in (13, 14)]
    assert jaccard["name"] == "jaccard-original"
    assert jaccard["auc"]["by_seed"] == auc
    assert jaccard["auc"]["mean"] == pytest.approx(sum(auc) / 2)
    assert jaccard["auc"]["deviation"] == pytest.approx(abs(auc[0] - auc[1]) / 2**0.5)


def test_an_interrupted_seed_is_resumed_and_the_ones_before_are_not_fitted_again(
    seeds: tuple[Result, Path], stars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []

    def until_the_ninth(entry: ModelSpec, *args: Any, **options: Any) -> Scored:
        if len(fitted) == 8:
            raise KeyboardInterrupt
        fitted.append(entry.name)
        return fit_and_score(entry, *args, **options)

    with monkeypatch.context() as patched:
        patched.setattr("toprank.study.engine.run.fit_and_score", until_the_ninth)
        stopped = study(stars, tmp_path, "--seeds", "13,14")
    assert stopped.exit_code == 130
    assert "8 models are finished and kept" in stopped.stderr
    assert not (tmp_path / "seeds.json").exists()
    assert (tmp_path / "seed-13" / "report.html").exists()

    def counted(entry: ModelSpec, *args: Any, **options: Any) -> Scored:
        fitted.append(entry.name)
        return fit_and_score(entry, *args, **options)

    monkeypatch.setattr("toprank.study.engine.run.fit_and_score", counted)
    resumed = study(stars, tmp_path, "--seeds", "13,14", "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert len(fitted) == 12  # six models on each of two splits
    assert loaded(tmp_path / "seeds.json") == loaded(seeds[1] / "seeds.json")
    assert not list(tmp_path.rglob("finished"))


def test_seed_and_seeds_exclude_each_other(stars: Path, tmp_path: Path) -> None:
    for options, said in (
        (("--seed", "13", "--seeds", "13-14"), "--seed and --seeds are both given"),
        (("--seeds", "14-13"), "must rise"),
        (("--seeds", "x"), "not understood"),
    ):
        refused = study(stars, tmp_path / "out", *options)
        assert refused.exit_code == 1
        assert said in refused.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("damped")
def test_what_is_lacking_has_a_table_of_its_own(stars: Path, tmp_path: Path) -> None:
    result = study(stars, tmp_path, models="damped,damped-without-users")
    assert result.exit_code == 0, result.output
    assert "What each part of damped adds" in result.stdout
    assert "without users" in result.stdout
    (ablation,) = loaded(tmp_path / "results.json")["ablations"]
    assert (ablation["name"], ablation["full"]) == ("damped-without-users", "damped")
    assert "What each group of evidence" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("damped")
def test_settings_take_the_place_of_defaults(stars: Path, tmp_path: Path) -> None:
    best = tmp_path / "best.json"
    best.write_text('{"model": "damped", "values": {"user_damping": 3.0}}', encoding="utf-8")
    assert study(stars, tmp_path / "out", "--settings", str(best), models="damped").exit_code == 0
    models = {model["name"]: model for model in loaded(tmp_path / "out" / "results.json")["models"]}
    assert models["damped"]["test"] == models["bias"]["test"]
    best.write_text('{"model": "damped", "values": {"damping": 3.0}}', encoding="utf-8")
    refused = study(stars, tmp_path / "none", "--settings", str(best), models="damped")
    assert refused.exit_code == 1
    assert "best.json: Damped has no field 'damping'" in refused.stderr


def test_a_model_that_fails_on_a_seed_is_named_with_it(
    stars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toprank.errors import OptionError

    def fails(entry: ModelSpec, *args: Any, **options: Any) -> Scored:
        if entry.name == "jaccard-original":
            raise OptionError("memory ran out")
        return fit_and_score(entry, *args, **options)

    monkeypatch.setattr("toprank.study.engine.run.fit_and_score", fails)
    result = study(stars, tmp_path, "--seeds", "13")
    assert result.exit_code == 1
    assert "jaccard-original failed with seed 13: memory ran out" in result.stderr
    assert loaded(tmp_path / "seeds.json")["failed"] == [
        {"seed": 13, "name": "jaccard-original", "error": "memory ran out"}
    ]
    assert (tmp_path / "seed-13" / "finished").is_dir()
