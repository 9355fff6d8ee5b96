"""New ratings for data that something was learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.times import NO_TIME, TimeColumn, checked_times
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
    outdated : int, optional
        How many of the new rows were older than the rating of their pair, and so changed nothing.
    unchanged : int, optional
        How many of them said what was known already.

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
    outdated: int = 0
    unchanged: int = 0

    @classmethod
    def of(
        cls,
        data: Dataset,
        user: Sequence[str | int] | AnyArray,
        item: Sequence[str | int] | AnyArray,
        value: FloatArray,
        *,
        time: TimeColumn = None,
    ) -> Update:
        """Add ratings by external ids, one a row.

        Of a pair that has a rating the later one counts: one that is older than what is known changes nothing. Where a
        time is not known, or both are the same, the new one counts. What says what is known already changes nothing.
        """
        time = checked_times(time, len(user))
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
        known = old.user.astype(np.int64) * len(items) + old.item
        late, same = _superfluous(known, old, key, value, time)
        if len(late) or len(same):
            gone = np.append(late, same)
            users_at, items_at, value, key = (np.delete(one, gone) for one in (users_at, items_at, value, key))
            time = None if time is None else np.delete(time, gone)
        replaced = np.isin(known, key)
        removed = np.flatnonzero(replaced)
        grown = data.indexed(users, items)
        kept = grown.ratings.take(~replaced) if len(removed) else grown.ratings
        joined = kept.joined(users_at, items_at, value, time)
        added = np.arange(len(kept), len(joined))
        return cls(data, replace(grown, ratings=joined), added, removed, len(late), len(same))


def _superfluous(
    known: IntArray, old: Ratings, key: IntArray, value: FloatArray, time: TimeColumn
) -> tuple[IntArray, IntArray]:
    """Find the new rows that are older than the rating that their pair has, and those that say what is known."""
    if len(known) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    order = np.argsort(known, kind="stable")
    before = order[np.minimum(np.searchsorted(known, key, sorter=order), len(known) - 1)]
    rated = known[before] == key
    late = told_again = np.zeros(len(key), np.bool_)
    if time is not None and old.time is not None:
        both = rated & (old.time[before] != NO_TIME) & (time != NO_TIME)
        late, told_again = both & (old.time[before] > time), both & (old.time[before] < time)
    # The same rating given once more, later, is news.
    return np.flatnonzero(late), np.flatnonzero(rated & (old.value[before] == value) & ~late & ~told_again)
