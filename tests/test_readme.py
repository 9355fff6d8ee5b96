"""The README's code runs, and its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(code, {})


def test_every_option_it_names_is_there() -> None:
    from typer.testing import CliRunner

    from toprank.cli.main import app

    text = "".join(
        CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
        for command in ("fetch", "inspect", "study", "tune")
    )
    named = set(re.findall(r"`?(--[a-z][a-z-]+)", README)) - {"--help"}
    assert len(named) > 10
    assert {option for option in named if option not in text} == set()
