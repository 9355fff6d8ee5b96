from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from toprank.nets.attention.pooling import attend  # noqa: E402


def plainly(tokens: Any, hidden: Any, hidden_b: Any, heads: Any, heads_b: Any) -> Any:
    """Pair by pair, as it is written down."""
    jnp = jax.numpy
    bent = jax.nn.silu(jnp.einsum("fln,fk->kln", tokens, hidden) + hidden_b[:, None, None])
    logits = jnp.einsum("kln,kh->hln", bent, heads) + heads_b[:, None, None]
    power = jnp.where(tokens[0] > 0, jnp.exp(logits), 0)
    return jnp.einsum("hln,fln->hfn", power / (1 + power.sum(axis=1, keepdims=True)), tokens)


def test_values_and_slopes_are_those_of_the_formula() -> None:
    rng = np.random.default_rng(3)
    tokens = rng.normal(size=(5, 4, 7)).astype(np.float32)
    tokens[0] = rng.random((4, 7)) < 0.6
    tokens[0, :, 2] = 0  # a pair of which nothing is known
    weights = [rng.normal(size=shape).astype(np.float32) for shape in ((5, 3), (3,), (3, 2), (2,))]
    wanted = rng.normal(size=(2, 5, 7)).astype(np.float32)

    def loss(how: Any) -> Any:
        return lambda *given: ((how(tokens, *given) - wanted) ** 2).sum()

    assert np.allclose(attend(tokens, *weights), plainly(tokens, *weights), atol=1e-6)
    assert not attend(tokens, *weights)[:, :, 2].any()
    every = tuple(range(len(weights)))
    for mine, theirs in zip(*(jax.grad(loss(how), every)(*weights) for how in (attend, plainly)), strict=True):
        assert np.allclose(mine, theirs, rtol=1e-4, atol=1e-5)
