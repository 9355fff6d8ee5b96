"""Objects as a list of plain entries, and what goes into files of its own.

Each object is written once, after those it is made of, and referred to by its number: an object that two others share
is shared after loading too, and reading needs no recursion.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.core.ids import IdIndex
from toprank.core.stored import stored_as
from toprank.storage.annotations import type_error
from toprank.storage.parquet import write_ids, write_table
from toprank.storage.tensors import DTYPES, write_tensors
from toprank.storage.trees import StoredTrees, tree_text

__all__ = ["Encoded", "encode", "plain", "write_text"]

PART = 192 * 2**20
"""Bytes of arrays in one file: several files can be digested at the same time."""

_SPELLED = frozenset(map(np.dtype, DTYPES.values()))


@dataclass
class Encoded:
    """A state taken apart: itself (a plain value, or ``{"ref": k}``), its objects, and by file a writer and content."""

    state: Any = None
    objects: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, tuple[Callable[[Path, Any], None], Any]] = field(default_factory=dict)


def encode(state: object) -> Encoded:
    """Take a state apart.

    It is made of plain values, tuples, lists, dicts by text, arrays, sparse matrices, pyarrow tables, ids, LightGBM's
    boosters, and dataclasses that are marked as :func:`~toprank.core.stored.stored`. TypeError if it holds something
    else, or a field is not of its annotated type; ValueError if an object holds itself.

    Examples
    --------
    >>> pair = (1, float("nan"))
    >>> encoded = encode([pair, pair, "a"])
    >>> encoded.state, encoded.objects
    ({'ref': 1}, [{'tuple': [1, {'float': 'nan'}]}, {'list': [{'ref': 0}, {'ref': 0}, 'a']}])
    """
    writer = _Writer()
    writer.encoded.state = writer.value(state, "state")
    return writer.encoded


def plain(value: Any) -> Any:
    """Make nested lists and dicts fit for JSON, which has neither NaN nor infinity; tuples become lists.

    Examples
    --------
    >>> plain({"auc": float("inf")})
    {'auc': {'float': 'inf'}}
    """
    if isinstance(value, dict):
        if not all(type(key) is str for key in value) or value.keys() == {"float"}:
            raise TypeError(f"the keys {list(value)} are not text, or cannot be told from a number's")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8, with lines ended as they are on every system."""
    path.write_bytes(text.encode())


def _scalar(value: Any) -> Any:
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__} cannot be kept in a model folder")


class _Writer:
    def __init__(self) -> None:
        self.encoded = Encoded()
        self._known: dict[int, int | None] = {}  # None while an object's own parts are written
        self._kept: list[Any] = []  # so that no number is given to two objects
        self._arrays: tuple[str, dict[str, AnyArray]] = ("", {})  # the file that is being filled

    def value(self, value: Any, path: str) -> Any:
        """Write a value, unless it is written already; ``path`` says where it was met."""
        if value is None or isinstance(value, bool | int | float | str):
            return _scalar(value)
        if id(value) in self._known:
            number = self._known[id(value)]
            if number is None:
                raise ValueError(f"{path} holds itself")
            return {"ref": number}
        self._known[id(value)] = None
        self._kept.append(value)
        entry = self._entry(value, path)
        self.encoded.objects.append(entry)
        number = self._known[id(value)] = len(self.encoded.objects) - 1
        return {"ref": number}

    def _entry(self, value: Any, path: str) -> dict[str, Any]:
        if type(value) in (tuple, list):
            return {type(value).__name__: [self.value(item, f"{path}.{at}") for at, item in enumerate(value)]}
        if type(value) is dict and all(type(key) is str for key in value):
            return {"dict": {key: self.value(item, f"{path}.{key}") for key, item in value.items()}}
        if type(value) in (np.ndarray, np.memmap):
            return self._array(value, path)
        if isinstance(value, np.generic):
            return {"scalar": self.value(np.asarray(value), path)}
        if type(value) is IdIndex:
            return {"ids": self._file("ids", "parquet", write_ids, value)}
        if name := stored_as(type(value)):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            if problem := type_error(type(value), fields):
                raise TypeError(f"{path} cannot be kept in a model folder: {problem}")
            return {"class": name, "fields": {key: self.value(part, f"{path}.{key}") for key, part in fields.items()}}
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        if kind == "scipy.sparse._csr.csr_array":
            parts = {key: self.value(getattr(value, key), f"{path}.{key}") for key in ("data", "indices", "indptr")}
            return {"sparse": list(map(int, value.shape)), **parts}
        if kind == "pyarrow.lib.Table":
            return {"table": self._file("table", "parquet", write_table, value)}
        if kind == "lightgbm.basic.Booster" or isinstance(value, StoredTrees):
            return {"trees": self._file("trees", "txt", write_text, tree_text(value))}
        cure = "; mark it @stored" if dataclasses.is_dataclass(value) else ""
        raise TypeError(f"{path} is of the class {kind}, which cannot be kept in a model folder{cure}")

    def _array(self, array: AnyArray, path: str) -> dict[str, Any]:
        if array.dtype not in _SPELLED:
            raise TypeError(f"{path} is an array of {array.dtype}, which cannot be kept in a model folder")
        # Sums over columns and over rows round differently: an array keeps its order.
        transposed = array.flags.f_contiguous and not array.flags.c_contiguous
        file, arrays = self._arrays
        if not file or sum(one.nbytes for one in arrays.values()) + array.nbytes > PART:
            arrays = {}
            file = self._file("arrays", "safetensors", write_tensors, arrays)
            self._arrays = file, arrays
        name = path if path not in arrays else f"{path} {len(arrays)}"
        arrays[name] = np.asarray(array.T if transposed else array, order="C")
        return {"array": name, "file": file, "transposed": transposed, "frozen": not array.flags.writeable}

    def _file(self, stem: str, ending: str, write: Callable[[Path, Any], None], content: Any) -> str:
        number = sum(name.startswith(f"{stem}-") for name in self.encoded.files)
        name = f"{stem}-{number}.{ending}"
        self.encoded.files[name] = (write, content)
        return name
