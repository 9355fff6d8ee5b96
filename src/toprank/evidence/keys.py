"""Keys of evidence: a group of users, a group of items, or a pair of both, by the names of the groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from toprank.core.arrays import Int32Array, IntArray
from toprank.core.stored import stored
from toprank.evidence.groupings import Groupings, at, distinct

__all__ = ["READER", "GroupKey", "KeyIndex", "ReaderKeys", "join_indexes", "number_pairs", "plan_keys"]

READER = "user"
"""The group of users that holds one: the reader."""


@stored
@dataclass(frozen=True)
class GroupKey:
    """What ratings are counted by; ``user`` and ``item`` name groups, and None is everybody or everything.

    Parameters
    ----------
    user, item : str or None
        Names of :class:`~toprank.evidence.groupings.Groupings`; not both None.
    group : str
        The group of evidence that it belongs to.

    Examples
    --------
    >>> GroupKey("user", "author", "reader-by-kind").name
    'user x author'
    """

    user: str | None
    item: str | None
    group: str = ""

    @cached_property
    def name(self) -> str:
        """Its name in column names: ``user``, ``author``, ``user x author``."""
        return " x ".join(side for side in (self.user, self.item) if side is not None)

    @property
    def of_reader(self) -> bool:
        """Whether it is counted over the reader's own list."""
        return self.user == READER

    @property
    def crossed(self) -> bool:
        """Whether both sides are named."""
        return self.user is not None and self.item is not None


def plan_keys(groupings: Groupings) -> tuple[GroupKey, ...]:
    """List the keys: each group, the reader with each group of items, groups of users with the finest of items."""
    of_users = groupings.users[1:]
    alone = 1 if groupings.works is None else 2
    books, kinds = groupings.items[:alone], groupings.items[alone:]
    keys = [GroupKey(READER, None, "reader"), *(GroupKey(user.name, None, "reader-groups") for user in of_users)]
    keys += [GroupKey(None, item.name, "book") for item in books] + [
        GroupKey(None, item.name, "kind") for item in kinds
    ]
    of_items = [item for item in groupings.items[1:] if item.crossed]
    keys += [GroupKey(READER, item.name, "reader-by-kind") for item in of_items]
    # The finest groups first: a work, then an author, say. Coarser ones add nothing beside them.
    finest = sorted(of_items, key=lambda c: -c.size)[:2] or [groupings.items[0]]
    crossed = [GroupKey(user.name, item.name, "reader-groups") for user in of_users if user.crossed for item in finest]
    return (*keys, *crossed)


def number_pairs(key: GroupKey, groupings: Groupings, user: IntArray, item: IntArray) -> tuple[IntArray, int]:
    """Number the values of a key that these pairs show (int64[n], -1 where a side is unknown), and say how many.

    A key of one side keeps the numbers of its groups; of a pair of sides the last number is for what was not seen.
    """
    values = _values(key, groupings, user, item)
    if not key.crossed:
        side = groupings.user(key.user) if key.user is not None else groupings.item(str(key.item))
        return values, side.size
    seen = distinct(values)
    seen = seen[seen >= 0]
    return np.where(values < 0, -1, np.searchsorted(seen, values)), len(seen) + 1


@dataclass(frozen=True, eq=False)
class ReaderKeys:
    """The keys of the reader among some: by which groups of items the reader's own list is counted.

    Parameters
    ----------
    items : tuple of str or None
        Names of groups, None for all items in one.
    """

    items: tuple[str | None, ...]

    @classmethod
    def among(cls, keys: tuple[GroupKey, ...]) -> ReaderKeys:
        """Pick them."""
        return cls(tuple(key.item for key in keys if key.of_reader))

    @cached_property
    def name(self) -> str:
        """What they are looked up by."""
        return ", ".join(map(str, self.items))

    def codes(self, groupings: Groupings, items: IntArray) -> Int32Array:
        """Give the groups of items in each key (int32[n, r])."""
        if self._columns[0] is not groupings:
            columns = np.array([groupings.column("item", name) for name in self.items], np.int64)
            self.__dict__["_columns"] = groupings, columns
        return groupings.item_codes[np.asarray(items)[:, None], self._columns[1]]

    @cached_property
    def _columns(self) -> tuple[Groupings | None, IntArray]:
        return None, np.empty(0, np.int64)


@stored
@dataclass(frozen=True, eq=False)
class KeyIndex:
    """Numbers for the values of several keys, one range of numbers behind the other.

    Parameters
    ----------
    keys : tuple of GroupKey
        None of them of the reader.
    seen : tuple of (int64[m] or None)
        Of a pair of groups the values seen, ascending: user group x item groups + item group. None for one side, whose
        groups are numbers already.
    start : int64[k + 1]
        Where the numbers of each key begin. Of a pair of groups the last stands for what was not seen.
    """

    keys: tuple[GroupKey, ...]
    seen: tuple[IntArray | None, ...]
    start: IntArray

    @classmethod
    def of(cls, keys: tuple[GroupKey, ...], groupings: Groupings, user: IntArray, item: IntArray) -> KeyIndex:
        """Number what some pairs show."""
        seen: list[IntArray | None] = []
        for key in keys:
            values = distinct(_values(key, groupings, user, item)) if key.crossed else None
            seen.append(None if values is None else values[values >= 0])
        return cls(keys, tuple(seen), _starts(keys, seen, groupings))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self.start[-1])

    def of_key(self, key: int) -> slice:
        """Give the range of one key's numbers."""
        return slice(int(self.start[key]), int(self.start[key + 1]))

    def numbers(self, groupings: Groupings, user: IntArray, item: IntArray) -> IntArray:
        """Give each pair's number in each key (int64[k, n]); -1 where a side is unknown."""
        from toprank.evidence.keys_kernel import number_keys  # numba takes its time to be imported

        if self._plan[0] is not groupings:
            columns = [[groupings.column(side, getattr(key, side)) for key in self.keys] for side in ("user", "item")]
            sizes = [0 if key.item is None else groupings.item(key.item).size for key in self.keys]
            self.__dict__["_plan"] = groupings, *(np.array(one, np.int64) for one in (*columns, sizes))
        answer = np.empty((len(self.keys), len(item)), np.int64)
        given: tuple[Any, ...] = (*self._plan[1:], self.start, *self._all_seen)
        pairs = np.asarray(user, np.int64), np.asarray(item, np.int64)
        number_keys(answer, *pairs, groupings.user_codes, groupings.item_codes, *given)
        return answer

    @cached_property
    def _plan(self) -> tuple[Any, ...]:
        """Where the keys stand among the groups of the groupings asked last, which come first."""
        return (None,)

    @cached_property
    def _all_seen(self) -> tuple[IntArray, IntArray]:
        """Where the values seen of each key begin, and these."""
        seen = [np.empty(0, np.int64) if values is None else values for values in self.seen]
        return np.cumsum([0, *map(len, seen)]), np.concatenate([np.empty(0, np.int64), *seen])

    def grown(self, before: Groupings, after: Groupings, user: IntArray, item: IntArray) -> tuple[KeyIndex, IntArray]:
        """Number what more pairs show, over groups that have grown.

        The second answer says before which of the old numbers new ones come, as :func:`numpy.insert` takes it.
        """
        seen: list[IntArray | None] = []
        opened = []
        for row, (key, old) in enumerate(zip(self.keys, self.seen, strict=True)):
            if old is None:
                sizes = [_size(key, groupings) for groupings in (before, after)]
                opened.append(np.full(sizes[1] - sizes[0], self.start[row + 1]))
                seen.append(None)
                continue
            of_user, of_item = np.divmod(old, before.item(str(key.item)).size)
            kept = of_user * after.item(str(key.item)).size + of_item
            values = distinct(_values(key, after, user, item))
            fresh = np.setdiff1d(values[values >= 0], kept, assume_unique=True)
            place = np.searchsorted(kept, fresh)
            opened.append(self.start[row] + place)
            seen.append(np.insert(kept, place, fresh))
        return KeyIndex(self.keys, tuple(seen), _starts(self.keys, seen, after)), np.concatenate(opened).astype(
            np.int64
        )


def join_indexes(one: KeyIndex, other: KeyIndex) -> tuple[KeyIndex, IntArray, IntArray]:
    """Number what either shows, and say before which old numbers of each new ones come, as numpy.insert takes it."""
    seen: list[IntArray | None] = []
    sizes = np.diff(one.start)
    opened: tuple[list[IntArray], list[IntArray]] = ([], [])
    for row, (mine, theirs) in enumerate(zip(one.seen, other.seen, strict=True)):
        if mine is None or theirs is None:
            seen.append(None)
            continue
        both = np.union1d(mine, theirs)
        seen.append(both)
        sizes[row] = len(both) + 1
        for index, values, at_old in ((one, mine, opened[0]), (other, theirs, opened[1])):
            fresh = np.setdiff1d(both, values, assume_unique=True)
            at_old.append(index.start[row] + np.searchsorted(values, fresh))
    joined = KeyIndex(one.keys, tuple(seen), np.append(0, np.cumsum(sizes)))
    first, second = (np.concatenate([np.empty(0), *at]).astype(np.int64) for at in opened)
    return joined, first, second


def _starts(keys: tuple[GroupKey, ...], seen: list[IntArray | None], groupings: Groupings) -> IntArray:
    sizes = [
        _size(key, groupings) if values is None else len(values) + 1 for key, values in zip(keys, seen, strict=True)
    ]
    return np.append(0, np.cumsum(sizes)).astype(np.int64)


def _size(key: GroupKey, groupings: Groupings) -> int:
    return groupings.user(key.user).size if key.user is not None else groupings.item(str(key.item)).size


def _values(key: GroupKey, groupings: Groupings, user: IntArray, item: IntArray) -> IntArray:
    """Give each pair's value (int64[n]); -1 where a side is unknown."""
    of_user = None if key.user is None else at(groupings.user(key.user).code, user, -1).astype(np.int64)
    if key.item is None:
        return np.zeros(len(user), np.int64) if of_user is None else of_user
    side = groupings.item(key.item)
    of_item = at(side.code, item, -1).astype(np.int64)
    return of_item if of_user is None else np.where((of_user < 0) | (of_item < 0), -1, of_user * side.size + of_item)
