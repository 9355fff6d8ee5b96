"""What a recommender achieves on rows that nothing was chosen on, beside the trivial answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Decisions
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.decisions.abstention import Abstain
from toprank.decisions.calibration import fit_calibration
from toprank.decisions.objectives import FBeta, Objective
from toprank.decisions.thresholds import cutoff_curve, learn_threshold
from toprank.evaluation.achieved import Achieved, cross_fitted, measure_achieved
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.curves import measure_curves
from toprank.evaluation.measurements import Comparison, Curves, Measurement, Slice
from toprank.evaluation.measures import Answers, compare, measure_intervals, measure_scores, measure_slices, verdict
from toprank.metrics.decision import decision_metrics
from toprank.models.base import FittedModel, Model
from toprank.models.baselines import Always, Bias, ItemMean, UserMean

__all__ = [
    "BASELINES",
    "Measures",
    "Scorecard",
    "TestPredictions",
    "answers_of",
    "baseline_predictions",
    "beside",
    "measure",
]

BASELINES = {
    "always": "always recommend",
    "user-mean": "user mean",
    "item-mean": "item mean",
    "bias": "damped bias",
}
"""How the trivial answers are called."""

REPLICATES = 1000


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


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Figures of answers beside each other; each field as in :class:`Measures`."""

    figures: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, Measurement]]
    comparisons: tuple[Comparison, ...]
    verdict: str


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
        Of "toprank" and of each trivial answer: ``auc``, ``average_precision``, ``log_loss``, ``brier``, ``ece``,
        ``rmse``, ``mae`` and those of the decisions: ``f1``, ``precision``, ``recall``, ``mcc``, ``coverage`` and more.
    intervals : dict of str to dict of str to Measurement
        Of each: ``f1``, ``auc``, ``mcc`` with their 95 % intervals, users drawn at random.
    comparisons : tuple of Comparison
        Of toprank with each trivial answer.
    verdict : str
        These in words.
    slices : tuple of Slice
        By how much is known.
    curves : Curves
    achieved : tuple of (Achieved, float)
        What the objective was expected to come out at, and what it came out at.
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


def measure(
    train: Dataset,
    validation: Ratings,
    test: Ratings,
    on_validation: Decisions,
    on_test: Decisions,
    objective: Objective,
    cutoff: float,
    abstain: Abstain,
    *,
    rng: np.random.Generator,
) -> Measures:
    """Measure decisions on test rows, and the trivial answers beside them.

    Parameters
    ----------
    train : Dataset
        What the recommender, and each trivial answer, learned from.
    validation, test : Ratings
        What the cutoffs were learned from, and what is measured.
    on_validation, on_test : Decisions
        What was answered about them.
    objective : Objective
        What the cutoffs serve.
    cutoff : float
        On P(liked).
    abstain : Abstain
        When there is neither a yes nor a no.
    rng : numpy.random.Generator
        Draws readers for the intervals.

    Returns
    -------
    Measures
    """
    answers = {"toprank": answers_of(test, on_test.probability, on_test.recommend, on_test.expected)}
    answers |= baseline_predictions(train, validation, test, objective)
    found = beside(answers, test.user, objective, rng=rng)
    cutoffs, f1 = cutoff_curve(on_validation.probability, validation.liked, FBeta(1.0))
    mine = answers["toprank"]
    return Measures(
        rows={"train": len(train.ratings), "validation": len(validation), "test": len(test)},
        liked=float(test.liked.mean()),
        objective=str(objective),
        cutoff=cutoff,
        figures=found.figures,
        intervals=found.intervals,
        comparisons=found.comparisons,
        verdict=found.verdict,
        slices=measure_slices(mine, *_known(train.ratings, test)),
        curves=measure_curves(
            liked=test.liked,
            scores=on_test.probability,
            probability=on_test.probability,
            cutoffs=np.maximum(cutoffs, float(on_validation.probability.min())),
            f1_by_cutoff=f1,
            always_f1=decision_metrics(validation.liked, np.ones(len(validation), np.bool_))["f1"],
        ),
        achieved=_achieved(validation, on_validation, mine, objective, abstain, rng),
    )


def beside(
    answers: Mapping[str, Answers], user: IntArray, objective: Objective, *, rng: np.random.Generator
) -> Scorecard:
    """Measure toprank's answers beside the trivial ones, on the same draws of readers.

    Parameters
    ----------
    answers : mapping of str to Answers
        Of "toprank" and of each trivial answer, about the same rows.
    user : int[n]
        Their readers.
    objective : Objective
        What the cutoffs serve.
    rng : numpy.random.Generator
        Draws readers for the intervals.

    Returns
    -------
    Scorecard
    """
    draws = UserBootstrap(user, answers["toprank"].liked, rng=derive_rng(rng, "bootstrap"), replicates=REPLICATES)
    served = None if objective == FBeta(1.0) else objective.value
    measured = {name: measure_intervals(one, draws, served) for name, one in answers.items()}
    comparisons = tuple(c for name in BASELINES for c in compare(name, measured["toprank"], measured[name], draws))
    judged = "f1" if served is None else "objective"
    if any(c.metric == judged and np.isnan(c.difference) for c in comparisons):
        judged = "auc"  # to recommend everything cannot serve the objective at all
    unit = {"f1": "", "auc": " in AUC", "objective": f" in {str(objective).partition(':')[0]}"}[judged]
    return Scorecard(
        figures={name: measure_scores(one) | decision_metrics(one.liked, one.learned) for name, one in answers.items()},
        intervals={name: intervals for name, (intervals, _) in measured.items()},
        comparisons=comparisons,
        verdict=verdict(comparisons, names=BASELINES, metric=judged, unit=unit),
    )


def answers_of(rows: Ratings, probability: FloatArray, recommend: BoolArray, expected: FloatArray | None) -> Answers:
    """Put decisions about rows beside what happened."""
    if expected is not None and bool(np.isnan(expected).any()):
        expected = None
    return Answers(rows.liked, probability, probability, recommend, recommend, rows.value, expected)


def baseline_predictions(
    train: Dataset, validation: Ratings, rows: Ratings, objective: Objective, *, known: Dataset | None = None
) -> dict[str, Answers]:
    """Let each trivial answer learn, calibrate it and give it the cutoff that serves it best, as toprank's own.

    Parameters
    ----------
    train : Dataset
        What it learns from.
    validation : Ratings
        What its calibration and its cutoff are learned from.
    rows : Ratings
        What it is asked about.
    objective : Objective
        What its cutoff serves.
    known : Dataset, optional
        What it knows when it is asked, where that is more than ``train``.

    Returns
    -------
    dict of str to Answers
        By the names of :data:`BASELINES`.
    """
    models: dict[str, Model] = {"always": Always(), "user-mean": UserMean(), "item-mean": ItemMean(), "bias": Bias()}
    found = {}
    nothing_random = np.random.default_rng(0)
    for name, model in models.items():
        fitted = model.fit(train, rng=nothing_random)
        learned = _scores(fitted, validation, train)
        if known is not None:
            fitted = model.fit(known, rng=nothing_random)
        asked = _scores(fitted, rows, train if known is None else known)
        calibration = fit_calibration(learned, validation.liked)
        yes = np.ones(len(rows), np.bool_)
        if name != "always":
            yes = learn_threshold(learned, validation.liked, objective).decide(asked)
        expected = None if name == "always" else asked
        found[name] = replace(answers_of(rows, asked, yes, expected), probability=calibration(asked))
    return found


def _scores(fitted: FittedModel, rows: Ratings, learned: Dataset) -> FloatArray:
    """Score rows; what has no score is answered with the mean."""
    return np.nan_to_num(fitted.scores(rows.user, rows.item), nan=float(learned.ratings.value.mean()))


def _achieved(
    validation: Ratings,
    on_validation: Decisions,
    on_test: Answers,
    objective: Objective,
    abstain: Abstain,
    rng: np.random.Generator,
) -> tuple[tuple[Achieved, float], ...]:
    draws = UserBootstrap(validation.user, validation.liked, rng=derive_rng(rng, "validation"), replicates=REPLICATES)
    if not draws.enough_users:
        return ()
    probability, liked = on_validation.probability, validation.liked

    def learn_and_decide(learn: IntArray, asked: IntArray) -> BoolArray:
        decider = learn_threshold(probability[learn], liked[learn], objective)
        low, high = on_validation.low[asked], on_validation.high[asked]
        unsure = abstain.unsure(probability[asked], low, high, cutoff=decider.cutoff)
        return decider.decide(probability[asked]) & ~unsure

    decided = cross_fitted(validation.user, learn_and_decide, rng=derive_rng(rng, "achieved"))
    expected = measure_achieved(liked, decided, draws, objective.figures, other_rows=len(on_test.liked))
    yes = on_test.learned
    counts = (on_test.liked & yes, yes, on_test.liked, np.ones(len(yes)))
    came_out = objective.figures(*(np.array([float(np.sum(count))]) for count in counts))
    return tuple((one, float(came_out[one.name][0])) for one in expected)


def _known(train: Ratings, rows: Ratings) -> tuple[IntArray, IntArray]:
    by_user = np.bincount(train.user, minlength=len(train.users))
    by_item = np.bincount(train.item, minlength=len(train.items))
    return by_user[rows.user], by_item[rows.item]
