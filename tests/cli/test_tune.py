"""``toprank tune``: what it prints and writes, and how it is interrupted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from toprank.cli.main import app
from toprank.cli.tune_run import parse_duration
from toprank.errors import OptionError
from toprank.models.baselines import Bias, FittedOffsets

pytestmark = pytest.mark.usefixtures("damped")


def tune(stars: Path, out: Path, *options: str, model: str = "damped") -> Result:
    given = (str(stars), "--scale", "1-5", "--liked-from", "4", "--model", model, "--out", str(out))
    return CliRunner().invoke(app, ["tune", *given, *options], env={"COLUMNS": "100"})


def test_the_best_is_printed_and_written_and_study_takes_it(stars: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "best.json"
    result = tune(stars, out, "--trials", "8", "--time-limit", "5m")
    assert result.exit_code == 0, result.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["model"] == "damped"
    assert 0.5 <= found["values"]["user_damping"] <= 100.0
    assert found["found"]["trials"] == 8
    assert "damped: the best of 8 settings on the validation rows" in result.stdout
    assert "0.5 to 100, log" in result.stdout
    assert "AUC with the defaults 0." in result.stdout
    assert found["found"]["verdict"] in " ".join(result.stdout.split())
    options = ("--data", str(stars), "--models", "damped", "--settings", str(out), "--out", str(tmp_path / "study"))
    used = CliRunner().invoke(app, ["study", *options, "--scale", "1-5", "--liked-from", "4"])
    assert used.exit_code == 0, used.output
    models = json.loads((tmp_path / "study" / "results.json").read_text(encoding="utf-8"))["models"]
    assert models[-1]["validation"]["auc"] == found["found"]["best"]["value"]


def test_resume_goes_on_and_without_it_the_search_begins_anew(stars: Path, tmp_path: Path) -> None:
    out = tmp_path / "best.json"
    assert tune(stars, out, "--trials", "3").exit_code == 0
    assert (tmp_path / "best.json.journal").exists()
    more = tune(stars, out, "--trials", "6", "--resume")
    assert "dropped" not in more.stderr
    assert json.loads(out.read_text(encoding="utf-8"))["found"]["trials"] == 6
    anew = tune(stars, out, "--trials", "2")
    assert "an earlier search tried are dropped; --resume goes on" in anew.stderr
    assert json.loads(out.read_text(encoding="utf-8"))["found"]["trials"] == 2


def test_ctrl_c_writes_the_best_so_far(stars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[int] = []
    fit = Bias.fit

    def until_the_fourth(self: Bias, *args: Any, **options: Any) -> FittedOffsets:
        fits.append(1)
        if len(fits) == 4:
            raise KeyboardInterrupt
        return fit(self, *args, **options)

    monkeypatch.setattr(Bias, "fit", until_the_fourth)
    out = tmp_path / "best.json"
    stopped = tune(stars, out, "--trials", "8")
    assert stopped.exit_code == 130
    assert "the best so far is written, and the same command with --resume goes on" in stopped.stderr
    found = json.loads(out.read_text(encoding="utf-8"))["found"]
    assert (found["trials"], found["interrupted"]) == (3, True)
    monkeypatch.setattr(Bias, "fit", fit)
    assert tune(stars, out, "--trials", "8", "--resume").exit_code == 0
    assert tune(stars, tmp_path / "whole.json", "--trials", "8").exit_code == 0
    assert json.loads(out.read_text()) == json.loads((tmp_path / "whole.json").read_text())


@pytest.mark.parametrize(
    ("options", "model", "said"),
    [
        ((), "jaccard", "'jaccard' stands for several models; name one"),
        ((), "always", "always declares no hyper-parameter to search"),
        ((), "dampd", "did you mean 'damped'?"),
        (("--metric", "mcc"), "damped", "the metric 'mcc' is not understood"),
        (("--time-limit", "soon"), "damped", "the time 'soon' is not understood; write 90s, 20m or 1h30m"),
        (("--split", "tide"), "damped", "there is no split 'tide'"),
    ],
)
def test_slips_are_said_before_any_work(
    stars: Path, tmp_path: Path, options: tuple[str, ...], model: str, said: str
) -> None:
    refused = tune(stars, tmp_path / "out" / "best.json", *options, model=model)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_file(stars: Path, tmp_path: Path) -> None:
    refused = tune(stars, tmp_path)
    assert refused.exit_code == 1
    assert "is a folder; name a file with --out" in refused.stderr


def test_without_optuna_it_says_what_to_install(stars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    refused = tune(stars, tmp_path / "best.json")
    assert refused.exit_code == 1
    assert "pip install 'toprank[tune]'" in refused.stderr


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("20m", 1200.0), ("1h30m", 5400.0), ("45", 45.0), (" 1H 1s ", 3601.0)]
)
def test_times_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5s", "1.5h", "30m1h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is not understood"):
        parse_duration(text)
