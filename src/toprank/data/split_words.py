"""How a split was made, in words: where it parts time, and how many test rows are of readers and items new by then."""

from __future__ import annotations

from toprank.core.ratings import Ratings
from toprank.core.times import spell_time
from toprank.data.splits import Split

__all__ = ["WHY_SPLIT", "split_words"]


WHY_SPLIT = {
    "time": "most ratings have times, so the split is by time, the same moment for everyone; --split random is another",
    "random": "the ratings are split at random",
}
"""What is said of a split that nobody asked for."""


def split_words(split: Split, ratings: Ratings) -> str:
    """Say how ratings were split.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> from toprank.core.times import DAY
    >>> from toprank.data.splits import time_split
    >>> rows = Ratings.of([1, 2, 3], ["x", "y", "x"], [5, 4, 3], RatingScale(1, 5, 4), time=[DAY, 2 * DAY, 3 * DAY])
    >>> split_words(time_split(rows, validation=0.3, test=0.3), rows)
    'Split by time: validation from 1970-01-03, test from 1970-01-04; of 1 test row 1 is of new readers, 0 of new items'
    """
    readers, items = split.newcomers(ratings)
    n = len(split.test)
    new = (
        f"of {n:,} test {'row' if n == 1 else 'rows'} {readers:,} {'is' if readers == 1 else 'are'} of new readers, "
        f"{items:,} of new items"
    )
    if split.starts is None:
        return f"Split {split.kind}: {new}"
    validation, test = map(spell_time, split.starts)
    return f"Split by time: validation from {validation}, test from {test}; {new}"
