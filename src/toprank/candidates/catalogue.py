"""What is known of works apart from any one reader: kinds, popularity, editions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.candidates.holdings import Holdings
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.evidence.categories import Categories
from toprank.evidence.groupings import Groupings

__all__ = ["Catalogue", "Lists", "catalogue_of"]

LARGEST_GROUP = 10_000
"""User attributes with more values than this are not asked for what is popular among them."""


@stored
@dataclass(frozen=True, eq=False)
class Lists:
    """A list of works for each group.

    Parameters
    ----------
    start : int64[n_groups + 1]
        Where each group's works begin.
    work : int32[m]
        The works, best first.
    """

    start: IntArray
    work: IntArray

    @classmethod
    def best(cls, group: IntArray, work: IntArray, value: FloatArray, n_groups: int, most: int) -> Lists:
        """Keep the works of the highest value in each group; rows of a negative group do not count."""
        order = np.lexsort((work, -value, group))
        order = order[group[order] >= 0]
        count = np.bincount(group[order], minlength=n_groups)
        begin = np.cumsum(count) - count
        kept = np.arange(len(order)) - begin[group[order]] < most
        return cls(np.append(0, np.cumsum(np.minimum(count, most))), work[order[kept]].astype(np.int32))

    def of(self, rows: IntArray, groups: IntArray) -> tuple[IntArray, IntArray]:
        """Give the works of each row's group: rows and works, as many of each as there are pairs."""
        rows, groups = rows[groups >= 0], groups[groups >= 0]
        count = self.start[groups + 1] - self.start[groups]
        at = np.arange(count.sum()) + np.repeat(self.start[groups] - (np.cumsum(count) - count), count)
        return np.repeat(rows, count), self.work[at]


@stored
@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is known of works.

    Parameters
    ----------
    kinds : dict of str to Categories
        Groups of works: author, series, publisher, language and the like, by work.
    close : tuple of str
        Those of ``kinds`` whose other works are candidates: authors and series.
    numbers : float32[n_works, f]
        Of each work: ln(1 + holders), ln(1 + readers who liked it), ln(1 + readers who rated it), the shrunken share
        of liked ones, holders weighted down by how much they hold, editions, and numeric attributes.
    edition : int32[n_works]
        The best-known edition: the item with the most interactions.
    """

    kinds: dict[str, Categories]
    close: tuple[str, ...]
    numbers: FloatArray
    edition: IntArray

    @property
    def light(self) -> FloatArray:
        """ln(1 + readers who liked it, each weighted by one over the root of how much they hold), float32[n_works]."""
        return self.numbers[:, 4]

    @property
    def n_works(self) -> int:
        """How many works there are."""
        return len(self.edition)


def catalogue_of(data: Dataset, known: Groupings, held: Holdings) -> Catalogue:
    """Gather what is known of works.

    Parameters
    ----------
    data : Dataset
        The training ratings and implicit rows.
    known : Groupings
    held : Holdings
        Of the same data.

    Returns
    -------
    Catalogue
    """
    work, size = known.work.code, known.work.size
    uses = np.bincount(data.ratings.item, minlength=len(work))
    if data.implicit is not None:
        uses = uses + np.bincount(data.implicit.item, minlength=len(work))
    # The most used edition of each work comes last, so that it is the one that stays; of equals the first item.
    order = np.lexsort((-np.arange(len(work)), uses))
    edition = np.zeros(size, np.int32)
    edition[work[order]] = order
    kinds = {}
    for kind in known.items[1 if known.works is None else 2 :]:
        code, some = np.full(size, -1, np.int32), order[kind.code[order] >= 0]
        code[work[some]] = kind.code[some]
        kinds[kind.name] = Categories(kind.name, code, kind.size)
    holders = np.bincount(held.work, minlength=size)
    rated = np.bincount(held.work[held.rated], minlength=size)
    liked = np.bincount(held.work[held.liked], minlength=size)
    share = max(1, liked.sum()) / max(1, rated.sum())
    light = np.bincount(held.work[held.liked], 1 / np.sqrt(held.count[held.reader[held.liked]]), size)
    columns = [np.log1p(holders), np.log1p(liked), np.log1p(rated), (liked + 3 * share) / (rated + 3), np.log1p(light)]
    columns.append(np.bincount(work, minlength=size))
    columns += [values[edition] for values in known.item_numbers.values()]
    near = [known.roles.get(role) for role in ("author", "series")]
    close = tuple(name for name in kinds if name in near)
    return Catalogue(kinds, close, np.stack(columns, axis=1).astype(np.float32), edition)
