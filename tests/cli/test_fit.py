from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from html import unescape
from inspect import signature
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from typer.testing import Result

from toprank.cli.console import INTERRUPTED
from toprank.cli.fit import fit
from toprank.models.boosted import Boosted
from toprank.recommender.configuration import RecommenderConfig
from toprank.recommender.facade import FittedRecommender, Recommender


def test_it_ends_with_a_table_the_verdict_and_where_the_model_is(
    fitted: Result, model: Path, loaded: FittedRecommender
) -> None:
    lines = fitted.stdout.splitlines()
    starts = ["toprank", "always recommend", "user mean", "item mean", "damped bias"]
    rows = [next(line for line in lines if line.strip().startswith(start)) for start in starts]
    for row, figures in zip(rows, loaded.measures.figures.values(), strict=True):
        assert f"{figures['f1']:.4f}" in row
        assert f"{figures['auc']:.4f}" in row
    assert f"toprank: {loaded.measures.verdict}" in " ".join(fitted.stdout.split())
    assert f"It recommends from P(liked) {loaded.policy.threshold.cutoff:.2f} on." in fitted.stdout
    assert f"Model: {model}" in fitted.stdout
    assert (model / "model.html").is_file()
    assert "notebook" not in fitted.stdout
    assert "Note: columns" in fitted.stderr


def test_settings_reach_the_recommender(loaded: FittedRecommender) -> None:
    assert loaded.config == RecommenderConfig(objective="f1", deep=False, budget=40)
    assert loaded.data.ratings.scale.liked_from == 4


def written(folder: Path, model: str, **values: float) -> Path:
    path = folder / f"{model}.json"
    path.write_text(json.dumps({"model": model, "values": values}), encoding="utf-8")
    return path


def test_settings_from_files_reach_the_models(run: Run, shelf: Path, tmp_path: Path) -> None:
    files = (
        written(tmp_path, "boosted", num_boost_round=9, folds=2),
        written(tmp_path, "blend", **{"boosted.num_leaves": 7}),
    )
    options = ("--scale", "1-5", "--no-deep", "--budget", 40, "--settings", files[0], "--settings", files[1])
    result = run("fit", shelf / "ratings.csv", "-o", tmp_path / "model", *options)
    assert result.exit_code == 0, result.output
    settings = Recommender.load(tmp_path / "model").config
    assert settings.hyperparameters == {"boosted.num_boost_round": 9, "boosted.folds": 2, "boosted.num_leaves": 7}
    assert settings.build_model() == Boosted(num_boost_round=9, folds=2, num_leaves=7)


def test_help_says_the_defaults_that_there_are(run: Run) -> None:
    text = " ".join(run("fit", "--help").stdout.split())
    assert set(signature(fit).parameters) > {field.name for field in fields(Recommender)} - {
        "validation",
        "test",
        "add_held_out",
        "hyperparameters",
    }
    for name in ("objective", "liked", "abstain", "budget", "seed"):
        assert f"[default: {getattr(Recommender, name)}]" in text
    assert Recommender.deep
    assert "[default: deep]" in text


@pytest.mark.parametrize(("option", "value"), [("--liked", "very"), ("--budget", 0), ("--seed", -1), ("--seed", "x")])
def test_the_bounds_of_options_are_those_of_the_fields(run: Run, tmp_path: Path, option: str, value: object) -> None:
    result = run("fit", tmp_path / "no-such.csv", "-o", tmp_path / "model", option, value)
    assert result.exit_code == 2
    assert option in result.stderr


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_programs_read_the_figures(run: Run, shelf: Path, tmp_path: Path, form: str) -> None:
    options = ("--scale", "1-5", "--no-deep", "--budget", 40, "--objective", "precision>=0.7")
    result = run("fit", shelf / "ratings.csv", "-o", tmp_path / "deep" / "model", *options, form)
    assert result.exit_code == 0, result.output
    measures = Recommender.load(tmp_path / "deep" / "model").measures
    if form == "--json":
        content = json.loads(result.stdout)
        assert content["figures"]["toprank"]["auc"] == measures.figures["toprank"]["auc"]
        assert content["objective"] == "precision>=0.7"
        promise = Recommender.load(tmp_path / "deep" / "model").policy.promise
        assert promise is not None
        assert content["promise"]["words"] == str(promise)
        assert content["promise"]["requested"] == 0.7
        assert content["figures"]["always"]["rmse"] is None
        assert Path(content["card"]).is_file()
    else:
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [row["model"] for row in rows] == list(measures.figures)
        assert float(rows[0]["f1_low"]) == measures.intervals["toprank"]["f1"].low
        assert rows[1]["rmse"] == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--objective", "g1"), "the objective 'g1' is not understood"),
        (("--abstain", "often"), "often"),
        (("--json", "--csv"), "--json and --csv are both given"),
    ],
)
def test_options_are_checked_before_the_data_are_read(run: Run, tmp_path: Path, options: tuple[str], said: str) -> None:
    result = run("fit", tmp_path / "no-such.csv", "-o", tmp_path / "model", *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        ("bias", {"sweeps": 3}, "has settings of 'bias'; fit takes those of boosted, attention and blend"),
        ("boosted", {"leafs": 3}, "Boosted has no field 'leafs'"),
        ("boosted", {"num_leaves": 1}, "num_leaves is 1; it must be at least 2"),
        ("attention", {"books": 8}, "hyper-parameters of the deep network, which is left out"),
    ],
)
def test_settings_that_do_not_fit(run: Run, tmp_path: Path, model: str, values: dict[str, float], said: str) -> None:
    file = written(tmp_path, model, **values)
    result = run("fit", tmp_path / "no-such.csv", "-o", tmp_path / "model", "--no-deep", "--settings", file)
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_setting_is_given_once(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "boosted", num_leaves=9)
    result = run("fit", tmp_path / "no-such.csv", "-o", tmp_path / "model", "--settings", file, "--settings", file)
    assert "sets boosted.num_leaves once more; give it in one file" in result.stderr


def test_a_folder_of_something_else_is_left_alone(run: Run, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it", encoding="utf-8")
    for place, said in ((tmp_path, "holds 'thesis.txt' and no model"), (tmp_path / "thesis.txt", "is a file")):
        result = run("fit", shelf / "ratings.csv", "-o", place)
        assert result.exit_code == 1
        assert said in result.stderr
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "all of it"


def test_the_folder_must_be_named(run: Run, shelf: Path) -> None:
    assert run("fit", shelf / "ratings.csv").exit_code == 2


def test_ctrl_c_leaves_no_model(run: Run, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("toprank.recommender.train.random_split", interrupted)
    result = run("fit", shelf / "ratings.csv", "-o", tmp_path / "model")
    assert result.exit_code == INTERRUPTED
    assert list(tmp_path.iterdir()) == []


def test_by_default_it_halves_disappointments_and_says_so_everywhere(run: Run, stars: Path, tmp_path: Path) -> None:
    result = run("fit", stars, "-o", tmp_path / "model", "--no-deep", "--budget", 40, "--scale", "1-5")
    assert result.exit_code == 0, result.output
    promise = (model := Recommender.load(tmp_path / "model")).policy.promise
    assert promise is not None
    assert (model.config.objective, promise.objective, promise.confidence) == ("halve", "halve", 0.95)
    shown = run("decide", tmp_path / "model", "--user", 3, "--item", 7)
    page = unescape((tmp_path / "model" / "model.html").read_text(encoding="utf-8"))
    for text in (result.stdout, shown.stdout, page):
        assert str(promise) in " ".join(text.split())
    told = ("--confidence", 0.8, "--unreachable", "nothing", "--objective", "precision>=0.99")
    result = run("fit", stars, "-o", tmp_path / "strict", "--no-deep", "--budget", 40, "--scale", "1-5", *told)
    promise = Recommender.load(tmp_path / "strict").policy.promise
    assert promise is not None
    assert promise.confidence == 0.8
    assert "It recommends nothing." in result.stdout


def test_a_scale_of_which_only_the_lower_half_is_used_is_noted(run: Run, stars: Path, tmp_path: Path) -> None:
    result = run("fit", stars, "-o", tmp_path / "m", "--no-deep", "--budget", 40, "--scale", "1-10", "--liked-from", 4)
    said = "Note: all ratings lie in the lower half of the scale 1 to 10: the highest is 5"
    assert said in result.stderr


def test_a_model_is_fitted_again_with_what_a_service_was_told(run: Run, model: Path, tmp_path: Path) -> None:
    import time

    from toprank.recommender.facade import Recommender
    from toprank.service.store.opening import open_store
    from toprank.service.store.statements import Statement, put_statements

    store = open_store(str(tmp_path / "kept.sqlite3"))
    rows = [Statement(f"new-{number}", "b001", "rating", 5.0, time.time()) for number in range(9)]
    store.write(lambda connection: put_statements(connection, rows))
    store.close()
    out = tmp_path / "newer"
    result = run("fit", model, "-o", out, "--store", tmp_path / "kept.sqlite3")
    assert result.exit_code == 0, result.output
    assert "9 ratings of the" in result.output
    before, after = Recommender.load(model), Recommender.load(out)
    assert len(after.data.ratings) == len(before.data.ratings) + 9
    assert after.config.budget == before.config.budget
    wrong = run("fit", model, "-o", out, "--scale", "1-5")
    assert wrong.exit_code == 1
    assert "have been read already" in wrong.output
