"""Places to write to, checked before the work begins."""

from __future__ import annotations

import os
from pathlib import Path

from toprank.errors import OptionError

__all__ = ["check_writable"]


def check_writable(folder: Path) -> None:
    """Say at once, not after all the work, that nothing can be written to a folder.

    Parameters
    ----------
    folder : Path
        The folder; it may not be there yet.

    Raises
    ------
    OptionError
        If it is a file, or cannot be made or written to.
    """
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file, not a folder; name another with --out")
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise OptionError(f"nothing can be written to {there}; name another folder with --out")
