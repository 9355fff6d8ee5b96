"""Arrow columns out of plain values; ``pyarrow.array`` imports pandas, where it is installed, for each first answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Nullable", "arrow_column", "arrow_table", "plain_rows"]


@dataclass(frozen=True, eq=False)
class Nullable:
    """A column that is null where ``missing`` (bool[n]) says so."""

    values: AnyArray | Sequence[Any]
    missing: BoolArray


def arrow_table(columns: dict[str, Any]) -> pa.Table:
    """Make a table of columns: arrays, lists of texts or of whole numbers, :class:`Nullable`, or Arrow's own."""
    import pyarrow as pa

    def made(one: Any) -> pa.Array:
        if isinstance(one, pa.Array):
            return one
        return arrow_column(one.values, one.missing) if isinstance(one, Nullable) else arrow_column(one)

    return pa.table({name: made(one) for name, one in columns.items()})


def plain_rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the rows that ``arrow_table(columns).to_pylist()`` gives; of one row that takes much longer.

    Examples
    --------
    >>> plain_rows({"item": ["a", "b"], "near": Nullable(np.array([0.5, 0.0]), np.array([False, True]))})
    [{'item': 'a', 'near': 0.5}, {'item': 'b', 'near': None}]
    """
    plain = [_plain(one) for one in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True)]


def _plain(column: Any) -> list[Any]:
    if isinstance(column, Nullable):
        told = zip(_plain(column.values), column.missing.tolist(), strict=True)
        return [None if missing else value for value, missing in told]
    if isinstance(column, list):
        return column
    found: list[Any] = column.tolist()
    return found


def arrow_column(values: AnyArray | Sequence[Any], missing: BoolArray | None = None) -> pa.Array:
    """Make a column; null where ``missing`` (bool[n]) says so."""
    import pyarrow as pa

    array = np.asarray(values)
    if len(array) == 0 and not isinstance(values, np.ndarray):
        return pa.nulls(0)
    if array.dtype == np.bool_:
        kind, buffers = pa.bool_(), [np.packbits(array, bitorder="little")]
    elif array.dtype.kind in "iuf":
        kind, buffers = pa.from_numpy_dtype(array.dtype), [np.ascontiguousarray(array)]
    elif all(isinstance(one, str) for one in values):
        texts = [one.encode() for one in values]
        ends = np.cumsum([0, *map(len, texts)])
        long = int(ends[-1]) > np.iinfo(np.int32).max
        kind = pa.large_string() if long else pa.string()
        buffers = [ends if long else ends.astype(np.int32), np.frombuffer(b"".join(texts), np.uint8)]
    else:
        return pa.array(values)
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(array), [valid, *map(pa.py_buffer, buffers)])
