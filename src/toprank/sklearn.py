"""A recommender as scikit-learn's tools want it: an estimator that changes when it is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from toprank.core.arrays import AnyArray, BoolArray, FloatArray
from toprank.core.scale import RatingScale
from toprank.data.datasets.load import load
from toprank.errors import OptionError
from toprank.recommender.answers import paired
from toprank.recommender.facade import FittedRecommender, Recommender

if TYPE_CHECKING:
    from toprank.data.reading.read_options import TableSource

__all__ = ["RecommenderEstimator"]


class RecommenderEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Wrap a :class:`~toprank.Recommender` for ``cross_validate``, ``GridSearchCV`` and their like.

    ``X`` is a pandas, Polars or Arrow frame with the columns ``user`` and ``item``, ``y`` the ratings. What
    the recommender can be told is searched as ``recommender__objective``, ``recommender__liked_from`` and so on.

    Parameters
    ----------
    recommender : Recommender
        What learns; by default one of the usual options, without the deep network.
    scale : RatingScale or str, optional
        Lowest and highest possible rating, like ``"1-5"``; by default inferred from each part that is fitted, which may
        lack the highest or the lowest.
    items, users : str, Path or frame, optional
        Attribute tables.

    Attributes
    ----------
    recommender_ : FittedRecommender
        What was fitted; it has all that a fitted recommender can do.
    classes_ : bool[2]
        No, and yes.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.model_selection import cross_validate
    >>> rows = [(u, i, 1 + (u + 2 * i) % 5) for u in range(30) for i in range(12)]
    >>> frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    >>> found = cross_validate(RecommenderEstimator(scale="1-5"), frame[["user", "item"]], frame["rating"], cv=2)
    >>> found["test_score"].shape
    (2,)
    """

    def __init__(
        self,
        recommender: Recommender | None = None,
        *,
        scale: RatingScale | str | None = None,
        items: TableSource | None = None,
        users: TableSource | None = None,
    ) -> None:
        self.recommender = Recommender(deep=False) if recommender is None else recommender
        self.scale = scale
        self.items = items
        self.users = users

    def set_params(self, **params: Any) -> RecommenderEstimator:
        """Change options in place; those of the recommender begin with ``recommender__``.

        Parameters
        ----------
        **params
            By name.

        Returns
        -------
        RecommenderEstimator
            This one.

        Raises
        ------
        OptionError
            If the recommender has no such option, or it is not usable.
        """
        inside = {name: value for name, value in params.items() if name.startswith("recommender__")}
        super().set_params(**{name: value for name, value in params.items() if name not in inside})
        changed = {name.removeprefix("recommender__"): value for name, value in inside.items()}
        self.recommender = self.recommender.set_params(**changed)
        return self

    def fit(self, X: Any, y: Any) -> RecommenderEstimator:  # noqa: N803
        """Learn from ratings.

        Parameters
        ----------
        X : frame
            With the columns ``user`` and ``item``, one row a rating.
        y : float[n]
            What they gave, in rating points.

        Returns
        -------
        RecommenderEstimator
            This one.

        Raises
        ------
        OptionError, DataError
            If the options or the ratings are not usable.
        """
        data = load(
            _rated(X, y),
            user_column="user",
            item_column="item",
            rating_column="rating",
            scale=self.scale,
            items=self.items,
            users=self.users,
        )
        self.recommender_: FittedRecommender = self.recommender.fit(data)
        self.classes_ = np.array([False, True])
        return self

    def predict(self, X: Any) -> BoolArray:  # noqa: N803
        """Say yes or no to pairs; see :meth:`FittedRecommender.predict <toprank.FittedRecommender.predict>`."""
        check_is_fitted(self)
        return self.recommender_.predict(X)

    def predict_proba(self, X: Any) -> FloatArray:  # noqa: N803
        """Give the probabilities of no and of yes (float64[n, 2])."""
        check_is_fitted(self)
        return self.recommender_.predict_proba(X)

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """Give the AUC of P(liked), which no cutoff sways.

        Parameters
        ----------
        X : frame
            With the columns ``user`` and ``item``.
        y : float[n]
            What they gave, in rating points.

        Returns
        -------
        float
            NaN where all rows are liked, or none is.
        """
        check_is_fitted(self)
        return self.recommender_.score(_rated(X, y))


def _rated(pairs: Any, ratings: Any) -> pa.Table:
    users, items = paired(pairs, None)
    rating: AnyArray = np.asarray(ratings, np.float64)
    if rating.shape != (len(users),):
        raise OptionError(f"there are {len(users):,} pairs and ratings of shape {rating.shape}; give one for each pair")
    return pa.table({"user": users, "item": items, "rating": rating})
