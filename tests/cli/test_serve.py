from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from toprank.cli.serve import seconds_of
from toprank.errors import OptionError


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400), ("7d", 604_800), (None, None)]
)
def test_durations_are_read(text: str | None, seconds: float | None) -> None:
    assert seconds_of("--refit-every", text) == seconds


@pytest.mark.parametrize("text", ["", "5 minutes", "-5m", "0", "m", "1e3"])
def test_what_is_no_duration_is_an_error(text: str) -> None:
    with pytest.raises(OptionError, match="--refit-every is"):
        seconds_of("--refit-every", text)


@pytest.mark.parametrize("words", [("serve", "model"), ("keys", "list", "--model", "model")])
def test_without_the_extra_it_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("toprank.cli.serve.find_spec", lambda name: None if name == "fastapi" else find_spec(name))
    result = run(*words)
    assert result.exit_code == 1
    assert "pip install 'toprank[service]'" in result.output


def test_what_is_asked_for_reaches_the_service(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found: list[Any] = []
    monkeypatch.setattr("toprank.service.serving.serve", lambda settings, said: found.append(settings))
    options = ["--host", "::1", "--port", 9000, "--store", "kept", "--insecure", "--update-every", "5m"]
    options += ["--refit-every", "24h", "--refit-memory", 2, "--challenger", "other", "--share", 0.2, "--no-log"]
    options += ["--metrics-port", 9100, "--rate-limit", 20, "--threads", 4]
    result = run("serve", tmp_path / "model", *options)
    assert result.exit_code == 0, result.output
    (settings,) = found
    assert (settings.host, settings.port, settings.store, settings.insecure) == ("::1", 9000, "kept", True)
    assert (settings.update_every, settings.refit_every, settings.refit_memory) == (300, 86_400, 2)
    assert (settings.challenger, settings.share, settings.log) == (Path("other"), 0.2, False)
    assert (settings.metrics_port, settings.rate, settings.threads) == (9100, 20, 4)


def test_what_cannot_be_served_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, told in (("nothing", "no model folder"), ("empty", "no whole model")):
        result = run("serve", tmp_path / name)
        assert result.exit_code == 1
        assert told in result.output
        assert "Traceback" not in result.output
    assert not (tmp_path / "nothing.sqlite3").exists()
    assert run("serve", tmp_path / "nothing", "--share", 2).exit_code == 1
