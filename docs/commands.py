"""Writes commands.md from the commands themselves: ``python docs/commands.py > docs/commands.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from toprank.cli.main import app

__all__ = ["page"]

_EXAMPLE = re.compile(r"(?:Example|Then): (toprank .+)")
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|"})


def page() -> str:
    """Make the page."""
    group: Any = get_command(app)
    lines = ["# Commands", "", f"{group.help} Each command answers to `--help`.", "", group.epilog, ""]
    lines += [
        "Results go to standard output, progress and notes to standard error. `--json` and `--csv` print what a",
        "program can read. `toprank --install-completion` teaches the shell to complete commands and options.",
        "",
    ]
    shown = [
        (f"{name} {inner}".strip(), command)
        for name, outer in group.commands.items()
        for inner, command in getattr(outer, "commands", {"": outer}).items()
        if not outer.hidden
    ]
    for name, command in shown:
        command.rich_help_panel = group.commands[name.split()[0]].rich_help_panel
    panels = list(dict.fromkeys(command.rich_help_panel for _, command in shown))
    for panel in panels:
        lines += [f"## {panel}", ""]
        for name, command in shown:
            if command.rich_help_panel == panel:
                lines += [*_command(name, command), ""]
    return "\n".join(lines)


def _command(name: str, command: Any) -> Iterator[str]:
    context = command.make_context(name, [], resilient_parsing=True)
    yield from (f"### toprank {name}", "")
    paragraphs = [" ".join(text.split()) for text in command.help.split("\n\n")]
    examples = [found[1] for found in map(_EXAMPLE.fullmatch, paragraphs) if found]
    yield "\n\n".join(_escaped(text) for text in paragraphs if not _EXAMPLE.fullmatch(text))
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from ("", "```text", f"toprank {name} {pieces}", "```", "")
    if examples:
        yield from ("```sh", *examples, "```", "")
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    for heading in dict.fromkeys(_panel(param) for param in params):
        yield from (f"| {heading} | |", "|---|---|")
        for param in params:
            if _panel(param) == heading:
                names, words = param.get_help_record(context)
                yield f"| `{names}` | {_escaped(words)} |"
        yield ""


def _panel(param: Any) -> str:
    return param.rich_help_panel or ("argument" if param.param_type_name == "argument" else "option")


def _escaped(text: str) -> str:
    return text.replace("\\[", "[").translate(_SPECIAL)


if __name__ == "__main__":
    print(page(), end="")
