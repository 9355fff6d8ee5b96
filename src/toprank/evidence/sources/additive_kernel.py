"""The compiled loops behind :mod:`toprank.evidence.sources.additive`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["backfit", "backfit_without", "expect", "replay"]

CHUNK = 128
"""Numbers whose sums are added up narrowly before they go into the wide ones."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def backfit(
    numbers: IntArray, first: IntArray, value: FloatArray, rows: IntArray, sweeps: int, ratio: float, kept: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Fit means and one pair of shrunken effects for each number of each key, key by key.

    Two things are fitted, each on its own (``value`` is float64[n, 2]); together they cost little more than one.
    ``numbers`` is int32[k, n], -1 for none; ``first`` says where the effects of each key begin; ``ratio`` is the first
    guess at each key's damping, the variance within a group over that between groups.

    Gives the means, the effects (float64[first[k], 2]) and the damping of each key (float64[k, 2]) in the end; and, to
    be replayed, with which damping each sweep moved the effects (float64[sweeps, k, 2]) and by how much: of the keys
    for which ``kept`` (int64[k]) says from where on, instead of -1 (float32[sweeps, numbers kept, 2]).
    """
    n_keys = len(first) - 1
    n = len(rows)
    effects = np.zeros((first[n_keys], 2))
    sums = np.zeros((first[n_keys], 2))
    counts = np.zeros(first[n_keys], np.int32)
    size = 0
    for key in range(n_keys):
        size += first[key + 1] - first[key] if kept[key] >= 0 else 0
    moves = np.zeros((sweeps, size, 2), np.float32)
    used = np.zeros((sweeps, n_keys, 2))
    mean = np.zeros(2)
    for row in rows:
        mean[0] += value[row, 0]
        mean[1] += value[row, 1]
    mean /= max(1, n)
    rest = np.empty((n, 2))
    mine = np.empty((n_keys, n), np.int32)
    for place in range(n):
        rest[place, 0] = value[rows[place], 0] - mean[0]
        rest[place, 1] = value[rows[place], 1] - mean[1]
    for key in range(n_keys):
        for place in range(n):
            number = numbers[key, rows[place]]
            mine[key, place] = first[key] + number if number >= 0 else -1
            if number >= 0:
                counts[first[key] + number] += 1
    damping = np.full((n_keys, 2), ratio)
    within, between = np.zeros(2), np.zeros(2)
    before = -1  # the key whose changes, in ``sums``, the rest still has to be corrected by
    for sweep in range(sweeps):
        for key in range(n_keys):
            used[sweep, key] = damping[key]
            if before == key:  # the only one: its changes stand where its sums go
                for place in range(n):
                    at = mine[key, place]
                    if at >= 0:
                        rest[place, 0] -= sums[at, 0]
                        rest[place, 1] -= sums[at, 1]
                sums[first[key] : first[key + 1]] = 0.0
                before = -1
            squares, squares_liked = 0.0, 0.0
            for place in range(n):
                left, left_liked = rest[place, 0], rest[place, 1]
                if before >= 0:
                    at = mine[before, place]
                    if at >= 0:
                        left -= sums[at, 0]
                        left_liked -= sums[at, 1]
                        rest[place, 0], rest[place, 1] = left, left_liked
                squares += left * left
                squares_liked += left_liked * left_liked
                at = mine[key, place]
                if at >= 0:
                    sums[at, 0] += left
                    sums[at, 1] += left_liked
            if before >= 0:
                sums[first[before] : first[before + 1]] = 0.0
            within[0], within[1] = 1e-12 + squares / max(1, n), 1e-12 + squares_liked / max(1, n)
            between[:] = 1e-12
            groups = 0
            for at in range(first[key], first[key + 1]):
                if counts[at] == 0:
                    continue
                groups += 1
                for target in range(2):
                    share = 1.0 / (counts[at] + damping[key, target])
                    fresh = (sums[at, target] + counts[at] * effects[at, target]) * share
                    # What the effect changes by; where it is to be replayed, as it is kept.
                    change = fresh - effects[at, target]
                    if kept[key] >= 0:
                        change = np.float64(np.float32(change))
                        fresh = effects[at, target] + change
                    sums[at, target] = change
                    effects[at, target] = fresh
                    between[target] += fresh * fresh + within[target] * share
            if kept[key] >= 0:
                moves[sweep, kept[key] : kept[key] + first[key + 1] - first[key]] = sums[first[key] : first[key + 1]]
            for target in range(2):
                if groups > 0:
                    damping[key, target] = min(max(within[target] * groups / between[target], 0.5), 1e4)
            before = key
    return mean, effects, damping, moves, used


@numba.njit(cache=True, nogil=True, error_model="numpy")
def backfit_without(
    numbers: IntArray, first: IntArray, value: FloatArray, fold: IntArray, folds: int, sweeps: int, ratio: float
) -> tuple[FloatArray, FloatArray]:
    """Fit all rows but each fold's, all folds side by side, as :func:`backfit` does.

    One pass reads the numbers of a row once for all folds, and processors do the same to several folds at once.
    ``fold`` is uint8[n], ``folds`` for rows in none of these. Gives what is left of each row without each fold, with
    0 for the value in its own fold, where it is minus what is expected; and the effects (float32[n, 2 folds] and
    float32[first[k], 2 folds], the two things that are fitted side by side in each fold).
    """
    n_keys, n = numbers.shape
    wide = 2 * folds
    counted = np.ones((folds + 1, wide), np.float32)
    rest = np.empty((n, wide), np.float32)
    mean, size, squares = np.zeros(wide), np.zeros(wide), np.zeros(wide)
    for own in range(folds):
        counted[own, 2 * own : 2 * own + 2] = 0.0
    for row in range(n):
        for j in range(wide):
            rest[row, j] = value[row, j % 2] * counted[fold[row], j]
            mean[j] += rest[row, j]
            size[j] += counted[fold[row], j]
    for j in range(wide):
        size[j] = max(1.0, size[j])
        mean[j] /= size[j]
    for row in range(n):
        for j in range(wide):
            rest[row, j] -= mean[j]
            squares[j] += counted[fold[row], j] * rest[row, j] * rest[row, j]
    most = 1
    for key in range(n_keys):
        most = max(most, first[key + 1] - first[key])
    effects = np.zeros((first[n_keys], wide), np.float32)
    total, lacking = np.zeros(most, np.int32), np.zeros((most, wide), np.float32)
    before, sums = np.zeros((most, wide), np.float32), np.zeros((most, wide), np.float32)
    damping, within = np.full((n_keys, wide), np.float32(ratio)), np.empty(wide)
    tally = np.zeros((4, wide))
    last = np.full(n, -1, numbers.dtype)  # the numbers in the key before, whose changes the rest still has to lose
    for _ in range(sweeps):
        for key in range(n_keys):
            here = first[key + 1] - first[key]
            total[:here], lacking[:here], sums[:here] = 0, 0.0, 0.0
            add(sums, total, lacking, rest, before, last, numbers[key], fold, counted)
            for j in range(wide):
                within[j] = 1e-12 + max(0.0, squares[j]) / size[j]
            tally[:] = 0.0
            shrink(sums[:here], effects[first[key] : first[key + 1]], total, lacking, damping[key], tally)
            for j in range(wide):
                squares[j] += tally[0, j]
                if tally[3, j] > 0:
                    between = 1e-12 + tally[1, j] + within[j] * tally[2, j]
                    damping[key, j] = min(max(within[j] * tally[3, j] / between, 0.5), 1e4)
            before, sums, last = sums, before, numbers[key]
    for row in range(n):
        if last[row] >= 0:
            for j in range(wide):
                rest[row, j] -= before[last[row], j]
    return rest, effects


@numba.njit(cache=True, nogil=True, error_model="numpy")
def add(
    sums: FloatArray, total: IntArray, lacking: FloatArray, rest: FloatArray, before: FloatArray, last: IntArray,
    number: IntArray, fold: IntArray, counted: FloatArray,
) -> None:  # fmt: skip
    """Take from the rest what the key before changed, and sum it up by this key's numbers; each row but in its fold."""
    wide = rest.shape[1]
    for row in range(len(rest)):
        at, own = last[row], fold[row]
        if at >= 0:
            for j in range(wide):
                rest[row, j] -= before[at, j]
        at = number[row]
        if at >= 0:
            total[at] += 1
            if 2 * own < wide:
                lacking[at, 2 * own] += 1.0
                lacking[at, 2 * own + 1] += 1.0
            for j in range(wide):
                sums[at, j] += rest[row, j] * counted[own, j]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def shrink(
    sums: FloatArray, effects: FloatArray, total: IntArray, lacking: FloatArray, damping: FloatArray, tally: FloatArray
) -> None:
    """Turn the sums of one key into what its effects change by, and the effects into what they are then.

    To ``tally`` (float64[4, w]) are added: by how much the squares of what is left change, the squares of the effects,
    the shares of one rating in an effect, and how many effects there are.
    """
    here, wide = sums.shape
    one, none = np.float32(1.0), np.float32(0.0)
    part = np.zeros((4, wide), np.float32)
    lost, squares, shares, known = part[0], part[1], part[2], part[3]
    for begin in range(0, here, CHUNK):
        part[:] = 0.0
        for at in range(begin, min(begin + CHUNK, here)):
            for j in range(wide):
                count = np.float32(total[at]) - lacking[at, j]
                share = one / (count + damping[j])
                fresh = (sums[at, j] + count * effects[at, j]) * share
                change = fresh - effects[at, j]
                lost[j] += change * (count * change - (sums[at, j] + sums[at, j]))
                squares[j] += fresh * fresh
                shares[j] += share if count > none else none
                known[j] += one if count > none else none
                sums[at, j] = change
                effects[at, j] = fresh
        for k in range(4):
            for j in range(wide):
                tally[k, j] += part[k, j]


@numba.njit(cache=True, nogil=True)
def replay(
    answer: FloatArray,
    start: IntArray,
    value: FloatArray,
    mean: FloatArray,
    rated: IntArray,
    by_group: IntArray,
    numbers: IntArray,
    order: IntArray,
    moves: FloatArray,
    used: FloatArray,
    shift: FloatArray,
) -> None:
    """Fit each reader's own effects as :func:`backfit` does, while the others move as they did.

    ``answer`` is float64[r, m, 2], zeros before: the effect, in each of the reader's keys, of the group of each rating.
    ``rated`` is int32[m, r] with the group of each rating and ``by_group`` int64[r, m] sorts each list by it;
    ``numbers`` is int64[k, m] with its numbers in the other keys; -1 is none. ``order`` goes through all keys as they
    were fitted: i >= 0 is the reader's key i, -1 - i the other key i. ``shift`` (float64[numbers, 2] or empty) is what
    later ratings added to the other effects.
    """
    keys = rated.shape[1]
    for reader in range(len(start) - 1):
        begin, end = start[reader], start[reader + 1]
        n = end - begin
        if n == 0:
            continue
        rest = np.empty((n, 2))
        for row in range(n):
            rest[row, 0] = value[begin + row, 0] - mean[0]
            rest[row, 1] = value[begin + row, 1] - mean[1]
            if len(shift):
                for other in range(len(numbers)):
                    number = numbers[other, begin + row]
                    if number >= 0:
                        rest[row, 0] -= shift[number, 0]
                        rest[row, 1] -= shift[number, 1]
        # Groups of the list, numbered as they come.
        group = np.full((keys, n), -1, np.int64)
        sizes = np.zeros(keys, np.int64)
        for key in range(keys):
            for place in range(n):
                row = by_group[key, begin + place] - begin
                if rated[begin + row, key] < 0:
                    continue
                new = place == 0 or rated[by_group[key, begin + place - 1], key] != rated[begin + row, key]
                sizes[key] += new
                group[key, row] = sizes[key] - 1
        most = max(1, sizes.max())
        counts = np.zeros((keys, most), np.int64)
        effects = np.zeros((keys, most, 2))
        sums = np.zeros((most, 2))
        for key in range(keys):
            for row in range(n):
                if group[key, row] >= 0:
                    counts[key, group[key, row]] += 1
        for sweep in range(len(moves)):
            for place in range(len(order)):
                key = order[place]
                if key < 0:
                    for row in range(n):
                        number = numbers[-1 - key, begin + row]
                        if number >= 0:
                            rest[row, 0] -= moves[sweep, number, 0]
                            rest[row, 1] -= moves[sweep, number, 1]
                    continue
                sums[: sizes[key]] = 0.0
                for row in range(n):
                    at = group[key, row]
                    if at >= 0:
                        sums[at, 0] += rest[row, 0]
                        sums[at, 1] += rest[row, 1]
                for at in range(sizes[key]):
                    for target in range(2):
                        share = 1.0 / (counts[key, at] + used[sweep, place, target])
                        fresh = (sums[at, target] + counts[key, at] * effects[key, at, target]) * share
                        sums[at, target] = fresh - effects[key, at, target]
                        effects[key, at, target] = fresh
                for row in range(n):
                    at = group[key, row]
                    if at >= 0:
                        rest[row, 0] -= sums[at, 0]
                        rest[row, 1] -= sums[at, 1]
        for key in range(keys):
            for row in range(n):
                if group[key, row] >= 0:
                    answer[key, begin + row] = effects[key, group[key, row]]


@numba.njit(cache=True, nogil=True)
def expect(
    total: FloatArray, order: IntArray, by_rating: FloatArray, by_group: IntArray, first: IntArray, last: IntArray,
    effects: FloatArray, numbers: IntArray,
) -> None:  # fmt: skip
    """Add to the means of pairs (``total``: float64[n, 2]) what each key's effect adds, in the ``order`` of the keys.

    The reader's entries in the item's group of the reader's key i are ``by_group[i, first:last]``, and the effect of
    each is in ``by_rating`` (float64[r, m, 2]); ``numbers`` (int64[k, n]) are the pairs' in the other keys.
    """
    for pair in range(len(total)):
        for key in order:
            if key >= 0:
                if first[key, pair] < last[key, pair]:
                    entry = by_group[key, first[key, pair]]
                    total[pair, 0] += by_rating[key, entry, 0]
                    total[pair, 1] += by_rating[key, entry, 1]
            elif numbers[-1 - key, pair] >= 0:
                total[pair, 0] += effects[numbers[-1 - key, pair], 0]
                total[pair, 1] += effects[numbers[-1 - key, pair], 1]
