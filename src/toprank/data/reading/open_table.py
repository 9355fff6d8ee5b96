"""Open a table wherever it is: delimited text, Parquet, or a pandas, Polars or Arrow frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from toprank.core.arrays import IntArray
from toprank.data.reading.delimited import Dialect, open_delimited
from toprank.data.reading.quoting import listed
from toprank.data.reading.read_options import BadRows, TableSource
from toprank.data.reading.rows import NONE_SKIPPED, Rows
from toprank.errors import DataError

__all__ = ["OpenTable", "open_table"]

_PARQUET = (".parquet", ".pq")
_NOT_TABLES = {
    ".zip": "unpack it and name the file inside",
    ".xlsx": "save the sheet as CSV",
    ".xls": "save the sheet as CSV",
    ".json": "convert it to CSV or Parquet, or read it with pandas and pass the frame",
    ".jsonl": "convert it to CSV or Parquet, or read it with pandas and pass the frame",
}


@dataclass(frozen=True, eq=False)
class OpenTable:
    """A table of which the columns are known and the rows are not read yet."""

    label: str  # file or kind of frame, for messages
    columns: list[str]  # names of the columns
    # reads the columns given (all where None) under a policy for bad rows, and gives :class:`Rows`
    read: Callable[[Sequence[str] | None, BadRows], Rows]
    unit: Literal["line", "row"] = "row"  # what rows are counted in: lines of a file from 1, or rows of a frame from 0
    textual: bool = False  # whether every value is text, so that integers are recognised by their spelling
    strip_ids: bool = False  # whether white space around ids is left out
    notes: tuple[str, ...] = ()


def open_table(source: TableSource, dialect: Dialect | None = None, *, label: str | None = None) -> OpenTable:
    """Open a file or a frame.

    Examples
    --------
    >>> open_table(pa.table({"user": [1], "item": ["a"]})).columns
    ['user', 'item']
    """
    if isinstance(source, pa.Table):
        return _opened(source, "Arrow table")
    if not isinstance(source, str | Path):
        return _opened(*_from_frame(source))
    path = Path(source)
    if path.suffix.lower() in _NOT_TABLES and path.is_file():
        raise DataError(f"{path.suffix} files are not read", _NOT_TABLES[path.suffix.lower()], source=path)
    if path.suffix.lower() in _PARQUET:
        return _open_parquet(path)
    file = open_delimited(path, dialect, label=label)
    return OpenTable(
        label=file.label,
        columns=file.columns,
        read=lambda columns, bad_rows: file.read(columns, bad_rows=bad_rows),
        unit="line",
        textual=True,
        strip_ids=True,
        notes=file.notes,
    )


def _opened(table: pa.Table, label: str) -> OpenTable:
    columns = [str(name) for name in table.column_names]
    _check_table(columns, table.num_rows, label)
    return OpenTable(label, columns, lambda wanted, _: _rows(table if wanted is None else table.select(list(wanted))))


def _open_parquet(path: Path) -> OpenTable:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise DataError("there is no such file", "check the path", source=path) from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this cannot be read as Parquet ({error})", "check the file", source=path) from error
    columns = [str(name) for name in file.schema_arrow.names]
    _check_table(columns, file.metadata.num_rows, str(path))

    def read(wanted: Sequence[str] | None, _: BadRows) -> Rows:
        try:
            return _rows(file.read(columns if wanted is None else list(wanted)))
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"the Parquet file is damaged ({error})", "fetch or make it again", source=path) from error

    return OpenTable(str(path), columns, read)


def _from_frame(frame: Any) -> tuple[pa.Table, str]:
    import narwhals as nw

    kind = f"{type(frame).__module__.split('.')[0]} {type(frame).__name__}"
    if "LazyFrame" in type(frame).__name__:
        raise DataError(f"a {kind} holds no rows yet", "collect it first", source=kind)
    try:
        eager = nw.from_native(frame, eager_only=True)
        table = eager.to_arrow()
    except TypeError as error:
        raise DataError(
            f"a {kind} is not a table of ratings", "pass a path, or a pandas, Polars or Arrow frame", source=kind
        ) from error
    except (nw.exceptions.NarwhalsError, pa.ArrowException, ValueError) as error:
        raise DataError(
            f"the frame cannot be turned into a table ({error})", "give each column one name and one type", source=kind
        ) from error
    # pandas adds its index as a column.
    return table.select([name for name in table.column_names if not name.startswith("__index_level_")]), kind


def _check_table(columns: list[str], rows: int, label: str) -> None:
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise DataError(f"the column {listed(repeated)} is repeated", "give every column its own name", source=label)
    if rows == 0:
        raise DataError(f"there are no rows; the columns are {listed(columns)}", "give ratings", source=label)


def _rows(table: pa.Table) -> Rows:
    def lines(rows: IntArray) -> IntArray:
        return rows

    return Rows(table, lines, NONE_SKIPPED)
