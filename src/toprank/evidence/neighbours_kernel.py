"""The compiled loops behind :mod:`toprank.evidence.neighbours`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray

__all__ = ["COLUMNS", "gather"]

COLUMNS = 6
"""Neighbours, their similarity, the sums over them of similarity times liked and times residual, of similarity squared
and of that times residual."""


@numba.njit(cache=True, nogil=True)
def gather(
    answer: FloatArray,
    begin: int,
    end: int,
    ones: IntArray,
    starts: IntArray,
    others: IntArray,
    folds: IntArray,
    held_start: IntArray,
    held: IntArray,
    holder_start: IntArray,
    holder: IntArray,
    weight: FloatArray,
    norm: FloatArray,
    rated_start: IntArray,
    rater: IntArray,
    rated_fold: IntArray,
    liked: AnyArray,
    residual: FloatArray,
) -> None:
    """Sum what those similar to ``one`` gave ``other``, for every pair (one, other).

    Parameters
    ----------
    answer : float64[n, COLUMNS]
        Where to add the sums; zeros before.
    begin, end : int
        Which of ``ones`` to do; others can be done by another thread meanwhile.
    ones : int64[g]
        Those asked about, each once.
    starts : int64[g + 1]
        Where the pairs of each begin.
    others, folds : int[n]
        The other of each pair; the fold whose labels it must not see, or the number of folds for none.
    held_start, held : int64[a + 1], int32[m]
        What each one holds, ascending.
    holder_start, holder : int64[b + 1], int32[m]
        Who holds each other.
    weight : float64[b]
        What holding each other in common is worth.
    norm : float64[a]
        What each one holds is worth together.
    rated_start, rater, rated_fold, liked : int64[b + 1], int32[r], int64[r], bool[r]
        The ratings of each other.
    residual : float32[folds + 1, r]
        What is left of each rating after the bias without a fold; in the last row without none.

    Notes
    -----
    Each pair is summed in one fixed order, whatever the number of threads.
    """
    size = len(held_start) - 1
    common = np.zeros(size)
    touched = np.empty(size + 1, np.int32)
    for group in range(begin, end):
        one = ones[group]
        n_touched = 0
        for place in range(held_start[one], held_start[one + 1]):
            other = held[place]
            worth = weight[other]
            if worth == 0.0:
                continue
            for at in range(holder_start[other], holder_start[other + 1]):
                neighbour = holder[at]
                # Written down each time, kept the first time: a jump that nobody foresees would take longer.
                touched[n_touched] = neighbour
                n_touched += common[neighbour] == 0.0
                common[neighbour] += worth
        for pair in range(starts[group], starts[group + 1]):
            other = others[pair]
            # What the pair itself has in common with its raters does not count.
            place = held_start[one] + np.searchsorted(held[held_start[one] : held_start[one + 1]], other)
            holds = place < held_start[one + 1] and held[place] == other
            own = weight[other] if holds else 0.0
            for at in range(rated_start[other], rated_start[other + 1]):
                neighbour = rater[at]
                shared = common[neighbour] - own
                if shared < 1e-6 or neighbour == one or rated_fold[at] == folds[pair]:
                    continue
                similarity = shared / np.sqrt((norm[one] - own) * norm[neighbour])
                answer[pair, 0] += 1.0
                answer[pair, 1] += similarity
                if liked[at]:
                    answer[pair, 2] += similarity
                answer[pair, 3] += similarity * residual[folds[pair], at]
                answer[pair, 4] += similarity * similarity
                answer[pair, 5] += similarity * similarity * residual[folds[pair], at]
        for index in range(n_touched):
            common[touched[index]] = 0.0
