"""What is known of works apart from any one reader: groups, popularity, editions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toprank.candidates.holdings import Holdings
from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.evidence.categories import Categories
from toprank.evidence.groupings import Groupings

__all__ = ["Catalogue", "TopWorks", "best_editions", "build_catalogue", "numbered"]


@stored
@dataclass(frozen=True, eq=False)
class TopWorks:
    """The best works of each group, best first."""

    start: IntArray  # int64[n_groups + 1]: where each group's works begin
    work: Int32Array  # int32[m]

    @classmethod
    def of(cls, group: IntArray, work: IntArray, value: FloatArray, *, n_groups: int, n: int) -> TopWorks:
        """Keep the n works of the highest value in each group; rows of a negative group do not count."""
        order = np.lexsort((work, -value, group))
        order = order[group[order] >= 0]
        count = np.bincount(group[order], minlength=n_groups)
        begin = np.cumsum(count) - count
        kept = np.arange(len(order)) - begin[group[order]] < n
        return cls(np.append(0, np.cumsum(np.minimum(count, n))), work[order[kept]].astype(np.int32))


@stored
@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is known of works."""

    groups: tuple[Categories, ...]  # groups of works: author, series, publisher, language and the like, by work
    # author, series: the names of those groups whose other works are candidates; None where there is none
    author: str | None
    series: str | None
    # float32[n_works, f]: of each work: ln(1 + holders), ln(1 + readers who liked it), ln(1 + readers who rated
    # it), the shrunken share of liked ones, liked holders weighted down by how much they hold, editions, and
    # numeric attributes
    numbers: FloatArray
    edition: Int32Array  # int32[n_works]: the best-known edition: the item with the most interactions
    uses: Int32Array  # int32[n_items]: the interactions of each item

    @property
    def weighted_popularity(self) -> FloatArray:
        """ln(1 + readers who liked it, each weighted by one over the root of how much they hold), float32[n_works]."""
        return self.numbers[:, 4]

    @property
    def related_groups(self) -> list[int]:
        """The positions in ``groups`` of authors and series."""
        return [at for at, group in enumerate(self.groups) if group.name in (self.author, self.series)]

    @cached_property
    def numbered(self) -> tuple[Int32Array, int]:
        """The groups of each work (int32[n_works, g]), numbered one kind behind the other, and how many there are."""
        sizes = [group.size for group in self.groups]
        return numbered([group.code for group in self.groups], sizes, self.n_works), sum(sizes)

    @property
    def n_works(self) -> int:
        """How many works there are."""
        return len(self.edition)


def numbered(codes: list[Int32Array], sizes: list[int], n: int) -> Int32Array:
    """Number groups of several kinds one kind behind the other (int32[n, kinds]); -1 stays.

    Examples
    --------
    >>> numbered([np.array([1, -1], np.int32), np.array([0, 2], np.int32)], [2, 3], 2).tolist()
    [[1, 2], [-1, 4]]
    """
    answer, start = np.empty((n, len(codes)), np.int32), 0
    for place, (code, size) in enumerate(zip(codes, sizes, strict=True)):
        answer[:, place] = np.where(code < 0, np.int32(-1), code + np.int32(start))
        start += size
    return answer


def best_editions(work: IntArray, uses: IntArray, items: IntArray, n_works: int) -> Int32Array:
    """Give the most used of some items of each work (int32[n_works]), of equals the first; -1 where there is none."""
    # It comes last, so that it is the one that stays.
    order = items[np.lexsort((-items, uses[items]))]
    edition = np.full(n_works, -1, np.int32)
    edition[work[order]] = order
    return edition


def build_catalogue(data: Dataset, groupings: Groupings, held: Holdings) -> Catalogue:
    """Gather what is known of works from the data and what its readers hold."""
    work, size = groupings.work.code, groupings.work.size
    items = data.ratings.item
    if data.implicit is not None:
        items = np.concatenate([items, data.implicit.item])
    uses = np.bincount(items, minlength=len(work)).astype(np.int32)
    edition = best_editions(work, uses, np.arange(len(work)), size)
    groups = []
    for group in groupings.items[1 if groupings.works is None else 2 :]:
        known = best_editions(work, uses, np.flatnonzero(group.code >= 0), size)
        groups.append(Categories(group.name, np.where(known < 0, np.int32(-1), group.code[known]), group.size))
    holders = np.bincount(held.work, minlength=size)
    rated = np.bincount(held.work[held.rated], minlength=size)
    liked = np.bincount(held.work[held.liked], minlength=size)
    share = max(1, liked.sum()) / max(1, rated.sum())
    weighted = np.bincount(held.work[held.liked], 1 / np.sqrt(held.count[held.reader[held.liked]]), size)
    columns = [np.log1p(holders), np.log1p(liked), np.log1p(rated), (liked + 3 * share) / (rated + 3)]
    columns += [np.log1p(weighted), np.bincount(work, minlength=size)]
    columns += [values[edition] for values in groupings.item_numbers.values()]
    # Roles are those of columns; a column that is not learned from is no group.
    names = {group.name for group in groups}
    author, series = (name if (name := groupings.roles.get(role)) in names else None for role in ("author", "series"))
    return Catalogue(tuple(groups), author, series, np.stack(columns, axis=1).astype(np.float32), edition, uses)
