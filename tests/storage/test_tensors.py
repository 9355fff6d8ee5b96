from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load, save

from toprank.errors import DataError
from toprank.storage.tensors import DTYPES, read_tensors, write_tensors

ARRAYS = {
    **{f"of {name}": np.arange(5).astype(dtype) for name, dtype in DTYPES.items()},
    "matrix": np.arange(6.0).reshape(2, 3),
    "nothing": np.empty((0, 4), np.int64),
    "one": np.array(3.5),
}


def test_what_is_written_is_read_by_us_and_by_the_library(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", ARRAYS)
    content = (tmp_path / "a").read_bytes()
    theirs, ours = load(content), read_tensors(content, "a")
    assert ours.keys() == theirs.keys() == ARRAYS.keys()
    for name, expected in ARRAYS.items():
        found = ours[name].array(content, frozen=True, transposed=False)
        for array in (found, theirs[name]):
            assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
            assert np.array_equal(array, expected)
        assert found.flags.aligned


def test_a_header_that_the_library_refuses_is_refused() -> None:
    content = save(ARRAYS)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    rng, refused = np.random.default_rng(0), 0
    for _ in range(300):
        changed = json.loads(json.dumps(header))
        entry = changed[rng.choice(sorted(changed))]
        key = rng.choice(["shape", "data_offsets", "dtype"])
        if key == "dtype":
            entry["dtype"] = str(rng.choice([*DTYPES, "O"]))
        else:
            numbers = entry[key] = entry[key] or [1]
            numbers[rng.integers(len(numbers))] = int(rng.choice([0, 1, 2, 3, 5, 8, 40, 2**33, 2**63]))
        text = json.dumps(changed).encode()
        text += b" " * (-len(text) % 8)
        hostile = len(text).to_bytes(8, "little") + text + content[8 + length :]
        try:
            load(hostile)
        except SafetensorError:
            refused += 1
            with pytest.raises(DataError, match="a: this is not a safetensors file that toprank wrote"):
                read_tensors(hostile, "a")
    assert refused > 200
