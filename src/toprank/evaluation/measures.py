"""One model measured on one split, beside the trivial baselines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.evaluation.bootstrap import ObjectiveValue, UserBootstrap, interval
from toprank.evaluation.measurements import Comparison, Measurement, Slice
from toprank.metrics.calibration_error import expected_calibration_error
from toprank.metrics.decision import decision_metrics
from toprank.metrics.scores import auc, average_precision, brier, log_loss, mae, rmse

__all__ = [
    "SLICES",
    "Answers",
    "Measured",
    "compare",
    "measure_intervals",
    "measure_scores",
    "measure_slices",
    "verdict",
]

SLICES = ("new user", "new item", "few ratings", "many ratings")
"""Names of the slices, from least to most known; every row is in exactly one."""

FEW = 5
"""With fewer training ratings than this of the user or of the item, a row counts as "few ratings"."""


Measured = tuple[dict[str, Measurement], dict[str, FloatArray]]
"""Figures by name, and the same figures in every draw of the bootstrap."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of some rows.

    Parameters
    ----------
    liked : bool[n]
        What happened.
    scores : float64[n]
        Scores, no NaN.
    probability : float64[n]
        Calibrated P(liked).
    fixed, learned : bool[n]
        Whether each row is recommended at the fixed and at the learned cutoff.
    ratings : float[n]
        What was given, in rating points.
    expected : float[n] or None
        What the model expects to be given, in rating points, where it says so.
    """

    liked: BoolArray
    scores: FloatArray
    probability: FloatArray
    fixed: BoolArray
    learned: BoolArray
    ratings: FloatArray
    expected: FloatArray | None


def measure_scores(answers: Answers) -> dict[str, float]:
    """Measure scores, probabilities and expected ratings.

    Parameters
    ----------
    answers : Answers
        What the model says.

    Returns
    -------
    dict of str to float
        ``auc``, ``average_precision``, ``log_loss`` (nats), ``brier``, ``ece``, ``rmse`` and ``mae`` (rating
        points; NaN where the model expects no rating).
    """
    expected = answers.expected
    return {
        "auc": auc(answers.liked, answers.scores),
        "average_precision": average_precision(answers.liked, answers.scores),
        "log_loss": log_loss(answers.liked, answers.probability),
        "brier": brier(answers.liked, answers.probability),
        "ece": expected_calibration_error(answers.liked, answers.probability),
        "rmse": float("nan") if expected is None else rmse(answers.ratings, expected),
        "mae": float("nan") if expected is None else mae(answers.ratings, expected),
    }


def measure_intervals(answers: Answers, draws: UserBootstrap, objective: ObjectiveValue | None = None) -> Measured:
    """Measure the main figures with their intervals.

    Parameters
    ----------
    answers : Answers
        What the model says.
    draws : UserBootstrap
        Made of the same rows.
    objective : callable, optional
        What the learned cutoff serves, where that is not F1.

    Returns
    -------
    measurements : dict of str to Measurement
        ``f1_fixed``, ``f1``, ``mcc`` and ``objective`` (the last three at the learned cutoff), and ``auc``. With too
        few users the intervals are NaN.
    replicates : dict of str to float64[r]
        The same in every draw, for :func:`compare`.
    """
    learned, fixed = draws.decisions(answers.learned, objective), draws.decisions(answers.fixed)
    at_learned = decision_metrics(answers.liked, answers.learned)
    values = {
        "f1_fixed": decision_metrics(answers.liked, answers.fixed)["f1"],
        "f1": at_learned["f1"],
        "mcc": at_learned["mcc"],
        "auc": auc(answers.liked, answers.scores),
    }
    replicates = {"f1_fixed": fixed["f1"], **learned, "auc": draws.auc(answers.scores)}
    if objective is not None:
        counts = (answers.liked & answers.learned, answers.learned, answers.liked, np.ones(len(answers.liked)))
        values["objective"] = float(objective(*(np.array([float(count.sum())]) for count in counts))[0])
    return (
        {name: Measurement(name, value, *_interval(replicates[name], draws)) for name, value in values.items()},
        {name: replicates[name] for name in values},
    )


def compare(baseline: str, measured: Measured, baseline_measured: Measured, draws: UserBootstrap) -> list[Comparison]:
    """Compare a model with a baseline, draw by draw.

    Parameters
    ----------
    baseline : str
        Name of the baseline.
    measured, baseline_measured : Measured
        What :func:`measure_intervals` gave of the two.
    draws : UserBootstrap
        What it was given.

    Returns
    -------
    list of Comparison
        On F1 at the learned cutoff, on AUC, and on the objective where that is another. With too few users the
        intervals are NaN.
    """
    (values, replicates), (base_values, base_replicates) = measured, baseline_measured
    intervals = {name: _interval(replicates[name] - base_replicates[name], draws) for name in values}
    told_apart = base_values["auc"].value != 0.5 or intervals["auc"][0] > 0.0
    return [
        Comparison(baseline, name, values[name].value - base_values[name].value, *intervals[name], told_apart)
        for name in ("f1", "auc", "objective")
        if name in values
    ]


def _interval(replicates: FloatArray, draws: UserBootstrap) -> tuple[float, float]:
    return interval(replicates) if draws.enough_users else (math.nan, math.nan)


def verdict(comparisons: Sequence[Comparison], *, names: dict[str, str], metric: str = "f1", unit: str = "") -> str:
    """Say in words whether a model's decisions are better than the trivial ones by more than chance.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Against each baseline.
    names : dict of str to str
        How to call each baseline, the one to name in any case first.
    metric : str
        What is compared.
    unit : str
        How to call it, where that is not F1.

    Returns
    -------
    str
        The first baseline; then each other one that the model is not better than, or, if there is none, the
        strongest.

    Examples
    --------
    >>> ahead = Comparison("always", "f1", 0.025, 0.021, 0.029)
    >>> level = Comparison("bias", "f1", 0.001, -0.002, 0.004)
    >>> verdict([ahead, level], names={"always": "always recommend", "bias": "damped bias"})
    'better than always recommend by 0.025 (0.021 to 0.029); no better than damped bias (-0.002 to 0.004)'
    """
    compared = {c.baseline: c for c in comparisons if c.metric == metric and c.baseline in names}
    first, *others = [compared[baseline] for baseline in names if baseline in compared]
    if first.undecided:
        return f"too few readers to tell whether it is better than {names[first.baseline]}"
    unbeaten = [c for c in others if not c.better]
    named = unbeaten or sorted(others, key=lambda c: c.difference)[:1]
    return "; ".join(_in_words(c, names[c.baseline], unit) for c in (first, *named))


def _in_words(c: Comparison, name: str, unit: str) -> str:
    if not (c.better or c.worse):
        # Adding zero turns the -0.0 of a rounded small loss into 0.0.
        low, high = round(c.low, 3) + 0.0, round(c.high, 3) + 0.0
        return f"no better than {name}" + (f" ({low:.3f} to {high:.3f}{unit})" if c.low < c.high else "")
    word = "better" if c.better else "worse"
    by, low, high = abs(c.difference), *sorted((abs(c.low), abs(c.high)))
    # An end that is not zero must not read as zero.
    digits = next((d for d in (3, 4, 5) if low >= 0.5 * 10**-d), 6)
    return f"{word} than {name} by {by:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}){unit}"


def measure_slices(answers: Answers, user_ratings: IntArray, item_ratings: IntArray) -> tuple[Slice, ...]:
    """Measure the rows apart by how much is known.

    Parameters
    ----------
    answers : Answers
        What the model says.
    user_ratings, item_ratings : int[n]
        Training ratings of each row's user, and of its item.

    Returns
    -------
    tuple of Slice
        "new user" (no training rating), "new item" (the user has some, the item none), "few ratings" (both have
        some, one of them fewer than 5), "many ratings" (both have 5 or more).
    """
    least = np.minimum(user_ratings, item_ratings)
    place = np.select([user_ratings == 0, item_ratings == 0, least < FEW], [0, 1, 2], default=3)
    slices = []
    for number, name in enumerate(SLICES):
        rows = place == number
        liked = answers.liked[rows]
        measured = decision_metrics(liked, answers.learned[rows])
        slices.append(
            Slice(
                name,
                rows=int(rows.sum()),
                liked=int(liked.sum()),
                measurements={
                    "f1": measured["f1"],
                    "always_f1": decision_metrics(liked, np.ones(len(liked), dtype=np.bool_))["f1"],
                    "precision": measured["precision"],
                    "recall": measured["recall"],
                    "coverage": measured["coverage"],
                    "auc": auc(liked, answers.scores[rows]),
                },
            )
        )
    return tuple(slices)
