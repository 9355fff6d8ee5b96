"""Every code block of the README and of docs/ runs, and what the documentation names is there.

The blocks of a page run in order, in one folder and one namespace, with few trees, so that a fit takes seconds; what
the pages show as output is of the usual settings. Blocks marked ``{.book-crossing}`` take minutes on the whole data: of
these the commands are parsed, options and all, and the Python is compiled.
"""

from __future__ import annotations

import operator
import pkgutil
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from functools import partial
from itertools import takewhile
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import toprank
from toprank.cli.main import app
from toprank.models.boosted import Boosted
from toprank.recommender.facade import Recommender

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted(set((ROOT / "docs").glob("*.md")) - {ROOT / "docs/commands.md"})]
COMMAND: Any = get_command(app)

_FENCE = re.compile(r"^([ ]*)```([^\n]*)\n(.*?)^\1```[ ]*$", re.MULTILINE | re.DOTALL)
_SHOWN = {"text", "bibtex"}
"""Languages of blocks that are shown, not run."""


def blocks_of(text: str) -> list[tuple[str, bool, str]]:
    """Give the code blocks: language, whether it is marked book-crossing, code."""
    found = []
    for _, info, code in _FENCE.findall(text):
        language, _, mark = info.strip().partition(" ")
        assert mark in ("", "{.book-crossing}"), f"the block is marked {mark!r}"
        found.append((language, mark != "", dedent(code)))
    return found


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, and let few trees grow."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=8, min_data_in_leaf=20))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "__docs__"}
    for language, long, code in blocks_of(page.read_text(encoding="utf-8")):
        if language == "python":
            _run_python(code, names, page, long)
        elif language == "sh":
            _run_shell(code, long)
        else:
            assert language in _SHOWN, f"{page.name} has a block of {language!r}; mark it as one of {_SHOWN}"


def test_there_is_code_to_run() -> None:
    counts = {page.name: len(blocks_of(page.read_text(encoding="utf-8"))) for page in PAGES}
    assert counts["tutorial.md"] > 20
    assert counts["README.md"] > 2


def test_the_readme_takes_two_minutes() -> None:
    assert README.stat().st_size <= 6000, "move what is no first answer to docs/"


@pytest.mark.parametrize("page", [README, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_what_a_page_beside_the_documentation_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), f"{page.name} links to {target}"


def test_the_map_of_folders_has_them_all() -> None:
    page = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    package = ROOT / "src/toprank"
    for purpose in sorted(package.rglob("__init__.py")):
        if purpose.parent != package:
            assert f"| `{purpose.parent.relative_to(package).as_posix()}/` | " in page


def test_every_path_of_the_map_is_there() -> None:
    page = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w.-]+/)*[\w.-]+(?:\.(?:py|md)|/))`", page)
    assert len(named) > 60
    for path in named:
        if "NAME" not in path:  # what is to be written
            assert any((root / path).exists() for root in (ROOT, ROOT / "src/toprank")), path


def test_every_option_that_is_named_is_there() -> None:
    groups = [getattr(outer, "commands", {"": outer}) for outer in COMMAND.commands.values()]
    params = [param for group in groups for command in group.values() for param in command.params]
    there = {option for param in params for option in (*param.opts, *param.secondary_opts)}
    for page in PAGES:
        prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
        named = set(re.findall(r"`(--[a-z][a-z-]+)", prose)) - {"--help", "--install-completion"}
        assert named <= there, page.name


def test_every_module_that_is_named_is_there() -> None:
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            for name in re.findall(r"(?:`|^::: )(toprank(?:\.\w+)+)", line):
                assert pkgutil.resolve_name(name) is not None


def test_the_page_of_commands_has_them_all_and_their_examples_parse() -> None:
    page = runpy.run_path(str(ROOT / "docs/commands.py"))["page"]()
    commands = {
        f"{name} {inner}".strip(): command
        for name, outer in COMMAND.commands.items()
        if not outer.hidden
        for inner, command in getattr(outer, "commands", {"": outer}).items()
    }
    for name, command in commands.items():
        assert f"### toprank {name}\n" in page
        for param in command.params:
            assert all(f"{option}" in page for option in param.opts if option.startswith("-"))
    examples = [code for language, _, code in blocks_of(page) if language == "sh"]
    assert len(examples) == len(commands)
    for code in examples:
        _run_shell(code, long=True)


def test_the_page_of_formats_is_that_of_the_registry() -> None:
    page = runpy.run_path(str(ROOT / "docs/formats.py"))["page"]()
    assert (ROOT / "docs/formats.md").read_text(encoding="utf-8") == page, "make docs writes it"


def test_docstrings_become_markdown() -> None:
    in_markdown = runpy.run_path(str(ROOT / "docs/roles.py"))["in_markdown"]
    assert in_markdown("``x``, :class:`~a.b.C`") == '`x`, <autoref identifier="a.b.C" optional><code>C</code></autoref>'


def _run_python(code: str, names: dict[str, Any], page: Path, long: bool) -> None:
    program = compile(code, page.name, "exec")
    if not long:
        exec(program, names)
    for name in re.findall(r"\btr\.(\w+)", code):
        assert hasattr(toprank, name), f"{page.name} uses tr.{name}"


def _run_shell(code: str, long: bool) -> None:
    lines = iter(code.replace("\\\n", " ").splitlines())
    for line in lines:
        words = shlex.split(line, comments=True)
        if not words:
            continue
        program = words[0].rpartition("/")[2]
        if words[-1].startswith("<<"):
            _run_here_document(words, "\n".join(takewhile(partial(operator.ne, words[-1][2:]), lines)))
        elif program == "toprank":
            _run_toprank(words[1:], long)
        elif program == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), line
        elif "pip" in words:
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
                "optional-dependencies"
            ]
            assert set(re.findall(r"[\w]+(?=[\],])", line)) <= set(extras), line
        else:
            raise AssertionError(f"nobody knows how to test {line!r}")


def _run_here_document(words: list[str], code: str) -> None:
    assert words[:1] == ["python"], words
    assert len(words) == 2, words
    subprocess.run([sys.executable, "-"], input=code, text=True, check=True)


def _run_toprank(words: list[str], long: bool) -> None:
    words, into = (words[: words.index(">")], words[-1]) if ">" in words else (words, None)
    if long:
        name, command, rest = COMMAND.resolve_command(
            COMMAND.make_context("toprank", [], resilient_parsing=True), words
        )
        command.make_context(name, rest)
        return
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    if into is not None:
        Path(into).write_text(result.stdout, encoding="utf-8")
