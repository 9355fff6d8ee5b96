from __future__ import annotations

import numpy as np
import pytest

from toprank.core.rng import derive_rng
from toprank.nets.embedding import kept_units
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.engine import Engine
from toprank.nets.embedding.spec import Loss, NetSpec, Training

RNG = np.random.default_rng(13)
N_USERS, N_ITEMS, N = 60, 40, 900
ROWS = Rows(
    RNG.integers(0, N_USERS, N).astype(np.int32),
    RNG.integers(0, N_ITEMS, N).astype(np.int32),
    RNG.normal(6, 2, N).astype(np.float32),
)


def engine(spec: NetSpec, training: Training) -> Engine:
    return Engine(
        spec,
        training,
        ROWS,
        n_users=N_USERS,
        n_items=N_ITEMS,
        rng=np.random.default_rng(5),
        thresholds=np.empty(0, np.float32),
        liked_share=0.5,
    )


@pytest.mark.parametrize(
    ("shape", "size", "loss"),
    [
        ("drop .8, 48, drop .8, 40, drop .8", 1, "mae"),
        ("drop .5, 33, drop .6, 17, drop .7", 3, "mse"),
        ("drop .97, 48, drop .97, 40, drop .97", 2, "mae"),
    ],
)
def test_it_is_the_dense_network_to_rounding(
    monkeypatch: pytest.MonkeyPatch, shape: str, size: int, loss: Loss
) -> None:
    """The same masks, losses, weights and moments, and the same drift of rows that a batch leaves out."""
    spec, training = NetSpec(shape, embedding_size=size), Training(loss, batch=32, epochs=3, decay=0.9)
    kept = engine(spec, training)
    monkeypatch.setattr(kept_units, "fits", lambda spec, training: False)
    dense = engine(spec, training)
    for order in (derive_rng(np.random.default_rng(1), str(epoch)) for epoch in range(3)):
        state = order.bit_generator.state
        losses = [kept.run_epoch(order)]
        order.bit_generator.state = state
        losses.append(dense.run_epoch(order))
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for ours, theirs in zip(kept.settled(kept.weights), dense.settled(dense.weights), strict=True):
        for a, b in zip(*(part if isinstance(part, tuple) else (part,) for part in (ours, theirs)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5)
    assert [int(counter) for counter in kept._state.dropout] == [int(counter) for counter in dense._state.dropout]
    for ours, theirs in zip(kept._state.dense[2], dense._state.dense[2], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_only_networks_of_two_linear_layers_between_dropouts_fit() -> None:
    shape, training = "drop .8, 64, drop .8, 64, drop .8", Training("mae")
    assert kept_units.fits(NetSpec(shape), training)
    for other in ("drop .8, 64, drop .8", "drop .8, 64 relu, drop .8, 64, drop .8", f"skip, {shape}", f"{shape}, 8"):
        assert not kept_units.fits(NetSpec(other), training)
    assert not kept_units.fits(NetSpec(shape, output="sigmoid"), Training("bce"))
    assert not kept_units.fits(NetSpec(shape, offset_penalty=1.0, biases=True), training)
