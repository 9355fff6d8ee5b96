"""Where output goes: results to stdout, everything else to stderr; and how errors end a command."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from toprank.errors import ToprankError

__all__ = ["DATA_ERROR", "INTERRUPTED", "exit_on_error", "in_a_sentence", "note", "results"]

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


def note(message: str) -> None:
    """Tell the user something that is not a result.

    Parameters
    ----------
    message : str
        Plain text.
    """
    Console(stderr=True, highlight=False, soft_wrap=True).print(escape(message))


def exit_on_error(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that toprank raises on purpose into one line and an exit code.

    Parameters
    ----------
    command : callable
        A command of the command line.

    Returns
    -------
    callable
        The same command.
    """

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


def in_a_sentence(verdict: str) -> str:
    """Say of toprank what a verdict says.

    Examples
    --------
    >>> in_a_sentence("F1 no higher than user mean"), in_a_sentence("too few readers to tell")
    ('toprank: F1 no higher than user mean', 'There are too few readers to tell')
    """
    return f"There are {verdict}" if verdict.startswith("too few") else f"toprank: {verdict}"
