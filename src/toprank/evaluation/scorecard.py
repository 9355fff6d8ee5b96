"""Predictions measured beside the baselines: figures, intervals, comparisons, slices and a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.ratings import Ratings
from toprank.evaluation.achieved import ServedObjective
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.measurements import Comparison, Measurement, Slice
from toprank.evaluation.verdicts import difference_words, verdict
from toprank.metrics.calibration_error import expected_calibration_error
from toprank.metrics.decision import decision_metrics
from toprank.metrics.scores import auc, average_precision, brier, log_loss, mae, rmse

__all__ = [
    "BASELINES",
    "DIFFERENCES",
    "FEW",
    "SLICES",
    "Difference",
    "Predictions",
    "Scorecard",
    "always_f1",
    "judged",
    "measure_scores",
    "measure_slices",
    "ratings_known",
    "score",
    "verdict_against",
]

BASELINES = {
    "always": "always recommend",
    "user-mean": "user mean",
    "item-mean": "item mean",
    "bias": "damped bias",
}
"""The baselines of every verdict and what people read for them; the models are those of the registry.

The global mean is left out: one score for all can only recommend all or none.
"""

SLICES = ("new user", "new item", "few ratings", "many ratings")
"""Names of the slices, from least to most known; every row is in exactly one."""

FEW = 5
"""With fewer training ratings than this of the user or of the item, a row counts as "few ratings"."""

DIFFERENCES = {"f1": "F1", "auc": "AUC", "log_loss": "log loss", "brier": "Brier score"}
"""The figures that two models are compared by, and what people read for them."""

_LEAST = 1e-15
"""What probability of what happened is taken to be the least, so that its logarithm is finite."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of some rows, beside what happened.

    Parameters
    ----------
    liked : bool[n]
        What happened.
    scores : float64[n]
        Scores, no NaN.
    probability : float64[n]
        Calibrated P(liked).
    learned : bool[n]
        Whether each row is recommended, at the learned cutoff.
    ratings, expected : float[n] or None
        What was given, and what the model expects to be given where it says so, in rating points.
    fixed : bool[n] or None
        Whether each row is recommended at a fixed cutoff, where there is one.
    """

    liked: BoolArray
    scores: FloatArray
    probability: FloatArray
    learned: BoolArray
    ratings: FloatArray | None = None
    expected: FloatArray | None = None
    fixed: BoolArray | None = None


@dataclass(frozen=True)
class Difference:
    """One figure of two recommenders on the same rows.

    Parameters
    ----------
    metric : str
        ``f1``, ``auc``, ``log_loss`` (nats) or ``brier``; of the last two less is better.
    first, second : float
        The figure of each; NaN where it is not defined.
    low, high : float
        95 % interval of first minus second, readers drawn at random; NaN with too few readers.
    """

    metric: str
    first: float
    second: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """First minus second."""
        return self.first - self.second

    @property
    def outcome(self) -> str:
        """How the first stands, as far as it is more than chance: ``better``, ``worse``, ``same`` or ``unknown``."""
        return self._compared.outcome

    @property
    def verdict(self) -> str:
        """The same in words.

        Examples
        --------
        >>> Difference("log_loss", 0.52, 0.54, -0.03, -0.01).verdict
        'log loss of the first clearly lower by 0.0200 (0.0100 to 0.0300)'
        """
        if self.outcome == "unknown":
            return f"too few readers to tell in {DIFFERENCES[self.metric]}"
        return difference_words(self._compared, f"{DIFFERENCES[self.metric]} of the first", digits=4)

    @property
    def _compared(self) -> Comparison:
        return Comparison("second", self.metric, self.difference, self.low, self.high)


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Figures of several predictions about the same rows, on the same draws of users.

    Parameters
    ----------
    figures : dict of str to dict of str to float
        Of each: those of :func:`measure_scores`, and of its decisions.
    intervals : dict of str to dict of str to Measurement
        Of each: ``f1``, ``mcc``, ``auc`` and, where there are, ``f1_fixed`` and ``objective`` with 95 % intervals; NaN
        with too few users.
    replicates : dict of str to dict of str to float64[r]
        The same in every draw.
    draws : UserBootstrap
    objective : str
        What the learned cutoff serves.
    """

    figures: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, Measurement]]
    replicates: dict[str, dict[str, FloatArray]]
    draws: UserBootstrap
    objective: str

    def compare(
        self, name: str, baseline: str, metrics: Sequence[str] = ("f1", "auc", "objective")
    ) -> list[Comparison]:
        """Compare two, draw by draw, in those of the metrics that were measured."""
        values, base_values = self.intervals[name], self.intervals[baseline]
        drawn, base_drawn = self.replicates[name], self.replicates[baseline]
        ends = {m: self.draws.interval(drawn[m] - base_drawn[m]) for m in {"auc", *metrics} if m in values}
        told_apart = base_values["auc"].value != 0.5 or ends["auc"][0] > 0.0
        return [
            Comparison(baseline, m, values[m].value - base_values[m].value, *ends[m], told_apart)
            for m in metrics
            if m in values
        ]

    def compare_all(self, name: str, baselines: Sequence[str] = tuple(BASELINES)) -> tuple[Comparison, ...]:
        """Compare one with each baseline but itself."""
        return tuple(c for baseline in baselines if baseline != name for c in self.compare(name, baseline))


def score(
    predictions: Mapping[str, Predictions],
    draws: UserBootstrap,
    objective: ServedObjective,
    *,
    losses: bool = False,
    on_step: Callable[[str], None] = lambda name: None,
) -> Scorecard:
    """Measure predictions by name; ``draws`` are made of their rows. ``losses`` gives log loss and Brier intervals."""
    figures, intervals, replicates = {}, {}, {}
    for name, one in predictions.items():
        on_step(name)
        figures[name] = measure_scores(one) | decision_metrics(one.liked, one.learned)
        values, replicates[name] = _measure(one, figures[name], draws, objective, losses=losses)
        intervals[name] = {
            m: Measurement(m, value, *draws.interval(replicates[name][m])) for m, value in values.items()
        }
    return Scorecard(figures, intervals, replicates, draws, str(objective))


def _measure(
    one: Predictions, figures: dict[str, float], draws: UserBootstrap, objective: ServedObjective, *, losses: bool
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """Give what gets an interval, and the same in every draw."""
    values = {name: figures[name] for name in ("f1", "mcc", "auc")}
    drawn = {**draws.decisions(one.learned), "auc": draws.auc(one.scores)}
    if one.fixed is not None:
        values = {"f1_fixed": decision_metrics(one.liked, one.fixed)["f1"], **values}
        drawn["f1_fixed"] = draws.decisions(one.fixed)["f1"]
    if str(objective) != "f1":
        counts = (one.liked & one.learned, one.learned, one.liked, np.ones(len(one.liked)))
        values["objective"] = float(objective.value(*(np.array([float(count.sum())]) for count in counts))[0])
        drawn["objective"] = objective.value(*draws.counts(one.learned))
    if losses:
        happened = np.clip(np.where(one.liked, one.probability, 1 - one.probability), _LEAST, 1.0)
        values |= {name: figures[name] for name in ("log_loss", "brier")}
        drawn |= {"log_loss": draws.mean(-np.log(happened)), "brier": draws.mean((1 - happened) ** 2)}
    return values, drawn


def judged(comparisons: Sequence[Comparison], objective: str) -> tuple[str, str]:
    """Judge by what the cutoff serves; where recommending everything cannot serve it at all, by AUC."""
    if objective == "f1":
        return "f1", "F1"
    if any(c.metric == "objective" and math.isnan(c.difference) for c in comparisons):
        return "auc", "AUC"
    return "objective", f"recall at {objective}" if "=" in objective else objective.partition(":")[0]


def verdict_against(comparisons: Sequence[Comparison], objective: str) -> str:
    """Say how predictions stand to the baselines that they were compared with."""
    metric, called = judged(comparisons, objective)
    return verdict(comparisons, names=BASELINES, metric=metric, called=called)


def measure_scores(predictions: Predictions) -> dict[str, float]:
    """Measure scores, probabilities (``log_loss`` in nats) and expected ratings (NaN where the model expects none)."""
    given, expected = predictions.ratings, predictions.expected
    return {
        "auc": auc(predictions.liked, predictions.scores),
        "average_precision": average_precision(predictions.liked, predictions.scores),
        "log_loss": log_loss(predictions.liked, predictions.probability),
        "brier": brier(predictions.liked, predictions.probability),
        "ece": expected_calibration_error(predictions.liked, predictions.probability),
        "rmse": math.nan if given is None or expected is None else rmse(given, expected),
        "mae": math.nan if given is None or expected is None else mae(given, expected),
    }


def ratings_known(known: Ratings, rows: Ratings) -> tuple[IntArray, IntArray]:
    """Count the known ratings of each row's user and item."""
    by_user = np.bincount(known.user, minlength=len(known.users))
    by_item = np.bincount(known.item, minlength=len(known.items))
    return by_user[rows.user], by_item[rows.item]


def measure_slices(predictions: Predictions, user_ratings: IntArray, item_ratings: IntArray) -> tuple[Slice, ...]:
    """Measure the rows apart by how many ratings of their user (int[n]) and of their item (int[n]) are known.

    "new user" (no rating), "new item" (the user has some, the item none), "few ratings" (both have some, one of them
    fewer than 5), "many ratings" (both have 5 or more).
    """
    least = np.minimum(user_ratings, item_ratings)
    slice_of = np.select([user_ratings == 0, item_ratings == 0, least < FEW], [0, 1, 2], default=3)
    slices = []
    for number, name in enumerate(SLICES):
        rows = slice_of == number
        liked = predictions.liked[rows]
        measured = decision_metrics(liked, predictions.learned[rows])
        measurements = {
            "f1": measured["f1"],
            "always_f1": always_f1(liked),
            "precision": measured["precision"],
            "recall": measured["recall"],
            "coverage": measured["coverage"],
            "auc": auc(liked, predictions.scores[rows]),
        }
        slices.append(Slice(name, rows=int(rows.sum()), liked=int(liked.sum()), measurements=measurements))
    return tuple(slices)


def always_f1(liked: BoolArray) -> float:
    """Give the F1 of recommending every row."""
    return decision_metrics(liked, np.ones(len(liked), dtype=np.bool_))["f1"]
