"""Gradient boosting over the evidence."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.engine import Here, run_tasks
from toprank.core.logistic import expit
from toprank.core.memory import give_back
from toprank.core.parameters import Tune, check_fields
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.threads import side_by_side
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, no_progress, score_known
from toprank.models.forest import forest_of
from toprank.targets import Binary

if TYPE_CHECKING:
    from toprank.evidence.build import Evidence, TrainingEvidence
    from toprank.evidence.groupings import Groupings
    from toprank.evidence.pairs import Pairs
    from toprank.evidence.reason_words import Told
    from toprank.evidence.source import EvidenceUpdate, Namer

__all__ = ["Boosted", "FittedBoosted"]

ONE_THREAD = {"num_threads": 1}
"""Of LightGBM's own: folds, and parts of the rows, go side by side instead. Its threads wait by spinning, so that two
programs on one machine take ten times as long, and after a fork it waits for them for ever."""

EXPLAINED = 256
"""Rows whose contributions are found at a time."""

BINNED = 50_000
"""Rows whose values make the bins; LightGBM holds them as pairs of numbers, 12 bytes for each of their columns."""

LIGHTGBM_FIELDS = (
    "learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction", "bagging_fraction", "lambda_l2",
)  # fmt: skip
"""Fields that LightGBM has by the same name among its parameters."""


@stored
@dataclass(frozen=True, eq=False)
class FittedBoosted:
    """Boosted trees and the evidence they read.

    Parameters
    ----------
    evidence : Evidence
        What the training data say.
    trees : tuple of lightgbm.Booster
        One for each fold, grown without it; their log odds are averaged. Empty where there were too few ratings of
        either kind to grow any.
    liked_share : float
        Share of training ratings that are liked.
    """

    evidence: Evidence
    trees: tuple[Any, ...]
    liked_share: float

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give P(liked); see :meth:`toprank.models.base.FittedModel.scores`."""
        return score_known(self, users, items)

    def probabilities(self, pairs: Pairs) -> FloatArray:
        """Give P(liked) of pairs (float64[n])."""
        if not self.trees:
            return np.full(len(pairs), self.liked_share)
        return np.asarray(expit(self.decision_function(self.evidence.matrix(pairs), pairs)))

    def decision_function(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the log odds of P(liked) of pairs whose evidence (float32[n, n_columns]) is at hand (float64[n])."""
        if not self.trees:
            return np.zeros(len(matrix))
        return np.asarray(forest_of(self.trees).log_odds(matrix).mean(axis=0))

    def updated(self, update: Update) -> FittedBoosted:
        """Take in new ratings; see :class:`toprank.models.base.EvidenceModel`."""
        return replace(self, evidence=self.evidence.updated(self.evidence.change(update)))

    def updated_with(self, change: EvidenceUpdate, evidence: Evidence) -> FittedBoosted:
        """Do the same; ``evidence`` is that of after."""
        return replace(self, evidence=evidence)

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """Share out each pair's log odds among the columns of its evidence, exactly (float64[n, n_columns + 1]).

        They are Shapley values of the trees (Lundberg and others, "From local explanations to global understanding
        with explainable AI for trees", 2020). The last column is the starting point; rows add up to
        :meth:`decision_function`.
        """
        if not self.trees:
            return np.zeros((len(matrix), matrix.shape[1] + 1))

        def of_rows(begin: int) -> FloatArray:
            rows = matrix[begin : begin + EXPLAINED]
            each = [trees.predict(rows, pred_contrib=True, **ONE_THREAD) for trees in self.trees]
            return np.asarray(np.mean(each, axis=0))

        parts = side_by_side(of_rows, range(0, len(matrix), EXPLAINED))
        return np.concatenate([np.empty((0, matrix.shape[1] + 1)), *parts])

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        """Share out each pair's log odds among the parts of its evidence; they and the starting point add up to it."""
        from toprank.evidence.source import part_of

        by_column = self.contributions(matrix)
        shares: dict[str, FloatArray] = {}
        for column, name in enumerate(self.evidence.names):
            part = part_of(name)
            shares[part] = shares.get(part, 0.0) + by_column[:, column]
        return shares, float(by_column[0, -1]) if len(by_column) else 0.0

    def told(self, part: str, pairs: Pairs, place: int, effect: float, title: Namer) -> Told | None:
        """Say nothing: all parts are the evidence's."""
        return None

    def importance(self) -> dict[str, float]:
        """Give the share of the training gain that each column brought, largest first."""
        gain = np.sum([trees.feature_importance("gain") for trees in self.trees], axis=0)
        order = np.argsort(-gain, kind="stable")
        return {self.evidence.names[column]: float(gain[column] / gain.sum()) for column in order}


@stored
@dataclass(frozen=True)
class Boosted:
    r"""Gradient boosting over cross-fitted evidence; the score is P(liked).

    .. math:: P(liked) = \sigma\Big(\frac{1}{K} \sum_{k=1}^{K} \sum_t f_{kt}(evidence)\Big)

    The K boosters are grown each without one fold of the training rows, which says when to stop; validation rows are
    not looked at. Each training row's evidence leaves out the same fold; a pair asked about later gets the evidence of
    all training rows; see :mod:`toprank.evidence.crossfit`.

    The defaults were chosen by hand among some thirty settings, by validation AUC on the notebook's split of
    Book-Crossing and on one more, and by the time they take. The best of eighteen that Optuna tried there had 0.0012
    more than the defaults of then, and took three times as long to grow; ``benchmarks/boosted-book-crossing.json``
    holds it, and how it was found. No test row was read for either.

    Examples
    --------
    >>> Boosted(folds=1)
    Traceback (most recent call last):
    toprank.errors.OptionError: folds is 1; it must be at least 2
    """

    folds: Annotated[int, Ge(2), "Folds, and trees grown without each; the evidence cuts each in four."] = 5
    damping: Annotated[
        float, Gt(0), Tune("log", 0.5, 30.0), "Ratings' worth of pull on every mean of the evidence."
    ] = 3.0
    without: Annotated[tuple[str, ...], "Groups of evidence to leave out."] = ()
    max_rows: Annotated[
        int, Ge(1000), "Most training rows that trees, and the network, learn from; statistics read all."
    ] = 400_000
    num_boost_round: Annotated[int, Ge(1), "Most trees for each fold."] = 300
    learning_rate: Annotated[float, Gt(0), Le(1), Tune("log", 0.02, 0.3), "What each tree counts for."] = 0.15
    num_leaves: Annotated[int, Ge(2), Tune("log", 7, 127), "Leaves of a tree."] = 31
    min_data_in_leaf: Annotated[int, Ge(1), Tune("log", 10, 500), "Fewest training rows of a leaf."] = 100
    feature_fraction: Annotated[
        float, Gt(0), Le(1), Tune("uniform", 0.05, 1.0), "Share of the columns that each tree may use."
    ] = 0.15
    bagging_fraction: Annotated[
        float, Gt(0), Le(1), Tune("uniform", 0.4, 1.0), "Share of the rows that each tree is grown on."
    ] = 0.8
    lambda_l2: Annotated[float, Ge(0), Tune("log", 0.1, 50.0), "Ridge penalty on the leaves."] = 30.0
    early_stopping_rounds: Annotated[int, Ge(1), "Trees without a lower log loss of the fold after which to stop."] = 20
    target: Binary = field(default_factory=Binary)

    def __post_init__(self) -> None:
        check_fields(self)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
        meanwhile: Callable[[Groupings], object] | None = None,
    ) -> FittedBoosted:
        """Gather the evidence and grow the trees; validation ratings are not looked at.

        While trees grow, ``meanwhile`` may be called with the groups of the evidence.
        """
        load_lightgbm()
        training = self.build_evidence(data, rng=rng, progress=progress)
        evidence, rows = training.evidence, self._rows(training, rng, progress, out_of_fold=False)
        del training  # its matrix goes when LightGBM has its bins
        spare = None if meanwhile is None else functools.partial(meanwhile, evidence.groupings)
        return self._grown(evidence, rows, spare)[0]

    def build_evidence(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        progress: ProgressCallback = no_progress,
        keep_folds: bool = False,
    ) -> TrainingEvidence:
        """Build the evidence that the trees, and other models beside them, learn from.

        ``keep_folds`` says whether one of them looks up what there is without each fold.
        """
        from toprank.evidence.build import build_evidence  # with all that reads attributes

        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        progress(0, 1, "gathering evidence")
        return build_evidence(
            data,
            folds=min(self.folds, max(2, len(data.ratings))),
            damping=self.damping,
            without=self.without,
            rng=derive_rng(rng, "evidence"),
            max_rows=self.max_rows,
            keep_folds=keep_folds,
        )

    def learn(
        self,
        training: TrainingEvidence,
        *,
        rng: np.random.Generator,
        progress: ProgressCallback = no_progress,
        meanwhile: Callable[[], object] | None = None,
    ) -> tuple[FittedBoosted, FloatArray]:
        """Grow the trees; the log odds of each training row from the trees grown without it come with them."""
        return self._grown(training.evidence, self._rows(training, rng, progress, out_of_fold=True), meanwhile)

    def _rows(
        self, training: TrainingEvidence, rng: np.random.Generator, progress: ProgressCallback, *, out_of_fold: bool
    ) -> _Rows:
        rounds = np.zeros(training.folds, np.int64)

        def told(number: int, done: int) -> None:
            rounds[number] = done
            progress(int(rounds.sum()), training.folds * self.num_boost_round, "growing trees")

        rated = training.matrix, training.ratings.liked, training.fold, training.folds
        return _Rows(*rated, self, rng, Here(told), out_of_fold)

    def _grown(
        self, evidence: Evidence, rows: _Rows, meanwhile: Callable[[], object] | None
    ) -> tuple[FittedBoosted, FloatArray]:
        liked, fold = rows.liked, rows.fold
        answers = np.zeros(len(liked))
        # A booster needs both kinds, whichever fold it goes without.
        if min(int(liked.sum()), int((~liked).sum())) <= rows.folds:
            return FittedBoosted(evidence, (), float(liked.mean())), answers
        grown = run_tasks(
            _grow, range(rows.folds), rows, threads=True, meanwhile=meanwhile,
            done=lambda number, _: rows.told(number, self.num_boost_round),
        )  # fmt: skip
        for number, (_, log_odds) in enumerate(grown):
            answers[fold == number] = log_odds
        trees = tuple(booster for booster, _ in grown)
        return FittedBoosted(evidence, trees, float(liked.mean())), answers

    def parameters(self, seed: int) -> dict[str, Any]:
        """Give what LightGBM is told."""
        return {name: getattr(self, name) for name in LIGHTGBM_FIELDS} | {
            "objective": "binary",
            "metric": "binary_logloss",
            "bagging_freq": 1,
            "max_bin": 127,
            "deterministic": True,
            "force_col_wise": True,  # of few columns a tree, each by itself: a fifth less time
            "bin_construct_sample_cnt": BINNED,
            "verbosity": -1,
            "bagging_seed": seed,
            "feature_fraction_seed": seed,
            **ONE_THREAD,
        }


@dataclass(frozen=True, eq=False)
class _Rows:
    """The training rows as boosters read them; LightGBM's bins are found once in each process.

    Where nobody asks for the log odds of the rows, the matrix goes when there are bins.
    """

    matrix: FloatArray
    liked: BoolArray
    fold: IntArray
    folds: int
    learner: Boosted
    rng: np.random.Generator
    told: Here
    out_of_fold: bool
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def binned(self) -> Any:
        with self._lock:
            if "every" not in self.__dict__:
                labels = self.liked.astype(np.float32)
                data = load_lightgbm().Dataset(self.matrix, labels, params=self.learner.parameters(0))
                self.__dict__["every"] = data.construct()
                if not self.out_of_fold:
                    self.__dict__["matrix"] = self.matrix[:0].copy()
                    del data
                    give_back()
            return self.__dict__["every"]

    def __reduce__(self) -> tuple[type[_Rows], tuple[Any, ...]]:
        rated = self.matrix, self.liked, self.fold, self.folds
        return _Rows, (*rated, self.learner, self.rng, self.told, self.out_of_fold)


def _grow(number: int, rows: _Rows) -> tuple[Any, FloatArray]:
    """Grow the trees of one fold, and give the log odds of its rows, where somebody asks for them."""
    lightgbm, learner = load_lightgbm(), rows.learner
    inside = np.flatnonzero(rows.fold == number)
    parameters = learner.parameters(int(derive_rng(rows.rng, "trees", number).integers(2**31 - 1)))

    def told(environment: Any) -> None:
        rows.told(number, environment.iteration + 1)

    grown = lightgbm.train(
        parameters,
        rows.binned.subset(np.flatnonzero(rows.fold != number), params=parameters),
        num_boost_round=learner.num_boost_round,
        valid_sets=[rows.binned.subset(inside, params=parameters)],
        callbacks=[told, lightgbm.early_stopping(learner.early_stopping_rounds, verbose=False)],
        keep_training_booster=False,
    )
    return grown, forest_of((grown,)).log_odds(rows.matrix[inside])[0] if rows.out_of_fold else np.zeros(len(inside))


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
