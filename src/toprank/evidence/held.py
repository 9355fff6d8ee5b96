"""Interactions without a rating, counted: signal of their own, never a rating of 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.evidence.keys import Key, Keyed, Known

__all__ = ["Held", "count_held"]


@dataclass(frozen=True, eq=False)
class Held:
    """How many interactions without a rating each value of a key has.

    Parameters
    ----------
    keyed : Keyed
    count : int64[n]
    """

    keyed: Keyed
    count: IntArray

    @property
    def name(self) -> str:
        """Name of its column."""
        return f"{self.keyed.key.name}: held"

    def column(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give ln(1 + count) of each pair; NaN where a side is unknown."""
        numbers = self.keyed.numbers(users, items)
        return np.where(numbers < 0, np.nan, np.log1p(self.count[numbers]))


def count_held(data: Dataset, known: Known) -> tuple[Held, ...]:
    """Count those of each reader, of each group of items, and of each reader in each group."""
    if data.implicit is None or len(data.implicit) == 0:
        return ()
    user, item = data.implicit.user, data.implicit.item
    everyone = known.users[0]
    keys = [Key(everyone, None), *(Key(None, c) for c in known.items if c.crossed)]
    keys += [Key(everyone, c) for c in known.items[1:] if c.crossed]
    held = []
    for key in keys:
        keyed = Keyed.of(key, user, item)
        numbers = keyed.numbers(user, item)
        held.append(Held(keyed, np.bincount(numbers[numbers >= 0], minlength=keyed.size)))
    return tuple(held)
