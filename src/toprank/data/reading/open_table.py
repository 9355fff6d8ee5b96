"""Open a table wherever it is: text, Parquet, Arrow or JSON, packed or not, in parts, a database's or a frame."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from toprank.data.reading.arrow_files import open_ipc, open_parquet
from toprank.data.reading.content import Content, content_of, members_of, unpacked
from toprank.data.reading.delimited import open_delimited
from toprank.data.reading.first_lines import Dialect
from toprank.data.reading.frames import open_arrow, open_frame
from toprank.data.reading.json_lines import open_json
from toprank.data.reading.parts import joined_parts
from toprank.data.reading.read_options import TableSource
from toprank.data.reading.table import OpenTable
from toprank.errors import DataError

__all__ = ["contents_of", "open_content", "open_contents", "open_table"]

_PARQUET = (".parquet", ".pq")
_DATA = (*_PARQUET, ".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".json", ".jsonl", ".ndjson", ".arrow", ".feather",
         ".ipc", ".inter")  # fmt: skip


def open_table(
    source: TableSource, dialect: Dialect | None = None, *, label: str | None = None, query: str | None = None
) -> OpenTable:
    """Open a file, several files, a folder of parts, a frame, or what a query gives.

    Examples
    --------
    >>> open_table(pa.table({"user": [1], "item": ["a"]})).columns
    ['user', 'item']
    """
    dialect = dialect or Dialect()
    if isinstance(source, pa.Table):
        return open_arrow(source, "Arrow table")
    if is_database(source):
        from toprank.data.reading.sql import open_query

        return open_query(str(source), query)
    contents = contents_of(source, label)
    return open_frame(source) if contents is None else open_contents(contents, dialect, str(source))


def is_database(source: TableSource) -> bool:
    """Tell whether a source is a database's address."""
    return isinstance(source, str) and "://" in source and not source.startswith("file://")


def contents_of(source: TableSource, label: str | None = None) -> dict[str, Content] | None:
    """Find the files that a source names, by their paths in it; None where it is no file.

    A path may begin with ``~`` and have wildcards; a folder and an archive stand for the files in them.
    """
    if isinstance(source, list | tuple) and source and all(isinstance(one, str | Path) for one in source):
        found: dict[str, Content] = {}
        for one in source:
            found |= {f"{one}/{name}": content for name, content in (contents_of(one) or {}).items()}
        return found
    if hasattr(source, "read") and not isinstance(source, Path):
        return _inside(content_of(source, label))
    if not isinstance(source, str | Path):
        return None
    path = Path(source).expanduser()
    if path.is_dir():
        return {
            one.relative_to(path).as_posix(): content_of(one)
            for one in sorted(path.rglob("*"))
            if one.is_file() and not one.name.startswith((".", "_"))
        }
    if not path.exists() and glob.has_magic(str(path)):
        names = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  Path.glob takes no whole path
        if not names:
            raise DataError("no file is so named", "check the path and its wildcards", source=path)
        return contents_of(names)
    return _inside(content_of(path, label))


def _inside(content: Content) -> dict[str, Content]:
    """Unpack a file; of an archive give what is in it."""
    content, kind = unpacked(content)
    return members_of(content, kind) if kind in ("zip", "tar") else {content.name: content}


def open_contents(contents: Mapping[str, Content], dialect: Dialect, label: str) -> OpenTable:
    """Open one file, or several as the parts of one table."""
    data = {name: one for name, one in contents.items() if Path(_bare(name)).suffix.lower() in _DATA} or dict(contents)
    if not data:
        raise DataError("there is no file in it", "name a file with ratings", source=label)
    opened = [open_content(one, dialect) for one in data.values()]
    return opened[0] if len(opened) == 1 else joined_parts(opened, label)


def open_content(content: Content, dialect: Dialect) -> OpenTable:
    """Open one file by what it holds."""
    content, kind = unpacked(content)
    if kind == "parquet" or (kind == "text" and Path(content.name).suffix.lower() in _PARQUET):
        return open_parquet(content)
    if kind in ("arrow", "stream"):
        return open_ipc(content, kind)
    if kind == "json":
        return open_json(content, dialect.encoding)
    if kind in ("zip", "tar"):
        return open_contents(members_of(content, kind), dialect, content.label)
    file = open_delimited(content, dialect)
    return OpenTable(
        label=file.label,
        columns=file.columns,
        read=lambda columns, bad_rows: file.read(columns, bad_rows=bad_rows),
        unit="line",
        textual=True,
        strip_ids=True,
        notes=file.notes,
        sample=file.sample,
    )


def _bare(name: str) -> str:
    """Take what a file is packed with off its name."""
    path = Path(name)
    return str(path.with_suffix("")) if path.suffix.lower() in (".gz", ".bz2", ".xz", ".zst") else name
