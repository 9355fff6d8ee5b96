"""Parquet, Arrow and Feather files."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from toprank.data.reading.content import Content
from toprank.data.reading.frames import open_arrow
from toprank.data.reading.rows import Rows
from toprank.data.reading.table import OpenTable, check_table, whole_rows
from toprank.errors import DataError

__all__ = ["open_ipc", "open_parquet"]


def open_parquet(content: Content) -> OpenTable:
    """Open a Parquet file; only the columns asked for are read."""
    import pyarrow.parquet as pq

    label = content.label
    try:
        file = pq.ParquetFile(content.path or pa.BufferReader(content.read()))
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this cannot be read as Parquet ({error})", "check the file", source=label) from error
    columns = [str(name) for name in file.schema_arrow.names]
    check_table(columns, file.metadata.num_rows, label)

    def read(wanted: Sequence[str] | None, _: object) -> Rows:
        try:
            return whole_rows(file.read(columns if wanted is None else list(wanted)))
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"the Parquet file is damaged ({error})", "fetch or make it again", source=label) from error

    return OpenTable(label, columns, read)


def open_ipc(content: Content, kind: str) -> OpenTable:
    """Open an Arrow file, which Feather is too, or an Arrow stream; a file on disk is mapped, not copied."""
    from pyarrow import ipc

    try:
        source = pa.memory_map(str(content.path)) if content.path else pa.BufferReader(content.read())
        table = (ipc.open_file(source) if kind == "arrow" else ipc.open_stream(source)).read_all()
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"this cannot be read as Arrow ({error})", "fetch or make it again", source=content.label
        ) from error
    return open_arrow(table, content.label)
