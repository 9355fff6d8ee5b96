"""A reader's stars on the model's scale."""

from __future__ import annotations

from typing import Literal

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.scale import RatingScale

__all__ = ["Rescaling", "rescale"]

Rescaling = Literal["bar", "linear", "quantile"]
"""How ratings of one scale are put on another."""


def rescale(
    values: FloatArray,
    source: RatingScale,
    target: RatingScale,
    *,
    how: Rescaling = "bar",
    population: FloatArray | None = None,
) -> FloatArray:
    r"""Put ratings on another scale, and on its steps.

    Parameters
    ----------
    values : float64[n]
        On ``source``.
    source, target : RatingScale
    how : {"bar", "linear", "quantile"}
        ``"linear"`` maps end to end. ``"bar"`` maps end to end and liked to liked, linear between:
        :math:`b' + (x - b) (h' - b') / (h - b)` from the bar :math:`b` on, likewise below it; rounding to steps does
        not cross the bar. ``"quantile"`` gives each
        rating the quantile among ``population`` that it has among ``values``, ties at their middle.
    population : float[m], optional
        The model's own ratings, for ``"quantile"``.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> stars, ten = RatingScale(1, 5, liked_from=4, step=1), RatingScale(1, 10, liked_from=8, step=1)
    >>> rescale(np.array([1, 2, 3, 4, 5.0]), stars, ten).tolist()
    [1.0, 3.0, 6.0, 8.0, 10.0]
    >>> rescale(np.array([1, 2, 3, 4, 5.0]), stars, ten, how="linear").tolist()
    [1.0, 3.0, 6.0, 8.0, 10.0]
    """
    if how == "quantile":
        if population is None:
            raise ValueError("quantiles are those of a population; give it")
        ordered = np.sort(values)
        rank = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2
        found = np.quantile(population, rank / max(len(values), 1), method="inverted_cdf").astype(np.float64)
    else:
        bar = how == "bar"
        knots = [source.low, *([source.liked_from] if bar else []), source.high]
        there = [target.low, *([target.liked_from] if bar else []), target.high]
        found = np.interp(values, knots, there)
    if target.step is not None:
        steps = (target.high - target.low) / target.step
        found = target.low + np.minimum(np.floor((found - target.low) / target.step + 0.5 + 1e-9), steps) * target.step
        if how == "bar":
            # Rounding must not make liked what is not.
            below = target.liked_from - target.step
            found = np.where(source.liked(values), np.maximum(found, target.liked_from), np.minimum(found, below))
    return np.clip(found, target.low, target.high)
