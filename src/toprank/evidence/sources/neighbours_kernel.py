"""The compiled loops behind :mod:`toprank.evidence.sources.neighbours`."""

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
    other_rows: IntArray,
    folds: IntArray,
    one_ids: IntArray,
    held_start: IntArray,
    held: IntArray,
    one_norm: FloatArray,
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
    """Sum what those similar to ``one`` gave ``other``, for every pair (one, other), each in one fixed order.

    Sums go to ``answer`` (float64[n, COLUMNS], zeros before), those of ``ones[begin:end]``; other threads can do the
    rest meanwhile. ``starts`` says where the pairs of each of ``ones`` begin; a pair has the other's number, its row
    among those rated, and the fold whose labels it must not see (the number of folds for none).

    ``held`` and ``held_start`` say what each one holds, ascending, ``one_norm`` what that is worth together, and
    ``one_ids`` which neighbour it is itself (-1 for none); ``holder`` who holds each other, ``weight`` what holding an
    other in common is worth, ``norm`` what all that a neighbour holds is worth; ``rater``, ``rated_fold``, ``liked``
    and ``residual`` (float32[folds + 1, r]) are the ratings of each other's row.
    """
    common = np.zeros(len(norm))
    touched = np.empty(len(norm) + 1, np.int32)
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
            row = other_rows[pair]
            for at in range(rated_start[row], rated_start[row + 1]):
                neighbour = rater[at]
                shared = common[neighbour] - own
                if shared < 1e-6 or neighbour == one_ids[one] or rated_fold[at] == folds[pair]:
                    continue
                similarity = shared / np.sqrt((one_norm[one] - own) * norm[neighbour])
                answer[pair, 0] += 1.0
                answer[pair, 1] += similarity
                if liked[at]:
                    answer[pair, 2] += similarity
                answer[pair, 3] += similarity * residual[folds[pair], at]
                answer[pair, 4] += similarity * similarity
                answer[pair, 5] += similarity * similarity * residual[folds[pair], at]
        for index in range(n_touched):
            common[touched[index]] = 0.0
