"""What every model is: hyper-parameters whose ``fit`` gives a new object that scores pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.targets import Target

if TYPE_CHECKING:
    from toprank.evidence.build import Evidence
    from toprank.evidence.pairs import Pairs
    from toprank.evidence.reason_words import Told
    from toprank.evidence.source import Namer

__all__ = ["EvidenceModel", "FittedModel", "Model", "ModelSpec", "ProgressCallback", "checked_pairs", "no_progress"]

BLOCK = 65_536
"""Pairs scored at a time; a bound on memory."""

ProgressCallback = Callable[[int, int, str], None]
"""Called with (done, in all, in words)."""


def no_progress(done: int, total: int, words: str) -> None:
    """ProgressCallback nothing."""


class FittedModel(Protocol):
    """A model that has learned."""

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Score pairs.

        Parameters
        ----------
        users, items : int32[n]
            Positions in the indexes of the dataset it was fitted on; -1 is an unknown id.

        Returns
        -------
        float64[n]
            Scores on the target's own axis, higher meaning more likely liked. NaN means "cannot score".
        """
        ...


class Model(Protocol):
    """Hyper-parameters, and how to learn with them."""

    @property
    def target(self) -> Target:
        """What the model is trained on."""
        ...

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedModel:
        """Learn from the ratings of ``data``.

        Parameters
        ----------
        data : Dataset
            Its ratings are the training ratings.
        rng : numpy.random.Generator
            Source of all randomness.
        validation : Ratings, optional
            Other ratings, for early stopping; never learned from.
        progress : callable, optional
            Called with (done, in all, in words) while the model learns, if that takes long.

        Returns
        -------
        FittedModel
            A new object; the model itself does not change.
        """
        ...


class EvidenceModel(FittedModel, Protocol):
    """A fitted model over evidence: it answers for any reader's list, and new ratings change the evidence only."""

    @property
    def evidence(self) -> Evidence:
        """What it reads."""
        ...

    def probabilities(self, pairs: Pairs) -> FloatArray:
        """Give P(liked) of pairs (float64[n])."""
        ...

    def decision_function(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the log odds of P(liked) of pairs whose evidence is at hand (float64[n])."""
        ...

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        """Give what each part of the evidence adds to these log odds, and the starting point."""
        ...

    def told(self, part: str, pairs: Pairs, place: int, effect: float, title: Namer) -> Told | None:
        """Say in names or counts what a part that no evidence has says of one pair; None where there is nothing."""
        ...

    def updated(self, update: Update) -> Self:
        """Take in new ratings without retraining."""
        ...


@dataclass(frozen=True)
class ModelSpec:
    """A model under its name.

    Parameters
    ----------
    name : str
        Its name in studies and on the command line.
    model : Model
        Its hyper-parameters.
    description : str
        What it does, in one sentence.
    ablates : str, optional
        The model that it takes something away from.
    stream : str, optional
        What its random stream is derived by; its name by default. A model that is renamed keeps its figures.
    """

    name: str
    model: Model
    description: str
    ablates: str | None = None
    stream: str | None = None


def checked_pairs(
    users: IntArray, items: IntArray, n_users: int, n_items: int
) -> tuple[Int32Array, Int32Array, BoolArray]:
    """Check positions before they index anything.

    Parameters
    ----------
    users, items : int[n]
        Positions, -1 for unknown ids.
    n_users, n_items : int
        Sizes of the indexes.

    Returns
    -------
    users, items : int32[n]
        The positions.
    known : bool[n]
        Where both are known.

    Raises
    ------
    OptionError
        If the lengths differ, or a position lies outside its index.
    """
    users, items = np.asarray(users), np.asarray(items)
    if users.shape != items.shape or users.ndim != 1:
        raise OptionError(f"users and items must be equally long and one-dimensional, not {users.shape}, {items.shape}")
    for name, positions, size in (("users", users, n_users), ("items", items, n_items)):
        if not np.issubdtype(positions.dtype, np.integer):
            raise OptionError(f"{name} must be integer positions, not {positions.dtype}; IdIndex.positions gives them")
        if len(positions) and not (positions.min() >= -1 and positions.max() < size):
            bad = int(positions[(positions < -1) | (positions >= size)][0])
            raise OptionError(f"{name} holds the position {bad}; it must be -1 (unknown) to {size - 1}")
    return users.astype(np.int32), items.astype(np.int32), (users >= 0) & (items >= 0)


def score_known(model: EvidenceModel, users: IntArray, items: IntArray) -> FloatArray:
    """Give P(liked) of known users and items by their positions; NaN where either is unknown."""
    groupings = model.evidence.groupings
    users, items, known = checked_pairs(users, items, groupings.users[0].size, groupings.items[0].size)
    scores = np.full(len(users), np.nan)
    if known.any():
        pairs = model.evidence.pairs(users[known], items[known])
        blocks = (pairs.take(slice(begin, begin + BLOCK)) for begin in range(0, len(pairs), BLOCK))
        scores[known] = np.concatenate([model.probabilities(some) for some in blocks])
    return scores
