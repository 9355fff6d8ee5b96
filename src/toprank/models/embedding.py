"""Networks on user and item embeddings, as models."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.history import TrainingHistory
from toprank.core.ratings import Ratings
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, checked_pairs, no_progress
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.spec import NetSpec, Training
from toprank.nets.embedding.training import TrainedNet, train
from toprank.targets import Adjusted, Binary, Target, labels

__all__ = ["Embedding", "FittedEmbedding"]

MAX_LEVELS = 64
"""An ordinal output has a threshold between each two ratings; with more ratings than this it is no longer ordinal."""

PROBABILITIES = ("bce", "balanced-bce", "soft-f1")
"""Losses of a network that gives a probability."""


@dataclass(frozen=True, eq=False)
class FittedEmbedding:
    """A trained network."""

    net: TrainedNet
    liked_threshold: int  # for an ordinal output, the threshold that liked ratings lie above

    @property
    def history(self) -> TrainingHistory:
        """How the training went."""
        return self.net.history

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Score pairs; see :meth:`toprank.models.base.FittedModel.scores`."""
        from toprank.core.logistic import expit

        users, items, known = checked_pairs(users, items, len(self.net.users), len(self.net.items))
        scores = np.full(len(users), np.nan)
        raw = self.net.raw(users[known], items[known]).astype(np.float64)
        if self.net.spec.output == "ordinal":
            raw = raw - float(self.net.thresholds[self.liked_threshold])
        scores[known] = raw if self.net.spec.output == "linear" else expit(raw)
        return scores


@dataclass(frozen=True)
class Embedding:
    r"""A network that starts from the dot product of a user's and an item's embedding.

    A user or an item without training ratings keeps the embedding it was given at random, as in Keras.

    Examples
    --------
    >>> Embedding(NetSpec("drop .95"), Training("mae")).target.name
    'adjusted'
    >>> Embedding(NetSpec(output="sigmoid"), Training("mae"))
    Traceback (most recent call last):
    toprank.errors.OptionError: the loss 'mae' does not fit a sigmoid output on the target 'adjusted'; ...
    """

    net: NetSpec = field(default_factory=NetSpec)  # what the network looks like
    training: Training = field(default_factory=Training)  # how it is trained
    # what it is trained on; ``Binary()`` for a probability. An ordinal output learns P(rating > r) for every
    # possible rating r, and its score is P(liked).
    target: Target = field(default_factory=Adjusted)

    def __post_init__(self) -> None:
        loss, output, binary = self.training.loss, self.net.output, isinstance(self.target, Binary)
        fits = {
            "sigmoid": loss in PROBABILITIES and binary,
            "ordinal": loss == "ordinal" and binary,
            "linear": loss in ("mse", "mae"),
        }
        if not fits[output]:
            raise OptionError(
                f"the loss {loss!r} does not fit a {output} output on the target {self.target.name!r}; a linear output "
                "takes mse or mae, a sigmoid output bce, balanced-bce or soft-f1 with the binary target, an ordinal "
                "output the ordinal loss with the binary target"
            )

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedEmbedding:
        """Train the network; validation rows are needed unless ``training.patience`` is None."""
        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        ratings = data.ratings.canonical()
        levels = np.unique(ratings.value)
        thresholds = np.empty(0, dtype=np.float32)
        if self.net.output == "ordinal":
            above = np.array([(ratings.value > level).mean() for level in levels[:-1]])
            thresholds = np.log((1 - above) / above).astype(np.float32)
            if len(levels) < 2 or not ratings.liked.any() or ratings.liked.all():
                raise OptionError(
                    "an ordinal output needs liked and other training ratings; this split has one kind only"
                )
            if len(levels) > MAX_LEVELS:
                raise OptionError(
                    f"an ordinal output takes at most {MAX_LEVELS} different ratings, and there are {len(levels):,}; "
                    "use another output, or round the ratings"
                )
        net = train(
            self.net,
            self.training,
            self._rows(ratings, levels),
            None if validation is None else self._rows(validation, levels),
            n_users=len(ratings.users),
            n_items=len(ratings.items),
            rng=rng,
            thresholds=thresholds,
            liked_share=float(np.clip(ratings.liked.mean(), 1e-3, 1 - 1e-3)),
            progress=progress,
        )
        first_liked = int(np.searchsorted(levels, ratings.scale.liked_from))
        return FittedEmbedding(net, first_liked - 1)

    def _rows(self, ratings: Ratings, levels: FloatArray) -> Rows:
        target = (
            np.searchsorted(levels, ratings.value) if self.net.output == "ordinal" else labels(self.target, ratings)
        )
        return Rows(ratings.user, ratings.item, np.asarray(target, dtype=np.float32))
