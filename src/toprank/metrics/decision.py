"""How good yes-or-no recommendations are."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray

__all__ = ["DECISION_METRICS", "decision_metrics"]

DECISION_METRICS = ("f1", "accuracy", "balanced_accuracy", "precision", "recall", "mcc", "coverage")
"""The names of the decision metrics, in reporting order."""


def decision_metrics(liked: BoolArray, recommend: BoolArray) -> dict[str, float]:
    """Measure recommendations against what was liked; ``coverage`` is the share of rows that are recommended.

    NaN where a metric is not defined: precision when nothing is recommended, recall when nothing is liked, balanced
    accuracy when all or nothing is liked, and everything when there are no rows.

    Examples
    --------
    >>> liked = np.array([True, True, False, False])
    >>> decision_metrics(liked, np.array([True, False, True, False]))["f1"]
    0.5
    >>> round(decision_metrics(liked, np.ones(4, dtype=bool))["f1"], 4)   # recommending everything
    0.6667
    """
    if len(liked) == 0:
        return dict.fromkeys(DECISION_METRICS, float("nan"))
    both = bool(liked.any()) and not bool(liked.all())
    from sklearn import metrics as sk  # takes its time to be imported

    f1 = sk.f1_score(liked, recommend, zero_division=0.0) if liked.any() or recommend.any() else float("nan")
    return {
        "f1": float(f1),
        "accuracy": float(sk.accuracy_score(liked, recommend)),
        "balanced_accuracy": float(sk.balanced_accuracy_score(liked, recommend)) if both else float("nan"),
        "precision": float(sk.precision_score(liked, recommend, zero_division=np.nan)),
        "recall": float(sk.recall_score(liked, recommend, zero_division=np.nan)),
        "mcc": float(sk.matthews_corrcoef(liked, recommend)) if both else 0.0,
        "coverage": float(np.mean(recommend)),
    }
