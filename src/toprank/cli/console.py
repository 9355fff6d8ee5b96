"""Where output goes: results to stdout, everything else to stderr; and how errors end a command."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from toprank.errors import ToprankError

if TYPE_CHECKING:
    from toprank.report.table import Table

__all__ = ["DATA_ERROR", "INTERRUPTED", "exit_on_error", "note", "print_table", "results"]

DATA_ERROR = 1
"""Exit code when the data or an option cannot be used; 2 is a command that cannot be parsed."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

P = ParamSpec("P")
R = TypeVar("R")


def results() -> Console:
    """Give the console for results. Output that is not shown on a terminal is wide enough for every column."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def print_table(table: Table) -> None:
    """Print a table as a result; on a terminal it is never wider than that."""
    from toprank.report.terminal import TerminalTable

    results().print(TerminalTable(table))


def note(message: str) -> None:
    """Tell the user something that is not a result, as plain text."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(escape(message))


def exit_on_error(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that toprank raises on purpose into one line and an exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ToprankError as error:
            note(f"Error: {error}")
            raise typer.Exit(DATA_ERROR) from None
        except KeyboardInterrupt:
            note("Stopped; nothing was left half-written.")
            raise typer.Exit(INTERRUPTED) from None

    return wrapped
