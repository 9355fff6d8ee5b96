"""Fitting a model and asking it about pairs, before anything is chosen or measured; and keeping the scores."""

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

__all__ = ["ScoreCache", "Scored", "fingerprint", "fit_and_score", "installed", "update_or_refit"]


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model says of the validation and the test pairs."""

    entry: ModelSpec
    # validation, test: scores; NaN where the model cannot score
    validation: FloatArray  # float64[n]
    test: FloatArray  # float64[n]
    unscored_as: float  # mean of the training targets: the score of a pair that the model cannot score
    # fit_seconds, score_seconds: wall-clock seconds to fit, with :func:`update_or_refit` where that is asked for;
    # and to score both parts
    fit_seconds: float
    score_seconds: float
    history: TrainingHistory | None = None  # how the training went, for a model that is trained by epochs


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

    The model sees the validation ratings, to know when to stop; with ``add_validation`` it also learns them, by
    :func:`update_or_refit`, before it scores the test pairs.
    """
    started = time.perf_counter()
    fitted = entry.model.fit(train, rng=rng, validation=validation, progress=progress)
    for_test = update_or_refit(entry.model, fitted, train, validation, rng=rng) if add_validation else fitted
    fit_seconds = time.perf_counter() - started
    started = time.perf_counter()
    on_validation = fitted.scores(validation.user, validation.item)
    on_test = for_test.scores(test.user, test.item)
    score_seconds = time.perf_counter() - started
    mean = float(labels(entry.model.target, train.ratings).mean())
    history = getattr(fitted, "history", None)
    return Scored(entry, on_validation, on_test, mean, fit_seconds, score_seconds, history)


def update_or_refit(
    model: Model, fitted: FittedModel, train: Dataset, validation: Ratings, *, rng: np.random.Generator
) -> FittedModel:
    """Add the validation ratings, once everything has been chosen on them, as to a recommender in use.

    Models of evidence get more evidence without retraining. What has nothing but its ratings is fitted on all of them.
    A network that was trained until the validation rows said stop has nothing to stop it with these, and stays as it
    is.
    """
    if getattr(fitted, "history", None) is not None:
        return fitted
    ratings = train.ratings.joined(validation.user, validation.item, validation.value, validation.time)
    both = replace(train, ratings=ratings)
    if not hasattr(fitted, "updated"):
        return model.fit(both, rng=rng)
    update = Update(train, both, np.arange(len(train.ratings), len(ratings)), np.empty(0, np.int64))
    return cast(EvidenceModel, fitted).updated(update)


class ScoreCache:
    """The scores of a study's models that are done, kept in a folder so that an interrupted study can go on.

    They are loaded again only for the same data, split, seed, hyper-parameters, ``add_validation`` and versions of
    toprank and of the packages that scores depend on.
    """

    def __init__(
        self, folder: Path, data: Dataset, split: Split, rng: np.random.Generator, *, add_validation: bool = False
    ) -> None:
        self._folder = folder
        self._study = fingerprint(data, split, rng) + (" validation added" if add_validation else "")

    def _key(self, entry: ModelSpec) -> str:
        return hashlib.sha256(f"{self._study} {entry.name} {entry.model!r}".encode()).hexdigest()

    def _file(self, entry: ModelSpec) -> Path:
        return self._folder / f"{entry.name}.npz"

    def save(self, scored: Scored) -> None:
        """Write a model's scores beside their final name, then rename them into place."""
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

    def load(self, entry: ModelSpec) -> Scored | None:
        """Give a model's scores; None where there are none, or they belong to another study."""
        try:
            with np.load(self._file(entry), allow_pickle=False) as kept:
                about = json.loads(str(kept["about"]))
                if about.pop("key") != self._key(entry):
                    return None
                if (history := about.pop("history")) is not None:
                    loss, validation_loss = tuple(history["loss"]), tuple(history["validation_loss"])
                    history = TrainingHistory(loss, validation_loss, history["best_epoch"])
                return Scored(entry, kept["validation"], kept["test"], history=history, **about)
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
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
    """Give a SHA-256 of all that a study's scores depend on but its models: data, split, seed, installed packages."""
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
    """Give the versions of the packages that a model's scores depend on; those that are not there are left out."""
    found = {}
    for package in ("toprank", "numpy", "scipy", "scikit-learn", "numba", "lightgbm", "keras", "jax"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found
