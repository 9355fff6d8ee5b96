"""Times of ratings: whole microseconds since 1970 in UTC, as int64; a row whose time is not known has the least one.

That is how numpy and Arrow spell both; ``array.view("datetime64[us]")`` shows them.
"""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.errors import OptionError

__all__ = ["DAY", "NO_TIME", "SECOND", "TimeColumn", "checked_times", "known_times", "spell_time", "stacked_times"]

SECOND = 1_000_000
"""Microseconds of a second."""

DAY = 86_400 * SECOND
"""Microseconds of a day."""

NO_TIME = int(np.iinfo(np.int64).min)
"""What stands for a time that is not known; ``NaT`` to numpy."""

TimeColumn = IntArray | None
"""Times of rows (int64[n]), or None where no row has one."""


def checked_times(time: TimeColumn, rows: int) -> TimeColumn:
    """Give a read-only column of one time a row; None where none is known."""
    if time is None:
        return None
    array = np.asarray(time)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]").view(np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise OptionError(f"times must be whole microseconds since 1970, one a row, not {array.dtype} {array.shape}")
    if len(array) != rows:
        raise OptionError(f"time has {len(array):,} rows and user {rows:,}; they must be equal")
    array = array.astype(np.int64, copy=array.flags.writeable)
    if len(array) and not bool((array != NO_TIME).any()):
        return None
    array.setflags(write=False)
    return array


def known_times(time: TimeColumn, rows: int) -> BoolArray:
    """Say which rows have a time (bool[rows])."""
    return np.zeros(rows, np.bool_) if time is None else np.asarray(time != NO_TIME)


def stacked_times(parts: list[tuple[TimeColumn, int]]) -> TimeColumn:
    """Put times behind one another, each beside its number of rows; where some have none, theirs are not known.

    Examples
    --------
    >>> stacked_times([(np.array([5]), 1), (None, 2)]).tolist() == [5, NO_TIME, NO_TIME]
    True
    """
    if all(time is None for time, _ in parts):
        return None
    return np.concatenate([np.full(rows, NO_TIME) if time is None else time for time, rows in parts])


def spell_time(time: int) -> str:
    """Write a time for people, in UTC: to the day where it is midnight, else to the second.

    Examples
    --------
    >>> spell_time(893_286_638 * SECOND), spell_time(0)
    ('1998-04-22 23:10:38', '1970-01-01')
    """
    if time == NO_TIME:
        return "at an unknown time"
    moment = np.datetime64(time // SECOND, "s")
    return str(moment.astype("datetime64[D]") if time % DAY == 0 else moment).replace("T", " ")
