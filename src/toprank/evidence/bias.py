"""A damped bias, and what is left of ratings after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored

__all__ = ["DampedBias", "ItemBias", "on_grid"]

GRID = 2.0**20
"""Parts of a rating point that a mean and its offsets are whole numbers of. What is left of ratings is too, so that
float64 sums it without error, in any order and from any shards, up to eight billion points."""


def on_grid(values: FloatArray | float) -> FloatArray:
    """Round rating points to whole multiples of 2^-20, which is a millionth.

    Examples
    --------
    >>> on_grid(np.array([0.1])).tolist() == [104858 / 2**20]
    True
    """
    return np.asarray(np.rint(np.multiply(values, GRID)) / GRID)


@stored
@dataclass(frozen=True, eq=False)
class DampedBias:
    r"""A mean, plus a shrunken offset of each user, plus one of each item.

    .. math:: b_i = \frac{\sum_{u} (r_{ui} - \mu - b_u)}{n_i + item\_damping}, \qquad
              b_u = \frac{\sum_{i} (r_{ui} - \mu - b_i)}{n_u + user\_damping}

    Parameters
    ----------
    mean : float
        In rating points.
    user : float64[n_users]
        What each user adds; 0 for one without ratings.
    item : float64[n_items]
        What each item adds; 0 for one without ratings.
    user_rows, item_rows : float64[n_users], float64[n_items]
        How many ratings each has, and the pull towards 0 on top.
    user_damping, item_damping : float
        That pull, in ratings.

    Examples
    --------
    >>> bias = DampedBias.of(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([9.0, 9.0, 3.0]), n_users=2, n_items=3)
    >>> bias.expected(np.array([0, 1]), np.array([2, 2])).round(2).tolist()
    [7.81, 6.06]
    """

    mean: float
    user: FloatArray
    item: FloatArray
    user_rows: FloatArray
    item_rows: FloatArray
    user_damping: float = 3.0
    item_damping: float = 6.0

    @classmethod
    def of(
        cls,
        user: IntArray,
        item: IntArray,
        value: FloatArray,
        *,
        n_users: int,
        n_items: int,
        user_damping: float = 3.0,
        item_damping: float = 6.0,
        sweeps: int = 5,
    ) -> DampedBias:
        """Learn the mean and the offsets.

        Parameters
        ----------
        user, item : int[n]
            Positions; all known.
        value : float[n]
            Ratings, in rating points.
        n_users, n_items : int
            Sizes of the indexes.
        user_damping, item_damping : float
            Ratings' worth of pull towards 0; at least 0.
        sweeps : int
            How often the two steps are repeated.

        Returns
        -------
        DampedBias
        """
        mean = float(on_grid(np.mean(value, dtype=np.float64))) if len(value) else 0.0
        rest = np.asarray(value, dtype=np.float64) - mean
        user_rows = np.bincount(user, minlength=n_users) + user_damping
        item_rows = np.bincount(item, minlength=n_items) + item_damping
        # Without damping, somebody with no ratings has 0 / 0; the sums are 0, so any divisor gives the offset 0.
        user_rows[user_rows == 0] = 1.0
        item_rows[item_rows == 0] = 1.0
        of_user: FloatArray = np.zeros(n_users)
        of_item: FloatArray = np.zeros(n_items)
        for _ in range(sweeps):
            of_item = on_grid(np.bincount(item, rest - of_user[user], minlength=n_items) / item_rows)
            of_user = on_grid(np.bincount(user, rest - of_item[item], minlength=n_users) / user_rows)
        return cls(mean, of_user, of_item, user_rows, item_rows, user_damping, item_damping)

    @property
    def of_items(self) -> ItemBias:
        """Keep what does not depend on any one reader's list."""
        return ItemBias(self.mean, self.item, self.item_rows, self.user_damping, self.item_damping)

    def expected(self, user: Int32Array | IntArray, item: Int32Array | IntArray) -> FloatArray:
        """Give the expected rating of known pairs (float64[n], rating points)."""
        return np.asarray(self.mean + self.user[user] + self.item[item])


@stored
@dataclass(frozen=True, eq=False)
class ItemBias:
    r"""The items' side of a damped bias; a reader's offset follows from the reader's own list.

    .. math:: b_u = \frac{\sum_{i} (r_{ui} - \mu - b_i)}{n_u + user\_damping}

    Parameters
    ----------
    mean : float
        In rating points.
    item, item_rows : float64[n_items]
        As in :class:`DampedBias`.
    user_damping, item_damping : float
        Ratings' worth of pull towards 0.
    """

    mean: float
    item: FloatArray
    item_rows: FloatArray
    user_damping: float
    item_damping: float

    def reader_offsets(self, reader: IntArray, item: IntArray, value: FloatArray, n_readers: int) -> FloatArray:
        """Give each reader's offset (float64[n_readers]); 0 of one without ratings."""
        rows = np.bincount(reader, minlength=n_readers) + self.user_damping
        rows[rows == 0] = 1.0
        return on_grid(np.bincount(reader, value - self.mean - self.item[item], minlength=n_readers) / rows)

    def expected(self, offset: FloatArray, item: Int32Array | IntArray) -> FloatArray:
        """Give the expected rating of pairs (float64[n], rating points), the readers' offsets at hand."""
        return np.asarray(self.mean + offset + self.item[item])

    def updated(
        self, offset: FloatArray, item: IntArray, value: FloatArray, sign: FloatArray, n_items: int
    ) -> ItemBias:
        """Add ratings, or take them away (sign 1 or -1): their items' offsets follow, no others."""
        rows = np.append(self.item_rows, np.full(n_items - len(self.item), self.item_damping or 1.0))
        of_item = np.append(self.item, np.zeros(n_items - len(self.item)))
        more: FloatArray = rows + np.bincount(item, sign, n_items).astype(np.float64)
        more[more <= 0] = 1.0  # without damping, and the last rating gone: the sum is 0
        moved = on_grid((of_item * rows + np.bincount(item, sign * (value - self.mean - offset), n_items)) / more)
        return ItemBias(self.mean, moved, more, self.user_damping, self.item_damping)
