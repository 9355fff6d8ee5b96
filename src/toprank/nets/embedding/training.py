"""The training loop: an epoch is one compiled scan on the device, and only a batch's embedding rows are touched."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array
from toprank.core.history import TrainingHistory
from toprank.core.rng import derive_rng
from toprank.errors import OptionError
from toprank.nets.backend import require_jax
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.spec import NetSpec, Training

__all__ = ["TrainedNet", "train"]


@dataclass(frozen=True, eq=False)
class TrainedNet:
    """What was learned, as plain arrays."""

    spec: NetSpec
    # users, items: embeddings, and offsets in the last column where the network has them
    users: FloatArray  # float32[n_users, width]
    items: FloatArray  # float32[n_items, width]
    head: tuple[FloatArray, ...]  # weights of the head, in the order of its layers
    thresholds: FloatArray  # float32[k]: of an ordinal output; empty otherwise
    history: TrainingHistory

    def raw(self, user: Int32Array, item: Int32Array) -> FloatArray:
        """Give the raw output (float32[n]) of known pairs (int32[n]; none is -1)."""
        require_jax()
        from toprank.nets.embedding.engine import raw_output

        return raw_output(self.spec, self.head, self.users[user], self.items[item])


def train(
    spec: NetSpec,
    training: Training,
    rows: Rows,
    validation: Rows | None,
    *,
    n_users: int,
    n_items: int,
    rng: np.random.Generator,
    thresholds: FloatArray | None = None,
    liked_share: float = 0.5,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> TrainedNet:
    """Train a network; the same generator gives the same weights to the last bit, run to run on one machine.

    Validation rows decide when to stop; they are needed unless ``training.patience`` is None. ``thresholds``
    (float32[k]) is where those of an ordinal output start, ``liked_share`` that of the training rows. ``progress`` gets
    epochs done, epochs at most, and the losses in words.
    """
    require_jax()
    from toprank.nets.embedding.engine import Engine

    if validation is not None and len(validation.user) == 0:
        validation = None
    if len(rows.user) / training.batch * training.epochs >= 2**24:
        raise OptionError(
            f"{training.epochs} epochs of {len(rows.user):,} rows in batches of {training.batch} are more steps than "
            f"float32 counts ({2**24:,}); use a larger batch or fewer epochs"
        )
    if validation is None and training.patience is not None:
        raise OptionError("stopping early needs validation rows; give some, or set patience=None")
    try:
        engine = Engine(
            spec,
            training,
            rows,
            n_users=n_users,
            n_items=n_items,
            rng=rng,
            thresholds=np.empty(0, np.float32) if thresholds is None else thresholds,
            liked_share=liked_share,
        )
        return _train(engine, training, validation, derive_rng(rng, "order"), progress)
    except Exception as error:
        if "RESOURCE_EXHAUSTED" not in str(error) and not isinstance(error, MemoryError):
            raise
        raise OptionError(
            f"memory ran out in training the network {spec.shape!r} with embeddings of {spec.embedding_size}; "
            "use a smaller embedding, narrower layers or a smaller batch"
        ) from error


def _train(
    engine: Any,
    training: Training,
    validation: Rows | None,
    order: np.random.Generator,
    progress: Callable[[int, int, str], None],
) -> TrainedNet:
    losses: list[float] = []
    validation_losses: list[float] = []
    best, best_epoch, waited = math.inf, 0, 0
    kept = engine.weights
    for epoch in range(training.epochs):
        loss = engine.run_epoch(order)
        after = engine.loss_of(validation) if validation is not None else math.nan
        for what, value in (("training", loss), ("validation", after)):
            if not math.isfinite(value) and not (what == "validation" and validation is None):
                raise OptionError(
                    f"the {what} loss of the network {engine.spec.shape!r} is {value} in epoch {epoch + 1}; "
                    f"use a learning rate below {training.learning_rate:g}"
                )
        losses.append(loss)
        validation_losses.append(after)
        progress(epoch + 1, training.epochs, f"loss {loss:.4f}, validation {after:.4f}")
        if training.patience is None:
            continue
        if after < best - training.min_delta:
            best, best_epoch, waited = after, epoch + 1, 0
            kept = engine.weights
        else:
            waited += 1
            if waited >= training.patience:
                break
    if training.patience is None:
        best_epoch, kept = len(losses), engine.weights
    history = TrainingHistory(tuple(losses), tuple(validation_losses), best_epoch)
    users, items, head, thresholds = engine.settled(kept)
    return TrainedNet(engine.spec, users, items, head, thresholds, history)
