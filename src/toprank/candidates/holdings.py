"""Who holds which work, rated or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Holdings", "holdings_of"]


@stored
@dataclass(frozen=True, eq=False)
class Holdings:
    """Readers and the works they hold, each once, as the rows of a sparse matrix.

    Parameters
    ----------
    start : int64[n_readers + 1]
        Where each reader's works begin.
    work : int32[m]
        The works, ascending within a reader.
    rated, liked : bool[m]
        Whether any edition was rated; whether the best rating is a liked one.
    n_works : int
        How many works there are.

    Examples
    --------
    >>> held = Holdings.of(np.array([0, 0, 0]), np.array([5, 2, 5]), np.array([False, True, True]),
    ...                    np.array([False, False, True]), n_readers=2, n_works=6)
    >>> held.work.tolist(), held.liked.tolist(), held.count.tolist()
    ([2, 5], [False, True], [2, 0])
    """

    start: IntArray
    work: IntArray
    rated: BoolArray
    liked: BoolArray
    n_works: int

    @classmethod
    def of(
        cls, reader: IntArray, work: IntArray, rated: BoolArray, liked: BoolArray, *, n_readers: int, n_works: int
    ) -> Holdings:
        """Join the rows of one reader and one work; rated or liked once is enough.

        Parameters
        ----------
        reader, work : int[n]
            Positions, in any order.
        rated, liked : bool[n]
        n_readers, n_works : int

        Returns
        -------
        Holdings
        """
        for name, values, size in (("reader", reader, n_readers), ("work", work, n_works)):
            if len(values) and not (values.min() >= 0 and values.max() < size):
                raise OptionError(
                    f"{name} holds {int(values.min())} to {int(values.max())}; there are {size:,} of them"
                )
        key = reader.astype(np.int64) * n_works + work
        order = np.lexsort((~rated, ~liked, key))
        key = key[order]
        first = np.append(True, key[1:] != key[:-1])[: len(key)]
        key, kept = key[first], order[first]
        start = np.zeros(n_readers + 1, np.int64)
        np.cumsum(np.bincount(key // n_works, minlength=n_readers), out=start[1:])
        return cls(start, (key % n_works).astype(np.int32), rated[kept], liked[kept], n_works)

    @property
    def n_readers(self) -> int:
        """How many readers there are, those who hold nothing among them."""
        return len(self.start) - 1

    @cached_property
    def count(self) -> IntArray:
        """How many works each reader holds (int64[n_readers])."""
        return np.diff(self.start)

    @cached_property
    def reader(self) -> IntArray:
        """The reader of each holding (int64[m])."""
        return np.repeat(np.arange(self.n_readers), self.count)

    def take(self, readers: IntArray) -> Holdings:
        """Keep some readers, in the order given.

        Parameters
        ----------
        readers : int[b]
            Positions; -1 is a reader who holds nothing.

        Returns
        -------
        Holdings
        """
        begin, count = self.start[readers], np.where(readers < 0, 0, np.append(self.count, 0)[readers])
        start = np.zeros(len(readers) + 1, np.int64)
        np.cumsum(count, out=start[1:])
        at = np.arange(start[-1]) + np.repeat(begin - start[:-1], count)
        return Holdings(start, self.work[at], self.rated[at], self.liked[at], self.n_works)

    def matrix(self, liked_weight: float = 1.0) -> sparse.csr_array:
        """Give readers x works (float32): ``liked_weight`` where liked, else 1."""
        value = np.where(self.liked, np.float32(liked_weight), np.float32(1))
        return sparse.csr_array((value, self.work, self.start), (self.n_readers, self.n_works))

    def positions(self, rows: IntArray, works: IntArray) -> BoolArray:
        """Say which pairs are held (bool[n])."""
        held = self.reader * self.n_works + self.work
        return found(held, rows.astype(np.int64) * self.n_works + works) >= 0


def holdings_of(data: Dataset, work: IntArray, n_works: int) -> Holdings:
    """Join ratings and implicit rows.

    Parameters
    ----------
    data : Dataset
    work : int32[n_items]
        The work of each item.
    n_works : int

    Returns
    -------
    Holdings
        One row for each user of the index.
    """
    ratings, implicit = data.ratings, data.implicit
    reader, item = [ratings.user], [ratings.item]
    if implicit is not None:
        reader.append(implicit.user)
        item.append(implicit.item)
    every, rated = np.concatenate(reader), np.arange(sum(map(len, reader))) < len(ratings)
    liked = np.zeros(len(every), bool)
    liked[: len(ratings)] = ratings.liked
    return Holdings.of(every, work[np.concatenate(item)], rated, liked, n_readers=len(ratings.users), n_works=n_works)


def found(ascending: IntArray, asked: IntArray) -> IntArray:
    """Give the place of each key among ascending ones (int64[n]); -1 where it is not.

    Examples
    --------
    >>> found(np.array([2, 5]), np.array([5, 3, 9])).tolist()
    [1, -1, -1]
    """
    place = np.searchsorted(ascending, asked)
    return np.where(np.append(ascending, -1)[place] == asked, place, -1)


def values_at(ascending: IntArray, values: FloatArray, asked: IntArray) -> FloatArray:
    """Give the value of each key, 0 where it is not among the ascending ones."""
    return np.append(values, values.dtype.type(0))[found(ascending, asked)]
