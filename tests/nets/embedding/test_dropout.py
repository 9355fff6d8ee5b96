from __future__ import annotations

import numpy as np
import pytest

from toprank.nets.embedding.dropout import dropout_layer, kept


@pytest.mark.parametrize("rate", [0.2, 0.8, 0.95, 0.97])
def test_masks_keep_the_right_share_and_look_independent(rate: float) -> None:
    masks = np.stack([np.asarray(kept(np.uint32(seed), (64, 256), rate)) for seed in range(60)]).astype(float)
    n = masks.size
    tolerance = 5 * np.sqrt(rate * (1 - rate) / n)
    assert masks.mean() == pytest.approx(1 - rate, abs=tolerance)
    centred = masks - masks.mean()
    scale = rate * (1 - rate)
    # Neighbours in a row, in a column, and in time, and the same value under the next seed, have nothing in common.
    for axis in (0, 1, 2):
        a, b = np.take(centred, range(masks.shape[axis] - 1), axis), np.take(centred, range(1, masks.shape[axis]), axis)
        assert abs((a * b).mean() / scale) < 5 / np.sqrt(a.size)
    per_unit = masks.mean(axis=0)
    assert per_unit.std() == pytest.approx(np.sqrt(scale / 60), rel=0.05)


def test_dropout_scales_what_it_keeps_and_rests_outside_training() -> None:
    layer = dropout_layer(0.75, seed=3)
    x = np.ones((1000, 4), dtype=np.float32)
    first, second = np.asarray(layer(x, training=True)), np.asarray(layer(x, training=True))
    assert set(np.unique(first)) == {0.0, 4.0}
    assert first.mean() == pytest.approx(1.0, abs=0.1)
    assert not np.array_equal(first, second)
    assert np.array_equal(np.asarray(layer(x, training=False)), x)
