"""Which keys there are: groups of users, groups of items, and the pairs of both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.stored import stored
from toprank.data.isbn import isbn_blocks, normalised_isbns
from toprank.data.reading.roles import roles_of
from toprank.data.works import Works, find_works
from toprank.evidence.categories import Categories, categories, numbers

__all__ = ["GroupKey", "Groupings", "KeyIndex", "at", "build_groupings", "distinct", "keys_of"]

ISBN_GROUPS = ("isbn group", "isbn block")

MAX_ITEM_ATTRIBUTES = 10
MAX_USER_ATTRIBUTES = 6
"""How many attributes are used; of more, those of the most positions."""


@stored
@dataclass(frozen=True, eq=False)
class Groupings:
    """The groups that a dataset's users and items belong to.

    Parameters
    ----------
    users, items : tuple of Categories
        The first is every user, or every item, on its own; of items the works come next where there are any.
    user_numbers, item_numbers : dict of str to float64[n]
        Numeric attributes by position, NaN where unknown.
    works : Works or None
        What each item is an edition of; None where no two items are editions of one work.
    finest : tuple of str
        Names of the groups of works, the finest first. Growth does not change the order.
    roles : dict of str to str
        Of ``author``, ``series`` and the like, the name of the group of items that it is.
    """

    users: tuple[Categories, ...]
    items: tuple[Categories, ...]
    user_numbers: dict[str, FloatArray]
    item_numbers: dict[str, FloatArray]
    works: Works | None
    finest: tuple[str, ...]
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Categories:
        """The works; the items where there are none."""
        return self.items[0 if self.works is None else 1]

    @property
    def kinds(self) -> list[Categories]:
        """Groups of works that are crossed with users, the finest first."""
        by_name = {categories.name: categories for categories in self.items[1 if self.works is None else 2 :]}
        return [by_name[name] for name in self.finest if by_name[name].crossed]

    def grown(self, users: IdIndex, items: IdIndex) -> Groupings:
        """Make room for ids at the end of both indexes.

        Of a new item its ISBN alone is known: with that of another item it is an edition of the same work, of the same
        author and so on; else it has a publisher's block, and is a work of its own. (Where no two items were editions
        of one work, none become so.) Of a new user nothing is known.

        Parameters
        ----------
        users, items : IdIndex
            Those that this was learned from, and ids behind them.

        Returns
        -------
        Groupings
        """
        nobody = np.full(len(users) - self.users[0].size, -1)
        grown = replace(
            self,
            users=(Categories.each(self.users[0].name, len(users)), *(c.alike(nobody) for c in self.users[1:])),
            user_numbers={name: _alike(values, nobody) for name, values in self.user_numbers.items()},
        )
        return grown if len(items) == self.items[0].size else grown._with_items(items)

    def _with_items(self, items: IdIndex) -> Groupings:
        n_items = self.items[0].size
        isbn = np.concatenate([self._isbns(items, 0, n_items), self._isbns(items, n_items, len(items))])
        first = _first_alike(isbn)[n_items:]
        like = np.where(first < n_items, first, -1)
        of_items, works = [Categories.each(self.items[0].name, len(items))], None
        if self.works is not None:
            code = self.works.work
            work = self.items[1].continued(np.append(code, np.where(like < 0, code.max() + 1 + first, code[like])))
            series, row = (
                np.append(known, np.append(known, -1)[like]) for known in (self.works.series, self.works.row)
            )
            works = Works(work.code, work.size, series.astype(np.int32), row.astype(np.int32), isbn)
            of_items.append(work)
        blocks = dict(zip(ISBN_GROUPS, isbn_blocks(isbn), strict=True))
        of_items += [
            c.continued(blocks[c.name]) if c.name in blocks else c.alike(like) for c in self.items[len(of_items) :]
        ]
        numbers = {name: _alike(values, like) for name, values in self.item_numbers.items()}
        return replace(self, items=tuple(of_items), item_numbers=numbers, works=works)

    def _isbns(self, items: IdIndex, begin: int, end: int) -> IntArray:
        if self.works is not None and begin == 0:
            return self.works.isbn
        return np.full(end - begin, -1) if items.is_integer else normalised_isbns(items.ids[begin:end])


@stored
@dataclass(frozen=True, eq=False)
class GroupKey:
    """A group of users, a group of items, or a pair of both.

    Parameters
    ----------
    user, item : Categories or None
        Not both None.
    group : str
        Of :data:`toprank.evidence.groups.GROUPS`.
    """

    user: Categories | None
    item: Categories | None
    group: str = ""

    @property
    def name(self) -> str:
        """Its name in column names: ``user``, ``author``, ``user x author``."""
        return " x ".join(side.name for side in (self.user, self.item) if side is not None)

    @property
    def size(self) -> int:
        """How many values it can have."""
        return (1 if self.user is None else self.user.size) * (1 if self.item is None else self.item.size)

    def values(self, users: IntArray, items: IntArray) -> IntArray:
        """Give each pair's value (int64[n]); -1 where a side is unknown."""
        if self.item is None:
            return _groups(self.user, users)
        if self.user is None:
            return _groups(self.item, items)
        of_user, of_item = _groups(self.user, users), _groups(self.item, items)
        return np.where((of_user < 0) | (of_item < 0), -1, of_user * self.item.size + of_item)


@stored
@dataclass(frozen=True, eq=False)
class KeyIndex:
    """A key whose values that were seen are numbered.

    Parameters
    ----------
    key : GroupKey
    seen : int64[m] or None
        The values seen, ascending; None for a key of one side, whose values are numbers already.

    Examples
    --------
    >>> user, item = Categories.each("user", 2), Categories.each("item", 3)
    >>> keyed = KeyIndex.of(GroupKey(user, item), np.array([0, 1]), np.array([2, 0]))
    >>> keyed.numbers(np.array([0, 1, 1, -1]), np.array([2, 0, 1, 0])).tolist(), keyed.size
    ([0, 1, 2, -1], 3)
    """

    key: GroupKey
    seen: IntArray | None

    @classmethod
    def of(cls, key: GroupKey, users: IntArray, items: IntArray) -> KeyIndex:
        """Number what some pairs show."""
        if key.user is None or key.item is None:
            return cls(key, None)
        values = distinct(key.values(users, items))
        return cls(key, values[values >= 0])

    def grown(self, key: GroupKey, users: IntArray, items: IntArray) -> tuple[KeyIndex, IntArray]:
        """Number what more pairs show.

        Parameters
        ----------
        key : GroupKey
            The same key over groups that have grown.
        users, items : int[n]
            The pairs.

        Returns
        -------
        KeyIndex
        IntArray
            Before which of the old numbers there are new ones now, as :func:`numpy.insert` takes it.
        """
        if self.seen is None or key.item is None or self.key.item is None:
            return KeyIndex(key, None), np.full(key.size - self.key.size, self.key.size)
        of_user, of_item = np.divmod(self.seen, self.key.item.size)
        seen = of_user * key.item.size + of_item
        values = distinct(key.values(users, items))
        fresh = np.setdiff1d(values[values >= 0], seen, assume_unique=True)
        at = np.searchsorted(seen, fresh)
        return KeyIndex(key, np.insert(seen, at, fresh)), at

    @property
    def size(self) -> int:
        """How many numbers there are; of a pair of sides, the last stands for what was not seen."""
        return self.key.size if self.seen is None else len(self.seen) + 1

    def numbers(self, users: IntArray, items: IntArray) -> IntArray:
        """Give each pair's number (int64[n]); -1 where a side is unknown."""
        values = self.key.values(users, items)
        if self.seen is None:
            return values
        place = np.searchsorted(self.seen, values)
        found = at(self.seen, np.minimum(place, len(self.seen) - 1), -2) == values
        return np.where(values < 0, -1, np.where(found, place, len(self.seen)))


def distinct(values: IntArray) -> IntArray:
    """Sort values and give each once; numpy's own way takes several times as long for many distinct ones.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    each: IntArray = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return each


def build_groupings(data: Dataset) -> Groupings:
    """Find the groups of a dataset's users and items.

    Parameters
    ----------
    data : Dataset
        Attributes are optional.

    Returns
    -------
    Groupings
    """
    index = data.ratings.items
    found = find_works(index, data.items)
    works = found if found.n_works < len(index) else None
    items = [Categories.each("item", len(index))]
    if works is not None:
        items.append(Categories("work", works.work, works.n_works))
    of_items = [] if data.items is None else categories(data.items, found.row)
    roles = roles_of(data.items)
    # Titles have made the works.
    of_items = [c for c in of_items if works is None or c.name != roles.get("title")]
    by_id = [Categories.of(*named) for named in zip(ISBN_GROUPS, isbn_blocks(found.isbn), strict=True)]
    if bool((found.series >= 0).any()) and not any(c.name == roles.get("series") for c in of_items):
        by_id.append(Categories.of("series", found.series))
    users = [Categories.each("user", len(data.ratings.users))]
    of_users = [] if data.users is None else categories(data.users, data.users.row, places=True)
    chosen = _chosen(data.items, of_items, by_id, MAX_ITEM_ATTRIBUTES)
    names = [c.name for c in chosen]
    roles = {role: name for role, name in ({"series": "series"} | roles).items() if name in names}
    return Groupings(
        users=(*users, *_chosen(data.users, of_users, [], MAX_USER_ATTRIBUTES)),
        items=(*items, *chosen),
        user_numbers={} if data.users is None else numbers(data.users, data.users.row),
        item_numbers={} if data.items is None else numbers(data.items, found.row),
        works=works,
        finest=tuple(c.name for c in sorted(chosen, key=lambda c: -c.size)),
        roles=roles,
    )


def keys_of(known: Groupings) -> list[GroupKey]:
    """List the keys: each group, the user with each group of items, groups of users with the finest of items.

    Parameters
    ----------
    known : Groupings

    Returns
    -------
    list of GroupKey
    """
    everyone, *of_users = known.users
    alone = 1 if known.works is None else 2
    books, kinds = known.items[:alone], known.items[alone:]
    keys = [GroupKey(everyone, None, "reader")] + [GroupKey(user, None, "reader-groups") for user in of_users]
    keys += [GroupKey(None, item, "book") for item in books] + [GroupKey(None, item, "kind") for item in kinds]
    of_items = [item for item in known.items[1:] if item.crossed]
    keys += [GroupKey(everyone, item, "reader-by-kind") for item in of_items]
    # The finest groups first: a work, then an author, say. Coarser ones add nothing beside them.
    finest = sorted(of_items, key=lambda c: -c.size)[:2] or [known.items[0]]
    return keys + [GroupKey(user, item, "reader-groups") for user in of_users if user.crossed for item in finest]


def _chosen(
    attributes: Attributes | None, found: list[Categories], others: list[Categories], most: int
) -> list[Categories]:
    """Keep the useful ones, of too many those that most positions have; in the order they came.

    What was found in attributes that somebody named all stays.
    """
    if attributes is not None and attributes.learn_from is not None:
        return found + _chosen(None, [], others, most)
    useful = [categories for categories in found + others if categories.useful]
    kept = sorted(useful, key=lambda c: -int((c.code >= 0).sum()))[:most]
    return [categories for categories in useful if categories in kept]


def _first_alike(numbers: IntArray) -> IntArray:
    """Give the first position with the same number (int64[n]); a negative number is like no other."""
    answer, known = np.arange(len(numbers)), np.flatnonzero(numbers >= 0)
    _, first, inverse = np.unique(numbers[known], return_index=True, return_inverse=True)
    answer[known] = known[first][inverse]
    return answer


def _alike(values: FloatArray, like: IntArray) -> FloatArray:
    return np.append(values, np.append(values, np.nan)[like])


def _groups(categories: Categories | None, positions: IntArray | Int32Array) -> IntArray:
    if categories is None:
        return np.zeros(len(positions), np.int64)
    return at(categories.code, positions, -1).astype(np.int64)


def at(column: AnyArray, positions: IntArray | Int32Array, unknown: float) -> AnyArray:
    """Read a column at positions, and for the position -1 what stands for unknown; the column is not copied."""
    if len(column) == 0:
        return np.full(len(positions), unknown, column.dtype)
    return np.where(positions < 0, column.dtype.type(unknown), column[positions])
