"""Fitting a model and asking it about pairs, before anything is chosen or measured; and keeping the answers."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Dataset
from toprank.core.history import TrainingHistory
from toprank.core.ratings import Ratings
from toprank.core.update import Update
from toprank.data.splits import Split
from toprank.models.base import EvidenceModel, FittedModel, Model
from toprank.models.registry import ModelSpec
from toprank.targets import labels

__all__ = ["ScoreCache", "Scored", "fingerprint", "fit_and_score", "installed", "told"]


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model says of the validation and the test pairs.

    Parameters
    ----------
    entry : ModelSpec
        The model.
    validation, test : float64[n]
        Scores; NaN where the model cannot score.
    unscored_as : float
        Mean of the training targets: the score of a pair that the model cannot score.
    fit_seconds, score_seconds : float
        Wall-clock seconds to fit, and to be told more if that is asked for; and to score both parts.
    history : TrainingHistory or None
        How the training went, for a model that is trained by epochs.
    """

    entry: ModelSpec
    validation: FloatArray
    test: FloatArray
    unscored_as: float
    fit_seconds: float
    score_seconds: float
    history: TrainingHistory | None = None


def fit_and_score(
    entry: ModelSpec,
    train: Dataset,
    validation: Ratings,
    test: Ratings,
    *,
    rng: np.random.Generator,
    progress: Callable[[int, int, str], None],
    add_validation: bool = False,
) -> Scored:
    """Fit a model on the training rows and score the others; of the test rows only the pairs are looked at.

    Parameters
    ----------
    entry : ModelSpec
        The model.
    train : Dataset
        What it may learn from.
    validation, test : Ratings
        What to score. The model sees the validation ratings, to know when to stop.
    rng : numpy.random.Generator
        Source of all randomness.
    progress : callable
        Told (done, in all, in words) while the model learns.
    add_validation : bool
        Whether to tell the model the validation ratings before it scores the test pairs; see :func:`told`.

    Returns
    -------
    Scored
    """
    started = time.perf_counter()
    fitted = entry.model.fit(train, rng=rng, validation=validation, progress=progress)
    knowing = told(entry.model, fitted, train, validation, rng=rng) if add_validation else fitted
    fit_seconds = time.perf_counter() - started
    started = time.perf_counter()
    on_validation = fitted.scores(validation.user, validation.item)
    on_test = knowing.scores(test.user, test.item)
    score_seconds = time.perf_counter() - started
    target = labels(entry.model.target, train.ratings)
    return Scored(
        entry,
        on_validation,
        on_test,
        float(target.mean()),
        fit_seconds,
        score_seconds,
        getattr(fitted, "history", None),
    )


def told(
    model: Model, fitted: FittedModel, train: Dataset, validation: Ratings, *, rng: np.random.Generator
) -> FittedModel:
    """Tell a model the validation ratings, once everything has been chosen on them, as a recommender in use is told.

    What judges evidence gets more evidence, and learns nothing anew. What has nothing but its ratings is fitted on all
    of them. A network that was trained until the validation rows said stop has nothing to stop it with these, and
    stays as it is.

    Parameters
    ----------
    model : Model
        Its hyper-parameters.
    fitted : FittedModel
        The model, fitted on the training rows.
    train : Dataset
        What it was fitted on.
    validation : Ratings
        What to tell it.
    rng : numpy.random.Generator
        What it was fitted with.

    Returns
    -------
    FittedModel
        A new object, or the same.
    """
    if getattr(fitted, "history", None) is not None:
        return fitted
    ratings = train.ratings.joined(validation.user, validation.item, validation.value)
    both = replace(train, ratings=ratings)
    if not hasattr(fitted, "updated"):
        return model.fit(both, rng=rng)
    from toprank.evidence.updating import settled, updated  # with all that reads attributes

    judges = cast(EvidenceModel, fitted)
    judges = judges.settled(settled(judges.evidence))
    update = Update(train, both, np.arange(len(train.ratings), len(ratings)), np.empty(0, np.int64))
    return judges.updated(updated(judges.evidence, update), update)


class ScoreCache:
    """The models of a study that are done, kept in a folder so that an interrupted study can go on.

    Parameters
    ----------
    folder : Path
        Where to keep them; made when the first is kept.
    data : Dataset
        All data of the study.
    split : Split
        Its split.
    rng : numpy.random.Generator
        What the study is run with.
    add_validation : bool
        Whether models are told the validation ratings.

    Notes
    -----
    A kept model is taken up again only for the same data, split, seed, hyper-parameters and versions of toprank and
    of the packages that its scores depend on.
    """

    def __init__(
        self, folder: Path, data: Dataset, split: Split, rng: np.random.Generator, *, add_validation: bool = False
    ) -> None:
        self._folder = folder
        self._study = fingerprint(data, split, rng) + (" told validation" if add_validation else "")

    def _key(self, entry: ModelSpec) -> str:
        return hashlib.sha256(f"{self._study} {entry.name} {entry.model!r}".encode()).hexdigest()

    def _file(self, entry: ModelSpec) -> Path:
        return self._folder / f"{entry.name}.npz"

    def keep(self, scored: Scored) -> None:
        """Write a model's answers beside their final name, then rename them into place.

        Parameters
        ----------
        scored : Scored
            The answers.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(scored.entry)
        partial = file.with_name(f".{file.stem}.{os.getpid()}.npz")
        about = {
            "key": self._key(scored.entry),
            "unscored_as": scored.unscored_as,
            "fit_seconds": scored.fit_seconds,
            "score_seconds": scored.score_seconds,
            "history": None if scored.history is None else asdict(scored.history),
        }
        try:
            np.savez(partial, validation=scored.validation, test=scored.test, about=np.array(json.dumps(about)))
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)

    def take(self, entry: ModelSpec) -> Scored | None:
        """Take up a model's answers; None where there are none, or they belong to another study.

        Parameters
        ----------
        entry : ModelSpec
            The model.

        Returns
        -------
        Scored or None
        """
        try:
            with np.load(self._file(entry), allow_pickle=False) as kept:
                about = json.loads(str(kept["about"]))
                if about["key"] != self._key(entry):
                    return None
                history = about["history"]
                return Scored(
                    entry,
                    kept["validation"],
                    kept["test"],
                    about["unscored_as"],
                    about["fit_seconds"],
                    about["score_seconds"],
                    None
                    if history is None
                    else TrainingHistory(
                        tuple(history["loss"]), tuple(history["validation_loss"]), history["best_epoch"]
                    ),
                )
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return None  # not there, or damaged: the model is fitted again

    def __len__(self) -> int:
        return len(list(self._folder.glob("[!.]*.npz")))

    def clear(self) -> None:
        """Remove what is kept: the study is whole, or begins anew."""
        for file in self._folder.glob("*.npz"):
            file.unlink()
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def fingerprint(data: Dataset, split: Split, rng: np.random.Generator) -> str:
    """Give a digest of all that a study's scores depend on but its models: data, split, seed, installed packages.

    Parameters
    ----------
    data : Dataset
        All data of the study.
    split : Split
        Its split.
    rng : numpy.random.Generator
        What it is run with.

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    ratings, implicit = data.ratings, data.implicit
    digest = hashlib.sha256()
    columns = [ratings.user, ratings.item, ratings.value, ratings.liked, split.train, split.validation, split.test]
    for column in columns + ([] if implicit is None else [implicit.user, implicit.item]):
        digest.update(f"{column.dtype} {len(column)} ".encode())
        digest.update(np.ascontiguousarray(column).tobytes())
    for attributes in (data.items, data.users):
        if attributes is not None:
            digest.update(f"{attributes.table.schema} {attributes.learn_from}".encode())
            digest.update(attributes.row.tobytes())
            for batch in attributes.table.to_batches():
                for buffer in (b for array in batch.columns for b in array.buffers() if b is not None):
                    digest.update(buffer)
    seed = rng.bit_generator.seed_seq
    entropy = getattr(seed, "entropy", None), getattr(seed, "spawn_key", None)
    digest.update(f"{ratings.scale!r} {split.kind} {split.seed} {entropy} {installed()}".encode())
    return digest.hexdigest()


def installed() -> dict[str, str]:
    """Give the versions of the packages that a model's scores depend on; those that are not there are left out.

    Returns
    -------
    dict of str to str
    """
    found = {}
    for package in ("toprank", "numpy", "scipy", "scikit-learn", "numba", "lightgbm", "keras", "jax"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found
