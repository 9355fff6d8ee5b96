"""The curves of a report, thinned to what a picture can show."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.evaluation.measurements import Curves
from toprank.metrics.calibration_error import calibration_curve

__all__ = ["measure_curves"]

POINTS = 200
"""Points kept of a curve."""


def measure_curves(
    *,
    liked: BoolArray,
    scores: FloatArray,
    probability: FloatArray,
    cutoffs: FloatArray,
    f1_by_cutoff: FloatArray,
    always_f1: float,
) -> Curves:
    """Compute what a report draws of one model.

    ``liked``, ``scores`` and ``probability`` are those of the test rows; the cutoffs fall, with F1 on the validation
    rows at each, and ``always_f1`` is that of recommending all of these.
    """
    from sklearn import metrics as sk  # takes its time to be imported

    if bool(liked.any()) and not bool(liked.all()):
        false_positive, true_positive, _ = sk.roc_curve(liked, scores)
        precision, recall, _ = sk.precision_recall_curve(liked, scores)
        recall, precision = recall[::-1], precision[::-1]
    else:  # one outcome only: neither curve is defined
        false_positive = true_positive = recall = precision = np.empty(0)
    predicted, observed, rows = calibration_curve(liked, probability)
    low, high = float(scores.min()), float(scores.max())
    edges = np.linspace(low, high, 41) if low < high else np.array([low - 0.5, low + 0.5])
    kept = _thin(cutoffs)
    by_recall = _thin(recall)
    by_rate = _thin(false_positive + true_positive)
    return Curves(
        false_positive_rate=false_positive[by_rate],
        true_positive_rate=true_positive[by_rate],
        recall=recall[by_recall],
        precision=precision[by_recall],
        predicted=predicted,
        observed=observed,
        bin_rows=rows,
        score_edges=edges,
        liked_rows=np.histogram(scores[liked], edges)[0],
        other_rows=np.histogram(scores[~liked], edges)[0],
        cutoffs=cutoffs[kept],
        f1_by_cutoff=f1_by_cutoff[kept],
        always_f1=always_f1,
    )


def _thin(along: FloatArray) -> IntArray:
    """Choose points that lie evenly along an axis, the ends among them."""
    if len(along) <= POINTS:
        return np.arange(len(along))
    rising = along if along[-1] >= along[0] else -along
    wanted = np.linspace(rising[0], rising[-1], POINTS)
    return np.unique(np.append(np.searchsorted(rising, wanted, side="left"), len(along) - 1))
