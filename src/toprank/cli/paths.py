"""Places to write to, checked before the work begins."""

from __future__ import annotations

import os
from pathlib import Path

from toprank.errors import OptionError

__all__ = ["check_model_folder", "check_writable", "make_parent"]


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


def check_model_folder(place: Path) -> None:
    """Say at once that a model cannot be saved to a folder: something else is there, or nothing can be written.

    Parameters
    ----------
    place : Path
        The folder; it may not be there yet.

    Raises
    ------
    OptionError
        If it is a file, holds other things than a model, or cannot be made or replaced.
    """
    check_writable(place)
    check_writable(place.absolute().parent)
    names = sorted(path.name for path in place.iterdir()) if place.exists() else []
    if names and "manifest.json" not in names:
        raise OptionError(f"{place} holds {names[0]!r} and no model; name another folder with --out")


def make_parent(place: Path) -> None:
    """Make the folder that a model's folder goes into."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(
            f"{place.parent} cannot be made ({error.strerror}); name another folder with --out"
        ) from error
