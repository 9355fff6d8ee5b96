"""Run models over one split: learn on train, choose on validation, and read the test rows once, at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.data.splits import Split
from toprank.decisions.calibration import Calibration, fit_calibration
from toprank.decisions.objectives import FBeta, Objective
from toprank.decisions.thresholds import Threshold, cutoff_curve, learn_threshold
from toprank.errors import OptionError
from toprank.evaluation.achieved import Achieved, cross_fitted, measure_achieved
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.curves import measure_curves
from toprank.evaluation.measurements import Comparison, Report
from toprank.evaluation.measures import (
    Answers,
    Measured,
    compare,
    measure_intervals,
    measure_scores,
    measure_slices,
    verdict,
)
from toprank.metrics.decision import decision_metrics
from toprank.models.registry import BASELINES, ModelSpec
from toprank.study.engine.scoring import ScoreCache, Scored, fit_and_score
from toprank.study.engine.study_result import Ablation, StudyResult

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
    """A model's answers with all that was chosen for it on validation rows."""

    scored: Scored
    calibration: Calibration
    fixed: Threshold
    learned: Threshold

    def answers(self, rows: Ratings, scores: FloatArray) -> Answers:
        filled = np.where(np.isnan(scores), self.scored.unscored_as, scores)
        return Answers(
            liked=rows.liked,
            scores=filled,
            probability=self.calibration(filled),
            fixed=self.fixed.decide(filled),
            learned=self.learned.decide(filled),
            ratings=rows.value,
            expected=self.scored.entry.model.target.to_ratings(filled, rows.scale),
        )


def run_study(
    data: Dataset,
    split: Split,
    entries: Sequence[ModelSpec],
    *,
    rng: np.random.Generator,
    objective: Objective | None = None,
    replicates: int = 1000,
    finished: ScoreCache | None = None,
    add_validation: bool = False,
    on_step: Callable[[int, int, str], None] = lambda done, total, what: None,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> StudyResult:
    """Fit every model on the training rows, choose its cutoff on the validation rows, measure it on the test rows.

    Every model's scores are calibrated on the validation rows. A pair that a model cannot score is answered with
    the training mean, and counted. A model that cannot be trained (its loss is not finite, memory runs out) is
    reported as failed, and the others go on.

    Parameters
    ----------
    data : Dataset
        All ratings, and whatever else is known.
    split : Split
        Of ``data.ratings``.
    entries : sequence of ModelSpec
        The models; :func:`toprank.models.registry.chosen` gives them with the baselines among them.
    rng : numpy.random.Generator
        Source of all randomness; each model has a stream of its own.
    objective : Objective, optional
        What the learned cutoff serves; F1 by default.
    replicates : int
        Draws of the bootstrap over users.
    finished : ScoreCache, optional
        Where to keep each model's answers when it is done, and where to take up those that are there.
    add_validation : bool
        Whether models are told the validation ratings before they score the test pairs; see
        :func:`toprank.study.engine.scoring.told`.
    on_step : callable, optional
        Told (steps done, steps in all, what is being done now).
    progress : callable, optional
        Told (done, in all, in words) of the model being trained.

    Returns
    -------
    StudyResult
    """
    objective = FBeta(1.0) if objective is None else objective
    missing = [name for name in BASELINES if name not in [entry.name for entry in entries]]
    if missing:
        raise OptionError(
            f"a study shows every baseline, and {', '.join(missing)} are missing; registry.chosen adds them"
        )
    total = 2 * len(entries) + 1
    train = data.with_ratings(split.train)
    validation, test = data.ratings.take(split.validation), data.ratings.take(split.test)
    models: dict[str, _Chosen] = {}
    failed: dict[str, str] = {}
    for done, entry in enumerate(entries):
        on_step(done, total, f"{entry.name}: fitting")
        scored = None if finished is None else finished.take(entry)
        if scored is None:
            try:
                scored = fit_and_score(
                    entry,
                    train,
                    validation,
                    test,
                    rng=derive_rng(rng, entry.stream or entry.name),
                    progress=progress,
                    add_validation=add_validation,
                )
            except OptionError as error:
                if entry.name in BASELINES:
                    raise
                failed[entry.name] = str(error)
                continue
            if finished is not None:
                finished.keep(scored)
        models[entry.name] = _choose(scored, validation, objective)

    on_step(len(entries), total, "drawing readers for the intervals")
    # From here on nothing is chosen any more, and the test ratings are read.
    draws = UserBootstrap(test.user, test.liked, rng=derive_rng(rng, "bootstrap"), replicates=replicates)
    drawn = UserBootstrap(validation.user, validation.liked, rng=derive_rng(rng, "validation"), replicates=replicates)
    served = None if objective == FBeta(1.0) else objective.value
    answers: dict[str, Answers] = {}
    measured: dict[str, Measured] = {}
    for done, (name, model) in enumerate(models.items()):
        on_step(len(entries) + 1 + done, total, f"{name}: measuring")
        answers[name] = model.answers(test, model.scored.test)
        measured[name] = measure_intervals(answers[name], draws, served)
    of_known = np.concatenate([split.train, split.validation]) if add_validation else split.train
    rows_known = _rows_known(data.ratings.take(of_known), test)
    reports = []
    for name, model in models.items():
        comparisons = [c for b in BASELINES if b != name for c in compare(b, measured[name], measured[b], draws)]
        report = _report(model, validation, answers[name], objective, measured[name], comparisons, rows_known)
        expected = _achieved(model, validation, answers[name], drawn, derive_rng(rng, "achieved"))
        reports.append(replace(report, achieved=expected))
    ablations = tuple(
        Ablation(
            entry.name, entry.ablates, tuple(compare(entry.name, measured[entry.ablates], measured[entry.name], draws))
        )
        for entry in entries
        if entry.ablates is not None and {entry.name, entry.ablates} <= measured.keys()
    )
    on_step(total, total, "done")
    liked = {"train": train.ratings.liked, "validation": validation.liked, "test": test.liked}
    return StudyResult(
        dataset=data.name,
        scale=data.ratings.liked_in_words,
        split={"kind": split.kind, "seed": split.seed, **{part: len(rows) for part, rows in liked.items()}},
        liked={part: int(rows.sum()) for part, rows in liked.items()},
        always={part: _always_f1(liked[part]) for part in ("validation", "test")},
        reports=tuple(reports),
        failed=failed,
        ablations=ablations,
        validation_added=add_validation,
    )


def _choose(scored: Scored, validation: Ratings, objective: Objective) -> _Chosen:
    target = scored.entry.model.target
    filled = np.where(np.isnan(scored.validation), scored.unscored_as, scored.validation)
    fixed = Threshold(target.fixed_cutoff(validation.scale), objective, float("nan"))
    # The line that every model is held against stays what its name says, whatever the objective.
    always = scored.entry.name == "always"
    return _Chosen(
        scored,
        calibration=fit_calibration(filled, validation.liked),
        fixed=fixed,
        learned=fixed if always else learn_threshold(filled, validation.liked, objective),
    )


def _achieved(
    model: _Chosen, validation: Ratings, on_test: Answers, draws: UserBootstrap, rng: np.random.Generator
) -> tuple[tuple[Achieved, float], ...]:
    """Hold what the objective came out at against what was to be expected of a cutoff learned on other readers."""
    if model.scored.entry.name == "always" or not draws.enough_users:
        return ()
    answers, objective = model.answers(validation, model.scored.validation), model.learned.objective

    def learn_and_decide(learn: IntArray, asked: IntArray) -> BoolArray:
        return learn_threshold(answers.scores[learn], answers.liked[learn], objective).decide(answers.scores[asked])

    decided = cross_fitted(validation.user, learn_and_decide, rng=rng)
    expected = measure_achieved(answers.liked, decided, draws, objective.figures, other_rows=len(on_test.liked))
    yes = on_test.learned
    counts = (on_test.liked & yes, yes, on_test.liked, np.ones(len(yes)))
    came_out = objective.figures(*(np.array([float(np.sum(count))]) for count in counts))
    return tuple((one, float(came_out[one.name][0])) for one in expected)


def _report(
    model: _Chosen,
    validation: Ratings,
    on_test: Answers,
    objective: Objective,
    measured: Measured,
    comparisons: Sequence[Comparison],
    rows_known: tuple[IntArray, IntArray],
) -> Report:
    scored = model.scored
    judged = _judged(comparisons, objective)
    on_validation = model.answers(validation, scored.validation)
    cutoffs, f1_by_cutoff = cutoff_curve(on_validation.scores, on_validation.liked, FBeta(1.0))
    return Report(
        name=scored.entry.name,
        target=scored.entry.model.target.name,
        description=scored.entry.description,
        objective=str(objective),
        fixed_cutoff=model.fixed.cutoff,
        learned_cutoff=model.learned.cutoff,
        validation=measure_scores(on_validation),
        test=measure_scores(on_test),
        validation_fixed=decision_metrics(on_validation.liked, on_validation.fixed),
        validation_learned=decision_metrics(on_validation.liked, on_validation.learned),
        test_fixed=decision_metrics(on_test.liked, on_test.fixed),
        test_learned=decision_metrics(on_test.liked, on_test.learned),
        intervals=measured[0],
        comparisons=tuple(comparisons),
        slices=measure_slices(on_test, *rows_known),
        unscored={
            "validation": int(np.isnan(scored.validation).sum()),
            "test": int(np.isnan(scored.test).sum()),
        },
        seconds={"fit": scored.fit_seconds, "score": scored.score_seconds},
        verdict=_verdict(scored.entry.name, comparisons, *judged, on_test.fixed),
        judged_by=judged[0],
        judged_in=judged[1],
        curves=measure_curves(
            liked=on_test.liked,
            scores=on_test.scores,
            probability=on_test.probability,
            # A picture has no place for the cutoff that recommends everything but the lowest score.
            cutoffs=np.maximum(cutoffs, on_validation.scores.min()),
            f1_by_cutoff=f1_by_cutoff,
            always_f1=_always_f1(on_validation.liked),
        ),
        spread={
            "lowest": float(on_test.scores.min()),
            "highest": float(on_test.scores.max()),
            "deviation": float(on_test.scores.std()),
        },
        history=scored.history,
    )


def _judged(comparisons: Sequence[Comparison], objective: Objective) -> tuple[str, str]:
    """Judge by what the cutoff serves; where always recommending cannot serve it at all, by AUC."""
    if objective == FBeta(1.0):
        return "f1", "F1"
    if any(c.metric == "objective" and np.isnan(c.difference) for c in comparisons):
        return "auc", "AUC"
    return "objective", str(objective).partition(":")[0]


def _verdict(name: str, comparisons: Sequence[Comparison], judged_by: str, judged_in: str, at_fixed: BoolArray) -> str:
    if name == "always":
        return "the trivial answer: recommends everything"
    names = {baseline: words for baseline, words in BASELINE_NAMES.items() if baseline != name}
    unit = "" if judged_by == "f1" else f" in {judged_in}"
    said = verdict(comparisons, names=names, metric=judged_by, unit=unit)
    return f"{said}; recommends everything at its fixed cutoff" if at_fixed.all() else said


def _always_f1(liked: BoolArray) -> float:
    return decision_metrics(liked, np.ones(len(liked), dtype=np.bool_))["f1"]


def _rows_known(train: Ratings, rows: Ratings) -> tuple[IntArray, IntArray]:
    """Count the training ratings of each row's user and item."""
    by_user = np.bincount(train.user, minlength=len(train.users))
    by_item = np.bincount(train.item, minlength=len(train.items))
    return by_user[rows.user], by_item[rows.item]
