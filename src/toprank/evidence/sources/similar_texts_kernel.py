"""The compiled loop behind :mod:`toprank.evidence.sources.similar_texts`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray

__all__ = ["COLUMNS", "gather"]

COLUMNS = 9
"""Near ones, their sums of weights, of residuals and of likes; the wider weights and residuals; and the nearest."""

NEAREST = 5


@numba.njit(cache=True, nogil=True)
def gather(
    answer: FloatArray,
    begin: int,
    end: int,
    reader: IntArray,
    work: IntArray,
    fold: IntArray,
    start: IntArray,
    rated: IntArray,
    rated_fold: IntArray,
    liked: BoolArray,
    residual: FloatArray,
    vectors: FloatArray,
    place: Int32Array,
    near: float,
    sharp: float,
    wide: float,
) -> None:
    """Compare each pair's work with what its reader rated outside the pair's fold (float64[n, 9]), begin to end.

    What a reader rated begins at ``start``. ``vectors`` (float32[m, d]) have length 1; the one of a work is at its
    ``place``, -1 where it has none. A work counts by exp((cosine - 1) / t), with the t ``sharp`` and ``wide``.
    """
    width = vectors.shape[1]
    like, rest = np.empty(NEAREST), np.empty(NEAREST)
    for pair in range(begin, end):
        answer[pair, :] = 0.0
        mine = place[work[pair]]
        if mine < 0:
            continue
        like[:] = -2.0
        for at in range(start[reader[pair]], start[reader[pair] + 1]):
            other = place[rated[at]]
            if other < 0 or rated[at] == work[pair] or rated_fold[at] == fold[pair]:
                continue
            cosine = np.float32(0.0)
            for k in range(width):
                cosine += vectors[mine, k] * vectors[other, k]
            left = residual[fold[pair], at]
            weight, wider = np.exp((cosine - 1.0) / sharp), np.exp((cosine - 1.0) / wide)
            if cosine > near:
                answer[pair, 0] += 1.0
            answer[pair, 1] += weight
            answer[pair, 2] += weight * left
            answer[pair, 3] += weight * liked[at]
            answer[pair, 4] += wider
            answer[pair, 5] += wider * left
            if cosine > like[NEAREST - 1]:
                spot = NEAREST - 1
                while spot > 0 and cosine > like[spot - 1]:
                    like[spot], rest[spot] = like[spot - 1], rest[spot - 1]
                    spot -= 1
                like[spot], rest[spot] = cosine, left
        count = 0
        while count < NEAREST and like[count] > -2.0:
            answer[pair, 8] += rest[count]
            count += 1
        if count > 0:
            answer[pair, 6], answer[pair, 7] = like[0], rest[0]
            answer[pair, 8] /= count
