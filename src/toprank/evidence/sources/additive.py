"""All keys at once: a mean plus one shrunken effect for each, and the damped bias beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.core.threads import side_by_side
from toprank.evidence.bias import ItemBias
from toprank.evidence.keys import GroupKey, KeyIndex, ReaderKeys, join_indexes
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["AdditiveEffects", "AdditiveExpectation", "AdditiveSource"]

SWEEPS = 5
FIRST_DAMPING = 10.0

LANES = 10
"""Folds that are fitted side by side; the effects of all of them are held at once."""

NAMES = ("expected", "expected: rating", "expected: liked")
"""The damped bias; and what all keys together let expect, of the rating and of whether it is liked."""


@stored
@dataclass(frozen=True, eq=False)
class AdditiveEffects:
    r"""A mean, plus what each key's value adds.

    .. math:: \hat y = \mu + \sum_k b_{k, key_k(u, i)}, \qquad
              b_{k,g} = \frac{\sum_{r \in g} (y_r - \hat y_r + b_{k,g})}{n_g + \sigma^2 / \tau_k^2}

    The effects are random effects, fitted in turn. How much those of a key vary, :math:`\tau_k^2`, and what is left,
    :math:`\sigma^2`, are estimated along the way, each from the effects and their uncertainty (expectation and
    maximisation, treating effects as independent), so a key without meaning ends near 0 and needs no tuning.

    The effects of a reader's own keys follow from the reader's list: the sweeps are replayed over it, while the others
    move as they moved when all were fitted together. So a list gets the very effects that it had among all.

    Parameters
    ----------
    keys : tuple of GroupKey
        In the order of fitting.
    index : KeyIndex
        Numbers of the keys that are not the reader's.
    mean : float64[2]
        Of the rating, and of whether it is liked.
    effects : float64[numbers, 2]
        By the numbers of ``index``.
    damping : float64[sweeps + 1, k, 2]
        Of each key in each sweep: :math:`\sigma^2 / \tau_k^2`; the last is that of the end.
    moves : float32[sweeps, numbers, 2]
        By how much each sweep moved the effects.
    shift : float64[numbers, 2] or float64[0, 2]
        By how much later ratings moved them.
    count : int64[numbers]
        Ratings of each number.
    """

    keys: tuple[GroupKey, ...]
    index: KeyIndex
    mean: FloatArray
    effects: FloatArray
    damping: FloatArray
    moves: FloatArray
    shift: FloatArray
    count: IntArray

    def of_readers(self, readers: Readers) -> FloatArray:
        """Give the effect, in each of the reader's keys, of the group of each rating (float64[r, m, 2])."""
        from toprank.evidence.sources.additive_kernel import replay  # numba takes its time to be imported

        lists = readers.lists
        answer = np.zeros((len(self.own.items), len(lists.item), 2))
        replay(
            answer, lists.start, np.stack([readers.value, lists.liked], axis=1), self.mean,
            *readers.sorted_groups(self.own),
            self.index.numbers(readers.groupings, lists.user[lists.reader], lists.item),
            self.order, self.moves, self.damping[:-1], self.shift,
        )  # fmt: skip
        return answer

    @cached_property
    def own(self) -> ReaderKeys:
        """The keys of the reader."""
        return ReaderKeys.among(self.keys)

    @cached_property
    def order(self) -> IntArray:
        """All keys as they were fitted (int64[k]): i >= 0 is the reader's key i, -1 - i the other key i."""
        order, own = np.empty(len(self.keys), np.int64), np.array([key.of_reader for key in self.keys], np.bool_)
        order[own], order[~own] = np.arange(own.sum()), -1 - np.arange((~own).sum())
        return order

    def expected(self, pairs: Pairs) -> FloatArray:
        """Give what is expected of pairs (float64[n, 2])."""
        from toprank.evidence.sources.additive_kernel import expect  # numba takes its time to be imported

        readers = pairs.readers
        by_rating = readers.once("expected", lambda: self.of_readers(readers))
        total = np.tile(self.mean, (len(pairs), 1))
        expect(
            total, self.order, by_rating, readers.sorted_groups(self.own)[1], *pairs.matches(self.own), self.effects,
            pairs.numbers(self.index),
        )  # fmt: skip
        return total

    def updated(self, change: EvidenceUpdate) -> AdditiveEffects:
        """Move the effects of the new ratings' groups in one more sweep; of other groups none moves."""
        index, opened = change.grown(self.index)
        effects, count = np.insert(self.effects, opened, 0.0, axis=0), np.insert(self.count, opened, 0)
        grown = replace(
            self, index=index, effects=effects, moves=np.insert(self.moves, opened, 0.0, axis=1), count=count,
            shift=np.insert(self.shift, opened, 0.0, axis=0) if len(self.shift) else np.zeros_like(effects),
        )  # fmt: skip
        if len(change.sign) == 0:
            return self
        before, effects, count = effects, effects.copy(), count.copy()
        rest = np.stack([change.value, change.liked], axis=1)
        rest = rest - grown.expected(Pairs(change.readers.anew(), change.reader, change.item))
        damping = [pair for key, pair in zip(self.keys, self.damping[-1], strict=True) if not key.of_reader]
        numbers = index.numbers(change.after, change.user, change.item)
        for number, pull in zip(numbers, damping, strict=True):
            some = number >= 0
            each, place = np.unique(number[some], return_inverse=True)
            weight = change.sign[some]
            more = np.bincount(place, weight, len(each))[:, None]
            own = rest[some] + effects[number[some]]
            total = np.stack([np.bincount(place, weight * column, len(each)) for column in own.T], axis=1)
            had = count[each][:, None] + pull
            fresh = (effects[each] * had + total) / np.maximum(had + more, pull)
            rest[some] -= (fresh - effects[each])[place]
            effects[each] = fresh
            count[each] += np.rint(more[:, 0]).astype(np.int64)
        return replace(grown, effects=effects, shift=grown.shift + (effects - before), count=count)

    def merged(self, other: AdditiveEffects) -> AdditiveEffects:
        """Weigh the effects of both by their ratings and their damping: what one sweep over both would give."""
        index, *opened = join_indexes(self.index, other.index)
        pull = np.repeat([pair for key, pair in zip(self.keys, self.damping[-1], strict=True) if not key.of_reader],
                         np.diff(index.start), axis=0)  # fmt: skip
        (mine, theirs), (count, more) = (
            [np.insert(getattr(one, name), at, 0, axis=0) for one, at in zip((self, other), opened, strict=True)]
            for name in ("effects", "count")
        )
        n, m = count[:, None], more[:, None]
        effects = (mine * (n + pull) + theirs * (m + pull)) / (n + m + pull)
        moves = np.insert(self.moves, opened[0], 0.0, axis=1)
        shift = effects - moves.sum(axis=0, dtype=np.float64)
        return replace(self, index=index, effects=effects, moves=moves, shift=shift, count=count + more)


@stored
@dataclass(frozen=True, eq=False)
class AdditiveExpectation:
    """What is expected of a pair when all that is known is put together."""

    bias: ItemBias
    effects: AdditiveEffects | None

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[:1] if self.effects is None else NAMES

    def columns(self, pairs: Pairs) -> FloatArray:
        expected = self.bias.expected(pairs.readers.offset[pairs.row], pairs.work)[:, None]
        return expected if self.effects is None else np.hstack([expected, self.effects.expected(pairs)])

    def updated(self, change: EvidenceUpdate) -> AdditiveExpectation:
        return AdditiveExpectation(change.readers.bias, None if self.effects is None else self.effects.updated(change))

    def merged(self, other: AdditiveExpectation) -> AdditiveExpectation:
        if self.effects is None or other.effects is None:
            return self
        return replace(self, effects=self.effects.merged(other.effects))

    def describe(self, part: str) -> str:
        return "all ratings taken together"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        value = row.get(NAMES[1], row[NAMES[0]])
        return "" if np.isnan(value) else f"all told we expect a rating of {value:.1f}"


class AdditiveSource:
    """Learns :class:`AdditiveExpectation`."""

    name = "expected"
    groups: ClassVar[Mapping[str, str]] = {"additive": "one model of all that is known, each group's effect apart"}

    def learn(self, rows: TrainingRows) -> Learned:
        some = range(1, self.parts(rows))
        parts: list[Any] = [self.part(0, rows)] if some else []
        return self.joined(rows, parts + side_by_side(lambda number: self.part(number, rows), some))

    def parts(self, rows: TrainingRows) -> int:
        """All rows, and those without some folds at once."""
        return 0 if "additive" in rows.without else 1 + len(_lanes(rows.folds))

    def part(self, number: int, rows: TrainingRows) -> Any:
        """Fit all rows; or some folds by the others, which say what to expect of their sampled rows (float64[k, 2])."""
        numbers, sizes = zip(*map(rows.numbers, rows.keys), strict=True)
        value = np.stack([rows.readers.value, rows.ratings.liked], axis=1)
        if number == 0:
            return _fit_all(rows.keys, numbers, sizes, value)
        folds = _lanes(rows.folds)[number - 1]
        asked = np.flatnonzero(np.isin(rows.sampled_fold, folds))
        rest, _ = _fit_lanes(np.stack(numbers), sizes, value, rows.fold, folds)
        return -own_fold(rest, rows.sample[asked], rows.sampled_fold[asked] - folds.start)

    def joined(self, rows: TrainingRows, parts: Sequence[Any]) -> Learned:
        expected = rows.expected[rows.sample, None]
        if not parts:
            return Learned(AdditiveExpectation(rows.readers.bias, None), expected)
        mean, effects, damping, moves, count = parts[0]
        found = AdditiveEffects(rows.keys, rows.index, mean, effects, damping, moves, np.zeros((0, 2)), count)
        without_fold = np.empty((len(rows.sample), 2))
        for folds, part in zip(_lanes(rows.folds), parts[1:], strict=True):
            without_fold[np.isin(rows.sampled_fold, folds)] = part
        return Learned(AdditiveExpectation(rows.readers.bias, found), np.hstack([expected, without_fold]))


def _fit_all(
    keys: tuple[GroupKey, ...], numbers: tuple[Int32Array, ...], sizes: tuple[int, ...], value: FloatArray
) -> tuple[FloatArray, ...]:
    """Give mean, effects, dampings and moves, and how many ratings each number of the keys has that are kept."""
    others = [place for place, key in enumerate(keys) if not key.of_reader]
    kept, start = np.full(len(keys), -1), np.cumsum([0, *(sizes[place] for place in others)])
    kept[others] = start[:-1]
    mean, effects, damping, moves, used = fit_numbers(numbers, sizes, value, np.arange(len(value)), kept)
    shown = ((numbers[place], sizes[place]) for place in others)
    counts = [np.bincount(number[number >= 0], minlength=size) for number, size in shown]
    return (
        mean, np.concatenate([effects[place] for place in others]), np.concatenate([used, damping[None]]), moves,
        np.concatenate(counts),
    )  # fmt: skip


def fit_without(
    numbers: Int32Array,
    sizes: tuple[int, ...],
    value: FloatArray,
    fold: IntArray,
    folds: int,
    keep: Callable[[range, FloatArray, FloatArray], None],
) -> None:
    """Fit all rows but those of each fold, some folds at once; keep is given what they leave, and their effects."""

    def fit(some: range) -> None:
        keep(some, *_fit_lanes(numbers, sizes, value, fold, some))

    side_by_side(fit, _lanes(folds))


def _lanes(folds: int) -> list[range]:
    """Cut folds into those that are fitted at once."""
    return [range(begin, min(begin + LANES, folds)) for begin in range(0, folds, LANES)]


def _fit_lanes(
    numbers: Int32Array, sizes: tuple[int, ...], value: FloatArray, fold: IntArray, some: range
) -> tuple[FloatArray, FloatArray]:
    """See :func:`toprank.evidence.sources.additive_kernel.backfit_without`."""
    from toprank.evidence.sources.additive_kernel import backfit_without  # numba takes its time to be imported

    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    own = np.where((fold >= some.start) & (fold < some.stop), fold - some.start, len(some)).astype(np.uint8)
    return backfit_without(numbers, first, value.astype(np.float32), own, len(some), SWEEPS, FIRST_DAMPING)


def own_fold(rest: FloatArray, rows: IntArray, fold: IntArray) -> FloatArray:
    """Give what is left of rows in their own folds (float32[n, 2])."""
    return rest.reshape(len(rest), -1, 2)[rows, fold]


def fit_numbers(
    numbers: Int32Array | tuple[IntArray, ...],
    sizes: tuple[int, ...],
    value: FloatArray,
    rows: IntArray,
    kept: IntArray | None = None,
) -> tuple[FloatArray, list[FloatArray], FloatArray, FloatArray, FloatArray]:
    """Fit some rows; see :func:`toprank.evidence.sources.additive_kernel.backfit`, effects split by key.

    Examples
    --------
    >>> users = np.repeat([0, 1], 50)
    >>> value = np.where(users == 0, 9.0, 5.0)
    >>> mean, (effects,), *_ = fit_numbers((users,), (3,), np.stack([value, value >= 8], axis=1), np.arange(100))
    >>> (mean + effects).round(1).tolist()
    [[9.0, 1.0], [5.0, 0.0], [7.0, 0.5]]
    """
    from toprank.evidence.sources.additive_kernel import backfit  # numba takes its time to be imported

    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    kept = np.full(len(sizes), -1) if kept is None else kept
    mean, effects, damping, moves, used = backfit(
        np.asarray(numbers, np.int32), first, value, rows, SWEEPS, FIRST_DAMPING, kept
    )
    return mean, np.split(effects, first[1:-1]), damping, moves, used
