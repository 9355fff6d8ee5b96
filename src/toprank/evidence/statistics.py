"""Sufficient statistics by key: whatever was observed is added, in any order and from any number of shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Statistics", "without_fold"]

FIELDS = ("count", "total", "squares", "liked", "residual")


@stored
@dataclass(frozen=True, eq=False)
class Statistics:
    r"""Count, sums and liked count of the ratings of each key.

    They form a commutative monoid under :meth:`merge`, with :meth:`zeros` as its neutral element. Counts are
    integers and merge exactly in any order, and so do sums of ratings that are whole or half points, and of what a
    :class:`~toprank.evidence.bias.DampedBias` leaves of them: it is a whole number of 2^-20 points.

    Parameters
    ----------
    count : int64[n]
        Ratings of each key.
    total : float64[n]
        Their sum, in rating points.
    squares : float64[n]
        Sum of their squares.
    liked : int64[n]
        How many of them are liked.
    residual : float64[n]
        Sum of what is left of them after a damped bias, in rating points.

    Examples
    --------
    >>> keys, ratings = np.array([0, 2, 2]), np.array([9.0, 3.0, 8.0])
    >>> seen = Statistics.of(keys, ratings, ratings >= 8, ratings - 7.0, size=3)
    >>> seen.count.tolist(), seen.total.tolist(), seen.liked.tolist()
    ([1, 0, 2], [9.0, 0.0, 11.0], [1, 0, 1])
    >>> seen.merge(seen).minus(seen).total.tolist()
    [9.0, 0.0, 11.0]
    """

    count: IntArray
    total: FloatArray
    squares: FloatArray
    liked: IntArray
    residual: FloatArray

    @classmethod
    def zeros(cls, size: int | tuple[int, ...]) -> Statistics:
        """Give the neutral element: no key has any rating."""

        def none(dtype: type[np.generic]) -> AnyArray:
            return np.zeros(size, dtype)

        return cls(none(np.int64), none(np.float64), none(np.float64), none(np.int64), none(np.float64))

    @classmethod
    def of(
        cls, keys: IntArray, values: FloatArray, liked: BoolArray, residual: FloatArray | None = None, *, size: int
    ) -> Statistics:
        """Sum the rows of each key, 0 to ``size - 1``; a row with the key -1 counts nowhere."""
        lengths = {len(column) for column in (keys, values, liked, *(() if residual is None else (residual,)))}
        if len(lengths) > 1:
            raise OptionError(f"keys, values, liked and residual have {sorted(lengths)} rows; they must be equal")
        if len(keys) and not (keys.min() >= -1 and keys.max() < size):
            bad = int(keys[(keys < -1) | (keys >= size)][0])
            raise OptionError(f"keys holds {bad}; it must be -1 (unknown) to {size - 1}")
        real = np.asarray(values, dtype=np.float64)
        shifted = np.asarray(keys, dtype=np.int64) + 1  # what is unknown is counted in front, and cut off

        def summed(weights: FloatArray) -> FloatArray:
            return np.bincount(shifted, weights, minlength=size + 1)[1:].astype(np.float64)

        return cls(
            np.bincount(shifted, minlength=size + 1)[1:],
            summed(real),
            summed(real * real),
            np.bincount(shifted[np.asarray(liked, np.bool_)], minlength=size + 1)[1:],
            np.zeros(size) if residual is None else summed(np.asarray(residual, dtype=np.float64)),
        )

    def merge(self, other: Statistics) -> Statistics:
        """Add what another shard saw of the same keys."""
        self._check(other)
        return Statistics(*(getattr(self, name) + getattr(other, name) for name in FIELDS))

    @classmethod
    def joined(cls, parts: Sequence[Statistics]) -> Statistics:
        """Put the keys of several behind each other."""
        return cls(*(np.concatenate([getattr(one, name) for one in parts]) for name in FIELDS))

    def minus(self, part: Statistics) -> Statistics:
        """Take away a part of what was added; refuses more ratings of a key than there are."""
        self._check(part)
        if bool(np.any(part.count > self.count)):
            key = int(np.flatnonzero(part.count > self.count)[0])
            raise OptionError(
                f"key {key} has {self.count[key]} ratings, and {part.count[key]} cannot be taken away; only rows that "
                "were added can"
            )
        return Statistics(*(getattr(self, name) - getattr(part, name) for name in FIELDS))

    def take(self, keys: IntArray) -> Statistics:
        """Give the statistics of each key, in the shape of ``keys``; the key -1 has no ratings."""
        unknown = keys < 0
        places = np.where(unknown, 0, keys)

        def taken(column: AnyArray) -> AnyArray:
            if len(column) == 0:
                return np.zeros(keys.shape, column.dtype)
            found = column[places]
            found[unknown] = 0
            return found

        return Statistics(*(taken(getattr(self, name)) for name in FIELDS))

    def insert_empty(self, at: IntArray) -> Statistics:
        """Make room for new keys before old ones, as :func:`numpy.insert` does; none has a rating."""
        return Statistics(*(np.insert(getattr(self, name), at, 0) for name in FIELDS)) if len(at) else self

    def aggregate(self, keys: IntArray, size: int) -> Statistics:
        """Merge the statistics of all keys that belong to one coarser key (int[n], 0 to ``size - 1``)."""
        columns = (getattr(self, name) for name in FIELDS)
        return Statistics(*(np.bincount(keys, column, minlength=size).astype(column.dtype) for column in columns))

    def _check(self, other: Statistics) -> None:
        if len(self) != len(other):
            raise OptionError(f"statistics of {len(self):,} keys and of {len(other):,} cannot be put together")

    def __len__(self) -> int:
        return len(self.count)


def without_fold(fold: IntArray, folds: int, key: IntArray, size: int, weight: FloatArray) -> FloatArray:
    """Sum by key without each fold; the last without none (float64[folds + 1, size])."""
    parts = np.bincount(fold * size + key, weight, minlength=folds * size).reshape(folds, size)
    total = parts.sum(axis=0)
    return np.asarray(np.vstack([total - parts, total[None]]))
