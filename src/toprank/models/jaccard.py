"""The Jaccard user neighbourhood, the notebook's best model (there called NMF)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, checked_pairs, no_progress
from toprank.targets import Original, Target, labels

__all__ = ["FittedJaccard", "Jaccard"]


@dataclass(frozen=True, eq=False)
class FittedJaccard:
    """The training ratings, grouped by user and by item."""

    # int64[n_users + 1]: where each user's ratings begin in ``user_item`` and ``user_value``, items ascending
    user_start: IntArray
    user_item: Int32Array  # int32[n]
    user_value: FloatArray  # float64[n]: on the target's axis
    # int64[n_items + 1]: where each item's ratings begin in ``item_user`` and ``item_value``, users ascending
    item_start: IntArray
    item_user: Int32Array  # int32[n]
    item_value: FloatArray  # float64[n]: on the target's axis
    user_mean: FloatArray  # float64[n_users]: mean value of each user; NaN without ratings
    global_mean: float  # mean of all values

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Score pairs; see :meth:`toprank.models.base.FittedModel.scores`."""
        from toprank.models.jaccard_kernel import grouped, neighbourhood_scores

        users, items, known = checked_pairs(users, items, len(self.user_mean), len(self.item_start) - 1)
        scores = np.full(len(users), np.nan)
        users, items = users[known], items[known]
        _, by_user = grouped(users, len(self.user_mean))
        scores[known] = neighbourhood_scores(
            users,
            items,
            by_user,
            self.user_start,
            self.user_item,
            self.user_value,
            self.item_start,
            self.item_user,
            self.item_value,
            self.user_mean,
            self.global_mean,
        )
        return scores


@dataclass(frozen=True)
class Jaccard:
    r"""What readers who gave the same values to the same items gave this item.

    .. math:: s(u, v) = \frac{|\{i : r_{ui} = r_{vi}\}|}{|I_u \cup I_v|}, \qquad
              \hat r_{ui} = \frac{\sum_{v \neq u} s(u, v)\, r_{vi}}{\sum_{v \neq u} s(u, v)}

    over the users v who rated item i. When none of them is similar, the user's mean; for a user without training
    ratings, the global mean. The similarity is that of the notebook, which counts an item as shared only where both
    gave it the same value. Values are compared after the target's transform, which keeps equal ratings equal.

    Examples
    --------
    Ann and bob agree on x (1 item of the 2 either rated), so ann is expected to give y what bob gave it:

    >>> from toprank.core.scale import RatingScale
    >>> ratings = Ratings.of(["ann", "bob", "bob"], ["x", "x", "y"], [9, 9, 7], RatingScale(1, 10, liked_from=8))
    >>> fitted = Jaccard().fit(Dataset(ratings), rng=np.random.default_rng(13))
    >>> fitted.scores(ratings.users.positions(["ann"]), ratings.items.positions(["y"])).tolist()
    [7.0]
    """

    target: Target = field(default_factory=Original)  # what is averaged: the ratings, or the sigmoid-adjusted ratings

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedJaccard:
        """Group the training ratings."""
        from toprank.models.jaccard_kernel import grouped

        ratings = data.ratings
        if len(ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        n_users, n_items = len(ratings.users), len(ratings.items)
        values = labels(self.target, ratings)
        # Two stable sorts by counting: by item, then by user; and once more by item, now with users ascending.
        _, by_item = grouped(ratings.item, n_items)
        user_start, order = grouped(ratings.user[by_item], n_users)
        by_user = by_item[order]
        item, user, values = ratings.item[by_user], ratings.user[by_user], values[by_user]
        item_start, by_item = grouped(item, n_items)
        rows = np.diff(user_start)
        sums = np.bincount(user, values, minlength=n_users)
        return FittedJaccard(
            user_start,
            item,
            values,
            item_start,
            user[by_item],
            values[by_item],
            np.divide(sums, rows, out=np.full(n_users, np.nan), where=rows > 0),
            float(values.mean()),
        )
