"""Which of two recommenders does better, and whether by more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.rng import derive_rng
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics.decision import decision_metrics
from toprank.metrics.scores import auc, brier, log_loss
from toprank.recommender.evaluate import NewRatings, pair_key

if TYPE_CHECKING:
    from toprank.recommender.fitted import FittedRecommender

__all__ = ["Compared", "Difference", "compare"]

LOSSES = ("log_loss", "brier")
"""Figures of which less is better."""

NAMES = {"f1": "F1", "auc": "AUC", "log_loss": "log loss", "brier": "Brier score"}

_LEAST = 1e-15
"""What probability of what happened is taken to be the least, so that its logarithm is finite."""


@dataclass(frozen=True)
class Difference:
    """One figure of two recommenders on the same rows.

    Parameters
    ----------
    metric : str
        ``f1``, ``auc``, ``log_loss`` (nats) or ``brier``; of the last two less is better.
    first, second : float
        The figure of each; NaN where it is not defined.
    low, high : float
        95 % interval of first minus second, readers drawn at random; NaN with too few readers.
    """

    metric: str
    first: float
    second: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """First minus second."""
        return self.first - self.second

    @property
    def standing(self) -> str:
        """How the first stands, as far as it is more than chance: ``better``, ``worse``, ``same`` or ``unknown``."""
        if math.isnan(self.low):
            return "unknown"
        if self.low <= 0.0 <= self.high:
            return "same"
        return "better" if (self.low > 0.0) != (self.metric in LOSSES) else "worse"

    @property
    def verdict(self) -> str:
        """The same in words.

        Examples
        --------
        >>> Difference("log_loss", 0.52, 0.54, -0.03, -0.01).verdict
        'the first is better in log loss by 0.0200 (0.0100 to 0.0300)'
        """
        name = NAMES[self.metric]
        if self.standing == "unknown":
            return f"too few readers to tell in {name}"
        if self.standing == "same":
            return f"no difference in {name} that is more than chance ({self.low:.4f} to {self.high:.4f})"
        low, high = sorted((abs(self.low), abs(self.high)))
        return f"the first is {self.standing} in {name} by {abs(self.difference):.4f} ({low:.4f} to {high:.4f})"


@dataclass(frozen=True, eq=False)
class Compared:
    """Two recommenders on the same rows.

    Parameters
    ----------
    rows, readers : int
        Ratings that both decided on, and who gave them.
    left_out : int
        Ratings that could not be compared: one of the two knows them, or only one was tested on them.
    liked : float
        Share of the rows that are liked.
    differences : tuple of Difference
        F1, AUC, log loss and Brier score.
    """

    rows: int
    readers: int
    left_out: int
    liked: float
    differences: tuple[Difference, ...]


def compare(first: FittedRecommender, second: FittedRecommender, rows: Dataset | None = None) -> Compared:
    """Compare two recommenders on the same rows, by a paired bootstrap over readers.

    Parameters
    ----------
    first, second : FittedRecommender
    rows : Dataset, optional
        New ratings; those of pairs that either knows are left out. By default the test ratings that both were
        measured on before they were told them.

    Returns
    -------
    Compared

    Raises
    ------
    OptionError
        If the two mean different things by "liked", or no row can be compared.
    """
    known = [one.data.ratings for one in (first, second)]
    meant = [(type(one), one.scale.low, one.scale.high, one.scale.liked_from) for one in known]
    if meant[0] != meant[1]:
        words = " and ".join(one.liked_in_words for one in known)
        raise OptionError(f"the models mean different things by liked: {words}; fit both with the same")
    reader, liked, answers, left_out = _both_tested(first, second) if rows is None else _both(first, second, rows)
    draws = _Draws(reader, liked, rng=derive_rng(np.random.default_rng(first.settings.seed), "compare"))
    figures, drawn = zip(*(_figures(liked, *one, draws) for one in answers), strict=True)
    ends = dict.fromkeys(NAMES, (math.nan, math.nan))
    if draws.enough_users:
        ends = {name: interval(drawn[0][name] - drawn[1][name]) for name in NAMES}
    return Compared(
        rows=len(liked),
        readers=len(np.unique(reader)),
        left_out=left_out,
        liked=float(liked.mean()),
        differences=tuple(Difference(name, figures[0][name], figures[1][name], *ends[name]) for name in NAMES),
    )


_Answered = tuple[FloatArray, BoolArray]
"""P(liked) and the decision."""


def _both(
    first: FittedRecommender, second: FittedRecommender, rows: Dataset
) -> tuple[IntArray, BoolArray, list[_Answered], int]:
    asked = [NewRatings.of(one, rows.ratings) for one in (first, second)]
    liked = [one.rated.liked for one in asked]
    usable = ~asked[0].known & ~asked[1].known & (liked[0] == liked[1])
    if not usable.any():
        raise OptionError(
            f"each of the {len(usable):,} ratings is known to one of the models; "
            "give ratings that neither was fitted on"
        )
    new = asked[0].take(usable)
    decided = [one.decide(new.users, new.items, reasons=False) for one in (first, second)]
    return new.reader, new.rated.liked, [(one.probability, one.recommend) for one in decided], int(np.sum(~usable))


def _both_tested(
    first: FittedRecommender, second: FittedRecommender
) -> tuple[IntArray, BoolArray, list[_Answered], int]:
    mine, theirs = first.tested, second.tested
    known, others = first.data.ratings, second.data.ratings
    user = others.users.positions(known.users.ids[mine.user])
    item = others.items.positions(known.items.ids[mine.item])
    key = np.where((user < 0) | (item < 0), -1, pair_key(user, item, others))
    _, at, there = np.intersect1d(key, pair_key(theirs.user, theirs.item, others), return_indices=True)
    same = mine.liked[at] == theirs.liked[there]  # where each reader has a bar of their own, some bars differ
    at, there = at[same], there[same]
    if len(at) == 0:
        raise OptionError(
            "no test rating of one model is a test rating of the other; fit both on the same data with the same seed, "
            "or compare them on new ratings (--data)"
        )
    answers = [(one.probability[rows], one.recommend[rows]) for one, rows in ((mine, at), (theirs, there))]
    left_out = len(mine.liked) + len(theirs.liked) - 2 * len(at)
    return mine.user[at], mine.liked[at], answers, left_out


class _Draws(UserBootstrap):
    """Draws of readers that also average what is measured row by row."""

    def mean(self, values: FloatArray) -> FloatArray:
        """Average values of rows in every draw (float64[replicates])."""
        per_user = [np.bincount(self._group, weights, minlength=self._n_groups) for weights in (values, None)]
        total, rows = self._totals(np.stack(per_user))
        return np.asarray(total / rows)


def _figures(
    liked: BoolArray, probability: FloatArray, recommend: BoolArray, draws: _Draws
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    happened = np.clip(np.where(liked, probability, 1 - probability), _LEAST, 1.0)
    values = {
        "f1": decision_metrics(liked, recommend)["f1"],
        "auc": auc(liked, probability),
        "log_loss": log_loss(liked, probability),
        "brier": brier(liked, probability),
    }
    drawn = {
        "f1": draws.decisions(recommend)["f1"],
        "auc": draws.auc(probability),
        "log_loss": draws.mean(-np.log(happened)),
        "brier": draws.mean((1 - happened) ** 2),
    }
    return values, drawn
