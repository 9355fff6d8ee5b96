"""The errors that toprank raises on purpose.

Each says what is wrong, where, the value received, and the cure. Anything else that escapes is a bug.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["DataError", "FetchError", "OptionError", "ToprankError"]


class ToprankError(Exception):
    """Base of every error that toprank raises on purpose."""


class OptionError(ToprankError, ValueError):
    """An option, argument or hyper-parameter is not usable."""


class FetchError(ToprankError, RuntimeError):
    """A dataset could not be fetched, or what came is not what was asked for."""


class DataError(ToprankError, ValueError):
    """Input data are not usable.

    Parameters
    ----------
    problem : str
        What is wrong, the value received included.
    cure : str
        What the user can do about it.
    source : str or Path, optional
        The file or frame.
    line : int, optional
        Line of the file, counted from 1 with the header as line 1. For a frame, the row counted from 0.
    column : str, optional
        Name of the column.

    Examples
    --------
    >>> print(DataError("'abc' is not a number", "write the rating as a number", source="r.csv", line=3))
    r.csv, line 3: 'abc' is not a number. Cure: write the rating as a number.
    """

    def __init__(
        self,
        problem: str,
        cure: str,
        *,
        source: str | Path | None = None,
        line: int | None = None,
        column: str | None = None,
        unit: str = "line",
    ) -> None:
        self.problem = problem
        self.cure = cure
        self.source = None if source is None else str(source)
        self.line = line
        self.column = column
        parts = [] if self.source is None else [self.source]
        if line is not None:
            parts.append(f"{unit} {line}")
        if column is not None:
            parts.append(f"column {column!r}")
        where = ", ".join(parts)
        super().__init__(f"{where}{': ' if where else ''}{problem}. Cure: {cure}.")
