"""What goes into files, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path
from typing import Any

from toprank.errors import OptionError

__all__ = ["json_ready", "write_whole"]


def json_ready(value: Any) -> Any:
    """Replace NaN and infinity, which JSON lacks, by None, however deep they lie.

    Parameters
    ----------
    value : dict, list, tuple or anything else
        What is to be written as JSON.

    Returns
    -------
    dict, list or the value itself

    Examples
    --------
    >>> json_ready({"auc": float("nan"), "interval": (0.5, float("inf"))})
    {'auc': None, 'interval': [0.5, None]}
    """
    if isinstance(value, dict):
        return {key: json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
