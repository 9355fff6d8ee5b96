"""Tables and ids in Parquet files, plain: neither compressed nor encoded, so that a small file makes a small table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.ids import IdIndex
from toprank.errors import DataError
from toprank.storage.damage import damaged

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_ids", "read_table", "write_ids", "write_table"]

VALUES_A_BYTE = 16
"""Most values that a byte of a file may stand for. Plain truth values take a bit each; nulls take less."""

_PLAIN = {"PLAIN", "RLE"}
"""How values, and which of them are null, are encoded."""


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table; TypeError if Parquet cannot hold one of its columns, or it is hardly more than nulls."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.write_table(table.combine_chunks(), path, compression="none", use_dictionary=False)
    except (pa.ArrowException, UnicodeError) as error:
        raise TypeError(f"this table cannot be kept as Parquet: {error}") from error
    if table.num_rows * max(1, table.num_columns) > VALUES_A_BYTE * path.stat().st_size:
        raise TypeError(f"a table of {table.num_rows:,} rows holds hardly anything; drop its empty columns")


def read_table(content: Any, source: str) -> pa.Table:
    """Read a table of a buffer; DataError if it is not Parquet, or says to hold more than its bytes can."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(pa.BufferReader(pa.py_buffer(content))) as file:
            about = file.metadata
            columns = about.num_columns
            chunks = [
                about.row_group(group).column(column)
                for group in range(about.num_row_groups)
                for column in range(columns)
            ]
            for chunk in chunks:
                if chunk.compression != "UNCOMPRESSED" or not set(chunk.encodings) <= _PLAIN:
                    raise _broken(f"the column {chunk.path_in_schema!r} is not plain", source)
            if about.num_rows * max(1, columns) > VALUES_A_BYTE * len(content):
                raise _broken(f"{about.num_rows:,} rows of {columns} columns are said to take {len(content):,}", source)
            return file.read().combine_chunks()
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken(str(error), source) from None


def write_ids(path: Path, index: IdIndex) -> None:
    """Write ids as a table of one column, ``id``."""
    import pyarrow as pa

    kind = pa.int64() if index.is_integer else pa.string()
    try:
        ids = pa.array(index.ids, kind)
    except UnicodeError as error:
        raise TypeError(f"an id is not valid text: {error}") from error
    write_table(path, pa.table({"id": ids}))


def read_ids(content: Any, source: str) -> IdIndex:
    """Read ids; DataError if there is another column than ``id``, of distinct texts or whole numbers."""
    import pyarrow as pa

    table = read_table(content, source)
    if table.column_names != ["id"] or table.column("id").type not in (pa.int64(), pa.string()):
        raise _broken(f"ids are one column of text or int64, not {table.schema.to_string()}", source)
    column = table.column("id")
    if column.null_count:
        raise _broken(f"{column.null_count:,} ids are missing", source)
    if column.type == pa.string():
        ids = np.array(column.to_pylist(), dtype=object)
    else:  # to_numpy would import pandas where it is installed
        parts = [
            np.frombuffer(one.buffers()[1], np.int64, len(one), 8 * one.offset) for one in column.chunks if len(one)
        ]
        ids = np.concatenate([np.empty(0, np.int64), *parts])
    # Ascending up to where an update put ids behind others.
    if not bool(np.all(ids[:-1] < ids[1:])) and len(set(ids.tolist())) < len(ids):
        raise _broken("an id comes twice", source)
    return IdIndex.in_order(ids)


def _broken(problem: str, source: str) -> DataError:
    return damaged(f"this is not a Parquet file that toprank wrote: {problem}", source)
