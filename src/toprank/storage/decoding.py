"""Objects from a list of plain entries and the files beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.core.stored import stored_class
from toprank.errors import DataError, ToprankError
from toprank.storage.annotations import matches_type, type_error
from toprank.storage.damage import damaged
from toprank.storage.parquet import read_ids, read_table
from toprank.storage.tensors import Tensor, read_tensors
from toprank.storage.trees import read_trees

__all__ = ["decode", "unplain"]

_FLOATS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}

_EXPECTED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What constructors raise of values that make no sense. Whatever else is raised is a bug."""


def decode(state: Any, objects: list[Any], files: Mapping[str, Any], source: str) -> Any:
    """Undo :func:`toprank.storage.encoding.encode`; ``files`` holds buffers by name, ``source`` names the manifest.

    DataError if an entry is not valid. Arrays that were not read-only can be written to if the buffers can.

    Examples
    --------
    >>> both = decode({"ref": 1}, [{"tuple": [1, {"float": "nan"}]}, {"list": [{"ref": 0}, {"ref": 0}]}], {}, "here")
    >>> both, both[0] is both[1]
    ([(1, nan), (1, nan)], True)
    """
    reader = _Reader(files)
    for number, entry in enumerate(objects):
        try:
            reader.add(entry)
        except DataError:
            raise
        except (*_EXPECTED, ToprankError) as error:
            what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError | AttributeError) else str(error)
            raise damaged(f"object {number}{_named(entry)} is not valid: {what}", source) from error
    try:
        return reader.value(state)
    except _EXPECTED as error:
        raise damaged(f"its state is not valid: {error}", source) from error


def unplain(value: Any) -> Any:
    """Undo :func:`toprank.storage.encoding.plain`.

    Examples
    --------
    >>> unplain({"auc": {"float": "inf"}})
    {'auc': inf}
    """
    if isinstance(value, dict):
        if value.keys() == {"float"}:
            return _FLOATS[value["float"]]
        return {key: unplain(item) for key, item in value.items()}
    return [unplain(item) for item in value] if isinstance(value, list) else value


class _Reader:
    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files
        self._tensors: dict[str, dict[str, Tensor]] = {}
        self._objects: list[Any] = []
        self._readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "array": self._array,
            "class": self._class,
            "dict": lambda entry: {key: self.value(item) for key, item in entry["dict"].items()},
            "ids": lambda entry: read_ids(*self._file(entry["ids"])),
            "list": lambda entry: [self.value(item) for item in entry["list"]],
            "scalar": lambda entry: self._as_array(entry["scalar"])[()],
            "sparse": self._sparse,
            "table": lambda entry: read_table(*self._file(entry["table"])),
            "trees": lambda entry: read_trees(*self._file(entry["trees"])),
            "tuple": lambda entry: tuple(self.value(item) for item in entry["tuple"]),
        }

    def add(self, entry: Any) -> None:
        """Make the next object of its entry, the first key of which is its kind."""
        kind = next(iter(entry), None) if isinstance(entry, dict) else None
        if kind not in self._readers:
            raise ValueError(f"{str(entry)[:80]} is no kind of object")
        self._objects.append(self._readers[kind](entry))

    def value(self, value: Any) -> Any:
        """Give a plain value, or the object it refers to, which must have come before."""
        if not isinstance(value, dict | list):
            return value
        if isinstance(value, dict) and value.keys() == {"float"}:
            return _FLOATS[value["float"]]
        if isinstance(value, dict) and value.keys() == {"ref"}:
            number = value["ref"]
            if type(number) is not int or not 0 <= number < len(self._objects):
                raise ValueError(f"it refers to object {number!r}, of {len(self._objects)} before it")
            return self._objects[number]
        raise ValueError(f"{str(value)[:80]} is no value")

    def _file(self, name: Any) -> tuple[Any, str]:
        if name not in self._files:
            raise ValueError(f"there is no file {name!r}")
        return self._files[name], name

    def _array(self, entry: dict[str, Any]) -> AnyArray:
        content, file = self._file(entry["file"])
        if file not in self._tensors:
            self._tensors[file] = read_tensors(content, file)
        if entry["array"] not in self._tensors[file]:
            raise ValueError(f"{file} has no array {entry['array']!r}")
        tensor = self._tensors[file][entry["array"]]
        return tensor.array(content, frozen=bool(entry["frozen"]), transposed=bool(entry["transposed"]))

    def _as_array(self, value: Any) -> AnyArray:
        array = self.value(value)
        if not isinstance(array, np.ndarray):
            raise TypeError(f"it needs an array, not {type(array).__name__}")
        return array

    def _sparse(self, entry: dict[str, Any]) -> Any:
        from scipy.sparse import csr_array

        shape = tuple(entry["sparse"])
        if not matches_type(shape, tuple[int, int]):
            raise ValueError(f"{shape} is not the shape of a matrix")
        matrix = csr_array(tuple(self._as_array(entry[key]) for key in ("data", "indices", "indptr")), shape=shape)
        matrix.check_format(full_check=True)
        return matrix

    def _class(self, entry: dict[str, Any]) -> Any:
        kind, fields = stored_class(entry["class"]), entry["fields"]
        names, missing = {field.name: field for field in dataclasses.fields(kind)}, dataclasses.MISSING
        # A field that a class got later has a default: models from before it keep their meaning.
        needed = {name for name, one in names.items() if one.default is missing and one.default_factory is missing}
        if not needed <= fields.keys() <= names.keys():
            raise ValueError(f"its fields are {sorted(fields)}; they must be {sorted(names)}")
        values = {key: self.value(item) for key, item in fields.items()}
        if problem := type_error(kind, values):
            raise TypeError(problem)
        return kind(**values)


def _named(entry: Any) -> str:
    name = entry.get("class") if isinstance(entry, dict) else None
    return f" ({str(name)[:80]})" if name is not None else ""
