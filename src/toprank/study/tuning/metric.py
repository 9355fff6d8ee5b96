"""What a search for hyper-parameters makes as good as possible on the validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.decisions.calibration import fit_calibration
from toprank.decisions.objectives import Objective, parse_objective
from toprank.decisions.thresholds import learn_threshold
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.metrics.scores import auc

__all__ = ["Metric", "ValidationMeasure", "parse_metric"]


@dataclass(frozen=True)
class Metric:
    """A figure of a model on the validation rows.

    Parameters
    ----------
    name : str
        ``"auc"``, ``"log-loss"``, or that of the objective.
    objective : Objective, optional
        What a cutoff is learned for, where its value is the figure.
    """

    name: str = "auc"
    objective: Objective | None = None

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return -1 if self.name == "log-loss" else 1

    @property
    def words(self) -> str:
        """How to call it."""
        return {"auc": "AUC", "log-loss": "log loss"}.get(self.name, self.name)

    def __str__(self) -> str:
        return self.name


def parse_metric(text: str) -> Metric:
    """Read a metric as people write it.

    Parameters
    ----------
    text : str
        ``auc``, ``log-loss``, or an objective: see :func:`toprank.decisions.objectives.parse_objective`.

    Returns
    -------
    Metric

    Raises
    ------
    OptionError
        If the text is none of these.

    Examples
    --------
    >>> parse_metric("log-loss").sign, parse_metric("precision>=0.9").objective
    (-1, PrecisionAtLeast(precision=0.9))
    """
    name = text.strip().lower()
    if name in ("auc", "log-loss"):
        return Metric(name)
    try:
        objective = parse_objective(text)
    except OptionError as error:
        raise OptionError(
            f"the metric {text!r} is not understood; write auc, log-loss, or an objective: f1, f0.5, precision>=0.9 or "
            "gain:1,-2"
        ) from error
    return Metric(str(objective), objective)


class ValidationMeasure:
    """Measures scores of the validation rows, on all of them and in every draw of a bootstrap over users.

    Every model sees the same draws, so that differences are paired.

    Parameters
    ----------
    metric : Metric
        What to measure.
    validation : Ratings
        The rows.
    rng : numpy.random.Generator
        Source of the draws.
    replicates : int
        Number of draws.

    Raises
    ------
    OptionError
        If the rows are all liked, or none is.
    """

    def __init__(self, metric: Metric, validation: Ratings, *, rng: np.random.Generator, replicates: int) -> None:
        self._metric, self._liked = metric, validation.liked
        if self._liked.all() or not self._liked.any():
            raise OptionError(
                "the validation rows are all of one kind, liked or not; give more ratings, or another bar"
            )
        self._draws = UserBootstrap(validation.user, self._liked, rng=derive_rng(rng, "draws"), replicates=replicates)
        self._half = derive_rng(rng, "halves").permutation(len(validation)) % 2 == 0
        _, self._group = np.unique(validation.user, return_inverse=True)
        self._drawn = derive_rng(rng, "losses"), replicates

    @property
    def enough_users(self) -> bool:
        """Whether there are enough users for an interval."""
        return self._draws.enough_users

    def __call__(self, scores: FloatArray) -> tuple[float, FloatArray]:
        """Measure scores.

        Parameters
        ----------
        scores : float64[n]
            Of the validation rows, no NaN.

        Returns
        -------
        value : float
            The figure. Log loss is that of probabilities calibrated on the other half of the rows.
        draws : float64[replicates]
            The same in every draw.

        Raises
        ------
        OptionError
            If no cutoff reaches the objective.
        """
        if self._metric.name == "auc":
            return auc(self._liked, scores), self._draws.auc(scores)
        if self._metric.objective is None:
            return self._log_loss(scores)
        objective = self._metric.objective
        decider = learn_threshold(scores, self._liked, objective)
        if np.isnan(decider.achieved):
            raise OptionError(f"no cutoff reaches {objective} on the validation rows; ask for less")
        return decider.achieved, objective.value(*self._draws.counts(decider.decide(scores)))

    def _log_loss(self, scores: FloatArray) -> tuple[float, FloatArray]:
        probability = np.empty(len(scores))
        for here in (self._half, ~self._half):
            probability[here] = fit_calibration(scores[~here], self._liked[~here])(scores[here])
        losses = -np.log(np.where(self._liked, probability, 1.0 - probability))
        sums, rows = np.bincount(self._group, losses), np.bincount(self._group)
        rng, replicates = derive_rng(self._drawn[0]), self._drawn[1]
        drawn = (rng.integers(len(rows), size=len(rows)) for _ in range(replicates))
        return float(losses.mean()), np.array([sums[users].sum() / rows[users].sum() for users in drawn])
