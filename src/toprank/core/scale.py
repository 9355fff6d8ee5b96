"""The scale that ratings live on, and the bar from which a rating means "liked"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["RatingScale"]

# The scales in use, narrowest first: the first that holds every rating is taken.
_COMMON = ((0.0, 1.0), (1.0, 5.0), (0.5, 5.0), (0.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.5, 10.0), (0.0, 10.0))
_STEPS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
_SPELLING = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|to|\.\.)\s*(-?\d+(?:\.\d+)?)\s*")


@stored
@dataclass(frozen=True, slots=True)
class RatingScale:
    """Lowest and highest rating, the step between ratings, and the bar for "liked".

    Parameters
    ----------
    low, high : float
        Ends of the scale, in rating points. Both are possible ratings.
    liked_from : float
        A rating of at least this means "liked". Must lie above ``low`` and not above ``high``.
    step : float, optional
        Distance between neighbouring ratings; None where ratings are continuous.

    Examples
    --------
    >>> scale = RatingScale(1, 10, liked_from=8, step=1)
    >>> scale.liked(np.array([7.0, 8.0, 10.0])).tolist()
    [False, True, True]
    >>> print(scale)
    1 to 10 in steps of 1, liked from 8
    """

    low: float
    high: float
    liked_from: float
    step: float | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high", "liked_from"):
            value = float(getattr(self, name))
            if not math.isfinite(value):
                raise OptionError(f"the scale's {name} is {value}; it must be a finite number of rating points")
            # As ratings are float32, a bar of 4.1 must be the float32 nearest to it, or a rating of 4.1 would miss it.
            object.__setattr__(self, name, float(np.float32(value)))
        if not self.low < self.high:
            raise OptionError(
                f"the scale runs from {self.low:g} to {self.high:g}; its low end must be below its high end"
            )
        if not self.low < self.liked_from <= self.high:
            raise OptionError(
                f"liked_from is {self.liked_from:g}; on a scale from {self.low:g} to {self.high:g} it must be "
                f"above {self.low:g} and at most {self.high:g}"
            )
        if self.step is not None:
            object.__setattr__(self, "step", float(self.step))
            if not 0 < self.step <= self.high - self.low:
                raise OptionError(f"the scale's step is {self.step:g}; it must be above 0 and fit on the scale")

    def contains(self, values: FloatArray) -> BoolArray:
        """Tell which values lie on the scale (NaN does not).

        Parameters
        ----------
        values : float[n]
            Ratings, in rating points.

        Returns
        -------
        bool[n]
        """
        return np.asarray((values >= self.low) & (values <= self.high))

    def liked(self, values: FloatArray) -> BoolArray:
        """Tell which ratings mean "liked".

        Parameters
        ----------
        values : float[n]
            Ratings, in rating points.

        Returns
        -------
        bool[n]
        """
        return np.asarray(values >= self.liked_from)

    @classmethod
    def parse(cls, text: str, *, liked_from: float | None = None, step: float | None = None) -> RatingScale:
        """Read a scale as people write it: ``1-5``, ``0.5-5``, ``-10 to 10``.

        Parameters
        ----------
        text : str
            The two ends.
        liked_from : float, optional
            Bar for "liked"; by default the first rating at or above three quarters of the way up.
        step : float, optional
            Distance between ratings.

        Returns
        -------
        RatingScale

        Raises
        ------
        OptionError
            If the text is not two numbers, or the scale is not valid.

        Examples
        --------
        >>> RatingScale.parse("1-5").liked_from
        4.0
        """
        match = _SPELLING.fullmatch(text)
        if match is None:
            raise OptionError(f"the scale {text!r} is not understood; write its two ends, like 1-5 or 0.5-5")
        low, high = float(match[1]), float(match[2])
        if not low < high:
            raise OptionError(f"the scale {text!r} runs downwards; write its low end first, like 1-5")
        if liked_from is None:
            grid = step or (1.0 if low.is_integer() and high.is_integer() else 0.5)
            liked_from = cls._usual_bar(low, high, grid)
        return cls(low, high, liked_from, step)

    @staticmethod
    def _usual_bar(low: float, high: float, step: float | None) -> float:
        """Give the first rating at or above three quarters of the way up: 8 of 1-10, 4 of 1-5, 8 of 0-10."""
        bar = low + 0.75 * (high - low)
        return bar if step is None else high - math.floor((high - bar) / step + 1e-9) * step

    @classmethod
    def infer(cls, values: FloatArray, *, liked_from: float | None = None) -> RatingScale:
        """Guess the scale from the ratings seen: the smallest common scale that holds them, else their range.

        Parameters
        ----------
        values : float[n]
            Finite ratings, at least one.
        liked_from : float, optional
            Bar for "liked"; by default three quarters up the scale.

        Returns
        -------
        RatingScale

        Raises
        ------
        OptionError
            If there are no ratings, or all are equal and fit no common scale.

        Examples
        --------
        >>> print(RatingScale.infer(np.array([0.5, 3.0, 5.0])))
        0.5 to 5 in steps of 0.5, liked from 4
        """
        if len(values) == 0:
            raise OptionError("no ratings to infer a scale from; give the scale, like 1-5")
        distinct = np.unique(np.asarray(values, dtype=np.float64))
        least, most = float(distinct[0]), float(distinct[-1])
        step = next((s for s in _STEPS if bool(np.all(np.abs(distinct / s - np.round(distinct / s)) < 1e-6))), None)
        low, high = next(((a, b) for a, b in _COMMON if a <= least and most <= b), (least, most))
        if low == high:
            raise OptionError(f"every rating is {low:g}, so no scale can be inferred; give the scale, like 1-5")
        return cls(low, high, cls._usual_bar(low, high, step) if liked_from is None else liked_from, step)

    def __str__(self) -> str:
        steps = "" if self.step is None else f" in steps of {self.step:g}"
        return f"{self.low:g} to {self.high:g}{steps}, liked from {self.liked_from:g}"
