"""Rows read from somewhere, and how to say where each came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toprank.core.arrays import IntArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MAX_LISTED", "NONE_SKIPPED", "Rows", "Skipped"]

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows that were left out: how many, and the first of them.

    Examples
    --------
    >>> print(NONE_SKIPPED.plus(7, "empty rating").plus(9, "2 fields instead of 3").described("line"))
    skipped 2 bad rows: line 7 (empty rating), line 9 (2 fields instead of 3)
    """

    count: int
    examples: tuple[tuple[int, str], ...]  # line (or row) and reason of the first, at most :data:`MAX_LISTED`

    def plus(self, line: int, reason: str) -> Skipped:
        """Add a row."""
        added = ((line, reason),) if len(self.examples) < MAX_LISTED else ()
        return Skipped(self.count + 1, self.examples + added)

    def with_rows(self, count: int, examples: list[tuple[int, str]]) -> Skipped:
        """Add rows, in any order."""
        return Skipped(self.count + count, tuple(sorted([*self.examples, *examples]))[:MAX_LISTED])

    def described(self, unit: str) -> str:
        """Word it for a note."""
        listed = ", ".join(f"{unit} {line} ({reason})" for line, reason in self.examples)
        more = self.count - len(self.examples)
        rows = "row" if self.count == 1 else "rows"
        return f"skipped {self.count:,} bad {rows}: {listed}{f' and {more:,} more' if more else ''}"


NONE_SKIPPED = Skipped(0, ())


@dataclass(frozen=True, eq=False)
class Rows:
    """A table, and where its rows came from."""

    table: pa.Table  # the rows, in the order of their source
    # gives the lines (or rows) of the source, int[m], for row numbers of ``table``, int[m]
    lines: Callable[[IntArray], IntArray]
    skipped: Skipped  # rows of the source that are not in ``table``
    label_of: Callable[[int], str] | None = None  # the file that a row comes from, where there are several
    notes: tuple[str, ...] = ()  # what was seen when all was read

    def source(self, row: int, label: str) -> str:
        """Give the file that a row comes from; the label where there is one."""
        return label if self.label_of is None else self.label_of(row)
