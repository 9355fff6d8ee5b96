"""The reader over time: how long they have rated, their running session, and how their ratings drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.stored import stored
from toprank.core.times import DAY, NO_TIME, SECOND, known_times
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.sources.recency import days_since, first_and_last

__all__ = ["ReaderTimes", "ReaderTimesSource"]

SESSION = 3 * 3600 * SECOND
"""What was rated within so long before now belongs to the running session."""

DRIFT = 30 * DAY
"""After so long a rating counts half for the drift."""

DAMPING = 3.0
"""Ratings' worth of pull to 0."""

LITTLE = 0.2
"""A smaller drift, in rating points, is not worth a word."""

NAMES = tuple(f"reader times: {what}" for what in ("last", "first", "session", "session trend", "drift"))
"""Days since the last and the first rating, ratings in the running session (logarithms); by how much what is left of
ratings of the session, and of recent ones, is above that of all."""


@stored
@dataclass(frozen=True)
class ReaderTimes:
    r"""What a reader's own list says of them over time, as of the latest time known.

    .. math:: drift = \frac{\sum_r 2^{-(t - t_r)/h} e_r}{\sum_r 2^{-(t - t_r)/h} + 3} - \frac{\sum_r e_r}{n + 3}

    Parameters
    ----------
    latest : int
        The latest time of all ratings; of a reader who has rated later, that is now.
    """

    latest: int

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    def of_readers(self, readers: Readers) -> FloatArray:
        """Give the columns of each reader (float32[n, 5]), once."""

        def find() -> FloatArray:
            lists = readers.lists
            known = np.flatnonzero(known_times(lists.time, len(lists.item)))
            time = np.empty(0, np.int64) if lists.time is None else lists.time[known]
            return _columns(lists.reader[known], time, readers.residual[known], len(readers), self.latest, 1.0)

        return readers.once("reader times", find)

    def columns(self, pairs: Pairs) -> FloatArray:
        return self.of_readers(pairs.readers)[pairs.row]

    def updated(self, change: EvidenceUpdate) -> ReaderTimes:
        """Say what is now."""
        time = change.update.after.ratings.time
        return self if time is None else ReaderTimes(int(time.max()))

    def merged(self, other: ReaderTimes) -> ReaderTimes:
        """Take the later now."""
        return ReaderTimes(max(self.latest, other.latest))

    def describe(self, part: str) -> str:
        return "how the reader's ratings change over time"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        drift = row[NAMES[4]]
        if np.isnan(drift) or abs(drift) < LITTLE:
            return ""
        return f"lately you rate {abs(drift):.1f} {'higher' if drift > 0 else 'lower'} than you used to"


class ReaderTimesSource:
    """Learns :class:`ReaderTimes`."""

    name = "reader times"
    groups: ClassVar[Mapping[str, str]] = {"reader-times": "the reader over time, where ratings have times"}

    def learn(self, rows: TrainingRows) -> Learned | None:
        time = rows.ratings.time
        if time is None or "reader-times" in rows.without:
            return None
        columns, latest = np.empty((len(rows.sample), len(NAMES)), np.float32), int(time.max())
        for number in range(rows.folds):
            seen = np.flatnonzero((time != NO_TIME) & (rows.fold != number))
            inside = np.flatnonzero(rows.sampled_fold == number)
            residual = rows.residual[number, seen].astype(np.float64)
            of_readers = _columns(rows.ratings.user[seen], time[seen], residual, len(rows.readers), latest, rows.scale)
            columns[inside] = of_readers[rows.sampled.user[inside]]
        return Learned(ReaderTimes(latest), columns)


def _columns(
    reader: IntArray, time: IntArray, residual: FloatArray, size: int, latest: int, scale: float
) -> FloatArray:
    """Give the columns of each reader (float32[size, 5]); NaN of those without ratings that have times."""
    first, last = first_and_last(reader.astype(np.int64), time, size)
    now = np.maximum(last, latest)
    age = now[reader] - time

    def shrunken(weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        total = scale * np.bincount(reader, weight, size)
        return total, scale * np.bincount(reader, weight * residual, size) / (total + DAMPING)

    _, overall = shrunken(np.ones(len(reader)))
    session, of_session = shrunken((age < SESSION).astype(np.float64))
    _, of_late = shrunken(np.exp2(-age / DRIFT))
    columns = [days_since(last, now), days_since(first, now), np.log1p(session)]
    columns += [np.where(session > 0, of_session - overall, 0.0), of_late - overall]
    return np.where((last == NO_TIME)[:, None], np.nan, np.stack(columns, axis=1)).astype(np.float32)
