"""Run models over one split: learn on train, choose on validation, and read the test rows once, at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.engine import Here, run_tasks
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.data.split_words import split_words
from toprank.data.splits import Split
from toprank.decisions.objectives import FBeta, Objective
from toprank.decisions.thresholds import learn_threshold
from toprank.errors import OptionError
from toprank.evaluation.achieved import Achieved, predicted_and_achieved
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.measurements import Comparison, Report
from toprank.evaluation.scorecard import (
    Predictions,
    Scorecard,
    always_f1,
    judged,
    measure_scores,
    measure_slices,
    ratings_known,
    score,
    verdict_against,
)
from toprank.metrics.decision import DECISION_METRICS, decision_metrics
from toprank.models.embedding import Embedding
from toprank.models.registry import BASELINES, ModelSpec
from toprank.recommender.calibrated import Calibrated, calibrate, draw_curves
from toprank.study.engine.scoring import ScoreCache, Scored, fit_and_score
from toprank.study.engine.study_result import Ablation, StudyResult

__all__ = ["run_study"]


@dataclass(frozen=True, eq=False)
class _Model:
    """A model's scores with what was chosen by them, and what it says of the validation and the test rows."""

    scored: Scored
    chosen: Calibrated
    validation: Predictions
    test: Predictions


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
        Where to keep each model's scores when it is done, and where to take up those that are there.
    add_validation : bool
        Whether models learn the validation ratings before they score the test pairs; see
        :func:`toprank.study.engine.scoring.update_or_refit`.
    on_step : callable, optional
        Called with (steps done, steps in all, what is being done now).
    progress : callable, optional
        Called with (done, in all, in words) of the model being trained.

    Returns
    -------
    StudyResult

    Raises
    ------
    OptionError
        If a baseline is not among the models, or cannot be fitted.
    """
    objective = FBeta(1.0) if objective is None else objective
    missing = [name for name in BASELINES if name not in [entry.name for entry in entries]]
    if missing:
        raise OptionError(
            f"a study shows every baseline, and {', '.join(missing)} are missing; registry.chosen adds them"
        )
    total = 2 * len(entries) + 1
    train = split.training(data)
    validation, test = data.ratings.take(split.validation), data.ratings.take(split.test)
    failed: dict[str, str] = {}
    scored = {entry.name: None if finished is None else finished.load(entry) for entry in entries}
    to_fit = [entry for entry in entries if scored[entry.name] is None]
    begun = len(entries) - len(to_fit)

    def start(name: str) -> None:
        nonlocal begun
        on_step(begun, total, f"{name}: fitting")
        begun += 1

    def done(_: int, found: tuple[str, Scored | OptionError]) -> None:
        name, one = found
        if isinstance(one, Scored):
            scored[name] = one
            if finished is not None:
                finished.save(one)
        elif name in BASELINES:
            raise one
        else:
            failed[name] = str(one)

    job = _Job(train, validation, test, rng, add_validation, Here(start), Here(progress))
    # Networks keep to one thread and need little memory, so they go side by side; others fill the machine each.
    for networks in (False, True):
        some = [entry for entry in to_fit if isinstance(entry.model, Embedding) == networks]
        run_tasks(_fit, some, job, threads=networks, done=done)
    models = {name: _choose(one, validation, test, objective) for name, one in scored.items() if one is not None}

    on_step(len(entries), total, "drawing readers for the intervals")
    # From here on nothing is chosen any more, and the test ratings are read.
    draws = UserBootstrap(test.user, test.liked, rng=derive_rng(rng, "bootstrap"), replicates=replicates)
    drawn = UserBootstrap(validation.user, validation.liked, rng=derive_rng(rng, "validation"), replicates=replicates)
    steps = {name: len(entries) + 1 + done for done, name in enumerate(models)}
    card = score(
        {name: model.test for name, model in models.items()},
        draws,
        objective,
        on_step=lambda name: on_step(steps[name], total, f"{name}: measuring"),
    )
    known = np.concatenate([split.train, split.validation]) if add_validation else split.train
    rows_known = ratings_known(data.ratings.take(known), test)
    ablations = tuple(
        Ablation(entry.name, entry.ablates, tuple(card.compare(entry.ablates, entry.name)))
        for entry in entries
        if entry.ablates is not None and {entry.name, entry.ablates} <= models.keys()
    )
    reports = tuple(
        _report(model, card, rows_known, _achieved(model, validation, drawn, objective, rng))
        for model in models.values()
    )
    on_step(total, total, "done")
    liked = {"train": train.ratings.liked, "validation": validation.liked, "test": test.liked}
    return StudyResult(
        dataset=data.name,
        scale=data.ratings.liked_in_words,
        split={
            "kind": split.kind,
            "seed": split.seed,
            **{part: len(rows) for part, rows in liked.items()},
            "words": split_words(split, data.ratings),
        },
        liked={part: int(rows.sum()) for part, rows in liked.items()},
        always={part: always_f1(liked[part]) for part in ("validation", "test")},
        reports=reports,
        failed=failed,
        ablations=ablations,
        validation_added=add_validation,
    )


@dataclass(frozen=True, eq=False)
class _Job:
    """What the models of a study have in common."""

    train: Dataset
    validation: Ratings
    test: Ratings
    rng: np.random.Generator
    add_validation: bool
    start: Here
    progress: Here


def _fit(entry: ModelSpec, job: _Job) -> tuple[str, Scored | OptionError]:
    """Fit one model, by its name, and let it score; what it cannot be fitted for is an answer too."""
    job.start(entry.name)
    rng = derive_rng(job.rng, entry.stream or entry.name)
    try:
        return entry.name, fit_and_score(
            entry, job.train, job.validation, job.test, rng=rng, progress=job.progress,
            add_validation=job.add_validation,
        )  # fmt: skip
    except OptionError as error:
        return entry.name, error


def _choose(scored: Scored, validation: Ratings, test: Ratings, objective: Objective) -> _Model:
    on_validation, on_test = (
        np.where(np.isnan(scores), scored.unscored_as, scores) for scores in (scored.validation, scored.test)
    )
    chosen = calibrate(scored.entry.name, scored.entry.model.target, on_validation, validation, objective)
    return _Model(scored, chosen, chosen.predict(validation, on_validation), chosen.predict(test, on_test))


def _achieved(
    model: _Model, validation: Ratings, draws: UserBootstrap, objective: Objective, rng: np.random.Generator
) -> tuple[tuple[Achieved, float], ...]:
    if model.scored.entry.name == "always":
        return ()
    scores, liked = model.validation.scores, validation.liked

    def learn_and_decide(learn: IntArray, asked: IntArray) -> BoolArray:
        return learn_threshold(scores[learn], liked[learn], objective).decide(scores[asked])

    test = model.test.liked, model.test.learned
    return predicted_and_achieved(validation.user, liked, learn_and_decide, test, draws, objective, rng=rng)


def _report(
    model: _Model,
    card: Scorecard,
    rows_known: tuple[IntArray, IntArray],
    achieved: tuple[tuple[Achieved, float], ...],
) -> Report:
    scored, name = model.scored, model.scored.entry.name
    comparisons = card.compare_all(name, tuple(BASELINES))
    judged_by, judged_in = judged(comparisons, card.objective)
    figures, scores = card.figures[name], model.test.scores
    test_fixed = decision_metrics(model.test.liked, model.chosen.fixed.decide(scores))
    return Report(
        name=name,
        target=scored.entry.model.target.name,
        description=scored.entry.description,
        objective=card.objective,
        fixed_cutoff=model.chosen.fixed.cutoff,
        learned_cutoff=model.chosen.learned.cutoff,
        validation=measure_scores(model.validation),
        test={metric: value for metric, value in figures.items() if metric not in DECISION_METRICS},
        validation_fixed=decision_metrics(model.validation.liked, model.chosen.fixed.decide(model.validation.scores)),
        validation_learned=decision_metrics(model.validation.liked, model.validation.learned),
        test_fixed=test_fixed,
        test_learned={metric: figures[metric] for metric in DECISION_METRICS},
        intervals=card.intervals[name],
        comparisons=comparisons,
        slices=measure_slices(model.test, *rows_known),
        unscored={
            "validation": int(np.isnan(scored.validation).sum()),
            "test": int(np.isnan(scored.test).sum()),
        },
        seconds={"fit": scored.fit_seconds, "score": scored.score_seconds},
        verdict=_verdict(name, comparisons, card.objective, test_fixed),
        judged_by=judged_by,
        judged_in=judged_in,
        curves=draw_curves(model.validation.scores, model.validation.liked, model.test),
        spread={
            "lowest": float(scores.min()),
            "highest": float(scores.max()),
            "deviation": float(scores.std()),
        },
        history=scored.history,
        achieved=achieved,
    )


def _verdict(name: str, comparisons: Sequence[Comparison], objective: str, at_fixed: dict[str, float]) -> str:
    if name == "always":
        return "the baseline that recommends everything"
    said = verdict_against(comparisons, objective)
    return f"{said}. Recommends everything at its fixed cutoff" if at_fixed["coverage"] == 1.0 else said
