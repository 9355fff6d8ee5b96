from __future__ import annotations

from typing import Any

import numpy as np

from toprank.evidence.sources.keyed_kernel import write_values
from toprank.evidence.sources.keyed_statistics import key_values
from toprank.evidence.statistics import Statistics


def test_the_loop_writes_what_the_formulas_say() -> None:
    rng = np.random.default_rng(1)
    count = rng.integers(0, 4, (2, 200)) * rng.integers(1, 30, (2, 200))
    value = rng.integers(1, 11, (2, 200)) / 2
    seen = Statistics(count, count * value, count * (value**2 + rng.random((2, 200))), count // 2, count * 0.3)
    seen.squares[0, :50] = (count * value**2)[0, :50]  # no spread
    unknown = rng.random((2, 200)) < 0.2
    answer = np.zeros((8, 200), np.float32)
    given: tuple[Any, ...] = (*vars(seen).values(), 3.0, 3.0 * 0.6, 3.0 * 7.5)
    write_values(answer, np.array([0, 5, 8]), unknown, *given)
    values = key_values(seen, 0.6, 7.5, 3.0, 1.0)
    values[:, unknown] = np.nan
    wanted = np.concatenate([values[:, 0], values[:3, 1]]).astype(np.float32)
    assert np.array_equal(answer, wanted, equal_nan=True)
