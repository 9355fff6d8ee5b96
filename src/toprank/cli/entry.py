"""Where the command starts: nothing is imported before Ctrl-C is listened to."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

__all__ = ["run"]

INTERRUPTED = 130
"""The exit code that shells give Ctrl-C."""


def run() -> None:
    """Run the command line."""
    # Half a second of a short command went into looking for garbage: while modules are imported, and at the end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that lacks a character is to show a question mark, not to end the command.
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        from toprank.cli.main import app

        app()
    except KeyboardInterrupt:
        print("Stopped; nothing was left half-written.", file=sys.stderr)
        _end()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _end()
        raise


def _end() -> NoReturn:
    """End at once, though threads may be in the midst of a computation."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(INTERRUPTED)
