"""A damped bias, and what is left of ratings after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["DampedBias"]


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

    Examples
    --------
    >>> bias = DampedBias.of(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([9.0, 9.0, 3.0]), n_users=2, n_items=3)
    >>> bias.expected(np.array([0, 1]), np.array([2, 2])).round(2).tolist()
    [7.81, 6.06]
    """

    mean: float
    user: FloatArray
    item: FloatArray

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
        return cls(mean, of_user, of_item)

    def expected(self, user: Int32Array | IntArray, item: Int32Array | IntArray) -> FloatArray:
        """Give the expected rating of known pairs (float64[n], rating points)."""
        return np.asarray(self.mean + self.user[user] + self.item[item])
