"""Adam that touches only a batch's rows gives what dense Adam gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toprank.nets.embedding.lazy_adam import (
    BETA_1,
    BETA_2,
    EPSILON,
    REACH,
    adam_step,
    advance,
    new_table,
    step_rows,
    values_of,
)


def dense_adam(values: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    """The definition, in float64: every row moves in every step."""
    values = values.astype(np.float64)
    first, second = np.zeros_like(values), np.zeros_like(values)
    for step, gradient in enumerate(gradients, 1):
        first = BETA_1 * first + (1 - BETA_1) * gradient
        second = BETA_2 * second + (1 - BETA_2) * gradient**2
        alpha = rate * np.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
        values = values - alpha * first / (np.sqrt(second) + EPSILON)
    return values


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 4), max_size=3), min_size=1, max_size=60),
    st.sampled_from([1e-4, 1e-3, 1e-2]),
    st.sampled_from([1e-6, 1e-3, 1.0]),
)
def test_it_is_dense_adam(touched: list[set[int]], rate: float, scale: float) -> None:
    rng = np.random.default_rng(13)
    start = rng.uniform(-0.05, 0.05, (5, 2)).astype(np.float32)
    table = new_table(start)
    gradients = []
    for step, rows in enumerate(touched, 1):
        gradient = np.zeros((5, 2))
        ids = sorted(rows)
        if ids:
            gradient[ids] = scale * rng.normal(size=(len(ids), 2))
            here = advance(table[ids], np.float32(step - 1), rate)
            table[ids] = step_rows(here, gradient[ids].astype(np.float32), np.float32(step), rate)
        gradients.append(gradient)
    settled = np.asarray(values_of(advance(table, np.float32(len(touched)), rate)))
    assert settled == pytest.approx(dense_adam(start, gradients, rate), abs=2e-4 * rate * len(touched) + 1e-7)


def test_a_row_left_alone_for_long_stands_still_where_dense_adam_leaves_it() -> None:
    start = np.array([[0.03]], dtype=np.float32)
    gradients = [np.array([[0.7]])] + [np.zeros((1, 1))] * (5 * REACH)
    table = np.asarray(step_rows(new_table(start), np.array([[0.7]], np.float32), np.float32(1), 1e-3))
    settled = float(values_of(advance(table, np.float32(len(gradients)), 1e-3))[0, 0])
    assert settled == pytest.approx(dense_adam(start, gradients, 1e-3)[0, 0], abs=1e-7)


def test_a_row_never_touched_does_not_move() -> None:
    table = new_table(np.array([[0.03, -0.01]], dtype=np.float32))
    assert np.asarray(values_of(advance(table, np.float32(1000), 1e-3))).tolist() == table[:, :2].tolist()


def test_one_step_is_keras() -> None:
    from toprank.nets.backend import load_keras

    keras = load_keras()
    weight = keras.Variable(np.array([0.5, -0.25], dtype=np.float32))
    optimizer = keras.optimizers.Adam(1e-3)
    value, first, second = np.array([0.5, -0.25], np.float32), np.zeros(2, np.float32), np.zeros(2, np.float32)
    rng = np.random.default_rng(13)
    for step in range(1, 6):
        gradient = rng.normal(size=2).astype(np.float32)
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
        value, first, second = adam_step(value, first, second, gradient, np.float32(step), 1e-3)
    assert np.asarray(value) == pytest.approx(np.asarray(weight.value), rel=1e-6)
