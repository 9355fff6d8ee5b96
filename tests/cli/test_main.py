from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner

import toprank
from toprank.cli import console
from toprank.cli.main import app
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.datasets.wheel import WheelDataset
from toprank.data.reading.read_options import ReadOptions
from toprank.data.text import text_vectors
from toprank.errors import OptionError

RUNNER = CliRunner()

GROUPS = get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = {
    f"{name} {inner}".strip(): command
    for name, group in GROUPS.items()
    for inner, command in getattr(group, "commands", {"": group}).items()
}


def test_every_command_has_help_with_an_example() -> None:
    listing = RUNNER.invoke(app, ["--help"])
    assert listing.exit_code == 0
    for command in COMMANDS:
        assert command.split()[0] in listing.stdout
        text = RUNNER.invoke(app, [*command.split(), "--help"]).stdout
        assert f"Example: toprank {command}" in text
    assert "Exit codes: 0 done, 1 data or options" in listing.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_can_be_parsed(command: str) -> None:
    text = RUNNER.invoke(app, [*command.split(), "--help"], env={"COLUMNS": "300"}).stdout
    examples = re.findall(r"^ *(?:Example|Then): toprank (.*?) *$", text, flags=re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.partition(" > ")[0])
        size = 1 if words[0] in COMMANDS else 2
        name = " ".join(words[:size])
        assert COMMANDS[name].make_context(name, words[size:]).params


def test_help_does_not_wait_for_what_it_does_not_need() -> None:
    code = (
        "import sys; from toprank.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'numba', 'sklearn', 'matplotlib', 'scipy', 'lightgbm', 'keras', 'jax', 'optuna'}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stderr.strip() == "[]"


def test_every_option_of_the_reader_is_on_the_command_line() -> None:
    text = RUNNER.invoke(app, ["study", "--help"], env={"COLUMNS": "200"}).stdout
    for name in ReadOptions.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in text
    assert "[default: guessed from its name]" in text


def test_fetch_knows_its_datasets() -> None:
    result = RUNNER.invoke(app, ["fetch", "movielens"])
    assert result.exit_code == 1
    assert "no dataset 'movielens' to fetch; there are book-crossing, movielens-100k, text-vectors" in result.stderr


def test_text_vectors_are_fetched_and_their_licence_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_HOME", str(tmp_path))
    folder = tmp_path / text_vectors.NAME
    folder.mkdir()
    (folder / "words.json").write_text('["moon"]')
    np.save(folder / "vectors.npy", np.ones((1, 4), np.float16))
    result = RUNNER.invoke(app, ["fetch", "text-vectors"])
    assert result.exit_code == 0
    assert "text-vectors is in" in result.stdout
    assert "Apache License 2.0" in result.stderr


@pytest.mark.book_crossing
def test_fetching_twice_does_nothing_and_the_terms_are_said() -> None:
    BOOK_CROSSING.fetch(progress=False)
    result = RUNNER.invoke(app, ["fetch", "book-crossing"])
    assert result.exit_code == 0
    assert result.stdout.strip().endswith("already")
    assert "free for research use" in result.stderr
    assert "WWW 2005" in result.stderr


def test_the_version_is_printed() -> None:
    assert RUNNER.invoke(app, ["--version"]).stdout.strip() == toprank.__version__


def test_a_word_that_is_not_understood_ends_with_code_two() -> None:
    assert RUNNER.invoke(app, ["study", "--nonsense"]).exit_code == 2


def test_ctrl_c_ends_with_the_code_shells_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WheelDataset, "fetch", interrupted)
    result = RUNNER.invoke(app, ["fetch", "book-crossing"])
    assert result.exit_code == console.INTERRUPTED
    assert "Stopped" in result.stderr


def test_a_message_is_shown_as_it_is() -> None:
    @console.exit_on_error
    def fails() -> None:
        raise OptionError("the column [bold]x[/bold] is not there")

    import typer

    with pytest.raises(typer.Exit):
        fails()


def test_importing_toprank_loads_nothing_heavy() -> None:
    code = (
        "import sys, toprank; "
        "heavy = {'numpy', 'pyarrow', 'numba', 'sklearn', 'matplotlib', 'scipy', 'rich', 'keras', 'jax', "
        "'optuna'}; "
        "print(sorted(heavy & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
