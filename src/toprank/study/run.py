"""Run models over one split: learn on train, choose on validation, and read the test rows once, at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import child
from toprank.data.splits import Split
from toprank.deciding.calibration import Calibration, fit_calibration
from toprank.deciding.cutoff import Decider, cutoff_curve, learn_cutoff
from toprank.deciding.objectives import FBeta, Objective
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.curves import measure_curves
from toprank.evaluation.evaluate import (
    Answers,
    Measured,
    compare,
    measure_intervals,
    measure_scores,
    measure_slices,
    verdict,
)
from toprank.evaluation.report import Report
from toprank.metrics.decision import decision_metrics
from toprank.models.base import FittedModel
from toprank.models.registry import BASELINES, Entry
from toprank.study.results import StudyResult

__all__ = ["run_study"]

BASELINE_NAMES = {
    "always": "always recommend",
    "bias": "damped bias",
    "item-mean": "item mean",
    "user-mean": "user mean",
}
"""The baselines that a verdict names. The global mean is left out: one score for all can only recommend all or none."""


@dataclass(frozen=True, eq=False)
class _Chosen:
    """A fitted model with all that was chosen for it on validation rows."""

    entry: Entry
    fitted: FittedModel
    fit_seconds: float
    unscored_as: float
    calibration: Calibration
    fixed: Decider
    learned: Decider

    def answer(self, rows: Ratings) -> _Answered:
        started = time.perf_counter()
        scores = self.fitted.scores(rows.user, rows.item)
        seconds = time.perf_counter() - started
        unscored = np.isnan(scores)
        filled = np.where(unscored, self.unscored_as, scores)
        answers = Answers(
            liked=rows.liked,
            scores=filled,
            probability=self.calibration(filled),
            fixed=self.fixed.decide(filled),
            learned=self.learned.decide(filled),
            ratings=rows.value,
            expected=self.entry.model.target.to_ratings(filled, rows.scale),
        )
        return _Answered(answers, int(unscored.sum()), seconds)


@dataclass(frozen=True, eq=False)
class _Answered:
    answers: Answers
    unscored: int
    seconds: float


def run_study(
    data: Dataset,
    split: Split,
    entries: Sequence[Entry],
    *,
    rng: np.random.Generator,
    objective: Objective | None = None,
    replicates: int = 1000,
    on_step: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> StudyResult:
    """Fit every model on the training rows, choose its cutoff on the validation rows, measure it on the test rows.

    Every model's scores are calibrated on the validation rows. A pair that a model cannot score is answered with
    the training mean, and counted.

    Parameters
    ----------
    data : Dataset
        All ratings, and whatever else is known.
    split : Split
        Of ``data.ratings``.
    entries : sequence of Entry
        The models; :func:`toprank.models.registry.chosen` gives them with the baselines among them.
    rng : numpy.random.Generator
        Source of all randomness; each model has a stream of its own.
    objective : Objective, optional
        What the learned cutoff serves; F1 by default.
    replicates : int
        Draws of the bootstrap over users.
    on_step : callable, optional
        Told (steps done, steps in all, what is being done now).

    Returns
    -------
    StudyResult
    """
    objective = FBeta(1.0) if objective is None else objective
    names = [entry.name for entry in entries]
    missing = [name for name in BASELINES if name not in names]
    if missing:
        raise ValueError(f"a study shows every baseline, but {', '.join(missing)} are missing; use registry.chosen")
    total = 2 * len(entries) + 1
    train = data.with_ratings(split.train)
    validation = data.ratings.take(split.validation)
    models: dict[str, _Chosen] = {}
    for done, entry in enumerate(entries):
        on_step(done, total, f"{entry.name}: fitting")
        models[entry.name] = _choose(entry, train, validation, objective, child(rng, entry.name))

    on_step(len(entries), total, "drawing readers for the intervals")
    test = data.ratings.take(split.test)  # from here on nothing is chosen any more
    draws = UserBootstrap(test.user, test.liked, rng=child(rng, "bootstrap"), replicates=replicates)
    answered, measured = {}, {}
    for done, (name, model) in enumerate(models.items()):
        on_step(len(entries) + 1 + done, total, f"{name}: measuring")
        answered[name] = model.answer(test)
        measured[name] = measure_intervals(answered[name].answers, draws)

    rows_known = _rows_known(train.ratings, test)
    reports = tuple(
        _report(model, model.answer(validation), answered[name], objective, measured, rows_known)
        for name, model in models.items()
    )
    on_step(total, total, "done")
    liked = {"train": train.ratings.liked, "validation": validation.liked, "test": test.liked}
    return StudyResult(
        dataset=data.name,
        scale=str(data.ratings.scale),
        split={"kind": split.kind, "seed": split.seed, **{part: len(rows) for part, rows in liked.items()}},
        liked={part: int(rows.sum()) for part, rows in liked.items()},
        always={part: _always_f1(liked[part]) for part in ("validation", "test")},
        reports=reports,
    )


def _choose(
    entry: Entry, train: Dataset, validation: Ratings, objective: Objective, rng: np.random.Generator
) -> _Chosen:
    target, scale = entry.model.target, train.ratings.scale
    started = time.perf_counter()
    fitted = entry.model.fit(train, rng=rng, validation=validation)
    fit_seconds = time.perf_counter() - started
    scores = fitted.scores(validation.user, validation.item)
    unscored_as = float(target.transform(train.ratings.value, scale).mean())
    filled = np.where(np.isnan(scores), unscored_as, scores)
    return _Chosen(
        entry,
        fitted,
        fit_seconds,
        unscored_as,
        calibration=fit_calibration(filled, validation.liked),
        fixed=Decider(target.fixed_cutoff(scale), objective, float("nan")),
        learned=learn_cutoff(filled, validation.liked, objective),
    )


def _report(
    model: _Chosen,
    validation: _Answered,
    test: _Answered,
    objective: Objective,
    measured: dict[str, Measured],
    rows_known: tuple[IntArray, IntArray],
) -> Report:
    name = model.entry.name
    comparisons = [c for b in BASELINES if b != name for c in compare(b, measured[name], measured[b])]
    on_validation, on_test = validation.answers, test.answers
    cutoffs, f1_by_cutoff = cutoff_curve(on_validation.scores, on_validation.liked, FBeta(1.0))
    return Report(
        name=name,
        target=model.entry.model.target.name,
        description=model.entry.description,
        objective=str(objective),
        fixed_cutoff=model.fixed.cutoff,
        learned_cutoff=model.learned.cutoff,
        validation=measure_scores(on_validation),
        test=measure_scores(on_test),
        validation_fixed=decision_metrics(on_validation.liked, on_validation.fixed),
        validation_learned=decision_metrics(on_validation.liked, on_validation.learned),
        test_fixed=decision_metrics(on_test.liked, on_test.fixed),
        test_learned=decision_metrics(on_test.liked, on_test.learned),
        intervals=measured[name][0],
        comparisons=tuple(comparisons),
        slices=measure_slices(on_test, *rows_known),
        unscored={"validation": validation.unscored, "test": test.unscored},
        seconds={"fit": model.fit_seconds, "score": validation.seconds + test.seconds},
        verdict=(
            "the trivial answer: recommends everything"
            if name == "always"
            else verdict(comparisons, names={b: n for b, n in BASELINE_NAMES.items() if b != name})
        ),
        curves=measure_curves(
            liked=on_test.liked,
            scores=on_test.scores,
            probability=on_test.probability,
            cutoffs=cutoffs,
            f1_by_cutoff=f1_by_cutoff,
            always_f1=_always_f1(on_validation.liked),
        ),
    )


def _always_f1(liked: BoolArray) -> float:
    return decision_metrics(liked, np.ones(len(liked), dtype=np.bool_))["f1"]


def _rows_known(train: Ratings, rows: Ratings) -> tuple[IntArray, IntArray]:
    """Count the training ratings of each row's user and item."""
    by_user = np.bincount(train.user, minlength=len(train.users))
    by_item = np.bincount(train.item, minlength=len(train.items))
    return by_user[rows.user], by_item[rows.item]
