"""Results for programs: JSON and CSV on stdout, with names that stay."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toprank.core.atomic import write_whole
from toprank.core.json_values import json_ready
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.recommender.answer_tables import AnswerTable

__all__ = [
    "DECIDED",
    "DECISIONS",
    "FOUND",
    "SIMILAR",
    "TOP",
    "check_format",
    "check_out",
    "print_csv",
    "print_json",
    "print_rows",
    "rows_of",
    "write_rows",
]

DECISIONS = (
    "user", "item", "title", "author", "answer", "recommend", "probability", "low", "high", "expected", "nearness",
    "near", "rated", "known", "reader_ratings", "book_ratings", "kind_ratings", "reader_kind_ratings", "reason",
)  # fmt: skip
"""Columns of decisions."""

DECIDED = (*DECISIONS, "cutoff", "promise")
"""These, from which P(liked) on the answer is yes, and what that promises."""

TOP = (
    "user", "rank", "item", "title", "author", "probability", "low", "high", "expected", "relevance", "nearness",
    "near", "known", "reason",
)  # fmt: skip
"""Columns of recommendations."""

FOUND = ("item", "title", "author", "ratings")
"""Columns of what was found."""

SIMILAR = (*FOUND, "reason")
"""Columns of what readers also like."""

BLOCK = 10_000
"""Rows that become Python values at a time; a bound on memory."""


def check_format(as_json: bool, as_csv: bool) -> None:
    """Refuse to print two formats at once."""
    if as_json and as_csv:
        raise OptionError("--json and --csv are both given; give one of them")


def print_rows(table: AnswerTable, columns: Sequence[str], *, as_csv: bool, **same: Any) -> None:
    """Print each row as a JSON object of one array, or as a line of CSV; a column that the table lacks is empty.

    ``same`` are values that all rows have.
    """
    rows = ({name: (row | same).get(name) for name in columns} for row in rows_of(table))
    if as_csv:
        print_csv(rows, columns)
        return
    between = "["
    for row in rows:
        print(f"{between}\n {json.dumps(json_ready(row), allow_nan=False)}", end="")
        between = ","
    print("[]" if between == "[" else "\n]")


def write_rows(table: AnswerTable, columns: Sequence[str], path: Path) -> None:
    """Write the rows to a Parquet or a CSV file, which is there whole or not at all."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    found = table.to_arrow()
    found = found.select([name for name in columns if name in found.column_names])
    sink = pa.BufferOutputStream()
    if path.suffix.lower() == ".csv":
        pyarrow.csv.write_csv(found, sink)
    else:
        pyarrow.parquet.write_table(found, sink, compression="zstd")
    write_whole(path, sink.getvalue().to_pybytes())


def check_out(out: Path | None, *formats: bool) -> None:
    """Refuse at once a file that could not be written after all the work."""
    if out is None:
        return
    if any(formats):
        raise OptionError("--out writes a file, and --json and --csv print; give one of them")
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise OptionError(f"--out is {str(out)!r}; name a file that ends in .parquet or .csv")
    if out.is_dir() or not os.access(out.absolute().parent, os.W_OK | os.X_OK):
        raise OptionError(f"--out is {str(out)!r}, which cannot be written; name another place")


def print_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as CSV; what is missing or not a number is an empty field, and truth is spelled true and false."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_field(row.get(name)) for name in columns] for row in rows)


def print_json(content: Any) -> None:
    """Print JSON; what is not a finite number is null."""
    print(json.dumps(json_ready(content), indent=1, allow_nan=False))


def rows_of(table: AnswerTable) -> Iterator[dict[str, Any]]:
    """Give the rows as dicts, a block at a time."""
    for batch in table.to_arrow().to_batches(max_chunksize=BLOCK):
        yield from batch.to_pylist()


def _field(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else value
