"""Who holds which work, rated or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.readers import ReaderLists
from toprank.errors import OptionError

__all__ = ["Holdings", "position_of"]


@dataclass(frozen=True, eq=False)
class Holdings:
    """Readers and the works they hold, each once, as the rows of a sparse matrix.

    Examples
    --------
    >>> held = Holdings.of(np.array([0, 0, 0]), np.array([5, 2, 5]), np.array([False, True, True]),
    ...                    np.array([False, False, True]), n_readers=2, n_works=6)
    >>> held.work.tolist(), held.liked.tolist(), held.count.tolist()
    ([2, 5], [False, True], [2, 0])
    """

    start: IntArray  # int64[n_readers + 1]: where each reader's works begin
    work: Int32Array  # int32[m]: the works, ascending within a reader
    # rated, liked: whether any edition was rated; whether the best rating is a liked one
    rated: BoolArray  # bool[m]
    liked: BoolArray  # bool[m]
    n_works: int  # how many works there are

    @classmethod
    def of(
        cls, reader: IntArray, work: IntArray, rated: BoolArray, liked: BoolArray, *, n_readers: int, n_works: int
    ) -> Holdings:
        """Join the rows of one reader and one work, in any order; rated or liked once is enough."""
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

    @classmethod
    def of_lists(cls, readers: ReaderLists, work: Int32Array, n_works: int) -> Holdings:
        """Join the editions that readers rated or hold, by the work of each item; the item -1, unknown, is left out."""
        item, n = np.concatenate([readers.item, readers.held]), len(readers.item)
        reader, rated = np.concatenate([readers.reader, readers.holder]), np.arange(len(item)) < n
        liked = np.concatenate([readers.liked, np.zeros(len(item) - n, np.bool_)])
        known = item >= 0
        return cls.of(
            reader[known], work[item[known]], rated[known], liked[known], n_readers=len(readers), n_works=n_works
        )

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

    def values(self, liked_weight: float) -> FloatArray:
        """Give what each holding counts (float32[m]): ``liked_weight`` where liked, else 1."""
        return np.where(self.liked, np.float32(liked_weight), np.float32(1))

    def matrix(self, liked_weight: float = 1.0) -> sparse.csr_array:
        """Give readers x works (float32): ``liked_weight`` where liked, else 1."""
        value = self.values(liked_weight)
        # A product with wide starts would first make all indices of the other matrix wide.
        start = self.start.astype(np.int32) if self.start[-1] < 2**31 else self.start
        return sparse.csr_array((value, self.work, start), (self.n_readers, self.n_works))

    def contains(self, rows: IntArray, works: IntArray) -> BoolArray:
        """Say which pairs are held (bool[n])."""
        asked = np.asarray(rows, np.int64) * self.n_works + works
        return position_of(asked, self.reader * self.n_works + self.work) >= 0


def position_of(asked: IntArray, ascending: IntArray) -> IntArray:
    """Give the position of each key among ascending ones (int64[n]); -1 where it is not.

    Examples
    --------
    >>> position_of(np.array([5, 3, 9]), np.array([2, 5])).tolist()
    [1, -1, -1]
    """
    if len(ascending) == 0:
        return np.full(len(asked), -1)
    at = np.searchsorted(ascending, asked)
    inside = np.minimum(at, len(ascending) - 1)  # no copy of the keys, which may be many more than are asked
    return np.where(ascending[inside] == asked, at, -1)
