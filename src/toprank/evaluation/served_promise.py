"""What was promised of answers that were served, and what came of it: kept, broken, or too few to say.

One reader's outcomes are not independent. They are taken in blocks, the first, the next two, the next four and so on; a
full block counts once, by its mean, beside the same block of other readers. The confidence is shared among the blocks
(1/2, 1/6, 1/12, ...): what is said needs readers to be independent and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.errors import OptionError
from toprank.evaluation.betting import capital_against, mean_interval

__all__ = [
    "MARGIN",
    "ArmDifference",
    "PromiseGroup",
    "PromiseReport",
    "ServedOutcomes",
    "check_group",
    "check_promise",
    "compare_delivered",
]

MARGIN = 0.05
"""Less than this below what was promised is kept, once more is ruled out."""

MAX_BLOCKS = 12

Word = Literal["kept", "broken", "too few to say"]


@dataclass(frozen=True, eq=False)
class ServedOutcomes:
    """Answers that were served, of which it is known whether the reader liked the book; in the order of knowing.

    Parameters
    ----------
    day : int64[n]
        When the rating arrived, in days since 1970-01-01; ascending.
    reader : int64[n]
        Whose it is; any numbers.
    promised : float64[n]
        What was said: P(liked), or the bound that a yes promises.
    liked : bool[n]
    listed : bool[n]
        Whether it stood in a list; else it was asked about by itself.
    """

    day: IntArray
    reader: IntArray
    promised: FloatArray
    liked: BoolArray
    listed: BoolArray

    def __post_init__(self) -> None:
        kinds = {"day": np.int64, "reader": np.int64, "promised": np.float64, "liked": np.bool_, "listed": np.bool_}
        for name, kind in kinds.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        lengths = {name: len(getattr(self, name)) for name in kinds}
        if len(set(lengths.values())) > 1:
            raise OptionError(f"the columns of outcomes have different lengths: {lengths}; give one for every outcome")
        if not bool(np.all((self.promised >= 0) & (self.promised <= 1))):
            raise OptionError("what is promised must lie between 0 and 1; leave out answers without a P(liked)")
        if bool(np.any(np.diff(self.day) < 0)):
            raise OptionError("outcomes must stand in the order of their days; sort them")

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: IntArray | BoolArray) -> ServedOutcomes:
        """Keep some outcomes (row numbers ascending, or a mask)."""
        return ServedOutcomes(
            self.day[rows], self.reader[rows], self.promised[rows], self.liked[rows], self.listed[rows]
        )


@dataclass(frozen=True)
class PromiseGroup:
    """Some outcomes.

    Parameters
    ----------
    name : str
    outcomes, readers : int
        How many.
    promised, delivered : float
        Means; NaN where there is nothing.
    low, high : float
        What is delivered in the long run lies between, at all times together with the confidence.
    word : {"kept", "broken", "too few to say"}
        Broken, where less than promised was delivered, by more than chance; kept, where more than :data:`MARGIN` less
        is ruled out.
    since : int or None
        The day on which it was found broken, in days since 1970-01-01.
    """

    name: str
    outcomes: int
    readers: int
    promised: float
    delivered: float
    low: float
    high: float
    word: Word
    since: int | None = None

    @property
    def sentence(self) -> str:
        """The word, with its date.

        Examples
        --------
        >>> PromiseGroup("overall", 900, 700, 0.8, 0.7, 0.66, 0.74, "broken", 20_000).sentence
        'broken since 2024-10-04'
        """
        return self.word if self.since is None else f"broken since {np.datetime64(self.since, 'D')}"


@dataclass(frozen=True)
class PromiseReport:
    """What was promised and delivered: overall, in lists and in single questions, by week, by tenths of P."""

    confidence: float
    overall: PromiseGroup
    kinds: tuple[PromiseGroup, ...]
    weeks: tuple[PromiseGroup, ...]
    deciles: tuple[PromiseGroup, ...]


@dataclass(frozen=True)
class ArmDifference:
    """How much more of what one arm said was liked than of what another said.

    Parameters
    ----------
    difference : float
        Of the shares; NaN where either has nothing.
    low, high : float
        It lies between in the long run, at all times together with the confidence.

    Examples
    --------
    >>> ArmDifference(0.04, 0.01, 0.07).sentence, ArmDifference(0.04, -0.01, 0.07).sentence
    ('clearly more is liked', 'too few to say')
    """

    difference: float
    low: float
    high: float

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if self.low > 0 or self.high < 0:
            return f"clearly {'more' if self.low > 0 else 'less'} is liked"
        return "hardly different" if self.low > -MARGIN and self.high < MARGIN else "too few to say"


def compare_delivered(one: ServedOutcomes, other: ServedOutcomes, *, confidence: float = 0.95) -> ArmDifference:
    """Compare the shares liked of two arms' answers, by readers that were dealt at random; as often as one likes.

    Each share has its own interval, of half the doubt; the difference lies between their farthest ends.
    """
    sure = (1 + confidence) / 2
    shares = [check_group("", replace(part, promised=np.zeros(len(part))), confidence=sure) for part in (one, other)]
    return ArmDifference(
        shares[0].delivered - shares[1].delivered,
        shares[0].low - shares[1].high if len(one) and len(other) else -1.0,
        shares[0].high - shares[1].low if len(one) and len(other) else 1.0,
    )


def check_promise(outcomes: ServedOutcomes, *, confidence: float = 0.95) -> PromiseReport:
    """Hold what was promised against what was delivered, as often as one likes.

    Parameters
    ----------
    outcomes : ServedOutcomes
        Of one model's answers.
    confidence : float
        Of each group by itself: a promise that is kept is called broken, ever, with at most the rest.

    Returns
    -------
    PromiseReport
        Weeks begin on Mondays; those and tenths without outcomes are left out.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> promised = rng.uniform(0.6, 0.9, 4000)
    >>> served = ServedOutcomes(
    ...     day=20_000 + np.arange(4000) // 100, reader=np.arange(4000) % 2500, promised=promised,
    ...     liked=rng.random(4000) < promised, listed=np.arange(4000) % 2 == 0,
    ... )
    >>> report = check_promise(served)
    >>> report.overall.sentence, len(report.weeks), [group.name for group in report.kinds]
    ('kept', 7, ['lists', 'single questions'])
    """
    kinds = ("lists", outcomes.listed), ("single questions", ~outcomes.listed)
    monday = (outcomes.day + 3) // 7 * 7 - 3  # 1970-01-01 was a Thursday
    weeks = ((str(np.datetime64(int(first), "D")), monday == first) for first in np.unique(monday))
    tenth = np.minimum((outcomes.promised * 10).astype(np.int64), 9)
    tenths = ((f"{k / 10:.1f} to {(k + 1) / 10:.1f}", tenth == k) for k in np.unique(tenth).tolist())
    return PromiseReport(
        confidence,
        check_group("overall", outcomes, confidence=confidence),
        *(
            tuple(check_group(name, outcomes.take(rows), confidence=confidence) for name, rows in parts)
            for parts in (kinds, weeks, tenths)
        ),
    )


def check_group(name: str, outcomes: ServedOutcomes, *, confidence: float = 0.95) -> PromiseGroup:
    """Check the promise on these outcomes alone; see :func:`check_promise`."""
    if not 0 < confidence < 1:
        raise OptionError(f"the confidence is {confidence}; it must lie between 0 and 1, as 0.95 does")
    alpha = 1 - confidence
    blocks = _blocks(outcomes)
    low, high = _gap(blocks, alpha)
    since = _broken(blocks, alpha)
    word: Word = "kept" if low > -MARGIN else "too few to say"
    promised = delivered = float("nan")
    if len(outcomes):
        promised, delivered = float(outcomes.promised.mean()), float(outcomes.liked.mean())
    return PromiseGroup(
        name, len(outcomes), len(np.unique(outcomes.reader)), promised, delivered,
        max(0.0, promised + low), min(1.0, promised + high), word if since is None else "broken", since,
    )  # fmt: skip


def _blocks(outcomes: ServedOutcomes) -> list[tuple[FloatArray, IntArray]]:
    """Give the full blocks: what each delivered beyond its promise (-1 to 1), and the day on which it was full."""
    size = len(outcomes)
    order = np.argsort(outcomes.reader, kind="stable")
    reader = outcomes.reader[order]
    start = np.searchsorted(reader, reader)
    number = np.empty(size, np.int64)
    number[order] = np.arange(size) - start  # which of its reader's outcomes each is
    block = np.minimum(np.log2(number + 1).astype(np.int64), MAX_BLOCKS - 1)
    gap = outcomes.liked - outcomes.promised
    found = []
    for k in range(int(block.max(initial=-1)) + 1):
        rows = np.flatnonzero(block == k)
        rows = rows[np.lexsort((rows, outcomes.reader[rows]))]
        whole = 2**k
        _, first, count = np.unique(outcomes.reader[rows], return_index=True, return_counts=True)
        first = first[count >= whole]
        members = rows[first[:, None] + np.arange(whole)]
        mean, last = gap[members].mean(axis=1), members[:, -1]
        order = np.argsort(last, kind="stable")
        found.append((mean[order], outcomes.day[last[order]]))
    return found


def _share(k: int) -> float:
    return 1 / ((k + 1) * (k + 2))


def _gap(blocks: list[tuple[FloatArray, IntArray]], alpha: float) -> tuple[float, float]:
    """Give the interval of the mean gap: what all blocks allow; where they disagree, what any allows."""
    ends = [mean_interval((1 + gap) / 2, alpha * _share(k)) for k, (gap, _) in enumerate(blocks)] or [(0.0, 1.0)]
    low, high = 2 * np.array(ends).T - 1
    if low.max() <= high.min():
        return float(low.max()), float(high.min())
    return float(low.min()), float(high.max())


def _broken(blocks: list[tuple[FloatArray, IntArray]], alpha: float) -> int | None:
    """Give the first day on which the capital of who bets against any block was too large for chance."""
    days = []
    for k, (gap, day) in enumerate(blocks):
        refuted = np.flatnonzero(capital_against((1 + gap) / 2, 0.5) >= -np.log(alpha * _share(k)))
        days += [int(day[refuted[0]])] if len(refuted) else []
    return min(days, default=None)
