"""A damped bias, and what is left of ratings after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored

__all__ = ["DampedBias"]


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
        mean = float(np.mean(value, dtype=np.float64)) if len(value) else 0.0
        rest = np.asarray(value, dtype=np.float64) - mean
        user_rows = np.bincount(user, minlength=n_users) + user_damping
        item_rows = np.bincount(item, minlength=n_items) + item_damping
        # Without damping, somebody with no ratings has 0 / 0; the sums are 0, so any divisor gives the offset 0.
        user_rows[user_rows == 0] = 1.0
        item_rows[item_rows == 0] = 1.0
        of_user, of_item = np.zeros(n_users), np.zeros(n_items)
        for _ in range(sweeps):
            of_item = np.bincount(item, rest - of_user[user], minlength=n_items) / item_rows
            of_user = np.bincount(user, rest - of_item[item], minlength=n_users) / user_rows
        return cls(mean, of_user, of_item, user_rows, item_rows, user_damping, item_damping)

    def updated(
        self, user: IntArray, item: IntArray, value: FloatArray, sign: FloatArray, *, n_users: int, n_items: int
    ) -> DampedBias:
        """Add ratings, or take them away: the offsets of their users and then of their items follow, no others.

        Parameters
        ----------
        user, item, value
            Of the ratings, as in :meth:`of`.
        sign : float[n]
            1 for a rating that comes, -1 for one that goes.
        n_users, n_items : int
            Sizes of the indexes, which may have grown.

        Returns
        -------
        DampedBias
        """
        user_rows = np.append(self.user_rows, np.full(n_users - len(self.user), self.user_damping or 1.0))
        item_rows = np.append(self.item_rows, np.full(n_items - len(self.item), self.item_damping or 1.0))
        of_user = np.append(self.user, np.zeros(n_users - len(self.user)))
        of_item = np.append(self.item, np.zeros(n_items - len(self.item)))
        rest = np.asarray(value, dtype=np.float64) - self.mean
        of_user, user_rows = _moved(of_user, user_rows, user, rest - of_item[item], sign)
        of_item, item_rows = _moved(of_item, item_rows, item, rest - of_user[user], sign)
        return DampedBias(self.mean, of_user, of_item, user_rows, item_rows, self.user_damping, self.item_damping)

    def expected(self, user: Int32Array | IntArray, item: Int32Array | IntArray) -> FloatArray:
        """Give the expected rating of known pairs (float64[n], rating points)."""
        return np.asarray(self.mean + self.user[user] + self.item[item])


def _moved(
    offset: FloatArray, rows: FloatArray, key: IntArray, rest: FloatArray, sign: FloatArray
) -> tuple[FloatArray, FloatArray]:
    more = rows + np.bincount(key, sign, len(rows))
    more[more <= 0] = 1.0  # without damping, and the last rating gone: the sum is 0
    return (offset * rows + np.bincount(key, sign * rest, len(rows))) / more, more
