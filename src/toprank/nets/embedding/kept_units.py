"""Two wide linear layers with dropout around them, computed on a CPU only where dropout keeps them.

With nine of ten units dropped before and behind it, a layer of 1024 by 1024 needs a hundredth of its products for each
row. The masks are those that the dense network would draw, and all else is the same mathematics in another order: sums
differ by the rounding of float32. Each weight still moves in every step, as Adam has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.nets.embedding.lazy_adam import BETA_1, BETA_2, REACH
from toprank.nets.embedding.spec import Dense, Dropout, NetSpec, Training

__all__ = ["fits", "run_epoch"]

_J = np.arange(1, REACH + 1, dtype=np.float64)
_POWERS = np.stack([BETA_1**_J, BETA_2**_J, BETA_2 ** (_J / 2)]).astype(np.float32)


def fits(spec: NetSpec, training: Training) -> bool:
    """Say whether a network is of this kind."""
    match spec.steps:
        case (Dropout(), Dense(activation="linear"), Dropout(), Dense(activation="linear"), Dropout()):
            plain = not spec.biases and spec.offset_penalty == spec.vector_penalty == 0
            return plain and training.loss in ("mse", "mae")
    return False


def run_epoch(
    spec: NetSpec, training: Training, state: Any, batches: tuple[Any, ...], learning_rate: np.float32
) -> tuple[Any, FloatArray]:
    """Train one epoch as the dense network would; give the engine's state after it and the loss of each batch."""
    from toprank.nets.embedding.kept_kernel import run_steps

    users, items = np.array(state.users), np.array(state.items)
    # Each layer's kernel and constants, as value, first and second moment; the outer kernels are vectors.
    weights = [[np.array(part) for part in weight] for weight in state.dense[:-1]]
    spread, out = (tuple(part.reshape(-1) for part in weights[k]) for k in (0, 4))
    spread_constant, wide, wide_constant, out_constant = (tuple(weights[k]) for k in (1, 2, 3, 5))
    counters = np.array([np.uint32(counter) for counter in state.dropout])
    losses = run_steps(
        users,
        items,
        spread,
        spread_constant,
        wide,
        wide_constant,
        out,
        out_constant,
        counters,
        np.array([step.rate for step in spec.steps if isinstance(step, Dropout)]),
        batches,
        int(state.step),
        float(learning_rate),
        training.loss == "mse",
        _POWERS,
    )
    after = state._replace(
        users=users,
        items=items,
        dense=(*map(tuple, weights), state.dense[-1]),
        dropout=tuple(counters + np.uint32(len(losses))),
        step=np.float32(state.step + len(losses)),
    )
    return after, losses
