"""Times however they are written, and which column holds them: seconds, milliseconds, ISO dates, timestamps.

Everything becomes microseconds in UTC (:mod:`toprank.core.times`). What names no zone is taken for UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import AnyArray, BoolArray, IntArray
from toprank.core.times import NO_TIME, SECOND
from toprank.data.reading.id_columns import dictionary
from toprank.data.reading.quoting import quoted
from toprank.errors import DataError

__all__ = ["TimeValues", "as_times", "guess_time_column", "plausible", "time_problem"]

USUAL_TIME_NAMES = (
    "timestamp", "unixreviewtime", "unixtime", "unixtimestamp", "time", "datetime", "ratedat", "reviewtime",
    "ratingtime", "ratingtimestamp", "ratingdate", "createdat", "updatedat", "dateupdated", "eventtime", "ts", "tstamp",
    "date", "reviewdate", "createdtime", "creationtime", "dateread", "lastdateread", "dateadded", "shelfdate",
)  # fmt: skip
"""Names of a column of times without case and punctuation; where a table has several, the first counts."""

UNITS = (
    ("seconds", 1e11, SECOND),
    ("milliseconds", 1e14, 1_000),
    ("microseconds", 1e17, 1),
    ("nanoseconds", np.inf, 0),
)
"""Units of numbers since 1970, each with what is too large for it, and its microseconds; the median decides."""

FIRST_PLAUSIBLE = int(np.datetime64("1990-01-01", "us").astype(np.int64))
"""People rated nothing on computers before."""

_NUMBER = r"^[+-]?[0-9]{1,19}([.][0-9]*)?([eE][+]?[0-9]+)?$"
_ZONED = r"^\d{4}-\d{2}-\d{2}[T ].*(Z|[+-]\d{2}(:?\d{2})?)$"
_PATTERNS = (
    "%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y",
    "%m %d, %Y", "%Y %b %d", "%a %b %d %H:%M:%S %Y",
)  # fmt: skip
"""Forms besides ISO that cannot be mistaken for each other; 03/04/2004 can, and is refused."""


@dataclass(frozen=True, eq=False)
class TimeValues:
    """A column of times."""

    time: IntArray  # int64[n]: microseconds since 1970 in UTC; NO_TIME where there is none
    bad: BoolArray  # bool[n]: where something stands that is no time; what is empty is not bad
    form: str  # how they are written, in words


def guess_time_column(columns: Sequence[str], taken: Sequence[str]) -> str | None:
    """Give the column that is called as times usually are; None where none is.

    Examples
    --------
    >>> guess_time_column(["userId", "date", "unix_review_time"], taken=["userId"])
    'unix_review_time'
    """
    bare = {re.sub(r"[\W_]", "", name).casefold(): name for name in reversed(columns) if name not in taken}
    return next((bare[name] for name in USUAL_TIME_NAMES if name in bare), None)


def as_times(column: pa.ChunkedArray, *, source: str, name: str) -> TimeValues:
    """Take a column as times.

    Examples
    --------
    >>> from toprank.core.times import spell_time
    >>> found = as_times(pa.chunked_array([["2004-03-01", "2004-03-01T02:00:00+02:00", ""]]), source="r.csv", name="t")
    >>> [spell_time(time) for time in found.time.tolist()], found.form
    (['2004-03-01', '2004-03-01', 'at an unknown time'], 'dates')
    >>> found = as_times(pa.chunked_array([[1078099200000, None]]), source="r.csv", name="t")
    >>> spell_time(int(found.time[0])), found.form
    ('2004-03-01', 'milliseconds since 1970')
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    nothing = np.zeros(len(column), np.bool_)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        micro = column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64())
        return TimeValues(_filled(micro), nothing, "dates" if pa.types.is_date(kind) else "timestamps")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        # Whole numbers stay whole: a float64 holds no nanoseconds of today.
        whole = pa.types.is_integer(kind) and not pa.types.is_uint64(kind)
        number = column.cast(pa.int64() if whole else pa.float64(), safe=False)
        given = number.is_valid().to_numpy()
        return _of_numbers(number.fill_null(0).to_numpy(), given, nothing)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _of_texts(column.cast(pa.string()))
    raise DataError(
        f"it holds values of type {kind}", "give times as numbers, dates or timestamps, or name another column",
        source=source, column=name,
    )  # fmt: skip


def plausible(values: TimeValues) -> bool:
    """Say whether nearly all are times since 1990, none of them absurd: what a guess by name needs besides."""
    some = values.time[values.time != NO_TIME]
    if len(some) == 0 or values.bad.any():
        return False
    latest = np.datetime64(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=366), "us").astype(np.int64)
    return bool(np.mean((some >= FIRST_PLAUSIBLE) & (some <= latest)) > 0.99)


def time_problem(value: object) -> str:
    """Say that a value is no time.

    Examples
    --------
    >>> time_problem("03/04/2004")
    "the time '03/04/2004' may be read in two ways, or is none"
    """
    return f"the time {quoted(str(value))} may be read in two ways, or is none"


def _filled(column: pa.ChunkedArray) -> IntArray:
    return np.array(column.fill_null(NO_TIME).to_numpy(), np.int64)


def _of_numbers(number: AnyArray, given: BoolArray, bad: BoolArray) -> TimeValues:
    """Find the unit of numbers since 1970 by the median; eight digits that are dates are dates."""
    if number.dtype.kind == "f":
        given = given & np.isfinite(number)
    some = number if given.all() else number[given]
    time = np.full(len(number), NO_TIME)
    if len(some) == 0:
        return TimeValues(time, bad, "nothing")
    whole = some.astype(np.int64, copy=False)
    if bool(((whole >= 19_000_101) & (whole <= 21_001_231)).all()) and bool((whole == some).all()):
        days = _days(whole)
        if not bool(np.isnat(days).any()):
            time[given] = days.astype("datetime64[us]").astype(np.int64)
            return TimeValues(time, bad, "dates as YYYYMMDD")
    middle = float(np.median(np.abs(some).astype(np.float64, copy=False), overwrite_input=True))
    unit, _, factor = next(one for one in UNITS if middle < one[1])
    if some.dtype.kind == "f":
        micro = some * factor if factor else some / 1_000
        over = ~(np.abs(micro) < 9e18)
        time[given] = np.where(over, NO_TIME, np.rint(np.where(over, 0, micro)))
    else:
        over = np.abs(some) > (9e18 / factor if factor else np.inf)
        time[given] = np.where(over, NO_TIME, np.where(over, 0, some) * factor if factor else some // 1_000)
    bad = bad.copy()
    bad[np.flatnonzero(given)[over]] = True
    return TimeValues(time, bad, f"{unit} since 1970")


def _days(whole: IntArray) -> AnyArray:
    """Read YYYYMMDD (datetime64[D]); NaT where there is no such day."""
    year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    fits = (month >= 1) & (month <= 12) & (day >= 1)
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + np.where(fits, month - 1, 0)
    found = start.astype("datetime64[D]") + np.where(fits, day - 1, 0)
    return np.where(fits & (found.astype("datetime64[M]") == start), found, np.datetime64("NaT"))


def _of_texts(column: pa.ChunkedArray) -> TimeValues:
    try:
        # Seconds since 1970 are mostly distinct: to number them first would take several times as long.
        number = column.cast(pa.int64())
    except pa.ArrowInvalid:
        number = None
    if number is not None and number.null_count == 0 and not pc.any(pc.match_substring(column, "x")).as_py():
        given = np.ones(len(number), np.bool_)
        return _of_numbers(number.to_numpy(), given, ~given)
    values, codes = dictionary(column)
    texts = pc.utf8_trim_whitespace(values)
    empty = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    numeric = pc.match_substring_regex(texts, _NUMBER).to_numpy(zero_copy_only=False)
    if len(texts) and bool((numeric | empty).all()) and numeric.any():
        whole = not pc.any(pc.match_substring_regex(texts, "[.eE]")).as_py()
        number = pc.if_else(pa.array(numeric), texts, "0").cast(pa.int64() if whole else pa.float64())
        # By rows, so that the median is that of rows.
        row = np.append(number.to_numpy(zero_copy_only=False), 0)[codes]
        return _of_numbers(row, np.append(numeric, False)[codes], np.zeros(len(codes), np.bool_))
    time, bad = _of_iso(texts, empty)
    day = 86_400 * SECOND
    form = "dates" if bool((time[time != NO_TIME] % day == 0).all()) else "dates with times"
    return TimeValues(np.append(time, NO_TIME)[codes], np.append(bad, False)[codes], form)


def _of_iso(texts: pa.Array, empty: BoolArray) -> tuple[IntArray, BoolArray]:
    """Read distinct texts: ISO by Arrow, what it does not take one by one."""
    time, bad = np.full(len(texts), NO_TIME), np.zeros(len(texts), np.bool_)
    zoned = pc.match_substring_regex(texts, _ZONED).to_numpy(zero_copy_only=False)
    for rows, zone in ((zoned, "UTC"), (~zoned & ~empty, None)):
        at = np.flatnonzero(rows)
        if len(at) == 0:
            continue
        some = texts.take(pa.array(at))
        try:
            time[at] = some.cast(pa.timestamp("us", zone)).cast(pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            for place, text in zip(at.tolist(), some.to_pylist(), strict=True):
                found = _of_text(text)
                bad[place] = found is None
                time[place] = NO_TIME if found is None else found
    return time, bad


def _of_text(text: str) -> int | None:
    """Read one text; None where it is no time, or may be two."""
    slashed = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}", text)
    spaced = re.sub(r"(\d) ([+-]\d{2}:?\d{2}|UTC|GMT|Z)$", lambda m: m[1] + m[2], slashed)
    try:
        found = datetime.fromisoformat(re.sub(r"(UTC|GMT)$", "Z", spaced))
    except ValueError:
        parsed = (_parsed(text, pattern) for pattern in _PATTERNS)
        first = next((one for one in parsed if one is not None), None)
        if first is None:
            return None
        found = first
    zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
    return (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None
