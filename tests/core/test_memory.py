from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from toprank.core.memory import give_back


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no pages")
def test_what_lies_free_between_arrays_in_use_goes_back() -> None:
    arrays = [np.ones(2000) for _ in range(4000)]  # of 16 KB, so on the heap
    del arrays[: len(arrays) - 1]  # the last keeps the heap from shrinking by itself
    before = resident()
    give_back()
    assert resident() < before - 20_000_000
    assert arrays[0].all()
