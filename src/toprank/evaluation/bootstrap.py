"""How far a figure would move with other readers: a bootstrap over users, the same draws for every model."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.threads import one_blas_thread
from toprank.errors import OptionError

__all__ = ["UserBootstrap", "interval"]

MOST = 100_000
"""Of more users so many groups are drawn, of users who have nothing in common: intervals are as wide, and time and
memory grow no further."""


class UserBootstrap:
    """Draws of users with replacement; a user drawn twice counts twice with all their rows.

    Users, not rows, are drawn, since a user's rows are alike: drawing rows would make intervals too narrow. Every
    model measured with one object sees the same draws, so differences between models are paired.

    Parameters
    ----------
    user : int[n]
        The user of each row.
    liked : bool[n]
        Whether the user liked the item.
    rng : numpy.random.Generator
        Source of the draws.
    replicates : int
        Number of draws.

    Examples
    --------
    >>> draws = UserBootstrap(np.array([0, 0, 1]), np.array([True, False, True]), rng=np.random.default_rng(13))
    >>> draws.decisions(np.array([True, True, True]))["f1"].shape
    (1000,)
    >>> draws.enough_users
    False
    """

    MIN_USERS = 30
    """With fewer users, intervals are not given: at ten, 8 of 100 comparisons of equal models would look certain, at
    three, 15; from about thirty on it is the five that it should be."""

    def __init__(self, user: IntArray, liked: BoolArray, *, rng: np.random.Generator, replicates: int = 1000) -> None:
        if len(user) == 0 or len(user) != len(liked):
            raise OptionError(f"a bootstrap needs as many users as outcomes, at least one: {len(user)}, {len(liked)}")
        if replicates < 1:
            raise OptionError(f"replicates is {replicates}; at least 1 draw is needed, and 1000 are usual")
        _, self._group = np.unique(user, return_inverse=True)
        self._group %= MOST
        self._n_groups = int(self._group.max()) + 1
        self._liked = np.asarray(liked, dtype=np.bool_)
        self._weights = np.empty((replicates, self._n_groups), dtype=np.uint16)
        for replicate in range(replicates):
            drawn = rng.integers(self._n_groups, size=self._n_groups)
            self._weights[replicate] = np.bincount(drawn, minlength=self._n_groups)

    @property
    def enough_users(self) -> bool:
        """Whether there are enough users for an interval to mean what it says."""
        return self._n_groups >= self.MIN_USERS

    def interval(self, replicates: FloatArray) -> tuple[float, float]:
        """Give the 95 % interval of a figure measured in every draw; NaN with too few users."""
        return interval(replicates) if self.enough_users else (float("nan"), float("nan"))

    def counts(self, recommend: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Count (liked and recommended, recommended, liked, rows) in every draw, each float64[replicates]."""
        right, yes, liked, rows = self._totals(self._liked & recommend, recommend, self._liked, np.ones(len(recommend)))
        return right, yes, liked, rows

    def decisions(self, recommend: BoolArray) -> dict[str, FloatArray]:
        """Give ``f1`` and ``mcc`` of decisions (bool[n]) in every draw, each float64[replicates]."""
        tp, yes, liked, n = self.counts(recommend)
        fp, fn = yes - tp, liked - tp
        tn = n - tp - fp - fn
        with np.errstate(divide="ignore", invalid="ignore"):
            f1 = 2 * tp / (2 * tp + fp + fn)
            root = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
            mcc = np.where(root > 0, (tp * tn - fp * fn) / np.where(root > 0, root, 1), 0.0)
        return {"f1": f1, "mcc": mcc}

    def auc(self, scores: FloatArray) -> FloatArray:
        """Give the AUC of scores (float[n], no NaN) in every draw; NaN in a draw without both outcomes."""
        from toprank.evaluation.bootstrap_kernel import weighted_auc

        order = np.argsort(scores, kind="stable")
        ranked = scores[order]
        first = np.append(True, ranked[1:] != ranked[:-1])
        out = np.empty(len(self._weights))
        weighted_auc(self._weights, self._group[order], self._liked[order], first, out)
        return out

    def mean(self, values: FloatArray) -> FloatArray:
        """Average values of rows (float[n]) in every draw."""
        total, rows = self._totals(values, np.ones(len(values)))
        return np.asarray(total / rows)

    @one_blas_thread()
    def _totals(self, *columns: FloatArray | BoolArray) -> tuple[FloatArray, ...]:
        """Sum columns of rows in every draw, in blocks, since all weights as floats would need much memory."""
        per_user = np.stack([np.bincount(self._group, column, minlength=self._n_groups) for column in columns])
        blocks = [
            self._weights[start : start + 50].astype(np.float64) @ per_user.T
            for start in range(0, len(self._weights), 50)
        ]
        return tuple(np.concatenate(blocks).T)


def interval(replicates: FloatArray) -> tuple[float, float]:
    """Give the 2.5 % and 97.5 % points of a figure in every draw; NaN draws are left out, and all NaN gives NaN."""
    defined = replicates[~np.isnan(replicates)]
    if len(defined) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)
