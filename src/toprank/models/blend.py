"""Several models of the same evidence, weighed by what each adds on rows it has not learned from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.logistic import expit
from toprank.core.memory import give_back
from toprank.core.parameters import check_fields
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.threads import Once, one_blas_thread
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.models.attention import AttentionLearner, AttentionModel
from toprank.models.base import ProgressCallback, no_progress, score_known
from toprank.models.boosted import Boosted
from toprank.targets import Binary

if TYPE_CHECKING:
    from toprank.evidence.build import Evidence
    from toprank.evidence.groupings import Groupings
    from toprank.evidence.pairs import Pairs
    from toprank.evidence.reason_words import Told
    from toprank.evidence.source import EvidenceUpdate, Namer

__all__ = ["Blend", "FittedBaseLearner", "FittedBlend", "Gain", "fit_weights"]

CERTAIN = 1.959964
"""A gain of more than this many standard errors is more than chance; 95 %, both sides."""


class FittedBaseLearner(Protocol):
    """What has learned from evidence."""

    def decision_function(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the log odds of P(liked) of pairs whose evidence is at hand (float64[n])."""
        ...

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        """Share these out among the parts of the evidence; see :class:`toprank.models.base.EvidenceModel`."""
        ...

    def told(self, part: str, pairs: Pairs, place: int, effect: float, title: Namer) -> Told | None:
        """Say what a part that no evidence has says; see :class:`toprank.models.base.EvidenceModel`."""
        ...

    def updated_with(self, change: EvidenceUpdate, evidence: Evidence) -> FittedBaseLearner:
        """Take in new ratings; the evidence of after is at hand."""
        ...


@stored
@dataclass(frozen=True)
class Gain:
    """What a model adds to those before it, on rows that neither it nor its weight has learned from.

    Parameters
    ----------
    model : str
        Its name.
    log_loss : float
        By how much the mean log loss falls.
    low, high : float
        The 95 % interval of that, users drawn at random.
    kept : bool
        Whether it is above 0 by more than chance.
    """

    model: str
    log_loss: float
    low: float
    high: float
    kept: bool


@stored
@dataclass(frozen=True, eq=False)
class FittedBlend:
    """Models and their weights.

    Parameters
    ----------
    evidence : Evidence
        What all of them read.
    learners : dict of str to FittedBaseLearner
        Those that are kept.
    weights : dict of str to float
        The weight of each one's log odds.
    constant : float
        What is added to the weighted log odds.
    gains : tuple of Gain
        What each model adds, those dropped included.
    """

    evidence: Evidence
    learners: Mapping[str, FittedBaseLearner]
    weights: Mapping[str, float]
    constant: float
    gains: tuple[Gain, ...]

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give P(liked); see :meth:`toprank.models.base.FittedModel.scores`."""
        return score_known(self, users, items)

    def probabilities(self, pairs: Pairs) -> FloatArray:
        """Give P(liked) of pairs (float64[n])."""
        return np.asarray(expit(self.decision_function(self.evidence.matrix(pairs), pairs)))

    def decision_function(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the weighted log odds of P(liked); see :class:`FittedBaseLearner`."""
        total = np.full(len(matrix), self.constant)
        for name, learner in self.learners.items():
            total += self.weights[name] * learner.decision_function(matrix, pairs)
        return total

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        """Add up the weighted parts of all; see :class:`toprank.models.base.EvidenceModel`."""
        shares: dict[str, FloatArray] = {}
        base = self.constant
        for name, learner in self.learners.items():
            parts, own = learner.attributions(matrix, pairs)
            for part, share in parts.items():
                shares[part] = shares.get(part, 0.0) + self.weights[name] * share
            base += self.weights[name] * own
        return shares, base

    def told(self, part: str, pairs: Pairs, place: int, effect: float, title: Namer) -> Told | None:
        """Ask the judges; see :class:`toprank.models.base.EvidenceModel`."""
        found = (learner.told(part, pairs, place, effect, title) for learner in self.learners.values())
        return next((one for one in found if one is not None), None)

    def updated(self, update: Update) -> FittedBlend:
        """Take in new ratings; see :class:`toprank.models.base.EvidenceModel`."""
        change = self.evidence.change(update)
        evidence = self.evidence.updated(change)
        learners = {name: learner.updated_with(change, evidence) for name, learner in self.learners.items()}
        return replace(self, evidence=evidence, learners=learners)


@stored
@dataclass(frozen=True)
class Blend:
    r"""Models of the same evidence, weighed on out-of-fold answers; the score is P(liked).

    .. math:: P(liked) = \sigma\Big(c + \sum_j w_j \log\frac{p_j}{1 - p_j}\Big), \qquad w_j \ge 0

    Weights are those of the least log loss over the training rows, each answered by models that did not learn from its
    fold (stacking; Wolpert, "Stacked generalization", 1992). A model stays only if the log loss of rows that its weight
    was not learned on falls by more than chance.
    """

    boosted: Annotated[Boosted, "The trees, which also say what the evidence is."] = field(default_factory=Boosted)
    attention: Annotated[AttentionLearner, "The deep network."] = field(default_factory=AttentionLearner)
    target: Binary = field(default_factory=Binary)

    def __post_init__(self) -> None:
        check_fields(self)
        if isinstance(self.attention, AttentionModel):
            raise OptionError("the blend's trees say what its evidence is; give attention=AttentionLearner(...)")

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
        meanwhile: Callable[[Groupings], object] | None = None,
    ) -> FittedBlend:
        """Build the evidence once, let each model learn, and weigh them; validation ratings are not looked at.

        While networks are trained, ``meanwhile`` may be called with the groups of the evidence.
        """
        training = self.boosted.build_evidence(data, rng=rng, progress=progress, keep_folds=True)
        groupings = training.evidence.groupings

        def look_up() -> Any:
            found = self.attention.look_up(training)
            training.forget_folds()
            return found

        looked_up = Once(look_up)
        spare = None if meanwhile is None else functools.partial(meanwhile, groupings)
        fitted: dict[str, FittedBaseLearner] = {}
        out_of_fold = {}
        # The trees are those of the boosted model on its own.
        fitted["boosted"], out_of_fold["boosted"] = self.boosted.learn(
            training, rng=rng, progress=progress, meanwhile=looked_up
        )
        looked_up()
        training = replace(training, matrix=training.matrix[:0].copy())  # all that networks read is looked up
        give_back()
        fitted["attention"], out_of_fold["attention"] = self.attention.learn(
            training, rng=derive_rng(rng, "profile"), progress=progress, meanwhile=spare, looked_up=looked_up
        )
        weights, constant, gains = fit_weights(out_of_fold, training.ratings.liked, training.ratings.user)
        kept = {name: learner for name, learner in fitted.items() if name in weights}
        return FittedBlend(training.evidence, kept, weights, constant, gains)


@one_blas_thread()
def fit_weights(
    answers: Mapping[str, FloatArray], liked: BoolArray, user: IntArray
) -> tuple[dict[str, float], float, tuple[Gain, ...]]:
    """Find which models to keep, and their weights.

    Models are asked in the order of their own log loss. Each stays if, with weights learned on half of the users, the
    log loss of the other half falls by more than chance; the interval takes users, not rows, as independent.

    Parameters
    ----------
    answers : dict of str to float[n]
        Out-of-fold log odds of each model.
    liked : bool[n]
        Whether the user liked the item.
    user : int[n]
        The user of each row.

    Returns
    -------
    weights : dict of str to float
        Of those kept; the best model is always among them.
    constant : float
    gains : tuple of Gain
        In the order asked; the first is held against one answer for all.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.normal(size=4000)
    >>> liked = rng.random(4000) < 1 / (1 + np.exp(-truth))
    >>> weights, _, gains = fit_weights({"knows": truth, "noise": rng.normal(size=4000)}, liked, np.arange(4000) % 400)
    >>> sorted(weights), [gain.kept for gain in gains]
    (['knows'], [True, False])
    """
    half = user % 2 == 1
    if not half.any() or half.all():  # one user alone: halve the rows
        half = np.arange(len(user)) % 2 == 1
    losses: dict[str, FloatArray] = {name: _crossed([values], liked, half) for name, values in answers.items()}
    names = sorted(answers, key=lambda name: float(losses[name].mean()))
    before = _crossed([], liked, half)
    kept: list[str] = []
    gains = []
    for name in names:
        after = _crossed([answers[other] for other in (*kept, name)], liked, half)
        gain, error = _clustered(before - after, user)
        keep = not kept or gain > CERTAIN * error
        gains.append(Gain(name, gain, gain - CERTAIN * error, gain + CERTAIN * error, keep))
        if keep:
            kept.append(name)
            before = after
    found = _weights([answers[name] for name in kept], liked)
    return dict(zip(kept, found[1:].tolist(), strict=True)), float(found[0]), tuple(gains)


def _weights(columns: list[FloatArray], liked: BoolArray) -> FloatArray:
    """Minimise the mean log loss; a pinch of ridge keeps answers that separate the outcomes finite."""
    from scipy.optimize import minimize  # a saved model answers without it

    design = np.stack([np.ones(len(liked)), *columns], axis=1)
    start = np.array([0.0, *([1.0 / len(columns)] * len(columns))]) if columns else np.zeros(1)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        log_odds = design @ weights
        value = np.logaddexp(0.0, np.where(liked, -log_odds, log_odds)).mean()
        slope = design.T @ (expit(log_odds) - liked) / len(liked)
        return float(value + 1e-6 * weights @ weights), slope + 2e-6 * weights

    bounds = [(None, None)] + [(0.0, None)] * len(columns)
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)


def _crossed(columns: list[FloatArray], liked: BoolArray, half: BoolArray) -> FloatArray:
    """Give each row's log loss with weights learned on the other half (float64[n])."""
    losses = np.empty(len(liked))
    for inside in (half, ~half):
        weights = _weights([column[~inside] for column in columns], liked[~inside])
        log_odds = weights[0] + sum((w * c[inside] for w, c in zip(weights[1:], columns, strict=True)), np.zeros(1))
        losses[inside] = np.logaddexp(0.0, np.where(liked[inside], -log_odds, log_odds))
    return losses


def _clustered(difference: FloatArray, user: IntArray) -> tuple[float, float]:
    """Give a mean and its standard error with users drawn at random."""
    mean = float(difference.mean())
    _, place = np.unique(user, return_inverse=True)
    by_user = np.bincount(place, difference - mean)
    users = len(by_user)
    if users < 2:
        return mean, float("inf")
    return mean, float(np.sqrt(users / (users - 1) * np.sum(by_user**2)) / len(user))
