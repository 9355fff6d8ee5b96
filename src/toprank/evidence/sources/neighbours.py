"""Both neighbourhoods: what similar readers gave this work, and what this reader gave similar works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.core.threads import cut, side_by_side
from toprank.evidence.adjacency import Rows
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import NAMED, Told, liked_by
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["NAMES", "NeighbourSource", "Neighbours"]

PARTS = ("similar readers", "similar works")
NAMES = tuple(f"{side}: {what}" for side in PARTS for what in ("count", "similarity", "liked", "residual", "nearest"))
"""The columns: ln(1 + neighbours), the sum of their similarities, their share of liked and their shrunken mean
residual, both weighted by similarity, and that residual weighted by similarity squared, so that the nearest count
most. NaN where there is no neighbour."""

HEAVY = 1500
"""A reader or a work with more interactions than this says nothing about who is similar."""

MOST = 3000
"""Readers of a work that are looked at; of more, so many stand for all. Else the work of an answer would grow with the
ratings that there are."""

PARTS_AT_ONCE = 32
FEW = 64
"""In how many parts the loops run, of at least how many; none of it changes a sum."""

NEAREST = 12
"""Raters, or books, that a reason looks at: those most alike."""

DAMPING = 0.1
"""Similarity's worth of pull on the mean residual; squared, on that of the nearest."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Ratings by row of :class:`Rows`: their fold, whether each is liked, and what each bias leaves of it."""

    rows: Rows
    fold: IntArray
    liked: BoolArray
    residual: FloatArray
    times: FloatArray = field(default_factory=lambda: np.empty(0))  # what each row's ratings count; empty for 1

    def thinned(self) -> Labels:
        """Keep at most :data:`MOST` ratings of each row."""
        times = _times(self.rows)
        if not len(times):
            return self
        rows, kept = _thinned(self.rows, times, of_works=True)
        fold, liked, residual = (_as_safe(one[..., kept], one) for one in (self.fold, self.liked, self.residual))
        return Labels(rows, fold, liked, residual, times)


@stored
@dataclass(frozen=True, eq=False)
class Neighbours:
    r"""Ratings, and interactions of every kind, from which it follows who is similar to whom.

    .. math:: s(u, v) = \frac{\sum_{w \in I_u \cap I_v} g_w}{\sqrt{\sum_{w \in I_u} g_w \sum_{w \in I_v} g_w}}, \qquad
              g_w = \frac{1}{\ln(2 + |U_w|)}

    over all interactions, implicit ones included, without the work that is asked about; and the same for works, with
    readers in the place of works. Rare company counts for more (Adamic and Adar, "Friends and neighbors on the Web",
    2003).

    Parameters
    ----------
    held, holders : Rows
        The works that each user holds; the users who hold each work.
    raters : Rows
        The users who rated each work.
    liked, residual : bool[r], float32[r]
        Of these ratings.
    """

    held: Rows
    holders: Rows
    raters: Rows
    liked: BoolArray
    residual: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    @cached_property
    def work_weight(self) -> FloatArray:
        """What holding each work in common is worth."""
        return _weights(self.holders)

    @cached_property
    def user_weight(self) -> FloatArray:
        """What being held by each user in common is worth."""
        return _weights(self.held)

    @cached_property
    def user_norm(self) -> FloatArray:
        """What all that each user holds is worth."""
        return _norms(self.held, self.work_weight)

    @cached_property
    def work_norm(self) -> FloatArray:
        """What all that hold each work are worth."""
        return _norms(self.holders, self.user_weight)

    @cached_property
    def labels(self) -> Labels:
        """The ratings of each work, none of which is left out."""
        return Labels(self.raters, np.full(len(self.liked), -1, np.int64), self.liked, self.residual[None]).thinned()

    @cached_property
    def few_holders(self) -> tuple[Rows, Rows, FloatArray]:
        """What users hold and who holds works, of these at most :data:`MOST`; and what each counts, empty for 1."""
        times, held, holders = _times(self.holders), self.held, self.holders
        if not len(times):
            return held, holders, times
        return _thinned(held, times, of_works=False)[0], _thinned(holders, times, of_works=True)[0], times

    def columns(self, pairs: Pairs) -> FloatArray:
        readers = pairs.readers

        def find() -> Labels:
            rated, order = readers.by_work
            residual = readers.residual[order].astype(np.float32)[None]
            return Labels(rated, np.full(len(order), -1), readers.lists.liked[order], residual)

        nothing = np.zeros(len(pairs), np.int64)
        return self.ask(pairs, lambda: self.labels, lambda: readers.once("labels", find), nothing, 1.0)

    def ask(
        self, pairs: Pairs, raters: Callable[[], Labels], rated: Callable[[], Labels], fold: IntArray, scale: float
    ) -> FloatArray:
        """Ask both neighbourhoods, a pair not about the labels of its own fold (float64[n, 10]).

        Ratings are those of works, then those of readers, which training has room for one after the other.
        """
        readers, work = pairs.readers, pairs.work.astype(np.int64)

        def find() -> tuple[Rows, FloatArray]:
            holdings = Rows.of(*readers.holdings, len(readers))[0]
            return holdings, _norms(holdings, self.work_weight)

        holdings, norm = readers.once(f"holdings of {id(self)}", find)
        by_work = raters()
        similar = _sums(
            pairs.row, work, work, fold, readers.lists.user, holdings, norm, self.holders, self.held,
            self.work_weight, self.user_norm, by_work, np.empty(0),
        )  # fmt: skip
        if len(by_work.times):
            similar *= by_work.times[work][:, None]
        del by_work
        held, holders, times = self.few_holders
        of_works = _sums(
            work, pairs.user, pairs.row, fold, None, holders, self.work_norm, held, holders,
            self.user_weight, self.work_norm, rated(), times,
        )  # fmt: skip
        return np.concatenate([_means(scale * similar), _means(scale * of_works)], axis=1)

    def updated(self, change: EvidenceUpdate) -> Neighbours:
        """Add interactions and ratings, and take away those that are replaced."""
        n_users, n_works = len(change.update.after.ratings.users), change.after.work.size
        user, work = change.gained
        come, go = slice(0, change.added), slice(change.added, None)
        gone = _found(self.raters, self.liked, change.work[go], change.user[go], change.liked[go])
        raters, order, at = self.raters.without(gone).joined(change.work[come], change.user[come], n_works)
        return Neighbours(
            self.held.joined(user, work, n_users)[0],
            self.holders.joined(work, user, n_works)[0],
            raters,
            np.insert(self.liked[~gone], at, change.liked[come][order]),
            np.insert(self.residual[~gone], at, change.residual[come][order]),
        )

    def merged(self, other: Neighbours) -> Neighbours:
        """Put the interactions and ratings of other readers beside these, exactly."""
        held = self.held.joined(other.held.left, other.held.right, len(self.held))[0]
        holders = self.holders.joined(other.holders.left, other.holders.right, len(self.holders))[0]
        raters, order, at = self.raters.joined(other.raters.left, other.raters.right, len(self.raters))
        liked, residual = (
            np.insert(self.liked, at, other.liked[order]),
            np.insert(self.residual, at, other.residual[order]),
        )
        return Neighbours(held, holders, raters, liked, residual)

    def describe(self, part: str) -> str:
        both = "what readers with books in common gave it", "what the reader gave books that its readers have"
        return both[PARTS.index(part)]

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        count = row[f"{part}: count"]
        if not count > 0:
            both = "no reader with books in common rated it", "you rated no book that its readers have"
            return both[PARTS.index(part)]
        told = self.told(part, pair, row[f"{part}: liked"] - 0.5, title)
        return "" if told is None else told.words

    def told(self, part: str, pair: Pairs, effect: float, title: Namer) -> Told | None:
        """Count the raters most like the reader, or name books of the reader that its readers have most."""
        from toprank.evidence.sources.neighbours_kernel import in_common_with

        readers, me, work = pair.readers, int(pair.row[0]), int(pair.work[0])
        if part == PARTS[0]:
            reader, held = readers.holdings
            mine, raters = held[(reader == me) & (held != work)], _row(self.raters, work)
            common = in_common_with(mine.astype(np.int32), raters, self.held.start, self.held.right, self.work_weight)
            near = common / np.sqrt(np.maximum(self.user_norm[raters], 1e-9))
            near[raters == pair.user[0]] = 0
            liked = self.liked[self.raters.start[work] : self.raters.start[work + 1]]
            most = _nearest(near)
            if not most:
                return None
            return Told(liked_by(int(liked[most].sum()), len(most), "most like you"), float(liked[most].mean()))
        most = self.nearest_books(pair)
        if not most:
            return None
        likes = [row for row in most if readers.lists.liked[row] == (effect > 0)]
        items = readers.lists.item
        named = list(islice(((name, row) for row in likes if (name := title(int(items[row]))) is not None), NAMED))
        if named:
            listed = " and ".join(f"{name} {readers.lists.value[row]:g}" for name, row in named)
            those = frozenset(int(items[row]) for _, row in named)
            return Told(f"you gave {listed}, which its readers also read", float(effect > 0), items=those)
        share = float(readers.lists.liked[most].mean())
        return Told(f"you liked {round(share * len(most))} of your {len(most)} books that its readers have most", share)

    def nearest_books(self, pair: Pairs) -> list[int]:
        """Give the entries of the reader's list whose books are most alike, by who holds both: the nearest first."""
        from toprank.evidence.sources.neighbours_kernel import in_common_with

        readers, me, work = pair.readers, int(pair.row[0]), int(pair.work[0])
        begin, end = readers.lists.start[me : me + 2].tolist()
        mine, holders = readers.work[begin:end], self.holders
        near = in_common_with(_row(holders, work), mine, holders.start, holders.right, self.user_weight)
        near = near / np.sqrt(np.maximum(self.work_norm[mine], 1e-9))
        near[mine == work] = 0
        return [begin + row for row in _nearest(near)]


class NeighbourSource:
    """Learns :class:`Neighbours`."""

    name = "neighbours"
    groups: ClassVar[Mapping[str, str]] = {
        "neighbours": "what similar readers gave it, and what the reader gave similar books"
    }

    def learn(self, rows: TrainingRows) -> Learned | None:
        if "neighbours" in rows.without:
            return None
        readers, user, work = rows.readers, rows.ratings.user, rows.work
        n_users, n_works = len(rows.ratings.users), rows.groupings.work.size
        holder, what = readers.holdings
        raters, of_rater = Rows.of(work, user, n_works)
        rated, of_user = Rows.of(user, work, n_users)
        liked, residual = rows.ratings.liked, rows.residual
        found = Neighbours(
            Rows.of(holder, what, n_users)[0], Rows.of(what, holder, n_works)[0], raters,
            liked[of_rater], residual[-1, of_rater],
        )  # fmt: skip

        def labels(ratings: Rows, order: IntArray, times: FloatArray) -> Labels:
            if len(times):
                ratings, kept = _thinned(ratings, times, of_works=True)
                order = order[kept]
            return Labels(ratings, rows.fold[order], liked[order], np.take(residual, order, axis=1), times)

        both = partial(labels, raters, of_rater, _times(raters)), partial(labels, rated, of_user, np.empty(0))
        return Learned(found, found.ask(rows.asked, *both, rows.sampled_fold, rows.scale))


def _nearest(near: FloatArray) -> list[int]:
    some = np.flatnonzero(near > 0)
    best: list[int] = some[np.argsort(-near[some], kind="stable")[:NEAREST]].tolist()
    return best


def _row(rows: Rows, left: int) -> IntArray:
    return rows.right[rows.start[left] : rows.start[left + 1]]


def _times(rows: Rows) -> FloatArray:
    """Say what each that is kept of a row counts (float64[n]), where of some at most :data:`MOST` are; else empty."""
    count = np.diff(rows.start)
    return np.maximum(count / MOST, 1.0) if count.max(initial=0) > MOST else np.empty(0)


def _thinned(rows: Rows, times: FloatArray, *, of_works: bool) -> tuple[Rows, BoolArray]:
    """Keep the few of each work, in lists of works or of users, and say which pairs these are (bool[m])."""
    from toprank.evidence.sources.neighbours_kernel import stays  # numba takes its time to be imported

    start, kept = stays(rows.start, rows.right, times, of_works)
    return Rows(_as_safe(start, rows.start), _as_safe(rows.right[kept], rows.right)), kept


def _as_safe(values: AnyArray, like: AnyArray) -> AnyArray:
    """Let values be written to where others can be: loops are compiled for each of both kinds."""
    values.setflags(write=like.flags.writeable)
    return values


def _weights(rows: Rows) -> FloatArray:
    by_degree = np.append(1.0 / np.log(2.0 + np.arange(HEAVY + 1)), 0.0)
    return by_degree[np.minimum(np.diff(rows.start), HEAVY + 1)]


def _norms(rows: Rows, weight: FloatArray) -> FloatArray:
    from toprank.evidence.sources.neighbours_kernel import sum_weights  # numba takes its time to be imported

    found: FloatArray = sum_weights(rows.start, rows.right, weight)
    return found


def _sums(
    ones: IntArray, others: IntArray, other_rows: IntArray, folds: IntArray, one_ids: IntArray | None, held: Rows,
    one_norm: FloatArray, holders: Rows, theirs: Rows, weight: FloatArray, norm: FloatArray, labels: Labels,
    times: FloatArray,
) -> FloatArray:  # fmt: skip
    """Ask those similar to each one about the other (float64[n, 6])."""
    from toprank.evidence.sources.neighbours_kernel import COLUMNS, gather  # numba takes its time to be imported

    order = np.argsort(ones, kind="stable")
    ordered = ones[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    each = ordered[first]
    sums = np.zeros((len(ones), COLUMNS))
    given: tuple[Any, ...] = (
        each.astype(np.int64), np.append(first, len(ones)).astype(np.int64),
        *(column[order].astype(np.int64) for column in (others, other_rows, folds)),
        (each if one_ids is None else one_ids[each]).astype(np.int64), held.start, held.right, one_norm,
        holders.start, holders.right, theirs.start, theirs.right, weight, norm, times,
        labels.rows.start, labels.rows.right, np.asarray(labels.fold, np.int64), labels.liked, labels.residual,
    )  # fmt: skip
    # Threads of our own: numba's must not be started by two threads of a service at once.
    # Each part begins with a clean slate for all of the ones: few questions are not worth many.
    parts = cut(len(each), min(PARTS_AT_ONCE, 1 + len(each) // FEW))
    side_by_side(lambda begin, end: gather(sums, begin, end, *given), *parts)
    answer = np.empty((len(ones), COLUMNS))
    answer[order] = sums
    return answer


def _found(rows: Rows, liked: BoolArray, left: IntArray, right: IntArray, was_liked: BoolArray) -> BoolArray:
    """Find the pairs that go (bool[m]); of several editions that a reader rated, one that was liked likewise."""
    gone = np.zeros(len(rows.right), np.bool_)
    for one, other, like in zip(left.tolist(), right.tolist(), was_liked.tolist(), strict=True):
        begin, end = rows.start[one], rows.start[one + 1]
        place = begin + np.flatnonzero((rows.right[begin:end] == other) & ~gone[begin:end] & (liked[begin:end] == like))
        gone[place[:1]] = True
    return gone


def _means(sums: FloatArray) -> FloatArray:
    count, similarity, liked, residual, square, nearest = sums.T
    found = np.where(count > 0, similarity, np.nan)
    near = np.where(count > 0, square, np.nan)
    means = liked / found, residual / (found + DAMPING), nearest / (near + DAMPING**2)
    return np.stack([np.log1p(count), similarity, *means], axis=1)
