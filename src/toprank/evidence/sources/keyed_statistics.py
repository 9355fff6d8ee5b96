"""Count, liked, residual, mean and spread of the ratings of each key: reader, book, author, reader by author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.decisions import Support
from toprank.core.engine import merge_tasks
from toprank.core.stored import stored
from toprank.core.threads import side_by_side
from toprank.evidence.crossfit import Cells
from toprank.evidence.keys import READER, GroupKey, KeyIndex, ReaderKeys, join_indexes
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import (
    BROAD,
    THE_BOOK,
    Told,
    books,
    group_words,
    liked_by,
    named_books,
    points,
    readers,
)
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.statistics import Statistics

__all__ = ["Fact", "KeyedSource", "KeyedStatistics"]

ONE_SIDE = ("count", "liked", "residual", "mean", "spread")
MOST = 0.6
"""A group with such a share of the reader's ratings says how the reader rates, and nothing of the group."""

MAX_SERIES_AUTHORS = 4
"""A series by more authors is a publisher's: Vintage Contemporaries, say."""

BOTH_SIDES = ONE_SIDE[:3]
"""Columns of a key; only one side's groups have ratings enough for a mean and a spread of their own."""


@dataclass(frozen=True)
class Fact:
    """What one key says of a pair, as it was counted.

    Parameters
    ----------
    key : GroupKey
    count : int
        How many ratings, at least 1.
    mean : float
        Their mean, in rating points.
    liked : int
        How many of them are liked.
    """

    key: GroupKey
    count: int
    mean: float
    liked: int


@stored
@dataclass(frozen=True, eq=False)
class KeyedStatistics:
    """Statistics by key: the reader's own from the list, the others over all training ratings.

    Parameters
    ----------
    keys : tuple of GroupKey
        In the order of the columns.
    index : KeyIndex
        Numbers of the keys that are not the reader's.
    statistics : Statistics
        By these numbers.
    liked_share, mean : float
        Of all training ratings: what every mean is pulled to.
    damping : float
        Ratings' worth of that pull.
    """

    keys: tuple[GroupKey, ...]
    index: KeyIndex
    statistics: Statistics
    liked_share: float
    mean: float
    damping: float

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{key.name}: {what}" for key in self.keys for what in columns_of(key))

    def of_pairs(self, pairs: Pairs) -> tuple[Statistics, BoolArray]:
        """Give the statistics of each key and pair ([k, n] each), and where a side is unknown (bool[k, n])."""
        return pairs.once("keyed", lambda: self._of_pairs(pairs))

    @cached_property
    def own(self) -> ReaderKeys:
        """The keys of the reader."""
        return ReaderKeys.among(self.keys)

    @cached_property
    def _rows(self) -> tuple[IntArray, IntArray]:
        """Which keys are the reader's, and which are not."""
        own = np.array([key.of_reader for key in self.keys], np.bool_)
        return np.flatnonzero(own), np.flatnonzero(~own)

    def _of_pairs(self, pairs: Pairs) -> tuple[Statistics, BoolArray]:
        from toprank.evidence.keys_kernel import take_numbers
        from toprank.evidence.reader_kernel import sum_ranges

        readers, (mine, others), number = pairs.readers, self._rows, pairs.numbers(self.index)
        seen = Statistics.zeros((len(self.keys), len(pairs)))
        answers = seen.count, seen.total, seen.squares, seen.liked, seen.residual
        take_numbers(*answers, others, number, *vars(self.statistics).values())
        sum_ranges(
            *answers, mine, *pairs.matches(self.own), readers.sorted_groups(self.own)[1], readers.value,
            readers.lists.liked, readers.residual,
        )  # fmt: skip
        unknown = np.empty((len(self.keys), len(pairs)), np.bool_)
        unknown[others] = number < 0
        unknown[mine] = (pairs.codes(self.own) < 0).T
        return seen, unknown

    def columns(self, pairs: Pairs) -> FloatArray:
        from toprank.evidence.sources.keyed_kernel import write_values  # numba takes its time to be imported

        seen, unknown = self.of_pairs(pairs)
        start = np.cumsum([0, *(len(columns_of(key)) for key in self.keys)])
        answer = np.empty((start[-1], len(pairs)), np.float32)
        pull = self.damping, self.damping * self.liked_share, self.damping * self.mean
        given: tuple[Any, ...] = (unknown, *vars(seen).values(), *pull)
        write_values(answer, start, *given)
        return answer.T

    def facts(self, pair: Pairs) -> dict[str, Fact]:
        """Say in plain counts what is known of one pair: of every key with a rating, by its name."""
        return pair.once("facts", lambda: self._facts(pair))

    def _facts(self, pair: Pairs) -> dict[str, Fact]:
        seen, _ = self.of_pairs(pair)
        return {
            key.name: Fact(key, int(count), float(total) / int(count), int(liked))
            for key, count, total, liked in zip(
                self.keys, seen.count[:, 0], seen.total[:, 0], seen.liked[:, 0], strict=True
            )
            if count
        }

    def support(self, pairs: Pairs) -> Support:
        """Count the ratings behind an answer about each pair; see :meth:`toprank.evidence.build.Evidence.support`."""
        seen, _ = self.of_pairs(pairs)
        row_of = {(key.user, key.item): row for row, key in enumerate(self.keys)}
        nothing = np.zeros(len(pairs), np.int64)

        def count(user: str | None, item: str | None) -> IntArray:
            row = row_of.get((user, item))
            return nothing if row is None else seen.count[row]

        groupings = pairs.readers.groupings
        kind = reader_kind = nothing
        kinds = [key.item for key in self.keys if key.group == "kind" and key.item is not None]
        for group in sorted(kinds, key=lambda name: -groupings.finest.index(name)):  # the finest comes last, and wins
            found = count(None, group)
            kind = np.where(found > 0, found, kind)
            reader_kind = np.where(found > 0, count(READER, group), reader_kind)
        return Support(count(READER, None), count(None, groupings.work.name), kind, reader_kind)

    def updated(self, change: EvidenceUpdate) -> KeyedStatistics:
        """Counts, sums and liked counts are those of learning from all ratings at once, exactly."""
        index, opened = change.grown(self.index)
        found = self.statistics.insert_empty(opened)
        numbers = index.numbers(change.after, change.user, change.item)
        # What goes is taken away last: it may go where something comes.
        for rows, put in ((slice(0, change.added), Statistics.merge), (slice(change.added, None), Statistics.minus)):
            if len(value := change.value[rows]):
                found = put(found, sum_keys(index, numbers[:, rows], value, change.liked[rows], change.residual[rows]))
        return replace(self, index=index, statistics=found)

    def merged(self, other: KeyedStatistics) -> KeyedStatistics:
        """Add the counts and sums of another shard, exactly."""
        index, mine, theirs = join_indexes(self.index, other.index)
        both = self.statistics.insert_empty(mine).merge(other.statistics.insert_empty(theirs))
        return replace(self, index=index, statistics=both)

    def describe(self, part: str) -> str:
        key = self._key(part)
        if key.item is None:
            return "how the reader rates" if key.of_reader else f"how readers of the same {group_words(key.user)} rate"
        rated = books(key.item)
        if key.of_reader:
            return f"what the reader gave {'other editions of it' if key.item == 'work' else rated}"
        if key.user is None and rated == THE_BOOK:
            if all(other.item != "work" for other in self.keys):
                return "how it is rated"  # of films and the like there are no editions
            return "how this edition is rated" if key.item == "item" else "how it is rated, all editions together"
        who = "" if key.user is None else f" by readers of the same {group_words(key.user)}"
        return f"how it is rated{who}" if rated == THE_BOOK else f"how {rated} are rated{who}"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        told = self.told(part, pair, 0.0, title)
        return _nothing(self._key(part), self._role(part, pair)) if told is None else told.words

    def told(self, part: str, pair: Pairs, effect: float, title: Namer) -> Told | None:
        """Say it in counts; of the reader's books, name the best where they add to P(liked), else the worst."""
        key, role, facts = self._key(part), self._role(part, pair), self.facts(pair)
        fact = facts.get(part)
        if fact is None:
            return None
        if key.of_reader:
            every = facts.get(READER, fact)
            if key.item is None or (role in BROAD and fact.count >= MOST * every.count):
                return _habit(every, effect)
            return _of_reader(fact, self._said(key, pair), pair, title, best=effect >= 0)
        if role == "item" and all(other.item != "work" for other in self.keys):
            role = "work"  # there are no editions
        return _of_others(fact, self._said(key, pair) if role == "series" else role)

    def _said(self, key: GroupKey, pair: Pairs) -> str | None:
        """Call a group by what it is in books; a series by many authors is a publisher's."""
        role, groupings = self._role(key.name, pair), pair.readers.groupings
        author = groupings.roles.get("author")
        if role != "series" or key.item is None or author is None:
            return role
        code, by = groupings.item(key.item).code, groupings.item(author).code
        return role if len(np.unique(by[code == code[pair.item[0]]])) <= MAX_SERIES_AUTHORS else "collection"

    def _role(self, part: str, pair: Pairs) -> str | None:
        name = self._key(part).item
        return next((role for role, of in pair.readers.groupings.roles.items() if of == name), name)

    def _key(self, part: str) -> GroupKey:
        return next(key for key in self.keys if key.name == part)


class KeyedSource:
    """Learns :class:`KeyedStatistics`."""

    name = "keyed"
    summed = True
    groups: ClassVar[Mapping[str, str]] = {
        "reader": "how the reader rates",
        "book": "how the book is rated, its editions apart and together",
        "kind": "how books of its author, publisher, series, language and year are rated",
        "reader-by-kind": "how the reader rates each of those",
        "reader-groups": "how readers of a country, a state or an age rate, the book and its kind above all",
    }

    def learn(self, rows: TrainingRows) -> Learned | None:
        if not rows.keys:
            return None
        numbers, sizes = zip(*map(rows.numbers, rows.keys), strict=True)
        cells = [
            None if key.of_reader else Cells.of(number[rows.sample], rows.sampled_fold, size, rows.folds)
            for key, number, size in zip(rows.keys, numbers, sizes, strict=True)
        ]
        asked = tuple(None if one is None else one.bare for one in cells)
        sums = merge_tasks(_sum_shard, [_shard(rows, numbers, some) for some in rows.shards], sizes, asked)
        found = KeyedStatistics(
            rows.keys, rows.index, Statistics.joined([Statistics.zeros(0), *sums.all]), rows.liked_share,
            rows.bias.mean, rows.damping,
        )  # fmt: skip
        matrix = np.empty((len(rows.sample), len(found.names)), np.float32, order="F")
        ends = np.cumsum([len(columns_of(key)) for key in rows.keys])

        def fill(key: GroupKey, number: Int32Array, of: Cells | None, seen: Statistics, end: int) -> None:
            seen, unknown = seen if of is None else seen.take(of.of_rows), number[rows.sample] < 0
            columns = key_values(seen, found.liked_share, found.mean, rows.damping, rows.scale)
            for what in range(width := len(columns_of(key))):
                matrix[:, end - width + what] = columns[what]
                matrix[unknown, end - width + what] = np.nan

        side_by_side(fill, rows.keys, numbers, cells, sums.without_fold, ends.tolist())
        rows.forget()  # the sources after this one number no keys
        return Learned(found, matrix)


@dataclass(frozen=True, eq=False)
class _Shard:
    """The training rows of some readers, and which of them are asked about."""

    numbers: tuple[Int32Array, ...]
    value: FloatArray
    liked: BoolArray
    fold: IntArray
    residual: FloatArray
    left: FloatArray
    sample: IntArray


@dataclass(frozen=True, eq=False)
class _Sums:
    """What shards sum: the statistics of each key that is not the reader's, and without folds those of every key.

    The latter are of cells; of the reader's keys, whose rows are all in one shard, of rows.
    """

    all: tuple[Statistics, ...]
    without_fold: tuple[Statistics, ...]
    of_reader: tuple[bool, ...]

    def merged(self, other: _Sums) -> _Sums:
        return _Sums(
            tuple(one.merge(more) for one, more in zip(self.all, other.all, strict=True)),
            tuple(
                Statistics.joined([one, more]) if own else one.merge(more)
                for own, one, more in zip(self.of_reader, self.without_fold, other.without_fold, strict=True)
            ),
            self.of_reader,
        )


def _shard(rows: TrainingRows, numbers: tuple[Int32Array, ...], some: slice) -> _Shard:
    return _Shard(
        tuple(number[some] for number in numbers), rows.readers.value[some], rows.ratings.liked[some], rows.fold[some],
        rows.residual[:-1, some], rows.readers.residual[some], rows.sampled_in(some),
    )  # fmt: skip


def _sum_shard(shard: _Shard, sizes: tuple[int, ...], asked: tuple[Cells | None, ...]) -> _Sums:
    """Sum the rows of a shard by key; other shards are asked about these cells too."""
    by_row = np.ascontiguousarray(shard.residual.T)
    given = shard.value, shard.liked, shard.fold, by_row

    def one(number: Int32Array, size: int, cells: Cells | None) -> tuple[Statistics | None, Statistics]:
        if cells is None:
            mine = Cells.of(number[shard.sample], shard.fold[shard.sample], size, len(shard.residual))
            return None, mine.sums(number, *given).take(mine.of_rows)
        return Statistics.of(number, *given[:2], shard.left, size=size), cells.sums(number, *given)

    every, without_fold = zip(*side_by_side(one, shard.numbers, sizes, asked), strict=True)
    return _Sums(tuple(sums for sums in every if sums is not None), without_fold, tuple(one is None for one in asked))


def sum_keys(
    index: KeyIndex, numbers: IntArray, value: FloatArray, liked: BoolArray, residual: FloatArray
) -> Statistics:
    """Sum rows, whose numbers are int64[k, n], in every key of an index."""
    answer = Statistics.zeros(index.size)
    for key, number in enumerate(numbers):
        begin, end = index.start[key : key + 2].tolist()
        part = Statistics.of(np.where(number < 0, -1, number - begin), value, liked, residual, size=end - begin)
        for name, column in vars(part).items():
            getattr(answer, name)[begin:end] = column
    return answer


def columns_of(key: GroupKey) -> tuple[str, ...]:
    """Name a key's columns."""
    return BOTH_SIDES if key.crossed else ONE_SIDE


def key_values(seen: Statistics, liked_share: float, mean: float, damping: float, scale: float) -> FloatArray:
    r"""Give the columns of :data:`ONE_SIDE` (float64[5, ...]); NaN where there are no ratings.

    .. math:: \ln(1 + n), \quad \frac{L + d p}{n + d}, \quad \frac{E}{n + d}, \quad \frac{S + d \mu}{n + d}, \quad
              \sqrt{Q / n - (S / n)^2}

    with n ratings of the sum S and the sum of squares Q, L of them liked, residuals of the sum E, and the damping d.
    Without one of k folds there is (k - 1)/k of everything; ``scale`` makes up for it, so that training rows look
    like later ones.
    """
    count = seen.count.astype(np.float64)
    count[count == 0] = np.nan
    shrunken = scale * count + damping
    average = seen.total / count
    # Of one rating there is no spread.
    spread = np.sqrt(np.maximum(seen.squares / count - average**2, 0.0))
    return np.stack(
        [
            np.log1p(scale * seen.count),
            (scale * seen.liked + damping * liked_share) / shrunken,
            scale * seen.residual / shrunken,
            (scale * seen.total + damping * mean) / shrunken,
            np.where(seen.count > 1, spread, np.nan),
        ]
    )


def _nothing(key: GroupKey, role: str | None) -> str:
    if key.of_reader:
        if key.item is None:
            return "you have rated no book"
        other = "edition of it" if role == "work" else books(str(role)).replace("books", "book", 1)
        return f"you rated no other {other}"
    if key.user is None and role in ("item", "work"):
        return "nobody has rated this edition" if role == "item" else "nobody has rated it"
    return ""


def _habit(fact: Fact, effect: float) -> Told:
    """Say how the reader rates; that somebody likes many books says little for this one."""
    n, liked = fact.count, fact.liked
    some = "none" if liked == 0 else "all" if liked == n else f"{liked:,}"
    said = f"you liked {some} of the {n:,} books you rated ({points(fact.mean)} on average)"
    one = f"you {'liked' if liked else 'did not like'} the one book you rated ({points(fact.mean)})"
    return Told(one if n == 1 else said, liked / n, broad=effect > 0, topic="reader")


def _of_reader(fact: Fact, role: str | None, pair: Pairs, title: Namer, *, best: bool) -> Told:
    """Name the reader's books of the group."""
    lists, key = pair.readers.lists, fact.key
    begin, end = lists.start[pair.row[0]], lists.start[pair.row[0] + 1]
    items, values = lists.item[begin:end], lists.value[begin:end]
    if key.item is not None:
        code = pair.readers.groupings.item(key.item).code
        same = code[items] == code[pair.item[0]]
        items, values = items[same], values[same]
    words, named = named_books(role, fact.mean, items, values, title, best=best)
    return Told(words, fact.liked / fact.count, broad=role in BROAD, items=named)


def _of_others(fact: Fact, role: str | None) -> Told:
    n, user = fact.count, fact.key.user
    average = f"{points(fact.mean)}{' on average' if n > 1 else ''}"
    broad = user is not None or role in BROAD or role == "item"
    if role in ("item", "work"):
        said = liked_by(fact.liked, n, readers(user))
        said = said.replace("rated it", "rated this edition") if role == "item" else said
        return Told(f"{said} ({average})", fact.liked / n, broad, topic="" if user else "work")
    ratings = f"{fact.liked:,} of {n:,} rating{'s' * (n > 1)}"
    rated = "books" if role is None else books(role)
    said = f"{rated} were liked in {ratings}" if user is None else f"readers {readers(user)} liked {rated} in {ratings}"
    return Told(f"{said} ({average})", fact.liked / n, broad)
