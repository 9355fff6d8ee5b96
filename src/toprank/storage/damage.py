"""The error for a model folder that is not as toprank wrote it."""

from __future__ import annotations

from pathlib import Path

from toprank.errors import DataError

__all__ = ["damaged"]


def damaged(problem: str, source: str | Path) -> DataError:
    """Make the error; ``source`` is the file, or its name."""
    return DataError(problem, "save the model again, or get it anew from where it came from", source=source)
