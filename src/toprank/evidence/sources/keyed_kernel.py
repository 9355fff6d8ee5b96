"""The compiled loop behind :mod:`toprank.evidence.sources.keyed_statistics`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["write_values"]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def write_values(
    answer: FloatArray, start: IntArray, unknown: BoolArray, count: IntArray, total: FloatArray, squares: FloatArray,
    liked: IntArray, residual: FloatArray, damping: float, liked_pull: float, mean_pull: float,
) -> None:  # fmt: skip
    """Write what :func:`toprank.evidence.sources.keyed_statistics.key_values` makes of the statistics of pairs.

    ``answer`` is float32[columns, n], those of each key from ``start`` (int64[k + 1]) on; the statistics are [k, n],
    and ``liked_pull`` and ``mean_pull`` what the damping adds to sums. NaN where a side is ``unknown`` (bool[k, n]).
    """
    none = np.float32(np.nan)
    for key in range(len(count)):
        first, last = start[key], start[key + 1]
        for pair in range(count.shape[1]):
            n = float(count[key, pair])
            if n == 0.0 or unknown[key, pair]:
                answer[first:last, pair] = none
                if not unknown[key, pair]:
                    answer[first, pair] = 0.0
                continue
            shrunken = n + damping
            answer[first, pair] = np.log1p(n)
            answer[first + 1, pair] = (liked[key, pair] + liked_pull) / shrunken
            answer[first + 2, pair] = residual[key, pair] / shrunken
            if last - first > 3:
                average = total[key, pair] / n
                spread = np.sqrt(max(squares[key, pair] / n - average * average, 0.0))
                answer[first + 3, pair] = (total[key, pair] + mean_pull) / shrunken
                answer[first + 4, pair] = spread if n > 1.0 else none
