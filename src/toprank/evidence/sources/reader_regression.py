"""One regression for each reader: all that they rated at once, by how much it is like what is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.core.threads import cut, side_by_side
from toprank.evidence.groupings import Groupings, at
from toprank.evidence.keys import GroupKey
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.reason_words import NOTHING_RATED, points
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.sources.additive import fit_numbers, fit_without, own_fold

__all__ = ["NAMES", "ReaderRegression", "ReaderRegressionSource"]

PART = "regression"
NAMES = tuple(f"{PART}: {what}" for what in ("rating", "own", "liked", "own liked"))
"""The columns: the expected rating, what of it the reader's own ratings add, and both for whether it is liked."""

MOST = 128
"""Ratings that are looked at together; a longer list is cut into blocks, its items of one finest group side by side."""

FIRST = 24
"""Ratings of a block that say how much groups have in common."""

TIMES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""By how much what groups have in common may be over- or underrated."""

JUDGES = 20_000
"""Readers' blocks by which the best of these is found."""

PARTS, FEW = 32, 512


@dataclass(frozen=True, eq=False)
class Blocks:
    """Readers' ratings in blocks.

    Parameters
    ----------
    order : int64[m]
        Entries of the readers' lists, reader by reader, by their finest group.
    start : int64[b + 1]
        Where blocks begin.
    of_reader : int64[n + 1]
        Where the blocks of each reader begin.
    code : int32[m, k]
        The groups of each entry, the finest first.
    """

    order: IntArray
    start: IntArray
    of_reader: IntArray
    code: Int32Array

    @classmethod
    def of(cls, readers: Readers, groups: tuple[str, ...]) -> Blocks:
        code = _codes(readers.groupings, groups, readers.lists.item)
        order = np.lexsort((code[:, 0], readers.lists.reader))
        count = np.diff(readers.lists.start)
        blocks = -(-count // MOST)
        of_reader = np.append(0, np.cumsum(blocks))
        reader = np.repeat(np.arange(len(count)), blocks)
        place = np.arange(len(reader)) - of_reader[reader]
        begin = readers.lists.start[reader] + place * count[reader] // np.maximum(blocks[reader], 1)
        return cls(order, np.append(begin, len(order)).astype(np.int64), of_reader, code[order])


@stored
@dataclass(frozen=True, eq=False)
class ReaderRegression:
    r"""What is expected of a book by anybody, and how much of a reader's ratings of like books belongs to it.

    .. math:: y_{ui} = \mu + \sum_g b_{g(u, i)} + f_u(i) + \epsilon, \qquad
              f_u \sim GP\Big(0, \; \sigma^2 \Big(\rho_0 + \sum_k \rho_k [k(i) = k(j)]\Big)\Big)

    with effects b of the book's groups and the reader's, as all readers rate them, and for each reader a Gaussian
    process over the books: two have as much in common as the groups k that they share, such as their author or their
    publisher. So one rating counts for what it is worth beside all others of the reader, which means by group cannot
    say. The shares :math:`\rho` are found by moments, from products of what is left of pairs of ratings (Haseman and
    Elston, "The investigation of linkage between a quantitative trait and a marker locus", 1972).

    Parameters
    ----------
    mean : float64[2]
        Of the rating, and of whether it is liked.
    keys : tuple of GroupKey
        Of one side each, none the reader's.
    effects : dict of str to float32[size, 2]
        By the name of the key.
    count : dict of str to int64[size]
        Ratings of each.
    groups : tuple of str
        Groups of items, the finest first.
    strength : float64[1 + k]
        The shares.
    """

    mean: FloatArray
    keys: tuple[GroupKey, ...]
    effects: Mapping[str, FloatArray]
    count: Mapping[str, IntArray]
    groups: tuple[str, ...]
    strength: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    def by_anybody(self, groupings: Groupings, user: IntArray, item: IntArray) -> FloatArray:
        """Give what is expected before the reader's own ratings (float64[n, 2])."""
        from toprank.evidence.keys_kernel import add_effects  # numba takes its time to be imported

        if self._plan[0] is not groupings:
            columns = [[groupings.column(side, getattr(key, side)) for key in self.keys] for side in ("user", "item")]
            start = np.cumsum([0, *(len(self.effects[key.name]) for key in self.keys)])[:-1]
            effects = np.concatenate([np.empty((0, 2), np.float32), *(self.effects[key.name] for key in self.keys)])
            self.__dict__["_plan"] = groupings, *(np.array(one, np.int64) for one in (*columns, start)), effects
        total = np.tile(self.mean, (len(item), 1))
        given = np.asarray(user, np.int64), np.asarray(item, np.int64), groupings.user_codes, groupings.item_codes
        add_effects(total, *given, *self._plan[1:])
        return total

    @cached_property
    def _plan(self) -> tuple[Any, ...]:
        """Where the keys stand among the groups of the groupings asked last, which come first, and all effects."""
        return (None,)

    def of_readers(self, readers: Readers) -> tuple[Blocks, FloatArray]:
        """Solve each reader's regression (float64[m, 2], in the order of the blocks)."""
        from toprank.evidence.sources.reader_regression_kernel import solve  # numba takes its time to be imported

        def find() -> tuple[Blocks, FloatArray]:
            lists, blocks = readers.lists, Blocks.of(readers, self.groups)
            value = np.stack([readers.value, lists.liked], axis=1)
            rest = (value - self.by_anybody(readers.groupings, lists.user[lists.reader], lists.item))[blocks.order]
            solved = np.empty_like(rest)
            _by_parts(solve, solved, len(blocks.start) - 1, blocks.start, blocks.code, rest, self.strength)
            return blocks, solved

        return readers.once(PART, find)

    def columns(self, pairs: Pairs) -> FloatArray:
        from toprank.evidence.sources.reader_regression_kernel import ask  # numba takes its time to be imported

        blocks, solved = self.of_readers(pairs.readers)
        groupings = pairs.readers.groupings
        own = np.empty((len(pairs), 2))
        asked = _codes(groupings, self.groups, pairs.item)
        _by_parts(
            ask, own, len(pairs), np.asarray(pairs.row, np.int64), asked, blocks.of_reader, blocks.start, blocks.code,
            solved, self.strength,
        )  # fmt: skip
        return _columns(self.by_anybody(groupings, pairs.user, pairs.item), own)

    def updated(self, change: EvidenceUpdate) -> ReaderRegression:
        """Make room for new groups; readers' own ratings are in their lists, and effects of all stay."""

        def grown(values: Any, key: GroupKey) -> Any:
            more = _size(key, change.after) - len(values)
            return np.concatenate([values, np.zeros((more, *values.shape[1:]), values.dtype)])

        effects, count = (
            {key.name: grown(of[key.name], key) for key in self.keys} for of in (self.effects, self.count)
        )
        return replace(self, effects=effects, count=count)

    def merged(self, other: ReaderRegression) -> ReaderRegression:
        """Weigh the effects of both by their ratings."""
        count = {name: mine + other.count[name] for name, mine in self.count.items()}
        effects = {
            name: (
                (mine * self.count[name][:, None] + other.effects[name] * other.count[name][:, None])
                / np.maximum(count[name], 1)[:, None]
            ).astype(np.float32)
            for name, mine in self.effects.items()
        }
        return replace(self, effects=effects, count=count)

    def describe(self, part: str) -> str:
        return "all that the reader rated, by how much it is like this book"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        if not pair.rated[0]:
            return NOTHING_RATED
        count = int(pair.rated[0])
        yours = "your one rating makes" if count == 1 else f"your {count:,} ratings together make"
        return f"{yours} it about {points(row[NAMES[0]])}"


class ReaderRegressionSource:
    """Learns :class:`ReaderRegression`, where items belong to groups."""

    name = "reader regression"
    groups: ClassVar[Mapping[str, str]] = {
        "reader-regression": "one regression for each reader over the groups of what they rated"
    }

    def learn(self, rows: TrainingRows) -> Learned | None:
        groups = tuple(kind.name for kind in rows.groupings.kinds)
        keys = tuple(key for key in rows.keys if not key.crossed and not key.of_reader)
        if "reader-regression" in rows.without or not groups or not keys or not len(rows.ratings):
            return None
        if rows.groupings.works is not None:
            groups = (*groups, rows.groupings.work.name)
        found, rest, last = _effects(keys, groups, rows)
        own_rest = own_fold(rest, np.arange(len(rest)), rows.fold)
        blocks = Blocks.of(rows.readers, groups)
        truth = (rows.readers.value + own_rest[:, 0])[blocks.order]
        rest, fold = rest[blocks.order], rows.fold[blocks.order]
        strength = _strength(blocks, fold, rest, last[blocks.order].astype(np.float64), truth)
        own = np.empty((len(fold), 2))
        _leave_out(own, blocks, fold, rest, strength)
        given = np.empty_like(own)
        given[blocks.order] = own
        return Learned(replace(found, strength=strength), _columns(-own_rest[rows.sample], given[rows.sample]))


def _effects(
    keys: tuple[GroupKey, ...], groups: tuple[str, ...], rows: TrainingRows
) -> tuple[ReaderRegression, FloatArray, FloatArray]:
    """Fit effects beside readers' offsets.

    Gives what those without each fold leave of each row, of values of 0 in its own (float32[n, 2 folds]), and what all
    leave of its rating (float64[n]).
    """
    ratings = rows.ratings
    value = np.stack([rows.readers.value, ratings.liked], axis=1)
    code = [_of_key(key, rows.groupings, ratings.user, ratings.item) for key in keys]
    numbers = np.stack([ratings.user, *code]).astype(np.int32)
    sizes = (len(rows.readers), *(_size(key, rows.groupings) for key in keys))
    rest = np.empty((len(value), 2 * rows.folds), np.float32)

    def keep(folds: range, left: FloatArray, effects: FloatArray) -> None:
        rest[:, 2 * folds.start : 2 * folds.stop] = left + effects[ratings.user]  # readers' offsets stay in it

    fit_without(numbers, sizes, value, rows.fold, rows.folds, keep)
    mean, (_, *effects), *_ = fit_numbers(numbers, sizes, value, np.arange(len(value)))
    last = value[:, 0] - mean[0]
    for own, number in zip(effects, code, strict=True):
        last -= np.where(number < 0, 0.0, own[number, 0])
    by_name = {key.name: own.astype(np.float32) for key, own in zip(keys, effects, strict=True)}
    count = {
        key.name: np.bincount(number[number >= 0], minlength=len(by_name[key.name]))
        for key, number in zip(keys, code, strict=True)
    }
    return ReaderRegression(mean, keys, by_name, count, groups, np.zeros(1 + len(groups))), rest, last


def _strength(blocks: Blocks, fold: IntArray, rest: FloatArray, last: FloatArray, truth: FloatArray) -> FloatArray:
    """Find how much groups have in common, beside the noise; ``truth`` is what is left without a row's own fold."""
    from scipy.optimize import nnls

    from toprank.evidence.sources.reader_regression_kernel import moments  # numba takes its time to be imported

    size = blocks.code.shape[1] + 1
    products, means = np.zeros((size, size)), np.zeros(size)
    moments(products, means, blocks.start, blocks.code, last, FIRST)
    low = np.linalg.cholesky(products + (1e-9 * np.trace(products) + 1e-12) * np.eye(size))
    common = nnls(low.T, np.linalg.solve(low, means))[0]
    noise = max(float((last**2).mean()) - common.sum(), 0.1 * float((last**2).mean()), 1e-9)
    some = blocks if len(blocks.start) <= JUDGES else replace(blocks, start=blocks.start[:JUDGES])
    rows, errors = slice(0, int(some.start[-1])), []
    for times in TIMES:
        own = np.empty((len(fold), 2))
        _leave_out(own, some, fold, rest, times * common / noise)
        errors.append(float(((truth[rows] - own[rows, 0]) ** 2).mean()))
    return np.asarray(TIMES[int(np.argmin(errors))] * common / noise)


def _leave_out(answer: FloatArray, blocks: Blocks, fold: IntArray, rest: FloatArray, strength: FloatArray) -> None:
    from toprank.evidence.sources.reader_regression_kernel import leave_out  # numba takes its time to be imported

    _by_parts(leave_out, answer, len(blocks.start) - 1, blocks.start, blocks.code, fold, rest, strength)


def _by_parts(loop: Any, answer: FloatArray, size: int, *given: Any) -> None:
    """Run a compiled loop over parts side by side; how they are cut changes no figure."""
    side_by_side(lambda begin, end: loop(answer, begin, end, *given), *cut(size, min(PARTS, 1 + size // FEW)))


def _codes(groupings: Groupings, groups: tuple[str, ...], item: IntArray) -> Int32Array:
    return groupings.item_codes[item[:, None], [groupings.column("item", name) for name in groups]]


def _of_key(key: GroupKey, groupings: Groupings, user: IntArray, item: IntArray) -> IntArray:
    if key.item is not None:
        return groupings.item(key.item).code[item].astype(np.int64)
    return at(groupings.user(str(key.user)).code, user, -1).astype(np.int64)


def _size(key: GroupKey, groupings: Groupings) -> int:
    return groupings.item(key.item).size if key.item is not None else groupings.user(str(key.user)).size


def _columns(by_anybody: FloatArray, own: FloatArray) -> FloatArray:
    total = by_anybody + own
    return np.stack([total[:, 0], own[:, 0], total[:, 1], own[:, 1]], axis=1)
