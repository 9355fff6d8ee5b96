"""What a source of evidence is: one group of columns, with everything that has to be known about it in one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.memory import give_back
from toprank.core.ratings import Ratings
from toprank.core.update import Update
from toprank.evidence.bias import DampedBias
from toprank.evidence.crossfit import CrossFit
from toprank.evidence.groupings import Groupings, distinct
from toprank.evidence.keys import GroupKey, KeyIndex, number_pairs
from toprank.evidence.pairs import Pairs, Readers

__all__ = [
    "SHARD",
    "DividedSource",
    "EvidenceSource",
    "EvidenceUpdate",
    "FittedSource",
    "Learned",
    "Namer",
    "TrainingRows",
    "gained_interactions",
    "part_of",
]


SHARD = 500_000
"""Ratings of a shard, about. How many shards there are depends on the ratings alone, so that sums do too."""


def part_of(column: str) -> str:
    """Give the part of the evidence that a column belongs to: what stands before its last colon, or all of it.

    Examples
    --------
    >>> part_of("user x author: liked"), part_of("year")
    ('user x author', 'year')
    """
    return column.rpartition(": ")[0] or column


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """What sources learn from: the training ratings, who holds what, and folds.

    Parameters
    ----------
    data : Dataset
        Its implicit rows and attributes.
    ratings : Ratings
        The training ratings in canonical order.
    readers : Readers
        Every user's list, after the bias of all rows.
    groupings : Groupings
    keys : tuple of GroupKey
        Those whose group of evidence is not left out, in the order of the columns.
    fold : int64[n]
        The fold of each rating.
    folds : int
        How many there are.
    expected : float64[n]
        What a bias without a rating's fold expects it to be.
    left_out : int
        Into how many folds models deal the same rows; each of them is whole folds of the evidence.
    bias : DampedBias
        Of all rows, over users and works.
    residual : float32[folds + 1, n]
        What is left of each rating after a bias without each fold, 0 in that fold; last, after that of all.
    damping : float
        Ratings' worth of pull on every mean.
    without : frozenset of str
        Groups of evidence to leave out.
    sample : int64[m]
        The rows that models learn from, ascending; all rows go into what sources learn.
    keep_folds : bool
        Whether some model looks up what there is without each fold.
    rng : numpy.random.Generator
    levels : float64[k], optional
        Ratings that show which levels there are, where it is not these rows that should.
    """

    data: Dataset
    ratings: Ratings
    readers: Readers
    groupings: Groupings
    keys: tuple[GroupKey, ...]
    fold: IntArray
    folds: int
    expected: FloatArray
    left_out: int
    bias: DampedBias
    residual: FloatArray
    damping: float
    without: frozenset[str]
    sample: IntArray
    keep_folds: bool
    rng: np.random.Generator
    levels: FloatArray | None = None
    _numbers: dict[GroupKey, tuple[Int32Array, int]] = field(default_factory=dict)

    @cached_property
    def index(self) -> KeyIndex:
        """Numbers of the keys that are not the reader's; sources that hold the same object number pairs once."""
        keys = tuple(key for key in self.keys if not key.of_reader)
        return KeyIndex.of(keys, self.groupings, self.ratings.user, self.ratings.item)

    @cached_property
    def coarse(self) -> TrainingRows:
        """The same in the folds that models leave out: for what costs too much to learn without each fine one."""
        if self.left_out == self.folds:
            return self
        cross = CrossFit.of(
            self.ratings.user, self.work, self.readers.value, self.ratings.liked, n_users=len(self.readers),
            n_items=self.groupings.work.size, fold=self.fold % self.left_out, folds=self.left_out,
        )  # fmt: skip
        residual = np.concatenate([cross.residual, self.residual[-1:]])
        return replace(self, fold=cross.fold, folds=cross.folds, expected=cross.expected, residual=residual)

    @property
    def shards(self) -> list[slice]:
        """The ratings cut into shards of about equally many; each reader lies whole in one."""
        parts, start = max(1, -(-len(self.ratings) // SHARD)), self.readers.lists.start
        ends = start[np.searchsorted(start, len(self.ratings) * np.arange(parts + 1) // parts)].tolist()
        return [slice(begin, end) for begin, end in pairwise(ends)]

    def sampled_in(self, some: slice) -> IntArray:
        """Give the sampled rows of a shard, counted from its first (int64[k])."""
        begin, end = np.searchsorted(self.sample, [some.start, some.stop])
        return np.asarray(self.sample[begin:end] - some.start)

    @cached_property
    def sampled(self) -> Ratings:
        """The ratings that models learn from."""
        return self.ratings.take(self.sample)

    @cached_property
    def sampled_fold(self) -> IntArray:
        """The fold of each of them (int64[m])."""
        return self.fold[self.sample]

    @cached_property
    def asked(self) -> Pairs:
        """Them as pairs to be asked about."""
        return Pairs(self.readers, self.sampled.user.astype(np.int64), self.sampled.item.astype(np.int64))

    @property
    def work(self) -> IntArray:
        """The work of each rating (int32[n])."""
        return self.readers.work

    @property
    def scale(self) -> float:
        """What makes up for the fold that a training row does not see: k / (k - 1) for k folds."""
        return self.folds / (self.folds - 1)

    @property
    def liked_share(self) -> float:
        """Share of the ratings that are liked."""
        return float(self.ratings.liked.mean())

    def numbers(self, key: GroupKey) -> tuple[Int32Array, int]:
        """Number what the ratings show of a key, once for all sources that ask."""
        if key not in self._numbers:
            numbers, size = number_pairs(key, self.groupings, self.ratings.user, self.ratings.item)
            self._numbers[key] = numbers.astype(np.int32), size
        return self._numbers[key]

    def forget(self) -> None:
        """Let go of what can be found again, and give what is free back to the system."""
        self._numbers.clear()
        self.readers.sides.clear()
        for rows in (self, self.coarse):
            rows.__dict__.pop("asked", None)
        give_back()


@dataclass(frozen=True, eq=False)
class EvidenceUpdate:
    """New ratings, and ratings that they replace, as sources take them in.

    Parameters
    ----------
    update : Update
        The data before and after.
    before, after : Groupings
        The groups that there were, and the same, grown.
    readers : Readers
        The lists of the readers of new ratings as they are now, after the bias as it is now.
    reader, user, item, work, value, liked, residual, sign : arrays of n
        The ratings that come (sign 1), then those that go (sign -1): the row of the reader in ``readers``, positions,
        rating points, and what the bias of now leaves.
    gained : int64[k], int64[k]
        Users and works of interactions that there were not.
    """

    update: Update
    before: Groupings
    after: Groupings
    readers: Readers
    reader: IntArray
    user: IntArray
    item: IntArray
    work: IntArray
    value: FloatArray
    liked: BoolArray
    residual: FloatArray
    sign: FloatArray
    gained: tuple[IntArray, IntArray]
    _grown: dict[int, tuple[KeyIndex, IntArray]] = field(default_factory=dict)

    def grown(self, index: KeyIndex) -> tuple[KeyIndex, IntArray]:
        """Number what the new rows show, and say before which old numbers; once for sources that share an index."""
        if id(index) not in self._grown:
            self._grown[id(index)] = index.grown(self.before, self.after, self.user, self.item)
        return self._grown[id(index)]

    @property
    def added(self) -> int:
        """How many of the rows come; they stand first."""
        return len(self.update.added)


Namer = Callable[[int], str | None]
"""From the position of an item to its title; None where it has none."""


class FittedSource(Protocol):
    """A source that has learned: the books' side is in it, the readers' side comes from their lists."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns; what stands before the last colon is the part of the evidence that a column belongs to."""
        ...

    def columns(self, pairs: Pairs) -> FloatArray:
        """Give the columns of pairs that are no training rows (float[n, len(names)]); NaN where nothing is known."""
        ...

    def updated(self, change: EvidenceUpdate) -> Self:
        """Take in new ratings without retraining."""
        ...

    def merged(self, other: Self) -> Self:
        """Add what another shard saw: other readers, the same items, groups and biases."""
        ...

    def describe(self, part: str) -> str:
        """Say what a part of the evidence is, of any reader and any item."""
        ...

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        """Say what a part of the evidence says of one pair, whose columns are ``row``."""
        ...


@dataclass(frozen=True, eq=False)
class Learned:
    """What a source learned.

    Parameters
    ----------
    source : FittedSource
        For every pair that is no training row.
    columns : float[m, k]
        Of the sampled training rows, each without its own fold.
    folded : object
        What a network looks up of training rows, without each fold; None for most sources, and where none looks.
    """

    source: FittedSource
    columns: FloatArray
    folded: Any = None


class EvidenceSource(Protocol):
    """A source before it has seen ratings."""

    @property
    def name(self) -> str:
        """Its name; one source may hold several groups of evidence."""
        ...

    @property
    def groups(self) -> Mapping[str, str]:
        """The groups of evidence in it, each of which can be left out, and what each is in words."""
        ...

    def learn(self, rows: TrainingRows) -> Learned | None:
        """Learn the books' side, and give the columns of the training rows without their own fold.

        None where there is nothing to learn from, or all of it is left out.
        """
        ...


@runtime_checkable
class DividedSource(EvidenceSource, Protocol):
    """A source that learns in parts, which may be tasks; ``learn`` finds them all and puts them together."""

    def parts(self, rows: TrainingRows) -> int:
        """Say how many parts there are; 0 where there is nothing to learn from, or it is left out."""
        ...

    def part(self, number: int, rows: TrainingRows) -> Any:
        """Learn a part."""
        ...

    def joined(self, rows: TrainingRows, parts: Sequence[Any]) -> Learned | None:
        """Put them together, in their order."""
        ...


def gained_interactions(update: Update, users: IntArray, groupings: Groupings) -> tuple[IntArray, IntArray]:
    """Give users and works of interactions that there were not."""
    n_works = groupings.work.size

    def held(data: Dataset) -> IntArray:
        mine = np.zeros(len(update.after.ratings.users), np.bool_)
        mine[users] = True
        key = [np.empty(0, np.int64)]
        for part in (data.ratings, data.implicit):
            if part is not None:
                rows = np.flatnonzero(mine[part.user])
                key.append(part.user[rows].astype(np.int64) * n_works + groupings.work.code[part.item[rows]])
        return distinct(np.concatenate(key))

    fresh = np.setdiff1d(held(update.after), held(update.before), assume_unique=True)
    return fresh // n_works, fresh % n_works
