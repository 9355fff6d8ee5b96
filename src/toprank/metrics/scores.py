"""How good scores, probabilities and expected ratings are."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray

__all__ = ["auc", "average_precision", "brier", "log_loss", "mae", "rmse"]


def auc(liked: BoolArray, scores: FloatArray, weight: FloatArray | None = None) -> float:
    """Give the area under the ROC curve: the chance that a liked row scores above one that is not, ties half.

    NaN unless there are both liked and other rows, as for :func:`average_precision`. Rows count by their weights
    (float64[n]), all alike by default.

    Examples
    --------
    >>> auc(np.array([True, False, True]), np.array([0.9, 0.5, 0.5]))
    0.75
    """
    return float(_sk().roc_auc_score(liked, scores, sample_weight=weight)) if _both(liked) else float("nan")


def average_precision(liked: BoolArray, scores: FloatArray) -> float:
    """Give the mean precision over the recall steps; the share of liked rows for constant scores."""
    return float(_sk().average_precision_score(liked, scores)) if _both(liked) else float("nan")


def log_loss(liked: BoolArray, probability: FloatArray) -> float:
    """Give the mean negative log likelihood of what happened, in nats; NaN without rows."""
    return float(_sk().log_loss(liked, probability, labels=[False, True])) if len(liked) else float("nan")


def brier(liked: BoolArray, probability: FloatArray) -> float:
    """Give the mean squared difference between P(liked) and what happened; NaN without rows.

    Examples
    --------
    >>> brier(np.array([True, False]), np.array([0.5, 0.5]))
    0.25
    """
    # scikit-learn's brier_score_loss refuses a single class; the mean square does not need two.
    return float(_sk().mean_squared_error(liked.astype(np.float64), probability)) if len(liked) else float("nan")


def rmse(ratings: FloatArray, expected: FloatArray) -> float:
    """Give the root mean squared error, in rating points; NaN without rows."""
    return float(_sk().root_mean_squared_error(ratings, expected)) if len(ratings) else float("nan")


def mae(ratings: FloatArray, expected: FloatArray) -> float:
    """Give the mean absolute error, in rating points; NaN without rows."""
    return float(_sk().mean_absolute_error(ratings, expected)) if len(ratings) else float("nan")


def _both(liked: BoolArray) -> bool:
    return bool(liked.any()) and not bool(liked.all())


def _sk() -> ModuleType:
    from sklearn import metrics  # takes its time to be imported

    module: ModuleType = metrics
    return module
