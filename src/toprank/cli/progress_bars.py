"""Progress on stderr: one bar for the whole, one for what is being done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["two_bars"]

Progressed = Callable[[int, int, str], None]
"""Called with (done, in all, in words)."""


@contextmanager
def two_bars(name: str, which: str = "") -> Iterator[tuple[Progressed, Progressed]]:
    """Show two bars while something runs, for the whole and for what is done now; ``which`` begins all that is said."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        whole, current = progress.add_task(name, total=None), progress.add_task("", total=None, visible=False)

        def on_step(done: int, total: int, what: str) -> None:
            progress.update(whole, completed=done, total=total, description=f"{which}{what}")
            progress.update(current, visible=False)

        def watch(done: int, total: int, what: str) -> None:
            progress.update(current, completed=done, total=total, description=f"  {what}", visible=True)

        yield on_step, watch
