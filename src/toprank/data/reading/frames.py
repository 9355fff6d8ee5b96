"""Frames of pandas, Polars and Arrow, read a column at a time: a column that nobody asks for can hold anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from toprank.data.reading.table import OpenTable, check_table, whole_rows
from toprank.errors import DataError

__all__ = ["open_arrow", "open_frame"]

_RATING_COLUMNS = ("user", "item", "rating", "timestamp")


def open_arrow(table: pa.Table, label: str) -> OpenTable:
    """Open an Arrow table."""
    columns = [str(name) for name in table.column_names]
    check_table(columns, table.num_rows, label)
    return OpenTable(
        label, columns, lambda wanted, _: whole_rows(table if wanted is None else table.select(list(wanted)))
    )


def open_frame(frame: Any) -> OpenTable:
    """Open a frame, a dict of columns, or a list of rows of user, item and rating."""
    kind = f"{type(frame).__module__.split('.')[0]} {type(frame).__name__}"
    if isinstance(frame, Mapping):
        return _of_columns("dict", list(frame), lambda place: pa.array(list(frame[list(frame)[place]])), None)
    if isinstance(frame, list | tuple) and frame and _are_rows(frame):
        return _of_columns(
            "list of rows", _RATING_COLUMNS[: len(frame[0])], lambda place: pa.array([row[place] for row in frame]),
            len(frame),
        )  # fmt: skip
    if "LazyFrame" in type(frame).__name__:
        raise DataError(f"a {kind} holds no rows yet", "collect it first", source=kind)
    if kind.startswith("pandas ") and hasattr(frame, "columns"):
        # By place: narwhals would refuse names that are numbers.
        return _of_columns(
            kind, list(frame.columns), lambda place: pa.array(frame.iloc[:, place], from_pandas=True), len(frame)
        )
    import narwhals as nw

    try:
        eager = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise DataError(
            f"a {kind} is not a table of ratings", "pass a path, or a pandas, Polars or Arrow frame", source=kind
        ) from error
    names = list(eager.columns)
    return _of_columns(kind, names, lambda place: eager[names[place]].to_arrow(), len(eager))


def _are_rows(rows: Sequence[Any]) -> bool:
    widths = {len(row) if isinstance(row, list | tuple) else 0 for row in rows}
    return widths <= {3} or widths <= {4}


def _of_columns(kind: str, names: Sequence[Any], column: Callable[[int], Any], rows: int | None) -> OpenTable:
    columns = [str(name) for name in names]
    check_table(columns, 1 if rows is None else rows, kind)

    def read(wanted: Sequence[str] | None, _: object) -> Any:
        chosen = columns if wanted is None else list(wanted)
        arrays = [_converted(partial(column, columns.index(name)), name, kind) for name in chosen]
        if len({len(array) for array in arrays}) > 1:
            raise DataError("its columns have different lengths", "give each as many values", source=kind)
        return whole_rows(pa.table(arrays, names=chosen))

    return OpenTable(kind, columns, read)


def _converted(column: Callable[[], Any], name: str, kind: str) -> Any:
    try:
        return column()
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"its values are not of one type ({str(error).strip()})",
            f"make them text, like frame[{name!r}] = frame[{name!r}].astype(str)",
            source=kind,
            column=name,
        ) from error
