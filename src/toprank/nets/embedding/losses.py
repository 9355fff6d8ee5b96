"""What a network is trained to make small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["loss_function", "row_losses"]


def loss_function(name: str, *, liked_share: Any) -> Callable[[Any, Any, Any, Any], Any]:
    r"""Give a loss of a batch; ``balanced-bce`` needs the share of the training rows that are liked.

    It goes from (raw output float32[n], target float32[n], weight float32[n], thresholds float32[k]) to a number; the
    weight is 1 for a row of the batch and 0 for padding. ``soft-f1`` is one minus F1 with probabilities in the place of
    decisions, :math:`1 - 2 \sum p y / (\sum p + \sum y)`, over the batch.
    """
    if name == "soft-f1":

        def soft_f1(raw: Any, target: Any, weight: Any, thresholds: Any) -> Any:
            probability = jax.nn.sigmoid(raw) * weight
            return 1.0 - 2.0 * (probability * target).sum() / (probability.sum() + (target * weight).sum())

        return soft_f1

    rows = row_losses(name, liked_share=liked_share)

    def mean(raw: Any, target: Any, weight: Any, thresholds: Any) -> Any:
        return (rows(raw, target, thresholds) * weight).sum() / weight.sum()

    return mean


def row_losses(name: str, *, liked_share: Any) -> Callable[[Any, Any, Any], Any]:
    """Give a loss row by row: from (raw, target, thresholds) to float32[n]. See :func:`loss_function`."""

    def cross_entropy(logit: Any, target: Any) -> Any:
        return jax.nn.softplus(logit) - target * logit

    def balanced(raw: Any, target: Any, thresholds: Any) -> Any:
        weight = jnp.where(target > 0.5, 0.5 / liked_share, 0.5 / (1.0 - liked_share))
        return weight * cross_entropy(raw, target)

    def ordinal(raw: Any, target: Any, thresholds: Any) -> Any:
        # The target is the number of thresholds that the rating lies above.
        above = target[:, None] > jnp.arange(len(thresholds))
        return cross_entropy(raw[:, None] - thresholds, above).sum(axis=1)

    losses: dict[str, Callable[[Any, Any, Any], Any]] = {
        "mse": lambda raw, target, thresholds: jax.lax.square(raw - target),
        "mae": lambda raw, target, thresholds: jnp.abs(raw - target),
        "bce": lambda raw, target, thresholds: cross_entropy(raw, target),
        "balanced-bce": balanced,
        "ordinal": ordinal,
    }
    return losses[name]
