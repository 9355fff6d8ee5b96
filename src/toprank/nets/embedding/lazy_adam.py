r"""Adam for embedding tables that touches only the rows of a batch, and still gives what dense Adam gives.

Dense Adam moves every row in every step: without a gradient, a row's moments decay and it drifts on. That drift needs
no other rows, so it can wait until the row is needed again. With the last gradient in step s and moments m, v after it,

.. math:: \theta_{s+k} = \theta_s - \sum_{j=1}^{k} \frac{\eta \sqrt{1 - \beta_2^{s+j}}}{1 - \beta_1^{s+j}} \cdot
          \frac{\beta_1^j m}{\sqrt{\beta_2^j v} + \epsilon}

and the moments are beta_1^k m and beta_2^k v. The terms fall off as 0.9^j: beyond ``REACH`` of them, what is left out
lies below the rounding of float32.

A table is a float32[rows, 3 width + 1]: values, first moments, second moments, and the step they stand at. One gather
and one scatter a step then do for all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from toprank.core.arrays import FloatArray

__all__ = ["REACH", "adam_step", "advance", "new_table", "step_rows", "values_of"]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""Keras' defaults for Adam."""

REACH = 160
"""Steps over which a row drifts. 0.9**160 is 5e-8; the rest of the drift is below 3.4e-6 learning rates, which at 0.001
is less than one float32 step of a value of 0.05."""

_J = np.arange(1, REACH + 1, dtype=np.float64)[:, None, None]
_BETA_1_J = (BETA_1**_J).astype(np.float32)
_BETA_2_J = (BETA_2**_J).astype(np.float32)
_ROOT_BETA_2_J = (BETA_2 ** (_J / 2)).astype(np.float32)
_LOG_BETA_1, _LOG_BETA_2 = float(np.log(BETA_1)), float(np.log(BETA_2))


def new_table(values: FloatArray) -> FloatArray:
    """Make a table (float32[rows, 3 width + 1]) of values (float32[rows, width]) that have not moved yet."""
    rows, width = values.shape
    return np.concatenate([values, np.zeros((rows, 2 * width + 1))], axis=1, dtype=np.float32)


def values_of(table: Any) -> Any:
    """Give the values (float32[rows, width]) of rows of a table."""
    return table[:, : table.shape[1] // 3]


def advance(rows: Any, step: Any, learning_rate: Any) -> Any:
    """Let rows of a table drift on, each from its own step, without a gradient, until a step is done."""
    width = rows.shape[1] // 3
    value, first, second, last = jnp.split(rows, (width, 2 * width, 3 * width), axis=1)
    gap = step - last
    bias_1 = 1.0 - jnp.exp(last * _LOG_BETA_1) * _BETA_1_J
    bias_2 = jnp.sqrt(1.0 - jnp.exp(last * _LOG_BETA_2) * _BETA_2_J)
    drift = bias_2 * _BETA_1_J * first / (bias_1 * (_ROOT_BETA_2_J * jnp.sqrt(second) + EPSILON))
    drift = jnp.where(_J.astype(np.float32) <= gap, drift, 0.0).sum(axis=0)
    return jnp.concatenate(
        [
            value - learning_rate * drift,
            first * jnp.exp(gap * _LOG_BETA_1),
            second * jnp.exp(gap * _LOG_BETA_2),
            jnp.broadcast_to(step, last.shape),
        ],
        axis=1,
    )


def step_rows(rows: Any, gradient: Any, step: Any, learning_rate: Any) -> Any:
    """Take one Adam step, counted from 1, with rows that stand at the step before; gradient float32[n, width]."""
    width = rows.shape[1] // 3
    value, first, second, _ = jnp.split(rows, (width, 2 * width, 3 * width), axis=1)
    value, first, second = adam_step(value, first, second, gradient, step, learning_rate)
    return jnp.concatenate([value, first, second, jnp.broadcast_to(step, (len(rows), 1))], axis=1)


def adam_step(value: Any, first: Any, second: Any, gradient: Any, step: Any, learning_rate: Any) -> tuple[Any, ...]:
    """Take one Adam step, counted from 1, as Keras takes it: the new value and its two moments, of one shape."""
    rate = learning_rate * jnp.sqrt(1.0 - jnp.exp(step * _LOG_BETA_2)) / (1.0 - jnp.exp(step * _LOG_BETA_1))
    first = BETA_1 * first + (1.0 - BETA_1) * gradient
    second = BETA_2 * second + (1.0 - BETA_2) * jax.lax.square(gradient)
    return value - rate * first / (jnp.sqrt(second) + EPSILON), first, second
