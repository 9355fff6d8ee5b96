"""Explicit matrix factorisation with offsets, Bayesian: the honest classic to compare with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.parameters import Tune, check_fields
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, checked_pairs, no_progress
from toprank.targets import Original, Target, labels

if TYPE_CHECKING:
    from toprank.evidence.factors import Factors, ReaderFactors

__all__ = ["Factorization", "FittedFactorization"]


@dataclass(frozen=True, eq=False)
class FittedFactorization:
    """Posteriors of both sides."""

    factors: Factors
    readers: ReaderFactors

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Score pairs; see :meth:`toprank.models.base.FittedModel.scores`."""
        users, items, known = checked_pairs(users, items, len(self.readers.mean), len(self.factors.item))
        scores = np.full(len(users), np.nan)
        offsets, products, _ = self.factors.expected(self.readers, users[known], items[known]).T
        scores[known] = offsets + products
        return scores


@dataclass(frozen=True)
class Factorization:
    r"""Offsets, and factors whose products say what the offsets cannot; variances learned, by variational Bayes.

    .. math:: \hat r_{ui} = m + s \, (b_u + c_i + p_u \cdot q_i)

    with the means of the posteriors of :class:`toprank.evidence.factors.Factors`. What offsets and factors are on
    average, how much they vary and how noisy each user is follow from the ratings, so no penalty is to be chosen, and
    factors that the ratings do not support are dropped: on Book-Crossing, with fewer than three ratings a book, most of
    them. A user or an item without ratings is as those are on average, so every known pair is scored.

    More factors than six change validation AUC by less than 0.001 on generated ratings and on MovieLens 100K.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> ratings = Ratings.of(["ann", "bob", "bob"], ["x", "x", "y"], [9, 9, 3], RatingScale(1, 10, liked_from=8))
    >>> fitted = Factorization().fit(Dataset(ratings), rng=np.random.default_rng(13))
    >>> scores = fitted.scores(ratings.users.positions(["ann", "ann"]), ratings.items.positions(["x", "y"]))
    >>> bool(scores[0] > scores[1])
    True
    """

    factors: Annotated[int, Ge(1), Tune("log", 1, 32), "Length of p and q, at most."] = 6
    sweeps: Annotated[int, Ge(1), "How often both sides are solved."] = 30
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
    ) -> FittedFactorization:
        """Learn offsets and factors."""
        from toprank.evidence.factors import learn_factors

        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        ratings = data.ratings.canonical()
        n_users, values = len(ratings.users), labels(self.target, ratings)
        found = learn_factors(
            ratings.user, ratings.item, values, n_users=n_users, n_items=len(ratings.items), factors=self.factors,
            sweeps=self.sweeps, rng=derive_rng(rng, "factors"), progress=progress,
        )  # fmt: skip
        start = np.searchsorted(ratings.user, np.arange(n_users + 1))
        return FittedFactorization(found, found.readers(start, ratings.item, values))
