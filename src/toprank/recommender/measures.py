"""What a recommender achieved on rows that nothing was chosen on: values only."""

from __future__ import annotations

from dataclasses import dataclass

from toprank.core.arrays import BoolArray, FloatArray, Int32Array
from toprank.core.stored import stored
from toprank.evaluation.achieved import Achieved
from toprank.evaluation.measurements import Comparison, Curves, Measurement, Slice

__all__ = ["Measures", "TestPredictions"]


@stored
@dataclass(frozen=True, eq=False)
class TestPredictions:
    """What was answered about rows that nothing was chosen on, before they were added to what is known.

    Parameters
    ----------
    user, item : int32[n]
        Positions.
    liked : bool[n]
        What happened.
    probability : float64[n]
        P(liked), as answered.
    recommend : bool[n]
        The decision.
    """

    user: Int32Array
    item: Int32Array
    liked: BoolArray
    probability: FloatArray
    recommend: BoolArray


@stored
@dataclass(frozen=True, eq=False)
class Measures:
    """Figures on test rows.

    Parameters
    ----------
    rows : dict of str to int
        Rows by part: train, validation, test.
    liked : float
        Share of the test rows that are liked.
    objective : str
        What the cutoff serves.
    cutoff : float
        On P(liked).
    figures : dict of str to dict of str to float
        Of "toprank" and of each baseline: ``auc``, ``average_precision``, ``log_loss``, ``brier``, ``ece``, ``rmse``,
        ``mae`` and those of the decisions: ``f1``, ``precision``, ``recall``, ``mcc``, ``coverage`` and more.
    intervals : dict of str to dict of str to Measurement
        Of each: ``f1``, ``auc``, ``mcc`` with their 95 % intervals, users drawn at random.
    comparisons : tuple of Comparison
        Of toprank with each baseline.
    verdict : str
        These in words.
    slices : tuple of Slice
        By how much is known.
    curves : Curves
        What to draw.
    achieved : tuple of (Achieved, float)
        What was predicted of the objective's figures, and what they came out at.
    """

    rows: dict[str, int]
    liked: float
    objective: str
    cutoff: float
    figures: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, Measurement]]
    comparisons: tuple[Comparison, ...]
    verdict: str
    slices: tuple[Slice, ...]
    curves: Curves
    achieved: tuple[tuple[Achieved, float], ...]
