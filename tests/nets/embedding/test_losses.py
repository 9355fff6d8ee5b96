from __future__ import annotations

import numpy as np
import pytest

from toprank.nets.embedding.losses import loss_function

RAW = np.array([2.0, -1.0, 0.5, 9.0], dtype=np.float32)
LIKED = np.array([1.0, 0.0, 0.0, 1.0], dtype=np.float32)
WEIGHT = np.array([1.0, 1.0, 1.0, 0.0], dtype=np.float32)  # the last row is padding
NONE = np.empty(0, np.float32)
P = 1 / (1 + np.exp(-RAW.astype(float)))
ENTROPY = -(LIKED * np.log(P) + (1 - LIKED) * np.log(1 - P))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mse", np.mean((RAW - LIKED)[:3] ** 2)),
        ("mae", np.mean(np.abs(RAW - LIKED)[:3])),
        ("bce", np.mean(ENTROPY[:3])),
        ("balanced-bce", np.mean((ENTROPY * np.where(LIKED > 0, 0.5 / 0.8, 0.5 / 0.2))[:3])),
        ("soft-f1", 1 - 2 * P[0] / (P[:3].sum() + 1)),
    ],
)
def test_losses_by_hand(name: str, expected: float) -> None:
    loss = loss_function(name, liked_share=0.8)
    assert float(loss(RAW, LIKED, WEIGHT, NONE)) == pytest.approx(expected, rel=1e-5)


def test_the_ordinal_loss_by_hand() -> None:
    thresholds = np.array([-1.0, 0.5], dtype=np.float32)
    # A score of 0.25; the middle of three ratings lies above the first threshold and not above the second.
    above_first, above_second = 1 / (1 + np.exp(-1.25)), 1 / (1 + np.exp(0.25))
    loss = loss_function("ordinal", liked_share=0.5)
    one = np.ones(1, np.float32)
    assert float(loss(np.array([0.25], np.float32), one, one, thresholds)) == pytest.approx(
        -np.log(above_first) - np.log(1 - above_second), rel=1e-5
    )
