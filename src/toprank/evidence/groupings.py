"""The groups that users and items belong to: works, authors, publishers, countries, age bands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.stored import stored
from toprank.data.isbn import isbn_blocks, normalised_isbns
from toprank.data.reading.roles import roles_of
from toprank.data.works import Works, find_works
from toprank.evidence.categories import Categories, categories, numbers
from toprank.evidence.memberships import Memberships, find_memberships

__all__ = ["Groupings", "at", "build_groupings", "distinct"]

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
    members : tuple of Memberships
        Attributes of items that have several values each, such as genres.
    """

    users: tuple[Categories, ...]
    items: tuple[Categories, ...]
    user_numbers: dict[str, FloatArray]
    item_numbers: dict[str, FloatArray]
    works: Works | None
    finest: tuple[str, ...]
    roles: dict[str, str] = field(default_factory=dict)
    members: tuple[Memberships, ...] = ()

    def members_of(self, name: str) -> Memberships:
        """Give an attribute of several values by its name."""
        return next(one for one in self.members if one.name == name)

    @property
    def work(self) -> Categories:
        """The works; the items where there are none."""
        return self.items[0 if self.works is None else 1]

    @property
    def kinds(self) -> list[Categories]:
        """Groups of works that are crossed with users, the finest first."""
        by_name = {categories.name: categories for categories in self.items[1 if self.works is None else 2 :]}
        return [by_name[name] for name in self.finest if by_name[name].crossed]

    def user(self, name: str) -> Categories:
        """Give a group of users by its name."""
        return self.users[self.column("user", name)]

    def item(self, name: str) -> Categories:
        """Give a group of items by its name."""
        return self.items[self.column("item", name)]

    def column(self, side: str, name: str | None) -> int:
        """Give the column of a group's codes; -1 where none is named."""
        return -1 if name is None else self._columns[side, name]

    @cached_property
    def _columns(self) -> dict[tuple[str, str], int]:
        sides = (("user", self.users), ("item", self.items))
        return {(side, group.name): at for side, groups in sides for at, group in enumerate(groups)}

    @cached_property
    def user_codes(self) -> Int32Array:
        """The groups of each user (int32[n_users, g]): side by side, they are read at once."""
        return np.stack([group.code for group in self.users], axis=1)

    @cached_property
    def item_codes(self) -> Int32Array:
        """The groups of each item (int32[n_items, g + 1]); all are in one group of the last kind."""
        everything = np.zeros(self.items[0].size, np.int32)
        return np.stack([*(group.code for group in self.items), everything], axis=1)

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
        members = tuple(one.alike(like) for one in self.members)
        return replace(self, items=tuple(of_items), item_numbers=numbers, works=works, members=members)

    def _isbns(self, items: IdIndex, begin: int, end: int) -> IntArray:
        if self.works is not None and begin == 0:
            return self.works.isbn
        return np.full(end - begin, -1) if items.is_integer else normalised_isbns(items.ids[begin:end])


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
    members = () if data.items is None else find_memberships(data.items, found.row)
    several = {name for one in members for name in one.columns}
    of_items = [] if data.items is None else [c for c in categories(data.items, found.row) if c.name not in several]
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
        item_numbers={}
        if data.items is None
        else {name: values for name, values in numbers(data.items, found.row).items() if name not in several},
        works=works,
        finest=tuple(c.name for c in sorted(chosen, key=lambda c: -c.size)),
        roles=roles,
        members=members,
    )


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


def at(column: AnyArray, positions: IntArray | Int32Array, unknown: float) -> AnyArray:
    """Read a column at positions, and for the position -1 what stands for unknown; the column is not copied."""
    if len(column) == 0:
        return np.full(len(positions), unknown, column.dtype)
    return np.where(positions < 0, column.dtype.type(unknown), column[positions])
