"""New ratings for data that something was learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.errors import OptionError

__all__ = ["Update"]


@dataclass(frozen=True, eq=False)
class Update:
    """Data before and after new ratings.

    Parameters
    ----------
    before, after : Dataset
        Positions of ``before`` mean the same in ``after``, whose indexes may be longer.
    added : int64[a]
        Rows of ``after.ratings`` that are new.
    removed : int64[r]
        Rows of ``before.ratings`` that a new rating takes the place of.

    Examples
    --------
    >>> from toprank.core.ratings import Ratings
    >>> from toprank.core.scale import RatingScale
    >>> data = Dataset(Ratings.of(["ann", "bob"], ["x", "x"], [9, 3], RatingScale(1, 10, 8)))
    >>> update = Update.of(data, ["bob", "abe"], ["x", "y"], np.array([8.0, 7.0]))
    >>> update.after.ratings.value.tolist(), update.after.ratings.users.ids.tolist(), update.removed.tolist()
    ([9.0, 8.0, 7.0], ['ann', 'bob', 'abe'], [1])
    """

    before: Dataset
    after: Dataset
    added: IntArray
    removed: IntArray

    @classmethod
    def of(
        cls,
        data: Dataset,
        user: Sequence[str | int] | AnyArray,
        item: Sequence[str | int] | AnyArray,
        value: FloatArray,
    ) -> Update:
        """Add ratings by external ids, one a row; one of a pair that has a rating replaces it."""
        value = np.asarray(value, np.float32)
        if not len(user) == len(item) == len(value):
            raise OptionError(
                f"there are {len(user):,} users, {len(item):,} items and {len(value):,} ratings; one each"
            )
        on_scale = data.ratings.scale.contains(value)
        if not bool(on_scale.all()):
            row = int(np.flatnonzero(~on_scale)[0])
            raise OptionError(
                f"new rating {row + 1}, of user {user[row]!r} and item {item[row]!r}, is {value[row]:g}, which is not "
                f"on the scale {data.ratings.scale}"
            )
        users, items = data.ratings.users.grown(user), data.ratings.items.grown(item)
        users_at, items_at = users.positions(user), items.positions(item)
        key = users_at.astype(np.int64) * len(items) + items_at
        _, first = np.unique(key, return_index=True)
        if len(first) < len(key):
            twice = int(np.setdiff1d(np.arange(len(key)), first)[0])
            raise OptionError(f"user {user[twice]!r} rates item {item[twice]!r} twice; give one rating for each pair")
        old = data.ratings
        replaced = np.isin(old.user.astype(np.int64) * len(items) + old.item, key)
        removed = np.flatnonzero(replaced)
        grown = data.indexed(users, items)
        kept = grown.ratings.take(~replaced) if len(removed) else grown.ratings
        joined = kept.joined(users_at, items_at, value)
        added = np.arange(len(kept), len(joined))
        return cls(data, replace(grown, ratings=joined), added, removed)
