"""A dataset as a folder of Arrow files that are mapped into memory: a warm start without parsing.

The folder is derived data: where it is missing, stale or damaged, it is made again from the files it came from.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from toprank.core.arrays import AnyArray
from toprank.core.atomic import new_folder
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.data.reading.roles import find_roles

__all__ = ["load_cached", "save_cached"]

# Raise it whenever the same files would give another dataset.
FORMAT = 1
_MANIFEST = "manifest.json"


def save_cached(dataset: Dataset, folder: Path, sources: Mapping[str, str]) -> None:
    """Write a dataset, whole or not at all; a cache that stands there is replaced."""
    # Where another process is faster, its cache is as good as this one.
    with new_folder(folder, lambda other: (other / _MANIFEST).exists()) as fresh:
        files = {name: _write(fresh / name, table) for name, table in _tables(dataset).items()}
        manifest = {
            "format": FORMAT,
            "toprank": _version(),
            "sources": dict(sources),
            "name": dataset.name,
            "notes": list(dataset.notes),
            "scale": {key: getattr(dataset.ratings.scale, key) for key in ("low", "high", "liked_from", "step")},
            "files": files,
        }
        (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def load_cached(folder: Path, sources: Mapping[str, str]) -> Dataset | None:
    """Read a dataset that :func:`save_cached` wrote."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if (manifest["format"], manifest["toprank"], manifest["sources"]) != (FORMAT, _version(), dict(sources)):
            return None
        tables = {name: _read(folder / name, known) for name, known in manifest["files"].items()}
        return None if None in tables.values() else _dataset(tables, manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
        return None


def _tables(dataset: Dataset) -> dict[str, pa.Table]:
    ratings = dataset.ratings
    pairs = {"user": ratings.user, "item": ratings.item, "value": ratings.value}
    tables = {
        "ratings.arrow": pa.table(pairs | _time(ratings)),
        "user_ids.arrow": _index_table(ratings.users, dataset.users),
        "item_ids.arrow": _index_table(ratings.items, dataset.items),
    }
    if dataset.implicit is not None:
        tables["implicit.arrow"] = pa.table(
            {"user": dataset.implicit.user, "item": dataset.implicit.item} | _time(dataset.implicit)
        )
    if dataset.users is not None:
        tables["users.arrow"] = dataset.users.table
    if dataset.items is not None:
        tables["items.arrow"] = dataset.items.table
    return tables


def _time(rows: Ratings | Interactions) -> dict[str, AnyArray]:
    return {} if rows.time is None else {"time": rows.time}


def _time_of(table: pa.Table) -> AnyArray | None:
    return _numbers(table["time"]) if "time" in table.column_names else None


def _index_table(index: IdIndex, attributes: Attributes | None) -> pa.Table:
    ids = pa.array(index.ids, pa.int64() if index.is_integer else pa.string())
    return pa.table({"id": ids} if attributes is None else {"id": ids, "row": attributes.row})


def _dataset(tables: dict[str, pa.Table], manifest: dict[str, Any]) -> Dataset:
    users, items = _index(tables["user_ids.arrow"]), _index(tables["item_ids.arrow"])
    pairs, implicit = tables["ratings.arrow"], tables.get("implicit.arrow")
    return Dataset(
        ratings=Ratings(
            _numbers(pairs["user"]),
            _numbers(pairs["item"]),
            _numbers(pairs["value"]),
            users,
            items,
            RatingScale(**manifest["scale"]),
            time=_time_of(pairs),
        ),
        implicit=None
        if implicit is None
        else Interactions(
            _numbers(implicit["user"]), _numbers(implicit["item"]), users, items, time=_time_of(implicit)
        ),
        items=_attributes("items", tables, tables["item_ids.arrow"]),
        users=_attributes("users", tables, tables["user_ids.arrow"]),
        name=manifest["name"],
        notes=tuple(manifest["notes"]),
    )


def _index(table: pa.Table) -> IdIndex:
    ids = table["id"]
    return IdIndex(_numbers(ids) if pa.types.is_integer(ids.type) else np.array(ids.to_pylist(), dtype=object))


def _attributes(label: str, tables: dict[str, pa.Table], index: pa.Table) -> Attributes | None:
    if (table := tables.get(f"{label}.arrow")) is None:
        return None
    return Attributes(table, _numbers(index["row"]), roles=find_roles(table) if label == "items" else {})


def _numbers(column: pa.ChunkedArray) -> AnyArray:
    """View a column without nulls as a read-only array. (``to_numpy`` would import pandas where it is installed.)"""
    dtype = np.dtype("float32" if column.type == pa.float32() else str(column.type))
    if len(column) == 0:
        return np.empty(0, dtype)
    (chunk,) = column.chunks
    return np.frombuffer(chunk.buffers()[1], dtype, len(chunk), chunk.offset * dtype.itemsize)


def _write(path: Path, table: pa.Table) -> dict[str, int]:
    table = table.combine_chunks()
    with ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    with pa.memory_map(str(path)) as file:
        buffer = file.read_buffer()
        return {"size": buffer.size, "crc32": zlib.crc32(buffer)}


def _read(path: Path, known: dict[str, int]) -> pa.Table | None:
    buffer = pa.memory_map(str(path)).read_buffer()
    if buffer.size != known["size"] or zlib.crc32(buffer) != known["crc32"]:
        return None
    return ipc.open_file(buffer).read_all()


def _version() -> str:
    try:
        return metadata.version("toprank")
    except metadata.PackageNotFoundError:
        return ""
