"""Files that are there whole, or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from toprank.errors import OptionError

__all__ = ["write_whole"]


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its final name, then rename it into place; on any error nothing is left.

    A link stays a link, and what is no file, such as ``/dev/null`` or a pipe, is written to, not replaced.

    Parameters
    ----------
    path : Path
        The file; replaced if it is there.
    content : str or bytes
        All of it; text is written as UTF-8.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); name another place") from error


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):  # renamed, or never there
            partial.unlink()
