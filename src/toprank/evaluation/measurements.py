"""What an evaluation found: measurements with intervals, comparisons in words, slices and curves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.history import TrainingHistory
from toprank.core.stored import stored
from toprank.evaluation.achieved import Achieved

__all__ = ["LOSSES", "Comparison", "Curves", "Measurement", "Report", "Slice"]

LOSSES = ("log_loss", "brier")
"""Figures of which less is better."""


@stored
@dataclass(frozen=True)
class Measurement:
    """One figure and its 95 % interval.

    Parameters
    ----------
    name : str
        Name of the metric, such as ``"f1"``.
    value, low, high : float
        The figure on all rows, NaN where it is not defined; and the 2.5 % and 97.5 % points of the bootstrap over
        users, NaN where there is no interval.
    """

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")


@stored
@dataclass(frozen=True)
class Comparison:
    """How much better a model is than a baseline on the same rows, by a paired bootstrap over users.

    Parameters
    ----------
    baseline, metric : str
        What is compared with, and by which metric, such as ``"f1"``.
    difference, low, high : float
        Model minus baseline, and the 2.5 % and 97.5 % points of that; NaN where too few users are compared, or the
        metric is not defined.
    told_apart : bool
        Whether the model tells liked rows from others at all, by an AUC above that of the baseline by more than chance.
        Only asked where the baseline's scores are constant; of many models that know nothing, some cutoffs are lucky.
    """

    baseline: str
    metric: str
    difference: float
    low: float
    high: float
    told_apart: bool = True

    @property
    def better(self) -> bool:
        """Whether the model is better by more than chance: 0 is outside the interval, and the model knows something."""
        return (self.high < 0.0 if self.metric in LOSSES else self.low > 0.0) and self.told_apart

    @property
    def worse(self) -> bool:
        """Whether the model is worse by more than chance."""
        return self.low > 0.0 if self.metric in LOSSES else self.high < 0.0

    @property
    def undecided(self) -> bool:
        """Whether nothing can be said."""
        return math.isnan(self.low)

    @property
    def outcome(self) -> Literal["better", "worse", "same", "unknown"]:
        """How the model stands, as far as it is more than chance: ``better``, ``worse``, ``same`` or ``unknown``."""
        if self.undecided:
            return "unknown"
        return "better" if self.better else "worse" if self.worse else "same"


@stored
@dataclass(frozen=True)
class Slice:
    """How a model does on the rows about which a certain amount is known.

    Parameters
    ----------
    name : str
        ``"new user"``, ``"new item"``, ``"few ratings"`` or ``"many ratings"``.
    rows, liked : int
        How many rows, and how many of them are liked.
    measurements : dict of str to float
        Metrics on these rows; NaN where one is not defined.
    """

    name: str
    rows: int
    liked: int
    measurements: dict[str, float]


@stored
@dataclass(frozen=True, eq=False)
class Curves:
    """What a report draws of one model; each curve is thinned to a few hundred points.

    Parameters
    ----------
    false_positive_rate, true_positive_rate : float[k]
        ROC curve on the test rows, from (0, 0) to (1, 1).
    recall, precision : float[m]
        Precision-recall curve on the test rows.
    predicted, observed : float[b]
        Calibration on the test rows: mean P(liked) and share liked, per bin of equally many rows.
    bin_rows : int[b]
        Rows in each calibration bin.
    score_edges : float[h + 1]
        Edges of the score histogram, on the model's own scale.
    liked_rows, other_rows : int[h]
        Test rows in each histogram bin that are liked, and that are not.
    cutoffs, f1_by_cutoff : float[c]
        F1 on the validation rows by falling cutoff, on the model's own scale.
    always_f1 : float
        F1 on the validation rows of recommending everything.
    """

    false_positive_rate: FloatArray
    true_positive_rate: FloatArray
    recall: FloatArray
    precision: FloatArray
    predicted: FloatArray
    observed: FloatArray
    bin_rows: IntArray
    score_edges: FloatArray
    liked_rows: IntArray
    other_rows: IntArray
    cutoffs: FloatArray
    f1_by_cutoff: FloatArray
    always_f1: float


@dataclass(frozen=True, eq=False)
class Report:
    """Everything measured of one model on one split.

    Parameters
    ----------
    name, target, description : str
        The model, what it was trained on, and what it is in one sentence.
    objective : str
        What the learned cutoff serves.
    fixed_cutoff, learned_cutoff : float
        The two cutoffs, on the model's own scale. Minus infinity recommends everything, infinity nothing.
    validation, test : dict of str to float
        Score metrics of each part: auc, average_precision, log_loss, brier, ece, rmse, mae.
    validation_fixed, validation_learned, test_fixed, test_learned : dict of str to float
        Decision metrics of each part at each cutoff: f1, accuracy, balanced_accuracy, precision, recall, mcc,
        coverage.
    intervals : dict of str to Measurement
        F1 at the fixed and the learned cutoff ("f1_fixed", "f1"), "mcc", "auc", and the "objective" where that is not
        F1, on the test rows.
    comparisons : tuple of Comparison
        Against each baseline but itself.
    slices : tuple of Slice
        The test rows by how much is known.
    unscored : dict of str to int
        How many rows of "validation" and "test" the model could not score (answered with the training mean).
    seconds : dict of str to float
        Wall-clock seconds to "fit", and to "score" validation and test rows.
    verdict : str
        The comparisons in words.
    curves : Curves
        What to draw.
    spread : dict of str to float
        "lowest", "highest" and "deviation" (standard deviation) of the scores of the test rows.
    judged_by, judged_in : str
        The metric of the comparisons that the verdict is about, and how to call it.
    history : TrainingHistory or None
        How the training went, for a model that is trained by epochs.
    achieved : tuple of (Achieved, float)
        What was predicted of the objective's figures, and what they came out at on the test rows.
    """

    name: str
    target: str
    description: str
    objective: str
    fixed_cutoff: float
    learned_cutoff: float
    validation: dict[str, float]
    test: dict[str, float]
    validation_fixed: dict[str, float]
    validation_learned: dict[str, float]
    test_fixed: dict[str, float]
    test_learned: dict[str, float]
    intervals: dict[str, Measurement]
    comparisons: tuple[Comparison, ...]
    slices: tuple[Slice, ...]
    unscored: dict[str, int]
    seconds: dict[str, float]
    verdict: str
    curves: Curves
    spread: dict[str, float] = field(default_factory=dict)
    judged_by: str = "f1"
    judged_in: str = "F1"
    history: TrainingHistory | None = None
    achieved: tuple[tuple[Achieved, float], ...] = ()
