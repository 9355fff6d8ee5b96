"""The compiled loop behind :mod:`toprank.candidates.similar_works`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["nearest"]


@numba.njit(cache=True, nogil=True)
def nearest(
    asked: IntArray,
    answer: IntArray,
    similarity: FloatArray,
    holder_start: IntArray,
    holder: IntArray,
    held_start: IntArray,
    held: IntArray,
    weight: FloatArray,
    norm: FloatArray,
    shrinkage: float,
) -> None:
    """Write the works most similar to each of ``asked`` (int[n]) into ``answer`` and ``similarity`` ([n, k]).

    Who holds each work (``holder``) and what each reader holds (``held``) are lists behind their starts; ``weight`` is
    float64[n_readers], 0 for readers left out, and ``norm`` float64[n_works] the root of the sum over a work's holders.
    """
    size, most = len(norm), answer.shape[1]
    common = np.zeros(size)
    touched = np.empty(size + 1, np.int32)
    for row in range(len(asked)):
        work = asked[row]
        n_touched = 0
        for at in range(holder_start[work], holder_start[work + 1]):
            reader = holder[at]
            worth = weight[reader]
            if worth == 0.0:
                continue
            for place in range(held_start[reader], held_start[reader + 1]):
                other = held[place]
                # Written down each time, kept the first time: a jump that nobody foresees would take longer.
                touched[n_touched] = other
                n_touched += common[other] == 0.0
                common[other] += worth
        found = 0
        scores = np.empty(n_touched)
        for index in range(n_touched):
            other = touched[index]
            scores[index] = 0.0
            if other != work:
                scores[index] = common[other] / (norm[work] * norm[other] + shrinkage)
            common[other] = 0.0
        least = 0.0
        if n_touched > most:
            least = np.partition(scores, n_touched - most)[n_touched - most]
        # First those above the bar, then as many of those on it as there is room for.
        for tied in range(2):
            for index in range(n_touched):
                if found < most and scores[index] > 0.0 and (scores[index] == least if tied else scores[index] > least):
                    answer[row, found] = touched[index]
                    similarity[row, found] = scores[index]
                    found += 1
