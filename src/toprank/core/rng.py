"""Random streams, derived by name so that adding one never changes another."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["derive_rng"]


def derive_rng(rng: np.random.Generator, *names: str | int) -> np.random.Generator:
    """Derive an independent generator by name.

    It depends on the seed of ``rng`` and on the names alone: not on what was drawn from ``rng`` before, and not on
    the order in which generators are derived.

    Examples
    --------
    >>> import numpy as np
    >>> parent = np.random.default_rng(13)
    >>> first = derive_rng(parent, "bootstrap").integers(1000)
    >>> _ = parent.random(5)
    >>> bool(first == derive_rng(parent, "bootstrap").integers(1000))
    True
    >>> bool(first == derive_rng(parent, "folds").integers(1000))
    False
    """
    seed = rng.bit_generator.seed_seq
    if not isinstance(seed, np.random.SeedSequence):
        raise TypeError(f"rng was not made from a seed sequence but from {type(seed).__name__}")
    keys = tuple(zlib.crc32(str(name).encode()) for name in names)
    return np.random.default_rng(
        np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *keys), pool_size=seed.pool_size)
    )
