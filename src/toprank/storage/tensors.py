"""Arrays in safetensors files, mapped into memory and not copied.

The format: eight bytes with the length of a JSON header, the header, the arrays one after another without holes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.errors import DataError
from toprank.storage.damage import damaged

__all__ = ["DTYPES", "Tensor", "read_tensors", "write_tensors"]

DTYPES = {
    "BOOL": "?",
    **{f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}
"""The dtypes of arrays that a folder can hold, as safetensors spells them, and as numpy does."""

MAX_HEADER = 16 * 2**20
"""Bytes; a header of thousands of arrays has one."""


@dataclass(frozen=True)
class Tensor:
    """Where an array lies in a mapped file; ``begin`` is its first byte."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int

    def array(self, content: Any, *, frozen: bool, transposed: bool) -> AnyArray:
        """View it in the file's bytes, without a copy: read-only if frozen, transposed if the file holds it so."""
        array: AnyArray = np.ndarray(self.shape, self.dtype, buffer=content, offset=self.begin)
        if frozen:
            array.setflags(write=False)
        return array.T if transposed else array


def write_tensors(path: Path, arrays: Mapping[str, AnyArray]) -> None:
    """Write a file of C-contiguous arrays, of :data:`DTYPES`."""
    from safetensors.numpy import save_file

    save_file(dict(arrays), str(path))


def read_tensors(content: Any, source: str) -> dict[str, Tensor]:
    """Read the header of a file, and check it against the file's size: the library would copy every array.

    DataError if the header is not JSON, or has another dtype, shapes that do not fit their bytes, holes or overlaps.

    Examples
    --------
    >>> from safetensors.numpy import save
    >>> content = save({"a": np.arange(3, dtype=np.int32)})
    >>> read_tensors(content, "a.safetensors")["a"].array(content, frozen=True, transposed=False)
    array([0, 1, 2], dtype=int32)
    """
    size = len(content)
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(MAX_HEADER, size - 8):
        raise _broken(f"its header is said to take {length:,} bytes of a file of {size:,}", source)
    try:
        header = json.loads(bytes(content[8 : 8 + length]).decode("utf-8"))
        entries = [(name, *_entry(entry)) for name, entry in header.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(f"its header is not valid ({error})", source) from None
    found, at = {}, 0
    for name, dtype, shape, begin, end in sorted(entries, key=lambda entry: entry[3:]):
        if begin != at or end - begin != math.prod(shape) * dtype.itemsize or end > size - 8 - length:
            raise _broken(f"the array {name!r} of {dtype}{list(shape)} is said to lie at {begin:,} to {end:,}", source)
        # What is not aligned, compiled loops would read wrongly.
        if (8 + length + begin) % dtype.itemsize and end > begin:
            raise _broken(f"the array {name!r} begins at byte {8 + length + begin:,}, not at a multiple of its", source)
        found[name], at = Tensor(dtype, shape, 8 + length + begin), end
    if at != size - 8 - length:
        raise _broken(f"its arrays take {at:,} bytes, and there are {size - 8 - length:,}", source)
    return found


def _entry(entry: Any) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    numbers = [*entry["shape"], *entry["data_offsets"]]
    if any(type(number) is not int or not 0 <= number < 2**48 for number in numbers):
        raise ValueError(f"shapes and offsets must be whole numbers, not {numbers}")
    if len(entry["data_offsets"]) != 2 or len(entry["shape"]) > 8:
        raise ValueError(f"{len(entry['shape'])} dimensions and {len(entry['data_offsets'])} offsets")
    return np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"]), *entry["data_offsets"]


def _broken(problem: str, source: str) -> DataError:
    return damaged(f"this is not a safetensors file that toprank wrote: {problem}", source)
