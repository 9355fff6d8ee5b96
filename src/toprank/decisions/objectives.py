"""What a cutoff is learned for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = [
    "BoundedObjective",
    "ExpectedGain",
    "FBeta",
    "HalveDisappointment",
    "Objective",
    "PrecisionAtLeast",
    "ShareAtMost",
    "parse_objective",
]

ROUNDING = 1e-12
"""A bound counts as kept when rounding alone breaks it: 0.55 · 100 is 55.00000000000001."""

Counts = IntArray | FloatArray
"""Numbers of rows; a bootstrap weighs them, so they may be float."""


class Objective(Protocol):
    """A value of decisions, to be made as large as possible."""

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give the objective (float64[c]) for c cutoffs or bootstrap draws; NaN where a cutoff is not allowed.

        Counts are [c]: recommended rows that are liked, recommended rows, liked rows, and rows in all.
        """
        ...

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give by name what is made large and what is bounded, kept or not (float64[c]); NaN where not defined."""
        ...


@runtime_checkable
class BoundedObjective(Objective, Protocol):
    """The largest recall within a bound, which :mod:`toprank.decisions.guarantees` can promise."""

    def bound(self, liked_share: float) -> float:
        """Give the bound, where this share of all rows is liked."""
        ...


@stored
@dataclass(frozen=True)
class FBeta:
    r"""The weighted harmonic mean of precision and recall.

    .. math:: F_\beta = \frac{(1 + \beta^2)\, TP}{(1 + \beta^2)\, TP + \beta^2\, FN + FP}

    Parameters
    ----------
    beta : float
        How many times as much recall counts as precision; above 0. 1 is F1.

    Examples
    --------
    >>> FBeta(1).value(np.array([2, 1]), np.array([4, 1]), liked=2, rows=4).round(4).tolist()
    [0.6667, 0.6667]
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.beta < math.inf:
            raise OptionError(
                f"beta is {self.beta}; it must be above 0: 1 for F1, 0.5 to favour precision, 2 for recall"
            )

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give F-beta for each cutoff."""
        weight = self.beta**2
        whole = all_yes + weight * liked
        return np.asarray((1 + weight) * liked_yes / np.maximum(whole, 1e-300))

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give F-beta, by its own name."""
        return {str(self): self.value(liked_yes, all_yes, liked, rows)}

    def __str__(self) -> str:
        return f"f{self.beta:g}"


@stored
@dataclass(frozen=True)
class PrecisionAtLeast:
    """The largest recall whose precision is at least a bound.

    Parameters
    ----------
    precision : float
        Lowest precision allowed, above 0 and at most 1.

    Examples
    --------
    >>> PrecisionAtLeast(0.9).value(np.array([2, 1]), np.array([4, 1]), liked=2, rows=4).tolist()
    [nan, 0.5]
    """

    precision: float

    def __post_init__(self) -> None:
        if not 0 < self.precision <= 1:
            raise OptionError(f"the precision asked for is {self.precision:g}; it must be above 0 and at most 1")

    def bound(self, liked_share: float) -> float:
        """Give the least precision, whatever is liked."""
        return self.precision

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give recall for each cutoff that keeps the bound."""
        allowed = (liked_yes >= self.precision * all_yes * (1 - ROUNDING)) & (all_yes > 0)
        return np.where(allowed, liked_yes / np.maximum(liked, 1), np.nan)

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give ``precision`` and ``recall``."""
        return {"precision": _share(liked_yes, all_yes), "recall": _share(liked_yes, liked)}

    def __str__(self) -> str:
        return f"precision>={self.precision:g}"


@stored
@dataclass(frozen=True)
class HalveDisappointment:
    r"""The largest recall with at most half as large a share of disappointments as among all rows.

    All rows are what readers picked for themselves, and what is not liked disappoints:

    .. math:: \text{precision} \ge 1 - \frac{1 - \text{liked share}}{2}

    Examples
    --------
    >>> HalveDisappointment().value(np.array([2, 3]), np.array([4, 4]), liked=2, rows=4).tolist()
    [nan, 1.5]
    """

    def bound(self, liked_share: float) -> float:
        """Give the least precision."""
        return 1 - (1 - liked_share) / 2

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give recall for each cutoff that halves the share of disappointments."""
        allowed = (2 * (all_yes - liked_yes) * rows <= (rows - liked) * all_yes * (1 + ROUNDING)) & (all_yes > 0)
        return np.where(allowed, liked_yes / np.maximum(liked, 1), np.nan)

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give ``precision`` and ``recall``."""
        return {"precision": _share(liked_yes, all_yes), "recall": _share(liked_yes, liked)}

    def __str__(self) -> str:
        return "halve"


@stored
@dataclass(frozen=True)
class ShareAtMost:
    """The largest recall while at most a share of all rows is recommended.

    With the number of recommendations given, the most recall is also the most precision.

    Parameters
    ----------
    share : float
        Largest share of all rows to recommend, above 0 and at most 1.

    Examples
    --------
    >>> ShareAtMost(0.5).value(np.array([2, 1, 0]), np.array([3, 2, 0]), liked=2, rows=4).tolist()
    [nan, 0.5, 0.0]
    """

    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise OptionError(f"the share to recommend is {self.share:g}; it must be above 0 and at most 1")

    def bound(self, liked_share: float) -> float:
        """Give the largest share, whatever is liked."""
        return self.share

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give recall for each cutoff that recommends no more than the share."""
        allowed = all_yes <= self.share * rows * (1 + ROUNDING)
        return np.where(allowed, liked_yes / np.maximum(liked, 1), np.nan)

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give ``share``, ``recall`` and ``precision``."""
        return {
            "share": _share(all_yes, rows),
            "recall": _share(liked_yes, liked),
            "precision": _share(liked_yes, all_yes),
        }

    def __str__(self) -> str:
        return f"share<={self.share:g}"


@stored
@dataclass(frozen=True)
class ExpectedGain:
    """The mean gain per row, for given gains of the four outcomes.

    Parameters
    ----------
    liked_yes, other_yes, liked_no, other_no : float
        Gain of recommending a liked item, of recommending another, of not recommending a liked item, and of not
        recommending another; costs are negative.

    Examples
    --------
    >>> gain = ExpectedGain(liked_yes=1, other_yes=-2)
    >>> gain.value(np.array([2, 1]), np.array([4, 1]), liked=2, rows=4).tolist()
    [-0.5, 0.25]
    """

    liked_yes: float = 1.0
    other_yes: float = -1.0
    liked_no: float = 0.0
    other_no: float = 0.0

    def __post_init__(self) -> None:
        gains = (self.liked_yes, self.other_yes, self.liked_no, self.other_no)
        if not all(math.isfinite(gain) for gain in gains):
            raise OptionError(f"the gains are {gains}; each must be a finite number")
        if self.liked_yes - self.liked_no <= 0 or self.other_no - self.other_yes <= 0:
            raise OptionError(
                f"the gains {gains} make a right decision worth no more than a wrong one; recommending a liked item "
                "must gain more than not doing so, and recommending another item less"
            )

    def value(self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int) -> FloatArray:
        """Give the mean gain for each cutoff."""
        other_yes = all_yes - liked_yes
        gain = (
            self.liked_yes * liked_yes
            + self.other_yes * other_yes
            + self.liked_no * (liked - liked_yes)
            + self.other_no * (rows - liked - other_yes)
        )
        return np.asarray(gain / rows)

    def figures(
        self, liked_yes: Counts, all_yes: Counts, liked: Counts | int, rows: Counts | int
    ) -> dict[str, FloatArray]:
        """Give the mean ``gain``."""
        return {"gain": self.value(liked_yes, all_yes, liked, rows)}

    def __str__(self) -> str:
        return f"gain:{self.liked_yes:g},{self.other_yes:g},{self.liked_no:g},{self.other_no:g}"


def parse_objective(text: str) -> Objective:
    """Read an objective as people write it.

    ``halve``: at most half as many disappointments as readers have by themselves; ``f1``, ``f0.5``, …;
    ``precision>=0.9`` or ``90%``; ``share<=0.2``: recommend at most this share of all pairs; ``gain:1,-2`` or
    ``gain:1,-2,0,0``: the gains of recommending a liked item, of recommending another, of not recommending a liked
    one, and of not recommending another.

    Examples
    --------
    >>> parse_objective("precision>=0.9"), parse_objective("share<=20%")
    (PrecisionAtLeast(precision=0.9), ShareAtMost(share=0.2))
    """
    words = text.strip().lower().replace(" ", "")
    if words == "halve":
        return HalveDisappointment()
    if match := re.fullmatch(r"f(\d+(?:\.\d+)?)", words):
        return FBeta(float(match[1]))
    if match := re.fullmatch(r"precision>=(\d*\.?\d+)(%?)", words):
        return PrecisionAtLeast(float(match[1]) / (100.0 if match[2] else 1.0))
    if match := re.fullmatch(r"share<=(\d*\.?\d+)(%?)", words):
        return ShareAtMost(float(match[1]) / (100.0 if match[2] else 1.0))
    if match := re.fullmatch(r"gain:(-?\d*\.?\d+(?:,-?\d*\.?\d+){1,3})", words):
        return ExpectedGain(*(float(gain) for gain in match[1].split(",")))
    raise OptionError(
        f"the objective {text!r} is not understood; write halve, f1, f0.5, precision>=0.9, share<=0.2 or gain:1,-2"
    )


def _share(part: Counts | int, whole: Counts | int) -> FloatArray:
    return np.where(np.asarray(whole) > 0, part / np.maximum(whole, 1e-300), np.nan)
