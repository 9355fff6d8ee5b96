"""Gradient boosting over the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import child
from toprank.errors import OptionError
from toprank.models.base import Watch, checked_pairs, unwatched
from toprank.targets import Binary, Target

if TYPE_CHECKING:
    from toprank.evidence.features import Evidence

__all__ = ["Boosted", "FittedBoosted"]

THREADS = 2
"""Sums over other numbers of threads differ in their last bit; so this is fixed."""


@dataclass(frozen=True, eq=False)
class FittedBoosted:
    """Boosted trees and the evidence they read.

    Parameters
    ----------
    evidence : Evidence
        What the training data say.
    trees : tuple of lightgbm.Booster
        One for each seed; their probabilities are averaged. Empty where all training ratings were of one kind.
    liked_share : float
        Share of training ratings that are liked.
    """

    evidence: Evidence
    trees: tuple[Any, ...]
    liked_share: float

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give P(liked); see :meth:`toprank.models.base.FittedModel.scores`."""
        known_users, known_items = self.evidence.known.users[0], self.evidence.known.items[0]
        users, items, known = checked_pairs(users, items, known_users.size, known_items.size)
        scores = np.full(len(users), np.nan)
        if not known.any():
            return scores
        if not self.trees:
            scores[known] = self.liked_share
            return scores
        matrix = self.evidence.matrix(users[known], items[known])
        scores[known] = np.mean([trees.predict(matrix, num_threads=THREADS) for trees in self.trees], axis=0)
        return scores

    def importance(self) -> dict[str, float]:
        """Give the share of the training gain that each column brought, largest first."""
        gain = np.sum([trees.feature_importance("gain") for trees in self.trees], axis=0)
        order = np.argsort(-gain, kind="stable")
        return {self.evidence.names[column]: float(gain[column] / gain.sum()) for column in order}


@dataclass(frozen=True)
class Boosted:
    r"""Gradient boosting over cross-fitted evidence; the score is P(liked).

    .. math:: P(liked) = \frac{1}{S} \sum_{s=1}^{S} \sigma\Big(\sum_t f_{st}(evidence)\Big)

    The defaults have the best validation AUC of some fifteen settings tried on the notebook's split of Book-Crossing;
    no test row was read for them. Each training row's evidence leaves out its fold; a pair asked about later gets the
    evidence of all training rows; see :mod:`toprank.evidence.crossfit`.

    Parameters
    ----------
    folds : int
        Folds of the evidence, at least 2.
    damping : float
        Ratings' worth of pull on every mean of the evidence, above 0.
    neighbours : bool
        Whether to ask both neighbourhoods too; see :mod:`toprank.evidence.neighbours`.
    rounds : int
        Most trees for each seed.
    learning_rate : float
        Above 0, at most 1.
    leaves : int
        Leaves of a tree, at least 2.
    least_rows : int
        Fewest training rows of a leaf.
    columns : float
        Share of the columns that each tree may use, above 0 and at most 1.
    rows : float
        Share of the rows that each tree is grown on, above 0 and at most 1.
    penalty : float
        Ridge penalty on the leaves.
    patience : int
        With validation ratings: rounds without a lower validation log loss after which to stop.
    seeds : int
        How many such models are averaged.
    target : Binary
        The only one there is for a probability.

    Examples
    --------
    >>> Boosted(folds=1)
    Traceback (most recent call last):
    toprank.errors.OptionError: folds is 1; it must be at least 2
    """

    folds: int = 5
    damping: float = 3.0
    neighbours: bool = True
    rounds: int = 300
    learning_rate: float = 0.08
    leaves: int = 31
    least_rows: int = 100
    columns: float = 0.2
    rows: float = 0.8
    penalty: float = 5.0
    patience: int = 25
    seeds: int = 2
    target: Target = field(default_factory=Binary)

    def __post_init__(self) -> None:
        least = {"folds": 2, "rounds": 1, "leaves": 2, "least_rows": 1, "patience": 1, "seeds": 1}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise OptionError(f"{name} is {getattr(self, name)}; it must be at least {bound}")
        for name in ("learning_rate", "columns", "rows"):
            if not 0 < getattr(self, name) <= 1:
                raise OptionError(f"{name} is {getattr(self, name)}; it must be above 0 and at most 1")
        if not 0 < self.damping < float("inf"):
            raise OptionError(f"damping is {self.damping}; it must be a finite number of ratings above 0")
        if not 0 <= self.penalty < float("inf"):
            raise OptionError(f"penalty is {self.penalty}; it must be a finite number, at least 0")
        if not isinstance(self.target, Binary):
            raise OptionError(f"boosted trees give P(liked), so the target must be binary, not {self.target.name!r}")

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        watch: Watch = unwatched,
    ) -> FittedBoosted:
        """Gather the evidence and grow the trees; validation ratings only say when to stop."""
        from toprank.evidence.features import learn_evidence  # with all that reads attributes

        lightgbm = load_lightgbm()
        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        if validation is not None and (
            validation.users != data.ratings.users or validation.items != data.ratings.items
        ):
            raise OptionError("the validation ratings have other users or items than the training ratings")
        liked = data.ratings.canonical().liked
        total = 1 + self.seeds * self.rounds
        watch(0, total, "gathering evidence")
        folds = min(self.folds, max(2, len(data.ratings)))
        evidence, matrix = learn_evidence(
            data, folds=folds, damping=self.damping, neighbours=self.neighbours, rng=child(rng, "evidence")
        )
        if liked.all() or not liked.any():
            return FittedBoosted(evidence, (), float(liked.mean()))
        train = lightgbm.Dataset(matrix, liked.astype(np.float32), params=self._parameters(0)).construct()
        held_out = None
        if validation is not None and len(validation):
            held_out = train.create_valid(
                evidence.matrix(validation.user, validation.item),
                validation.liked.astype(np.float32),
                params=self._parameters(0),
            ).construct()
        del matrix
        trees = []
        for number in range(self.seeds):
            seed = int(child(rng, "trees", number).integers(2**31 - 1))
            done = number * self.rounds

            def told(environment: Any, done: int = done) -> None:
                watch(1 + done + environment.iteration, total, f"growing tree {environment.iteration + 1}")

            callbacks = [told]
            if held_out is not None:
                callbacks.append(lightgbm.early_stopping(self.patience, verbose=False))
            grown = lightgbm.train(
                self._parameters(seed),
                train,
                num_boost_round=self.rounds,
                valid_sets=None if held_out is None else [held_out],
                callbacks=callbacks,
                keep_training_booster=False,
            )
            trees.append(grown)
        return FittedBoosted(evidence, tuple(trees), float(liked.mean()))

    def _parameters(self, seed: int) -> dict[str, Any]:
        return {
            "objective": "binary",
            "metric": "binary_logloss",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_rows,
            "feature_fraction": self.columns,
            "bagging_fraction": self.rows,
            "bagging_freq": 1,
            "lambda_l2": self.penalty,
            "max_bin": 127,
            "num_threads": THREADS,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            "bagging_seed": seed,
            "feature_fraction_seed": seed,
        }


def load_lightgbm() -> ModuleType:
    """Import LightGBM.

    Raises
    ------
    OptionError
        If it is missing.
    """
    try:
        import lightgbm
    except ImportError as error:
        raise OptionError(
            "boosted trees need LightGBM, which is missing; install it with: pip install 'toprank[boosted]'"
        ) from error
    module: ModuleType = lightgbm
    return module
