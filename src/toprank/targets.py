"""What a model is trained on: the ratings as they are, sigmoid-adjusted, or liked yes or no."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Adjusted", "Binary", "Original", "Target", "labels"]


@runtime_checkable
class Target(Protocol):
    """A monotone map from ratings to the values that a model learns to predict."""

    @property
    def name(self) -> str:
        """Name of the target in studies."""
        ...

    def transform(self, ratings: FloatArray, scale: RatingScale) -> FloatArray:
        """Map ratings to target values."""
        ...

    def cutoff(self, rating: float, scale: RatingScale) -> float:
        """Give the target value at which a prediction stands for this rating."""
        ...

    def fixed_cutoff(self, scale: RatingScale) -> float:
        """Give the bar for "liked" read on the target's own axis, as the notebook does."""
        ...

    def to_ratings(self, values: FloatArray, scale: RatingScale) -> FloatArray | None:
        """Map target values back to rating points; None where that cannot be done."""
        ...


@stored
@dataclass(frozen=True)
class Original:
    """The ratings themselves."""

    @property
    def name(self) -> str:
        """Name of the target in studies."""
        return "original"

    def transform(self, ratings: FloatArray, scale: RatingScale) -> FloatArray:
        """Give the ratings as float64[n], in rating points."""
        return np.asarray(ratings, dtype=np.float64)

    def cutoff(self, rating: float, scale: RatingScale) -> float:
        """Give the rating itself."""
        return float(rating)

    def fixed_cutoff(self, scale: RatingScale) -> float:
        """Give the bar for "liked", in rating points."""
        return scale.liked_from

    def to_ratings(self, values: FloatArray, scale: RatingScale) -> FloatArray:
        """Give the values, clipped to the scale (float64[n], rating points)."""
        return np.clip(values, scale.low, scale.high)


@stored
@dataclass(frozen=True)
class Adjusted:
    r"""Ratings pushed to the ends of their scale by a sigmoid.

    .. math:: f(x) = \frac{high - low}{1 + e^{(inflection - x') \cdot steepness}} + low,
              \qquad x' = 1 + 9\,\frac{x - low}{high - low}

    On the scale 1 to 10 this is the notebook's transform; any other scale is first stretched to it.

    Parameters
    ----------
    inflection : float
        The rating that lands in the middle of the scale, in points of a 1-to-10 scale.
    steepness : float
        How hard ratings are pushed apart there, per point of a 1-to-10 scale; above 0.

    Examples
    --------
    >>> scale = RatingScale(1, 10, liked_from=8)
    >>> Adjusted().transform(np.array([1.0, 5.0, 8.0, 10.0]), scale).tolist()
    [1.161875889658824, 5.5, 9.5731671414019, 9.939764341681437]
    >>> Adjusted().cutoff(8, scale)
    9.5731671414019
    """

    inflection: float = 5.0
    steepness: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.steepness) and self.steepness > 0):
            raise OptionError(f"steepness is {self.steepness}; it must be above 0, else the order of ratings is lost")
        if not math.isfinite(self.inflection):
            raise OptionError(f"inflection is {self.inflection}; it must be a finite number of rating points")

    @property
    def name(self) -> str:
        """Name of the target in studies."""
        return "adjusted"

    def transform(self, ratings: FloatArray, scale: RatingScale) -> FloatArray:
        """Map ratings (float[n], rating points) onto the same scale, pushed to its ends (float64[n])."""
        width = scale.high - scale.low
        distinct, index = np.unique(np.asarray(ratings, dtype=np.float64), return_inverse=True)
        exponent = (self.inflection - (1.0 + 9.0 * (distinct - scale.low) / width)) * self.steepness
        # math.exp, since numpy's vectorised exp may differ in the last bit from one processor to the next.
        grown = np.array([math.exp(min(x, 700.0)) for x in exponent.tolist()])
        return np.asarray((width / (1.0 + grown) + scale.low)[index])

    def cutoff(self, rating: float, scale: RatingScale) -> float:
        """Give f(rating)."""
        return float(self.transform(np.array([rating]), scale)[0])

    def fixed_cutoff(self, scale: RatingScale) -> float:
        """Give the bar for "liked" read on the adjusted axis: the notebook cuts its adjusted predictions at 8.

        That is not f(8) = 9.573 but a lower bar: it recommends more.
        """
        return scale.liked_from

    def to_ratings(self, values: FloatArray, scale: RatingScale) -> FloatArray:
        """Map adjusted values back by the inverse of f, clipped to the scale (float64[n], rating points)."""
        width = scale.high - scale.low
        share = np.clip((np.asarray(values, dtype=np.float64) - scale.low) / width, 1e-12, 1.0 - 1e-12)
        stretched = self.inflection - np.log(1.0 / share - 1.0) / self.steepness
        return np.clip(scale.low + (stretched - 1.0) * width / 9.0, scale.low, scale.high)


@stored
@dataclass(frozen=True)
class Binary:
    """Liked (1) or not (0)."""

    @property
    def name(self) -> str:
        """Name of the target in studies."""
        return "binary"

    def transform(self, ratings: FloatArray, scale: RatingScale) -> FloatArray:
        """Map ratings (float[n], rating points) to 1 where liked and 0 elsewhere (float64[n])."""
        return scale.liked(np.asarray(ratings)).astype(np.float64)

    def cutoff(self, rating: float, scale: RatingScale) -> float:
        """Give 0.5, where the bar for "liked" lies; no other rating has a place on this axis."""
        if rating != scale.liked_from:
            raise OptionError(
                f"the binary target only knows the bar for liked, {scale.liked_from:g}; a cutoff at {rating:g} has no "
                f"place on it. Set liked_from={rating:g} on the scale instead"
            )
        return 0.5

    def fixed_cutoff(self, scale: RatingScale) -> float:
        """Give 0.5."""
        return 0.5

    def to_ratings(self, values: FloatArray, scale: RatingScale) -> None:
        """Give None: a yes or no holds no rating."""
        return


def labels(target: Target, ratings: Ratings) -> FloatArray:
    """Give what a model is to learn of ratings (float64[n]): for the binary target what they themselves call liked.

    Examples
    --------
    >>> ratings = Ratings.of(["ann", "bob"], ["x", "x"], [9, 3], RatingScale(1, 10, liked_from=8))
    >>> labels(Binary(), ratings).tolist(), labels(Original(), ratings).tolist()
    ([1.0, 0.0], [9.0, 3.0])
    """
    if isinstance(target, Binary):
        return ratings.liked.astype(np.float64)
    return target.transform(ratings.value, ratings.scale)
