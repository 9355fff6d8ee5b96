"""What decisions achieve on rows that they were not learned from, and whether other rows bear it out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import UserBootstrap, interval

__all__ = ["Achieved", "LearnAndDecide", "ServedObjective", "achieved_figures", "cross_fitted", "measure_achieved"]

LearnAndDecide = Callable[[IntArray, IntArray], BoolArray]
"""From (rows to learn from, rows to decide on), each int64, to a decision for each of the latter."""


class ServedObjective(Protocol):
    """What a cutoff serves; see :class:`toprank.decisions.objectives.Objective`."""

    def value(self, liked_yes: FloatArray, all_yes: FloatArray, liked: FloatArray, rows: FloatArray, /) -> FloatArray:
        """Give what is made as large as possible, from counts of rows."""
        ...

    def figures(
        self, liked_yes: FloatArray, all_yes: FloatArray, liked: FloatArray, rows: FloatArray, /
    ) -> dict[str, FloatArray]:
        """Give what is made large and what is bounded, by name."""
        ...


@stored
@dataclass(frozen=True)
class Achieved:
    """A figure of decisions on rows they were not learned from, and where it should come out on other rows.

    Parameters
    ----------
    name : str
        Name of the figure, such as ``precision``.
    value : float
        The figure; NaN where it is not defined.
    low, high : float
        Where it comes out on other rows in 95 of 100 cases; NaN with too few users.

    Examples
    --------
    >>> Achieved("precision", 0.902, 0.887, 0.915).beside(0.894)
    'precision is 0.894; predicted beforehand: 0.887 to 0.915'
    >>> Achieved("precision", 0.902, 0.887, 0.915).beside(0.85)
    'precision is 0.850, below the 0.887 to 0.915 predicted beforehand'
    """

    name: str
    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether what came out on other rows lies where it was predicted."""
        return self.low <= value <= self.high

    def beside(self, value: float) -> str:
        """Say in words how the same figure on other rows stands to what was predicted."""
        if math.isnan(self.low):
            return f"{self.name} is {_written(value)}; there were too few readers to predict it"
        predicted = f"{_written(self.low)} to {_written(self.high)}"
        if math.isnan(value) or self.holds(value):
            return f"{self.name} is {_written(value)}; predicted beforehand: {predicted}"
        where = "below" if value < self.low else "above"
        return f"{self.name} is {_written(value)}, {where} the {predicted} predicted beforehand"


def cross_fitted(
    user: IntArray, learn_and_decide: LearnAndDecide, *, rng: np.random.Generator, folds: int = 10
) -> BoolArray:
    """Decide on each row (bool[n]) by what was learned from other users' rows only.

    A cutoff does best on the very rows it was learned from; what these decisions achieve is free of that.

    Examples
    --------
    >>> liked = np.array([True, True, False, False])
    >>> by_share = lambda learn, asked: np.full(len(asked), liked[learn].mean() > 0.5)
    >>> cross_fitted(np.array([0, 0, 1, 1]), by_share, rng=np.random.default_rng(13)).tolist()
    [False, False, True, True]
    """
    users, group = np.unique(user, return_inverse=True)
    if folds < 2 or len(users) < 2:
        raise OptionError(f"cross-fitting needs at least 2 folds and 2 users, not {folds} and {len(users)}")
    folds = min(folds, len(users))
    fold = rng.permutation(np.arange(len(users)) % folds)[group]
    decided = np.empty(len(user), dtype=np.bool_)
    for number in range(folds):
        asked = np.flatnonzero(fold == number)
        decided[asked] = learn_and_decide(np.flatnonzero(fold != number), asked)
    return decided


def measure_achieved(
    liked: BoolArray,
    recommend: BoolArray,
    draws: UserBootstrap,
    objective: ServedObjective,
    *,
    other_rows: int | None = None,
) -> tuple[Achieved, ...]:
    r"""Measure decisions that these rows were not learned from, and say where the figures come out on other rows.

    The bootstrap tells how far a figure lies from that of all readers. The same figure on m other rows strays once
    more; so its interval is that of the bootstrap on n rows, stretched about the figure by
    :math:`\sqrt{1 + n / m}`: in log odds for a share, which so stays within 0 and 1.

    That is meant for the rows of other readers, and is cautious for other rows of the same ones. Between halves of the
    validation rows of Book-Crossing the figures of four objectives came out inside in 99 of 100 cases when the rows
    were halved, and in 95 when the readers with at most 40 rows were. Halving all readers, it was 83: two readers have
    3 % of the rows, and the half without them cannot know.
    """
    rows = len(liked)
    stretch = math.sqrt(1 + rows / (rows if other_rows is None else other_rows))
    drawn = objective.figures(*draws.counts(recommend))
    achieved = []
    for name, value in achieved_figures(liked, recommend, objective).items():
        stretched = _stretched(drawn[name], value, stretch)
        low, high = interval(stretched) if draws.enough_users else (math.nan, math.nan)
        achieved.append(Achieved(name, value, low, high))
    return tuple(achieved)


def achieved_figures(liked: BoolArray, recommend: BoolArray, objective: ServedObjective) -> dict[str, float]:
    """Give an objective's figures for decisions."""
    counts = (liked & recommend, recommend, liked, np.ones(len(liked)))
    found = objective.figures(*(np.array([float(np.sum(count))]) for count in counts))
    return {name: float(value[0]) for name, value in found.items()}


def predicted_and_achieved(
    user: IntArray,
    liked: BoolArray,
    learn_and_decide: LearnAndDecide,
    test: tuple[BoolArray, BoolArray],
    draws: UserBootstrap,
    objective: ServedObjective,
    *,
    rng: np.random.Generator,
) -> tuple[tuple[Achieved, float], ...]:
    """Hold what the objective came out at on test rows (liked, recommend) against what validation rows predicted.

    ``user`` and ``liked`` are those of the validation rows, of which ``draws`` are made. Empty with too few users.
    """
    if not draws.enough_users:
        return ()
    decided = cross_fitted(user, learn_and_decide, rng=derive_rng(rng, "achieved"))
    came_out = achieved_figures(*test, objective)
    predicted = measure_achieved(liked, decided, draws, objective, other_rows=len(test[0]))
    return tuple((one, came_out[one.name]) for one in predicted)


def _stretched(replicates: FloatArray, value: float, by: float) -> FloatArray:
    """Move a figure's draws away from it; those of a share stay shares: 1 has infinite log odds, and stays 1."""
    from toprank.core.logistic import expit, logit

    defined = replicates[~np.isnan(replicates)]
    share = 0 <= value <= 1 and bool(np.all((defined >= 0) & (defined <= 1)))
    if share and 0 < value < 1:
        return np.asarray(expit(logit(value) + by * (logit(replicates) - logit(value))))
    stretched = value + by * (replicates - value)
    return np.clip(stretched, 0.0, 1.0) if share else stretched


def _written(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{round(value, 3) + 0.0:.3f}"
