"""Search for a model's hyper-parameters on the training and validation rows; the test rows are never touched."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Dataset
from toprank.core.rng import derive_rng
from toprank.data.splits import Split
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import interval
from toprank.evaluation.measurements import Measurement
from toprank.models.base import ModelSpec, ProgressCallback, no_progress
from toprank.models.hyperparameters import replaced
from toprank.study.engine.scoring import fingerprint, installed
from toprank.study.tuning.metric import Metric, ValidationMeasure
from toprank.study.tuning.search_space import Range, search_space
from toprank.study.tuning.tuned import Tuned
from toprank.targets import labels

if TYPE_CHECKING:
    from types import ModuleType

    from optuna import Study
    from optuna.trial import FrozenTrial

__all__ = ["load_optuna", "tune"]

STUDY = "toprank"
"""Name of the search in its journal."""


def tune(
    data: Dataset,
    split: Split,
    entry: ModelSpec,
    *,
    rng: np.random.Generator,
    journal: Path,
    metric: Metric | None = None,
    trials: int = 30,
    time_limit: float = math.inf,
    replicates: int = 1000,
    on_trial: Callable[[int, int, str], None] = lambda done, total, what: None,
    progress: ProgressCallback = no_progress,
) -> Tuned:
    r"""Look for better hyper-parameters with Optuna's tree-structured Parzen estimator.

    The defaults come first. The model is fitted on the training rows and measured on the validation rows, from which it
    may also have learned when to stop. Ctrl-C ends the search and keeps what was found, once the defaults are measured.

    The best of many settings looks better than it is. Whether its gain is more than chance is therefore read off the
    bootstrap of the largest gain among all settings :math:`k`, each draw centred at what was observed:

    .. math:: least = \max_k d_k - q_{0.975}\big(\max_k (d_k^* - d_k)\big)

    (White, "A Reality Check for Data Snooping", Econometrica 68, 2000).

    Parameters
    ----------
    data : Dataset
        All ratings, and whatever else is known.
    split : Split
        Of ``data.ratings``; its test rows are not looked at.
    entry : ModelSpec
        The model.
    rng : numpy.random.Generator
        Source of all randomness. What is tried depends on it and on what was tried before alone, so a search that is
        taken up again finds what an undisturbed one finds.
    journal : Path
        Optuna's journal. If it is there, the search goes on from it.
    metric : Metric, optional
        What to make as good as possible; AUC by default.
    trials : int
        Settings to try in all, the defaults and those in the journal among them.
    time_limit : float
        Seconds after which no other setting is begun.
    replicates : int
        Draws of the bootstrap over users.
    on_trial : callable, optional
        Called with (settings tried, in all, the best so far in words).
    progress : callable, optional
        Called with (done, in all, in words) of the model being trained.

    Returns
    -------
    Tuned

    Raises
    ------
    OptionError
        If Optuna is missing, the model declares no range, the defaults cannot be measured, or the journal is that of
        another search.
    """
    optuna = load_optuna()
    metric = Metric() if metric is None else metric
    space = search_space(entry.model)
    if not space:
        raise OptionError(f"{entry.name} declares no hyper-parameter to search; name another model")
    if trials < 1:
        raise OptionError(f"trials is {trials}; at least 1 is needed, the defaults")
    train, validation = split.training(data), data.ratings.take(split.validation)
    measure = ValidationMeasure(metric, validation, rng=rng, replicates=replicates)
    described = f"{fingerprint(data, split, rng)} {entry.name} {entry.model!r} {metric} {space} {replicates}"
    study = _opened(optuna, journal, metric, hashlib.sha256(described.encode()).hexdigest())
    distributions = {name: searched.distribution() for name, searched in space.items()}
    ends, interrupted = time.monotonic() + time_limit, False
    try:
        while len(tried := _tried(study)) < trials and not (tried and time.monotonic() >= ends):
            on_trial(len(tried), trials, _so_far(tried, metric))
            if not tried and all(trial.state.name != "WAITING" for trial in study.get_trials(deepcopy=False)):
                study.enqueue_trial({name: searched.default for name, searched in space.items()})
            # The sampler starts anew each time: what it proposes does not depend on when a search was interrupted.
            seed = int(derive_rng(rng, "tuning", len(tried)).integers(2**31 - 1))
            study.sampler = optuna.samplers.TPESampler(seed=seed)
            trial = study.ask(distributions)
            try:
                model = replaced(entry.model, trial.params, entry.name)
                fitted = model.fit(train, rng=derive_rng(rng, entry.name), validation=validation, progress=progress)
                scores = fitted.scores(validation.user, validation.item)
                target = labels(model.target, train.ratings)
                value, draws = measure(np.where(np.isnan(scores), target.mean(), scores))
            except OptionError as error:
                if not tried:
                    raise OptionError(f"the defaults of {entry.name} cannot be measured: {error}") from error
                trial.set_user_attr("error", str(error))
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            trial.set_user_attr("draws", draws.tolist())
            study.tell(trial, value)
    except KeyboardInterrupt:
        if not (tried := _tried(study)):
            raise
        interrupted = True
    about = {
        "dataset": data.name,
        "scale": str(data.ratings.scale),
        "split": {"kind": split.kind, "seed": split.seed, "train": len(split.train), "validation": len(validation)},
        "versions": installed() | {"optuna": optuna.__version__},
    }
    return _found(entry.name, space, metric, tried, interrupted, about, measure.enough_users)


def _opened(optuna: ModuleType, journal: Path, metric: Metric, search: str) -> Study:
    """Open the journal, or begin it; that of another search is refused."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = "maximize" if metric.sign > 0 else "minimize"
    try:
        backend = JournalFileBackend(str(journal), lock_obj=JournalFileOpenLock(str(journal)))
        study: Study = optuna.create_study(
            storage=JournalStorage(backend), study_name=STUDY, direction=direction, load_if_exists=True
        )
        kept = study.user_attrs.get("search")
        if kept is None:
            study.set_user_attr("search", kept := search)
    except OSError as error:
        raise OptionError(f"{journal} cannot be written ({error.strerror}); name another place") from error
    except (ValueError, KeyError) as error:
        raise OptionError(f"{journal} is no journal of a search ({error}); remove it, or name another place") from error
    finally:
        optuna.logging.set_verbosity(said)
    if kept != search:
        raise OptionError(
            f"{journal} is the journal of a search of other data, another split, seed, model, metric or version; "
            "remove it, or name another place"
        )
    return study


def _tried(study: Study) -> list[FrozenTrial]:
    """Give the settings that were tried to the end, in order; one that was interrupted is not among them."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in ("COMPLETE", "FAIL")]


def _best(tried: Sequence[FrozenTrial], metric: Metric) -> FrozenTrial:
    """Give the best setting, of equally good ones the first; the defaults, which are the first, were measured."""
    return max((trial for trial in tried if trial.value is not None), key=lambda trial: metric.sign * _value(trial))


def _value(trial: FrozenTrial) -> float:
    return math.nan if trial.value is None else trial.value


def _so_far(tried: Sequence[FrozenTrial], metric: Metric) -> str:
    if not tried:
        return "the defaults"
    return f"best {metric.words} {_value(_best(tried, metric)):.4f}, defaults {_value(tried[0]):.4f}"


def _found(
    name: str,
    space: dict[str, Range],
    metric: Metric,
    tried: Sequence[FrozenTrial],
    interrupted: bool,
    about: dict[str, Any],
    enough_users: bool,
) -> Tuned:
    best, measured = _best(tried, metric), [trial for trial in tried if trial.value is not None]
    values = np.array([_value(trial) for trial in measured])
    draws = np.array([trial.user_attrs["draws"] for trial in measured])
    gains, gain_draws = metric.sign * (values - values[0]), metric.sign * (draws - draws[0])
    place = measured.index(best)
    told = enough_users and bool(np.isfinite(draws).mean(axis=1).min() >= 0.95)

    def figure(value: float, in_draws: FloatArray) -> Measurement:
        return Measurement(str(metric), float(value), *(interval(in_draws) if told else (math.nan, math.nan)))

    luck = (gain_draws - gains[:, None]).max(axis=0)
    return Tuned(
        model=name,
        space=space,
        values={field: best.params[field] for field in space},
        metric=metric,
        default=figure(values[0], draws[0]),
        best=figure(values[place], draws[place]),
        gain=figure(gains[place], gain_draws[place]),
        least=float(gains[place] - interval(luck)[1]) if told else math.nan,
        trials=len(tried),
        failed=len(tried) - len(measured),
        place=tried.index(best),
        interrupted=interrupted,
        about=about,
    )


def load_optuna() -> ModuleType:
    """Import Optuna, which is big, when it is first needed.

    Returns
    -------
    module

    Raises
    ------
    OptionError
        If it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise OptionError("tuning needs Optuna; install it with: pip install 'toprank[tune]'") from error
    return optuna
