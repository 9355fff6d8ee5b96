"""The baselines that every model has to beat: always, the means, and damped offsets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
from annotated_types import Ge

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.parameters import check_fields
from toprank.core.ratings import Ratings
from toprank.errors import OptionError
from toprank.evidence.bias import DampedBias
from toprank.models.base import ProgressCallback, checked_pairs, no_progress
from toprank.targets import Binary, Original, Target, labels

__all__ = ["Always", "Bias", "FittedOffsets", "GlobalMean", "ItemMean", "UserMean"]


@dataclass(frozen=True, eq=False)
class FittedOffsets:
    r"""A mean, plus what a user adds, plus what an item adds: every trivial baseline has this form.

    .. math:: score(u, i) = mean + b_u + b_i
    """

    mean: float  # on the target's axis
    user: FloatArray  # float64[n_users]: what each user adds; NaN where that cannot be said
    item: FloatArray  # float64[n_items]: what each item adds; NaN where that cannot be said

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Score pairs; see :meth:`toprank.models.base.FittedModel.scores`."""
        users, items, known = checked_pairs(users, items, len(self.user), len(self.item))
        # An unknown position (-1) reads some other entry here, and is overwritten.
        return np.where(known, self.mean + self.user[users] + self.item[items], np.nan)


@dataclass(frozen=True)
class Always:
    """Recommend everything: the score is 1 for every pair.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> ratings = Ratings.of(["ann", "bob"], ["x", "y"], [9, 3], RatingScale(1, 10, liked_from=8))
    >>> fitted = Always().fit(Dataset(ratings), rng=np.random.default_rng(13))
    >>> fitted.scores(np.array([0, 1, -1]), np.array([1, 0, 0])).tolist()
    [1.0, 1.0, nan]
    """

    target: Target = field(default_factory=Binary)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedOffsets:
        """Learn nothing."""
        return _constant(1.0, data)


@dataclass(frozen=True)
class GlobalMean:
    """The mean of all training ratings, for every pair."""

    target: Target = field(default_factory=Original)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedOffsets:
        """Learn the mean."""
        _, values = _training(data, self.target)
        return _constant(float(values.mean()), data)


@dataclass(frozen=True)
class UserMean:
    """The mean of the user's training ratings; a user without any cannot be scored."""

    target: Target = field(default_factory=Original)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedOffsets:
        """Learn each user's mean."""
        ratings, values = _training(data, self.target)
        return replace(_constant(0.0, data), user=_means(ratings.user, values, len(ratings.users)))


@dataclass(frozen=True)
class ItemMean:
    """The mean of the item's training ratings; an item without any cannot be scored."""

    target: Target = field(default_factory=Original)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedOffsets:
        """Learn each item's mean."""
        ratings, values = _training(data, self.target)
        return replace(_constant(0.0, data), item=_means(ratings.item, values, len(ratings.items)))


@dataclass(frozen=True)
class Bias:
    r"""Damped user and item offsets around the mean, fitted in turn.

    .. math:: b_i = \frac{\sum_{u} (r_{ui} - \mu - b_u)}{n_i + item\_damping}, \qquad
              b_u = \frac{\sum_{i} (r_{ui} - \mu - b_i)}{n_u + user\_damping}

    The damping is a ridge penalty: the two steps minimise the squared error plus ``damping`` times the squared
    offsets (Koren, "Factorization Meets the Neighborhood", KDD 2008, section 2.1). A user or an item without ratings
    has offset 0, so every known pair is scored.
    The defaults have the best validation AUC of a grid of 1 to 12 by 2 to 15 on the notebook's split of Book-Crossing.
    """

    user_damping: Annotated[float, Ge(0), "Ratings' worth of pull of a user's offset to 0."] = 3.0
    item_damping: Annotated[float, Ge(0), "Ratings' worth of pull of an item's offset to 0."] = 6.0
    sweeps: Annotated[int, Ge(1), "How often the two steps are repeated."] = 10
    target: Target = field(default_factory=Original)

    def __post_init__(self) -> None:
        check_fields(self)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedOffsets:
        """Learn the mean and the offsets."""
        ratings, values = _training(data, self.target)
        learned = DampedBias.of(
            ratings.user,
            ratings.item,
            values,
            n_users=len(ratings.users),
            n_items=len(ratings.items),
            user_damping=self.user_damping,
            item_damping=self.item_damping,
            sweeps=self.sweeps,
        )
        return FittedOffsets(learned.mean, learned.user, learned.item)


def _training(data: Dataset, target: Target) -> tuple[Ratings, FloatArray]:
    """Give the training ratings in canonical order, so that sums do not depend on the order of the rows."""
    if len(data.ratings) == 0:
        raise OptionError("there are no training ratings; give at least one")
    ratings = data.ratings.canonical()
    return ratings, labels(target, ratings)


def _means(column: IntArray, values: FloatArray, size: int) -> FloatArray:
    rows = np.bincount(column, minlength=size)
    sums = np.bincount(column, values, minlength=size)
    return np.asarray(np.divide(sums, rows, out=np.full(size, np.nan), where=rows > 0))


def _constant(mean: float, data: Dataset) -> FittedOffsets:
    return FittedOffsets(mean, np.zeros(len(data.ratings.users)), np.zeros(len(data.ratings.items)))
