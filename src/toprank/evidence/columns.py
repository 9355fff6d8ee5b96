"""What a key's statistics become as columns of numbers."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.evidence.groupings import GroupKey
from toprank.evidence.statistics import Statistics

__all__ = ["key_columns", "key_values", "source_of"]


def source_of(column: str) -> str:
    """Give what a column comes from: the name of its key, or its own.

    Examples
    --------
    >>> source_of("user x author: liked"), source_of("year")
    ('user x author', 'year')
    """
    return column.rpartition(": ")[0] or column


def key_columns(key: GroupKey) -> tuple[str, ...]:
    """Name a key's columns. Only one side's groups have ratings enough for a mean and a spread of their own."""
    crossed = key.user is not None and key.item is not None
    return ("count", "liked", "residual") if crossed else ("count", "liked", "residual", "mean", "spread")


def key_values(
    key: GroupKey, seen: Statistics, liked_share: float, mean: float, damping: float, scale: float
) -> list[FloatArray]:
    r"""Give a key's columns; NaN where there are no ratings.

    .. math:: \ln(1 + n), \quad \frac{L + d p}{n + d}, \quad \frac{E}{n + d}, \quad \frac{S + d \mu}{n + d}, \quad
              \sqrt{Q / n - (S / n)^2}

    with n ratings of the sum S and the sum of squares Q, L of them liked, residuals of the sum E, and the damping d.
    Without one of k folds there is (k - 1)/k of everything; ``scale`` makes up for it, so that training rows look
    like later ones.
    """
    count = seen.count.astype(np.float64)
    count[count == 0] = np.nan
    shrunken = scale * count + damping
    columns = [
        np.log1p(scale * seen.count),
        (scale * seen.liked + damping * liked_share) / shrunken,
        scale * seen.residual / shrunken,
    ]
    if len(key_columns(key)) > len(columns):
        average = seen.total / count
        columns.append((scale * seen.total + damping * mean) / shrunken)
        # Of one rating there is no spread.
        spread = np.sqrt(np.maximum(seen.squares / count - average**2, 0.0))
        columns.append(np.where(seen.count > 1, spread, np.nan))
    return columns
