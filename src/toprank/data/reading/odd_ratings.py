"""Values that are no ratings though they look like numbers: codes for "not rated", and counts."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray
from toprank.core.scale import RatingScale
from toprank.data.reading.rating_values import counted
from toprank.errors import DataError

__all__ = ["liked_notes", "odd_ratings"]

HARDLY_ANY = 0.01
"""A smaller share of liked ratings, or of others, is told."""

MANY_ZEROS = 0.05
"""A larger share of zeros beside ratings from a half up is named: they may mean "no rating"."""

HEAPED = 5
"""How many times as often as any other value one of 0, -1 and 99 comes where it is named as well."""

COUNTS_FROM = 100
"""Whole numbers up to this, or more, are counts where most are below a twentieth of the largest."""


def odd_ratings(value: FloatArray, *, source: str, column: str) -> list[str]:
    """Name what may mean "no rating"; refuse what makes no scale: counts, and a value far off or alone below it.

    Examples
    --------
    >>> odd_ratings(np.array([3.0, 4, 5, 3, 4, -1]), source="r.csv", column="rating")
    Traceback (most recent call last):
    toprank.errors.DataError: r.csv, column 'rating': 1 of 6 ratings (17%) is -1, all others are 3 to 5. Cure: say
    --implicit-value -1 if it means 'no rating', or --scale -1-5 if it is one.
    """
    distinct, rows = counted(value)
    _refuse_counts(distinct, rows, source, column)
    for code, others in ((distinct[0], distinct[1:]), (distinct[-1], distinct[:-1])):
        if len(others) >= 3 and _is_apart(code, others):
            n, share = int(rows[distinct == code][0]), _percent(rows[distinct == code][0] / len(value))
            low, high = min(code, others[0]), max(code, others[-1])
            raise DataError(
                f"{n:,} of {len(value):,} ratings ({share}) {'is' if n == 1 else 'are'} {code:g}, all others are "
                f"{others[0]:g} to {others[-1]:g}",
                f"say --implicit-value {code:g} if it means 'no rating', or --scale {low:g}-{high:g} if it is one",
                source=source,
                column=column,
            )
    return _heaps(distinct, rows)


def liked_notes(value: FloatArray, scale: RatingScale) -> list[str]:
    """Say so where (almost) nothing is liked, or everything: then there is little to tell apart.

    Examples
    --------
    >>> liked_notes(np.ones(1600), RatingScale(1, 5, liked_from=4))
    ['warning: none of the 1,600 ratings is liked: that means 4 or more (--liked-from sets it), and the highest is 1']
    """
    liked = int(scale.liked(value).sum())
    if HARDLY_ANY * len(value) <= liked <= (1 - HARDLY_ANY) * len(value):
        return []
    bar = f"that means {scale.liked_from:g} or more (--liked-from sets it)"
    if liked == 0:
        return [f"warning: none of the {len(value):,} ratings is liked: {bar}, and the highest is {value.max():g}"]
    if liked == len(value):
        return [f"warning: all {len(value):,} ratings are liked: {bar}, and the lowest is {value.min():g}"]
    which = "only" if 2 * liked < len(value) else "as many as"
    return [f"warning: {which} {liked:,} of the {len(value):,} ratings are liked: {bar}"]


def _is_apart(code: float, others: AnyArray) -> bool:
    """Tell whether a value at an end is alone below 0, or further off than the others reach."""
    gap = others[0] - code if code < others[0] else code - others[-1]
    return bool((code < 0 <= others[0]) or gap > others[-1] - others[0])


def _heaps(distinct: FloatArray, rows: AnyArray) -> list[str]:
    """Name 0, -1 and 99 where they may mean "no rating"."""
    notes = []
    for code in (0.0, -1.0, 99.0):
        others, counts = distinct[distinct != code], rows[distinct != code]
        share = float(rows[distinct == code].sum() / rows.sum())
        # Beside a single other value, as of likes, zero is the other answer.
        if len(others) < 2 or share == 0:
            continue
        alone = code == 0 and others[0] >= 0.5 and share >= MANY_ZEROS
        if alone or (len(others) >= 3 and share * rows.sum() > HEAPED * counts.max()):
            beside = f"no other is below {others[0]:g}" if alone else "no other value comes nearly as often"
            notes.append(
                f"warning: {_percent(share)} of the ratings are {code:g} and {beside}; if {code:g} means 'no rating', "
                f"say --implicit-value {code:g}"
            )
    return notes


def _refuse_counts(distinct: FloatArray, rows: AnyArray, source: str, column: str) -> None:
    """Refuse whole numbers with a long tail: they say how often, not how much somebody liked it."""
    most = distinct[-1]
    if distinct[0] < 0 or most < COUNTS_FROM or len(distinct) < 4 or not np.array_equal(distinct, np.floor(distinct)):
        return
    median = distinct[np.searchsorted(np.cumsum(rows), rows.sum() / 2)]
    if 20 * median < most and rows[distinct == most][0] / rows.sum() < 0.01:
        raise DataError(
            f"these look like counts, not ratings: {distinct[0]:g} to {most:,.15g}, half of them at most {median:g}",
            "name the column of ratings with --rating-column; how often somebody listened or bought does not say how "
            f"much they liked it. If these are ratings, say so with --scale {distinct[0]:g}-{most:.15g}",
            source=source,
            column=column,
        )


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"
