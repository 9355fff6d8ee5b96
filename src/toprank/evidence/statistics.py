"""Sufficient statistics by key: whatever was observed is added, in any order and from any number of places."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Statistics"]


@stored
@dataclass(frozen=True, eq=False)
class Statistics:
    r"""Count, sums and liked count of the ratings of each key.

    They form a commutative monoid under :meth:`merge`, with :meth:`nothing` as its neutral element. Counts are
    integers and merge exactly in any order, and so do sums of ratings that are whole or half points. Residuals are
    real numbers: their sums agree up to rounding.

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
    def nothing(cls, size: int) -> Statistics:
        """Give the neutral element: no key has any rating.

        Parameters
        ----------
        size : int
            How many keys there are.

        Returns
        -------
        Statistics
        """
        whole, real = np.zeros(size, np.int64), np.zeros(size)
        return cls(whole, real, real, whole, real)

    @classmethod
    def of(
        cls, keys: IntArray, values: FloatArray, liked: BoolArray, residual: FloatArray | None = None, *, size: int
    ) -> Statistics:
        """Sum the rows of each key.

        Parameters
        ----------
        keys : int[n]
            0 to ``size - 1``; a row with the key -1 counts nowhere.
        values : float[n]
            Ratings, in rating points.
        liked : bool[n]
            Which are liked.
        residual : float[n], optional
            What is left of each after a damped bias; 0 by default.
        size : int
            How many keys there are.

        Returns
        -------
        Statistics

        Raises
        ------
        OptionError
            If a key lies outside, or the columns are not equally long.
        """
        lengths = {len(column) for column in (keys, values, liked, *(() if residual is None else (residual,)))}
        if len(lengths) > 1:
            raise OptionError(f"keys, values, liked and residual have {sorted(lengths)} rows; they must be equal")
        if len(keys) and not (keys.min() >= -1 and keys.max() < size):
            bad = int(keys[(keys < -1) | (keys >= size)][0])
            raise OptionError(f"keys holds {bad}; it must be -1 (unknown) to {size - 1}")
        real = np.asarray(values, dtype=np.float64)
        places = np.asarray(keys, dtype=np.int64) + 1  # what is unknown is counted in front, and cut off

        def summed(weights: FloatArray) -> FloatArray:
            return np.bincount(places, weights, minlength=size + 1)[1:].astype(np.float64)

        return cls(
            np.bincount(places, minlength=size + 1)[1:],
            summed(real),
            summed(real * real),
            np.bincount(places[np.asarray(liked)], minlength=size + 1)[1:],
            np.zeros(size) if residual is None else summed(np.asarray(residual, dtype=np.float64)),
        )

    def merge(self, other: Statistics) -> Statistics:
        """Add what somebody else has seen of the same keys.

        Parameters
        ----------
        other : Statistics

        Returns
        -------
        Statistics
        """
        self._check(other)
        return Statistics(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            self.liked + other.liked,
            self.residual + other.residual,
        )

    def minus(self, part: Statistics) -> Statistics:
        """Take away a part of what was added.

        Parameters
        ----------
        part : Statistics
            Statistics of rows that are among those of ``self``.

        Returns
        -------
        Statistics

        Raises
        ------
        OptionError
            If the part has more ratings of a key than there are.
        """
        self._check(part)
        if bool(np.any(part.count > self.count)):
            key = int(np.flatnonzero(part.count > self.count)[0])
            raise OptionError(
                f"key {key} has {self.count[key]} ratings, and {part.count[key]} cannot be taken away; only rows that "
                "were added can"
            )
        return Statistics(
            self.count - part.count,
            self.total - part.total,
            self.squares - part.squares,
            self.liked - part.liked,
            self.residual - part.residual,
        )

    def take(self, keys: IntArray) -> Statistics:
        """Give each row the statistics of its key; the key -1 has no ratings.

        Parameters
        ----------
        keys : int[m]

        Returns
        -------
        Statistics
            Of m keys.
        """
        unknown = keys < 0
        places = np.where(unknown, 0, keys)

        def taken(column: AnyArray) -> AnyArray:
            if len(column) == 0:
                return np.zeros(len(keys), column.dtype)
            found = column[places]
            found[unknown] = 0
            return found

        return Statistics(
            taken(self.count), taken(self.total), taken(self.squares), taken(self.liked), taken(self.residual)
        )

    def opened(self, at: IntArray) -> Statistics:
        """Make room for new keys before old ones, as :func:`numpy.insert` does; none has a rating.

        Parameters
        ----------
        at : int64[m]
            Old numbers.

        Returns
        -------
        Statistics
        """
        if len(at) == 0:
            return self
        return Statistics(*(np.insert(getattr(self, field.name), at, 0) for field in fields(self)))

    def grouped(self, keys: IntArray, size: int) -> Statistics:
        """Merge the statistics of all keys that belong to one coarser key.

        Parameters
        ----------
        keys : int[n]
            The coarser key of each key.
        size : int
            How many coarser keys there are.

        Returns
        -------
        Statistics
        """

        def summed(column: AnyArray) -> AnyArray:
            return np.bincount(keys, column, minlength=size).astype(column.dtype)

        return Statistics(
            summed(self.count), summed(self.total), summed(self.squares), summed(self.liked), summed(self.residual)
        )

    def _check(self, other: Statistics) -> None:
        if len(self) != len(other):
            raise OptionError(f"statistics of {len(self):,} keys and of {len(other):,} cannot be put together")

    def __len__(self) -> int:
        return len(self.count)
