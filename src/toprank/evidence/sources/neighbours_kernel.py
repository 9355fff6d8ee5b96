"""The compiled loops behind :mod:`toprank.evidence.sources.neighbours`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["COLUMNS", "gather", "in_common", "in_common_with", "stays"]

COLUMNS = 6
"""Neighbours, their similarity, the sums over them of similarity times liked and times residual, of similarity squared
and of that times residual."""

ROOM, LONG = 8, 128
"""What shortens a choice between two ways to the same sums: room for so many neighbours takes as long as a step through
a list whose entries are looked up; a list more than so many times as long as the other is searched instead."""

HASH, SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(11)
"""A hash of whole numbers: the upper 53 bits of the product with the golden ratio."""


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
    theirs_start: IntArray,
    theirs: IntArray,
    weight: FloatArray,
    norm: FloatArray,
    times: FloatArray,
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
    ``one_ids`` which neighbour each of ``ones`` is itself (-1 for none); ``holder`` who holds each other, ``theirs``
    what each neighbour holds, both ascending, ``weight`` what holding an other in common is worth, ``norm`` what all
    that a neighbour holds is worth; ``times`` (float64 by neighbour, or empty) what each other in common stands for
    where some of a neighbour's are kept; ``rater``, ``rated_fold``, ``liked`` and ``residual`` (float32[folds + 1, r])
    are the ratings of each other's row.

    What is held in common is counted for all neighbours at once, or for the raters of the pairs alone, whichever takes
    less; it is the same sum in the same order.
    """
    common = np.zeros(0)
    marks = np.zeros(max(len(weight), len(norm)) // 8 + 1, np.uint8)
    for group in range(begin, end):
        one = ones[group]
        mine = held[held_start[one] : held_start[one + 1]]
        steps = 0 if len(common) else len(norm) // ROOM
        for other in mine:
            if weight[other] > 0.0:
                steps += holder_start[other + 1] - holder_start[other]
        for pair in range(starts[group], starts[group + 1]):
            row = other_rows[pair]
            for at in range(rated_start[row], rated_start[row + 1]):
                if steps < 0:
                    break
                steps -= min(theirs_start[rater[at] + 1] - theirs_start[rater[at]], LONG * len(mine))
        alone = steps >= 0
        if alone:
            _mark(marks, mine)
        else:
            if not len(common):
                common = np.zeros(len(norm))
            for pair in range(starts[group], starts[group + 1]):
                row = other_rows[pair]
                _mark(marks, rater[rated_start[row] : rated_start[row + 1]])
            for other in mine:
                worth = weight[other]
                if worth == 0.0:
                    continue
                for at in range(holder_start[other], holder_start[other + 1]):
                    neighbour = holder[at]
                    if (marks[neighbour >> 3] >> (neighbour & 7)) & 1:  # of few neighbours anything is asked
                        common[neighbour] += worth
        for pair in range(starts[group], starts[group + 1]):
            other = others[pair]
            # What the pair itself has in common with its raters does not count.
            place = np.searchsorted(mine, other)
            holds = place < len(mine) and mine[place] == other
            own = weight[other] if holds else 0.0
            row = other_rows[pair]
            for at in range(rated_start[row], rated_start[row + 1]):
                neighbour = rater[at]
                if neighbour == one_ids[group] or rated_fold[at] == folds[pair]:
                    continue
                if alone:
                    first, last = theirs_start[neighbour], theirs_start[neighbour + 1]
                    if last - first > LONG * len(mine):
                        both = in_common(mine, theirs[first:last], weight)
                    else:
                        both = _marked(marks, theirs, first, last, weight)
                else:
                    both = common[neighbour]
                shared = both - own
                if len(times):
                    shared *= max(times[one], times[neighbour])
                if shared < 1e-6:
                    continue
                similarity = shared / np.sqrt((one_norm[one] - own) * norm[neighbour])
                answer[pair, 0] += 1.0
                answer[pair, 1] += similarity
                if liked[at]:
                    answer[pair, 2] += similarity
                answer[pair, 3] += similarity * residual[folds[pair], at]
                answer[pair, 4] += similarity * similarity
                answer[pair, 5] += similarity * similarity * residual[folds[pair], at]
        if alone:
            for other in mine:
                marks[other >> 3] = 0
            continue
        for pair in range(starts[group], starts[group + 1]):
            row = other_rows[pair]
            for at in range(rated_start[row], rated_start[row + 1]):
                common[rater[at]] = 0.0
                marks[rater[at] >> 3] = 0


@numba.njit(cache=True, nogil=True)
def stays(start: IntArray, right: IntArray, times: FloatArray, of_works: bool) -> tuple[IntArray, BoolArray]:
    """Say which pairs of a work and a user are kept where each that is kept counts so many times (``times``, by work).

    The lists are those of works, or of users. Those of the least hashes stay, so that who stays of two works that both
    have is drawn from all who have both. Gives where the lists begin then (int64[n + 1]), and which stay (bool[m]).
    """
    begin, kept = np.zeros(len(start), np.int64), np.ones(len(right), np.bool_)
    for left in range(len(start) - 1):
        for at in range(start[left], start[left + 1]):
            work, user = (left, right[at]) if of_works else (right[at], left)
            if times[work] > 1.0:
                kept[at] = ((np.uint64(user) * HASH) >> SHIFT) * times[work] < 2.0**53
            begin[left + 1] += kept[at]
        begin[left + 1] += begin[left]
    return begin, kept


@numba.njit(cache=True, nogil=True)
def _mark(marks: AnyArray, entries: IntArray) -> None:
    """Set the bits of a list."""
    for entry in entries:
        marks[entry >> 3] |= np.uint8(1 << (entry & 7))


@numba.njit(cache=True, nogil=True)
def _marked(marks: AnyArray, theirs: IntArray, first: int, last: int, weight: FloatArray) -> float:
    """Sum what entries of a list are worth whose bit is set."""
    total = 0.0
    for at in range(first, last):
        other = theirs[at]
        if (marks[other >> 3] >> (other & 7)) & 1:
            total += weight[other]
    return total


@numba.njit(cache=True, nogil=True)
def in_common(one: IntArray, other: IntArray, weight: FloatArray) -> float:
    """Sum, ascending, what two ascending lists have in common is worth."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    total = 0.0
    low = 0
    for wanted in short:
        # Doubling steps, then halving ones: a few where both are of one length, the logarithm of it where they are not.
        width = 1
        while low + width < len(long) and long[low + width] < wanted:
            width *= 2
        high = min(low + width + 1, len(long))
        low += width // 2
        while low < high:
            middle = (low + high) // 2
            if long[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == len(long):
            break
        if long[low] == wanted:
            total += weight[wanted]
    return total


@numba.njit(cache=True, nogil=True)
def in_common_with(one: IntArray, of: IntArray, start: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Do so for one list and each of several rows of others (float64[n])."""
    answer, marks = np.empty(len(of)), np.zeros(len(weight) // 8 + 1, np.uint8)
    _mark(marks, one)
    for at in range(len(of)):
        first, last = start[of[at]], start[of[at] + 1]
        if last - first > LONG * len(one):
            answer[at] = in_common(one, right[first:last], weight)
        else:
            answer[at] = _marked(marks, right, first, last, weight)
    return answer


@numba.njit(cache=True, nogil=True)
def sum_weights(start: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Sum, in their order, what the positions in each row are worth (float64[n])."""
    answer = np.zeros(len(start) - 1)
    for row in range(len(answer)):
        for at in range(start[row], start[row + 1]):
            answer[row] += weight[right[at]]
    return answer
