"""Learning from which score on to recommend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.decisions.objectives import FBeta, Objective
from toprank.errors import OptionError

__all__ = ["Threshold", "cutoff_curve", "cutoffs_between", "learn_threshold"]

HARDLY_ANY = 0.01
"""Where a smaller share is liked and no cutoff does better than to recommend everything by F-beta, nothing is."""


@stored
@dataclass(frozen=True)
class Threshold:
    """Recommend from this score on.

    Parameters
    ----------
    cutoff : float
        On the model's own axis; a pair with at least this score is recommended. Minus infinity recommends every pair
        that can be scored, infinity none.
    objective : Objective
        What the cutoff was learned for.
    achieved : float
        Value of the objective on the rows it was learned from; NaN where no cutoff reaches it, and then nothing is
        recommended.
    """

    cutoff: float
    objective: Objective
    achieved: float

    def decide(self, scores: FloatArray) -> BoolArray:
        """Tell which pairs to recommend (bool[n]); one that cannot be scored (NaN) is not."""
        return np.asarray(scores >= self.cutoff)


def cutoffs_between(ranked: FloatArray) -> tuple[FloatArray, IntArray]:
    """Give every cutoff that makes a difference, falling, and the last row above each (both [c]).

    ``ranked`` (float64[n]) falls. A cutoff lies halfway between two neighbouring scores, so that a new score just below
    the smallest recommended one is recommended too; the last is minus infinity and recommends everything.
    """
    last_of_ties = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    cutoffs = ranked[last_of_ties]
    below = np.append(cutoffs[1:], cutoffs[-1:])
    # Halving first cannot overflow; rounding may give the lower neighbour itself, which would recommend it too.
    middle = cutoffs / 2 + below / 2
    cutoffs = np.where(middle > below, middle, cutoffs)
    cutoffs[-1] = -np.inf
    return cutoffs, last_of_ties


def cutoff_curve(
    scores: FloatArray, liked: BoolArray, objective: Objective, weight: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Give every cutoff that makes a difference, falling, and the objective there (both float64[c])."""
    order = np.argsort(-scores, kind="stable")
    cutoffs, last = cutoffs_between(np.asarray(scores, dtype=np.float64)[order])
    rows: FloatArray | IntArray = np.ones(len(liked), np.int64) if weight is None else weight
    liked_yes, all_yes = (np.asarray(np.cumsum(row[order])) for row in (liked * rows, rows))
    return cutoffs, objective.value(liked_yes[last], all_yes[last], liked_yes[-1], all_yes[-1])


def learn_threshold(
    scores: FloatArray, liked: BoolArray, objective: Objective, weight: FloatArray | None = None
) -> Threshold:
    """Find the cutoff with the largest objective; of equally good ones the one that recommends most.

    To recommend everything and to recommend nothing are among the choices. Where nothing is liked, nothing is
    recommended; nor where hardly anything is, and no cutoff tells it from the rest. Rows count by their weights
    (float64[n]), all alike by default.

    Examples
    --------
    >>> from toprank.decisions.objectives import FBeta
    >>> learn_threshold(np.array([9.0, 7.0, 8.0, 4.0]), np.array([True, True, False, False]), FBeta(1))
    Threshold(cutoff=5.5, objective=FBeta(beta=1), achieved=0.8)
    """
    if len(scores) == 0 or len(scores) != len(liked):
        raise OptionError(
            f"a cutoff needs as many scores as outcomes and at least one, not {len(scores)}, {len(liked)}"
        )
    if bool(np.isnan(scores).any()):
        raise OptionError(f"{int(np.isnan(scores).sum())} scores are NaN; say first how such pairs are answered")
    cutoffs, values = cutoff_curve(scores, liked, objective, weight)
    all_liked, rows = (int(liked.sum()), len(liked)) if weight is None else (weight[liked].sum(), weight.sum())
    nothing = objective.value(np.zeros(1, np.int64), np.zeros(1, np.int64), all_liked, rows)
    cutoffs, values = np.append(np.inf, cutoffs), np.append(nothing, values)
    if bool(np.isnan(values).all()):
        return Threshold(float("inf"), objective, float("nan"))
    best = int(np.flatnonzero(values == np.nanmax(values))[-1])
    hopeless = isinstance(objective, FBeta) and cutoffs[best] == -np.inf and liked.mean() < HARDLY_ANY
    if hopeless or not liked.any():
        best = 0
    return Threshold(float(cutoffs[best]), objective, float(values[best]))
