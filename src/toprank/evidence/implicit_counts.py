"""Interactions without a rating, counted: signal of their own, never a rating of 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.evidence.groupings import Groupings, GroupKey, KeyIndex

__all__ = ["ImplicitCounts", "count_held"]


@stored
@dataclass(frozen=True, eq=False)
class ImplicitCounts:
    """How many interactions without a rating each value of a key has.

    Parameters
    ----------
    keyed : KeyIndex
    count : int64[n]
    """

    keyed: KeyIndex
    count: IntArray

    @property
    def name(self) -> str:
        """Name of its column."""
        return f"{self.keyed.key.name}: held"

    def column(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give ln(1 + count) of each pair; NaN where a side is unknown."""
        numbers = self.keyed.numbers(users, items)
        return np.where(numbers < 0, np.nan, np.log1p(self.count[numbers]))


def count_held(data: Dataset, known: Groupings) -> tuple[ImplicitCounts, ...]:
    """Count those of each reader, of each group of items, and of each reader in each group."""
    if data.implicit is None or len(data.implicit) == 0:
        return ()
    user, item = data.implicit.user, data.implicit.item
    everyone = known.users[0]
    keys = [GroupKey(everyone, None), *(GroupKey(None, c) for c in known.items if c.crossed)]
    keys += [GroupKey(everyone, c) for c in known.items[1:] if c.crossed]
    held = []
    for key in keys:
        keyed = KeyIndex.of(key, user, item)
        numbers = keyed.numbers(user, item)
        held.append(ImplicitCounts(keyed, np.bincount(numbers[numbers >= 0], minlength=keyed.size)))
    return tuple(held)
