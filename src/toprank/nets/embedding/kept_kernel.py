"""The compiled loops behind :mod:`toprank.nets.embedding.kept_units`."""

from __future__ import annotations

import numba
import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["run_steps"]

_BETA_1, _BETA_2, _EPSILON = np.float32(0.9), np.float32(0.999), np.float32(1e-7)
_REST_1, _REST_2 = np.float32(1 - 0.9), np.float32(1 - 0.999)
_NONE = np.float32(0)

_compiled = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"}, error_model="numpy")


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(x: np.uint32) -> np.uint32:
    """Hash as :mod:`toprank.nets.embedding.dropout` does."""
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@_compiled
def _adam(value: FloatArray, first: FloatArray, second: FloatArray, gradient: FloatArray, rate: np.float32) -> None:
    """Take one step with some weights (float32[n]) and their moments."""
    for j in range(len(value)):
        g = gradient[j]
        m = _BETA_1 * first[j] + _REST_1 * g
        v = _BETA_2 * second[j] + _REST_2 * g * g
        first[j], second[j] = m, v
        value[j] -= rate * m / (np.sqrt(v) + _EPSILON)


@_compiled
def _adam_row(
    value: FloatArray,
    first: FloatArray,
    second: FloatArray,
    pull: FloatArray,
    scale: FloatArray,
    reached: FloatArray,
    rate: np.float32,
) -> None:
    """Step with a row of the wide layer, whose gradient is ``pull`` times ``scale``; add value times pull up first."""
    for j in range(len(value)):
        w, g = value[j], pull[j]
        reached[j] += w * g
        g *= scale[j]
        m = _BETA_1 * first[j] + _REST_1 * g
        v = _BETA_2 * second[j] + _REST_2 * g * g
        first[j], second[j] = m, v
        value[j] = w - rate * m / (np.sqrt(v) + _EPSILON)


@_compiled
def _dots(answer: FloatArray, rows: Int32Array, kept: FloatArray, weights: FloatArray) -> None:
    """Write the products of some rows of ``kept`` with ``weights``, four at a time."""
    n, m = len(rows), len(weights)
    for k in range(0, n - n % 4, 4):
        r0, r1, r2, r3 = kept[rows[k]], kept[rows[k + 1]], kept[rows[k + 2]], kept[rows[k + 3]]
        t0 = t1 = t2 = t3 = _NONE
        for j in range(m):
            w = weights[j]
            t0 += w * r0[j]
            t1 += w * r1[j]
            t2 += w * r2[j]
            t3 += w * r3[j]
        answer[k], answer[k + 1], answer[k + 2], answer[k + 3] = t0, t1, t2, t3
    for k in range(n - n % 4, n):
        r0 = kept[rows[k]]
        t0 = _NONE
        for j in range(m):
            t0 += weights[j] * r0[j]
        answer[k] = t0


@_compiled
def _sums(answer: FloatArray, rows: Int32Array, kept: FloatArray, factor: FloatArray) -> None:
    """Write the sum of some rows of ``kept``, each times its factor, four at a time."""
    n, m = len(rows), len(answer)
    answer[:] = _NONE
    for k in range(0, n - n % 4, 4):
        r0, r1, r2, r3 = kept[rows[k]], kept[rows[k + 1]], kept[rows[k + 2]], kept[rows[k + 3]]
        f0, f1, f2, f3 = factor[k], factor[k + 1], factor[k + 2], factor[k + 3]
        for j in range(m):
            answer[j] += (f0 * r0[j] + f1 * r1[j]) + (f2 * r2[j] + f3 * r3[j])
    for k in range(n - n % 4, n):
        r0, f0 = kept[rows[k]], factor[k]
        for j in range(m):
            answer[j] += f0 * r0[j]


@_compiled
def _draw_units(seed: np.uint32, limit: np.uint32, rows: int, start: IntArray, row: Int32Array) -> None:
    """Draw a dropout mask (rows by units), and list the rows that keep each unit (as start and row)."""
    units = len(start) - 1
    seed = _mixed(seed)
    is_kept = np.empty(rows, np.uint8)
    n = 0
    for unit in range(units):
        start[unit] = n
        for r in range(rows):
            is_kept[r] = _mixed(np.uint32(r * units + unit) ^ seed) >= limit
        for r in range(rows):
            row[n] = r
            n += is_kept[r]
    start[units] = n


@_compiled
def _draw(seed: np.uint32, limit: np.uint32, kept: FloatArray) -> None:
    """Draw a dropout mask: 1 where a value is kept, 0 elsewhere."""
    seed = _mixed(seed)
    flat = kept.reshape(-1)
    for number in range(len(flat)):
        flat[number] = np.float32(_mixed(np.uint32(number) ^ seed) >= limit)


@_compiled
def _drift(row: FloatArray, step: np.float32, learning_rate: np.float32, powers: FloatArray) -> None:
    """Let a row of a table drift to a step, as :func:`toprank.nets.embedding.lazy_adam.advance` does."""
    width = len(row) // 3
    last = row[3 * width]
    gap = step - last
    if gap > 0:
        beta_1, beta_2, root_beta_2 = powers
        done_1, done_2 = np.float32(0.9 ** np.float64(last)), np.float32(0.999 ** np.float64(last))
        reach = min(int(gap), len(beta_1))
        for k in range(width):
            first, root = row[width + k], np.sqrt(row[2 * width + k])
            drift = _NONE
            for j in range(reach):
                bias = np.sqrt(np.float32(1) - done_2 * beta_2[j]) * beta_1[j]
                drift += bias / ((np.float32(1) - done_1 * beta_1[j]) * (root_beta_2[j] * root + _EPSILON))
            row[k] -= learning_rate * first * drift
            row[width + k] = first * np.float32(0.9 ** np.float64(gap))
            row[2 * width + k] *= np.float32(0.999 ** np.float64(gap))
        row[3 * width] = step


@_compiled
def _step_rows(table: FloatArray, ids: Int32Array, gradient: FloatArray, step: np.float32, rate: np.float32) -> None:
    """Take one step with the rows that stand in ``ids``, as far as they are rows of the table."""
    width = gradient.shape[1]
    for place in range(len(ids)):
        if ids[place] < len(table):
            row = table[ids[place]]
            _adam(row[:width], row[width : 2 * width], row[2 * width : 3 * width], gradient[place], rate)
            row[3 * width] = step


@_compiled
def run_steps(
    users: FloatArray,
    items: FloatArray,
    spread: tuple[FloatArray, ...],
    spread_constant: tuple[FloatArray, ...],
    wide: tuple[FloatArray, ...],
    wide_constant: tuple[FloatArray, ...],
    out: tuple[FloatArray, ...],
    out_constant: tuple[FloatArray, ...],
    counters: IntArray,
    drop: FloatArray,
    batches: tuple[Int32Array, Int32Array, Int32Array, Int32Array, FloatArray, FloatArray],
    begun: int,
    learning_rate: float,
    squared: bool,
    powers: FloatArray,
) -> FloatArray:
    """Train over the batches of an epoch, in place; give the loss of each (float32[batches]).

    Tables are as :mod:`toprank.nets.embedding.lazy_adam` has them; weights are each (value, first moment, second
    moment): float32[m], [m], [m, n], [n], [n] and [1]. Of the three dropouts ``counters``
    (uint32[3]) are the seeds of the first step, ``drop`` (float64[3]) the rates. ``begun`` is how many steps are done,
    ``powers`` (float32[3, reach]) those of both betas and of the second's root. Nothing is written but these.

    With a the kept values of the first layer, k the mask of the second, c what a kept unit of it counts for in the
    output: t = W (k c) is all that the output and the way back need of W, for units that are kept; and the gradient of
    W is c times g = sum of delta a k, from which that of c follows too.
    """
    distinct_users, distinct_items, user, item, target, weight = batches
    n_batches, size = user.shape
    m, n = wide[0].shape
    width = users.shape[1] // 3
    limit = np.empty(3, np.uint32)
    scale = np.empty(3, np.float32)
    for k in range(3):
        limit[k] = np.uint32(min(round(drop[k] * 2.0**32), 2.0**32 - 1))
        scale[k] = np.float32(1.0 / (1.0 - drop[k]))
    start, row_of = np.empty(m + 1, np.int64), np.empty(size * m + 1, np.int32)
    reached, value = np.empty(size * m, np.float32), np.empty(size * m, np.float32)
    kept = np.empty((size, n), np.float32)
    first_kept = np.empty((size, 1), np.float32)
    pull, counts, gain = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    x, y, delta, back = (np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32),
                         np.empty(size, np.float32))  # fmt: skip
    everyone = np.arange(size).astype(np.int32)
    gradient_1, gradient_constant_1 = np.empty(m, np.float32), np.empty(m, np.float32)
    of_users, of_items = np.empty((size, width), np.float32), np.empty((size, width), np.float32)
    gradient_out = np.empty(1, np.float32)
    losses = np.empty(n_batches, np.float32)
    for batch in range(n_batches):
        before, step = np.float32(begun + batch), np.float32(begun + batch + 1)
        rate = np.float32(learning_rate * np.sqrt(1.0 - 0.999 ** np.float64(step)) / (1.0 - 0.9 ** np.float64(step)))
        drawn = np.uint32(batch)
        _draw(np.uint32(counters[0] + drawn), limit[0], first_kept)
        _draw_units(np.uint32(counters[1] + drawn), limit[1], size, start, row_of)
        _draw(np.uint32(counters[2] + drawn), limit[2], kept)

        for table, ids in ((users, distinct_users[batch]), (items, distinct_items[batch])):
            for one in ids:
                if one < len(table):
                    _drift(table[one], before, np.float32(learning_rate), powers)
        for r in range(size):
            p, q = users[distinct_users[batch, user[batch, r]]], items[distinct_items[batch, item[batch, r]]]
            dot = _NONE
            for k in range(width):
                dot += p[k] * q[k]
            x[r] = dot * first_kept[r, 0] * scale[0]

        # Forward: what each kept unit is worth to its row's output.
        for j in range(n):
            counts[j] = scale[2] * out[0][j]
            pull[j] = counts[j] * wide_constant[0][j]
        _dots(y, everyone, kept, pull)
        y += out_constant[0][0]
        for unit in range(m):
            begin, end = start[unit], start[unit + 1]
            if begin == end:
                continue
            for j in range(n):
                pull[j] = wide[0][unit, j] * counts[j]
            _dots(reached[begin:end], row_of[begin:end], kept, pull)
            w, constant = spread[0][unit], spread_constant[0][unit]
            for k in range(begin, end):
                r = row_of[k]
                value[k] = scale[1] * (x[r] * w + constant)
                y[r] += value[k] * reached[k]

        # The loss, and what a change of each row's output does to it.
        rows, loss = _NONE, _NONE
        for r in range(size):
            rows += weight[batch, r]
        for r in range(size):
            error = y[r] - target[batch, r]
            loss += (error * error if squared else abs(error)) * weight[batch, r]
            delta[r] = (np.float32(2) * error if squared else np.sign(error)) * weight[batch, r] / rows
        losses[batch] = loss / rows

        # Back through the wide layer, whose rows step at once.
        back[:] = _NONE
        gain[:] = _NONE
        for unit in range(m):
            begin, end = start[unit], start[unit + 1]
            slope = of_constant = _NONE
            w = spread[0][unit]
            for k in range(begin, end):
                r = row_of[k]
                value[k] *= delta[r]
                one = scale[1] * delta[r] * reached[k]
                of_constant += one
                slope += one * x[r]
                back[r] += one * w
            gradient_1[unit], gradient_constant_1[unit] = slope, of_constant
            _sums(pull, row_of[begin:end], kept, value[begin:end])
            _adam_row(wide[0][unit], wide[1][unit], wide[2][unit], pull, counts, gain, rate)
        _sums(pull, everyone, kept, delta)
        gradient_out[0] = _NONE
        for r in range(size):
            gradient_out[0] += delta[r]
        for j in range(n):
            gain[j] = scale[2] * (gain[j] + wide_constant[0][j] * pull[j])
            pull[j] *= counts[j]
        _adam(wide_constant[0], wide_constant[1], wide_constant[2], pull, rate)
        _adam(out[0], out[1], out[2], gain, rate)
        _adam(out_constant[0], out_constant[1], out_constant[2], gradient_out, rate)
        _adam(spread[0], spread[1], spread[2], gradient_1, rate)
        _adam(spread_constant[0], spread_constant[1], spread_constant[2], gradient_constant_1, rate)

        of_users[:] = _NONE
        of_items[:] = _NONE
        for r in range(size):
            here, there = user[batch, r], item[batch, r]
            p, q = users[distinct_users[batch, here]], items[distinct_items[batch, there]]
            one = back[r] * first_kept[r, 0] * scale[0]
            for k in range(width):
                of_users[here, k] += one * q[k]
                of_items[there, k] += one * p[k]
        _step_rows(users, distinct_users[batch], of_users, step, rate)
        _step_rows(items, distinct_items[batch], of_items, step, rate)
    return losses
