"""Folders that are there whole, or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["new_folder"]

_LEFT_BEHIND_SECONDS = 24 * 3600


@contextlib.contextmanager
def new_folder(place: Path, is_complete: Callable[[Path], bool]) -> Iterator[Path]:
    """Fill a folder beside its place, then put it in place with one rename; on any error nothing is left.

    A process that is killed leaves its hidden folder behind: whoever comes a day later removes it.

    Parameters
    ----------
    place : Path
        Where the folder goes; its parent exists. What stands there goes.
    is_complete : callable
        Tells whether a folder is as good as the new one: another process may put one in place at the same time.

    Yields
    ------
    Path
        The folder to fill.
    """
    prefix = f".{place.name}-"
    for stage in place.parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # another process may remove it as well
            if stage.stat().st_mtime < time.time() - _LEFT_BEHIND_SECONDS:
                shutil.rmtree(stage)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place.parent, ignore_cleanup_errors=True) as name:
        fresh = Path(name, "fresh")
        fresh.mkdir()
        yield fresh
        with contextlib.suppress(FileNotFoundError):
            place.rename(Path(name, "old"))
        try:
            fresh.rename(place)
        except OSError:
            if not is_complete(place):
                raise
