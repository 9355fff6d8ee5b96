"""Dropout whose masks come from an integer hash: on a CPU, drawing them must not cost more than the layer itself."""

from __future__ import annotations

import functools
from typing import Any

from toprank.nets.backend import load_keras

__all__ = ["dropout_layer", "kept"]


def kept(seed: Any, shape: tuple[int, ...], rate: float) -> Any:
    """Draw which values to keep (bool[shape]), with a new uint32 seed for every draw.

    Each value's number is hashed together with the seed; the hash is Wellons' "lowbias32", found by search for the
    least avalanche bias, applied to the seed as well so that neighbouring seeds have unrelated masks. It is a mask for
    dropout and no generator for statistics: with 2**b values, masks recur in another order after some 2**(16 - b / 2)
    draws.
    """
    import jax.numpy as jnp

    size = 1
    for length in shape:
        size *= length
    number = jnp.arange(size, dtype=jnp.uint32).reshape(shape)
    return _mixed(number ^ _mixed(seed)) >= jnp.uint32(min(round(rate * 2**32), 2**32 - 1))


def _mixed(x: Any) -> Any:
    import jax.numpy as jnp

    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def dropout_layer(rate: float, *, seed: int) -> Any:
    """Make a Keras layer that drops values in training and scales the rest by 1 / (1 - rate)."""
    return _layer_class()(rate, seed)


@functools.cache
def _layer_class() -> Any:
    keras = load_keras()

    class HashDropout(keras.layers.Layer):  # type: ignore[name-defined, misc]
        """Dropout with a counter as its only state."""

        def __init__(self, rate: float, seed: int) -> None:
            super().__init__()
            self.rate, self._seed = rate, seed

        def build(self, input_shape: Any) -> None:
            """Make the counter."""
            import jax.numpy as jnp

            self.counter = self.add_weight(
                shape=(),
                dtype="uint32",
                initializer=lambda *_, **__: jnp.uint32(self._seed),
                trainable=False,
                name="counter",
            )

        def call(self, x: Any, training: bool = False) -> Any:
            """Drop in training, pass on otherwise."""
            if not training:
                return x
            import jax.numpy as jnp

            counter = jnp.asarray(self.counter, jnp.uint32)
            self.counter.assign(counter + jnp.uint32(1))
            return jnp.where(kept(counter, x.shape, self.rate), x / (1.0 - self.rate), 0.0)

    return HashDropout
