"""Which pairs of a reader and a work are candidates, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from toprank.candidates.catalogue import Catalogue, TopWorks, best_editions
from toprank.candidates.ease import Ease
from toprank.candidates.holdings import Holdings, position_of, values_at
from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.evidence.categories import Categories
from toprank.evidence.groupings import distinct

__all__ = ["CandidateGenerators", "GroupPopularity", "Stock", "most_liked", "related_works"]

NEAR = 10
"""The first so many by a score are told from the rest."""

STANDING = 400
"""Works that stand for all: a percentile strays by at most 0.025, and a reader's take a millisecond or two."""

MIN_STOCK = 200
"""Of allowed works the best known so many are candidates for everybody, so that a list within a few is still full."""


@dataclass(frozen=True, eq=False)
class Stock:
    """The works that a list may hold."""

    edition: Int32Array  # int32[n_works]: the best-known allowed edition; -1 where there is none
    popular: Int32Array  # int32[p]: those of them that most readers liked, best first

    @classmethod
    def of(cls, catalogue: Catalogue, work: Int32Array, allowed: BoolArray, *, n: int) -> Stock:
        """Find the works of which some item is allowed (bool[n_items])."""
        edition = best_editions(work, catalogue.uses, np.flatnonzero(allowed), catalogue.n_works)
        return cls(edition, most_liked(catalogue, max(n, MIN_STOCK), np.flatnonzero(edition >= 0)))

    @property
    def open(self) -> BoolArray:
        """Which works some allowed item is of (bool[n_works])."""
        return self.edition >= 0


@stored
@dataclass(frozen=True, eq=False)
class GroupPopularity:
    """What a group of users holds."""

    users: Categories
    # key, count: group x n_works + work, ascending, and how many of the group hold that work; who liked it counts
    # twice
    key: IntArray  # int64[m]
    count: FloatArray  # float32[m]
    total: FloatArray  # float32[n_groups]: how many works each group holds
    popular: TopWorks  # the works that most of each group liked

    @classmethod
    def of(cls, users: Categories, held: Holdings, *, n: int) -> GroupPopularity:
        """Count what each group holds, and keep its n most popular works."""
        group = users.code[held.reader].astype(np.int64)
        some = group >= 0
        key, inverse = np.unique(group[some] * held.n_works + held.work[some], return_inverse=True)
        count = np.bincount(inverse, 1.0 + held.liked[some], len(key)).astype(np.float32)
        of_group = key // held.n_works
        several = count > 2
        best = TopWorks.of(
            of_group[several], key[several] % held.n_works, count[several], n_groups=users.size, n=n
        )  # fmt: skip
        return cls(users, key, count, np.bincount(of_group, count, users.size).astype(np.float32), best)

    @cached_property
    def all_held(self) -> float:
        """How many works all groups hold."""
        return float(self.count.sum())

    def group_of(self, users: IntArray) -> IntArray:
        """Give the group of each user (int64[b]); -1 for a new one or one whose group is unknown."""
        return np.where(users < 0, -1, self.users.code[users]).astype(np.int64)

    def features(self, group: IntArray, work: IntArray, catalogue: Catalogue) -> list[FloatArray]:
        """Say how popular works are in groups, and how many times as often as elsewhere."""
        count = values_at(self.key, self.count, np.where(group < 0, -1, group * catalogue.n_works + work))
        total = np.where(group < 0, np.float32(0), self.total[group])
        overall = np.exp(catalogue.numbers[work, 0]) / max(1.0, self.all_held)
        # One expected holding more on both sides, so that few holders say little.
        return [np.log1p(count), np.log((count + 1) / (total * overall + 1)).astype(np.float32)]

    def grown(self, users: Categories, before: int, n_works: int) -> GroupPopularity:
        """Make room for users and works at the end; ``before`` is how many works there were."""
        group, work = np.divmod(self.key, before)
        return replace(self, users=users, key=group * n_works + work)


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of readers, whichever works are asked about."""

    by_ease: FloatArray
    near: sparse.csr_array
    seen: list[tuple[IntArray, FloatArray, FloatArray]]
    of_users: list[IntArray]


@stored
@dataclass(frozen=True, eq=False)
class CandidateGenerators:
    """Where candidates come from."""

    catalogue: Catalogue
    ease: Ease
    similar: sparse.csr_array  # scipy.sparse.csr_array of float32[n_works, n_works]: neighbours of works
    by_group: tuple[GroupPopularity, ...]
    # the best-known works of each author, of each series: one for each of the catalogue's related groups
    related: tuple[TopWorks, ...]
    popular: Int32Array  # int32[p]: the works that most readers liked, best first
    n_scored: int  # candidates that EASE and the neighbours each bring
    n_related: int  # works that each author and each series brings
    n_popular: int  # how many popular works there are at most

    @cached_property
    def standing(self) -> IntArray:
        """Works that stand for all that anybody holds: every so-and-so-many-th in the order of how many do."""
        holders = self.catalogue.numbers[:, 0]
        works = np.argsort(-holders, kind="stable")[: int((holders > 0).sum())]
        return works[np.unique(np.linspace(0, max(0, len(works) - 1), min(STANDING, len(works))).astype(np.int64))]

    def pairs(
        self, held: Holdings, users: IntArray, stock: Stock | None = None
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Gather candidates and what is known of them: row, work (int64[n]) and features (float32[n, f]).

        Rows are readers of ``held``, ascending, with works that they do not hold, ascending within a reader. ``users``
        (int[b], -1 for new readers) says of which groups they are; ``stock`` which works may be candidates, else all.
        """
        known = self._known(held, users, stock)
        row, work = self._found(known, held, stock)
        return row, work, self._features(known, held, row, work)

    def of_pairs(self, held: Holdings, users: IntArray, row: IntArray, work: IntArray) -> FloatArray:
        """Say of any pairs what is known of candidates (float32[n, f]), the ranks being those among candidates."""
        known = self._known(held, users, None)
        return self._features(known, held, *self._found(known, held, None), row.astype(np.int64), work.astype(np.int64))

    def _known(self, held: Holdings, users: IntArray, stock: Stock | None) -> _Known:
        """Work out what does not depend on which works are asked about."""
        by_ease, near = self.ease.scores(held), held.matrix(self.ease.liked_weight) @ self.similar
        if stock is not None:
            by_ease = np.where(stock.open[self.ease.work], by_ease, np.float32(0))
            near.data = np.where(stock.open[near.indices], near.data, np.float32(0))
        seen = [_count(group, held) for group in self.catalogue.groups]
        return _Known(by_ease, near, seen, [popularity.group_of(users) for popularity in self.by_group])

    def _found(self, known: _Known, held: Holdings, stock: Stock | None) -> tuple[IntArray, IntArray]:
        """Gather candidates: row, work (int64[n] both), ascending."""
        from toprank.candidates.rows_kernel import best_of_rows  # numba takes its time to be imported

        size, groups, near = self.catalogue.n_works, self.catalogue.groups, known.near
        rows, popular = np.arange(held.n_readers), self.popular if stock is None else stock.popular
        found = [
            _best_of_dense(known.by_ease, self.ease.work, self.n_scored),
            best_of_rows(near.indptr, near.indices, near.data, self.n_scored),
        ]  # fmt: skip
        for at, top in zip(self.catalogue.related_groups, self.related, strict=True):
            found.append(top.pairs(*np.divmod(known.seen[at][0], groups[at].size)))
        found += [one.popular.pairs(rows, group) for one, group in zip(self.by_group, known.of_users, strict=True)]
        found.append((np.repeat(rows, len(popular)), np.tile(popular, len(rows))))
        key = distinct(np.concatenate([row.astype(np.int64) * size + work for row, work in found]))
        key = key[position_of(key, held.reader * size + held.work) < 0]
        row, work = np.divmod(key, size)
        return (row, work) if stock is None else (row[stock.open[work]], work[stock.open[work]])

    def _features(
        self, known: _Known, held: Holdings, row: IntArray, work: IntArray,
        asked_row: IntArray | None = None, asked_work: IntArray | None = None,
    ) -> FloatArray:  # fmt: skip
        """Say what is known of candidates, or of other pairs that are asked about, beside them (float32[n, f])."""
        from toprank.candidates.rows_kernel import pick_values

        size, groups, near = self.catalogue.n_works, self.catalogue.groups, known.near
        at, of = (row, work) if asked_row is None or asked_work is None else (asked_row, asked_work)

        def scored(row: IntArray, work: IntArray) -> list[FloatArray]:
            of_near = pick_values(near.indptr, near.indices, near.data, size, row, work)
            return [self.ease.of_works(known.by_ease, row, work), of_near]

        asked = [None, None] if asked_row is None else scored(at, of)
        columns = []
        for scores, of_asked in zip(scored(row, work), asked, strict=True):
            columns += _score_features(row, scores, held.n_readers, None if of_asked is None else (at, of_asked))
        for group, counted in zip(groups, known.seen, strict=True):
            columns += _group_features(at, group.code[of].astype(np.int64), group.size, counted, held)
        for popularity, group_of in zip(self.by_group, known.of_users, strict=True):
            columns += popularity.features(group_of[at], of, self.catalogue)
        numbers = self.catalogue.numbers[of]
        features = np.empty((len(at), len(columns) + numbers.shape[1]), np.float32, order="F")
        for place, column in enumerate([*columns, *numbers.T]):
            features[:, place] = column
        return features

    def grown(self, catalogue: Catalogue, users: tuple[Categories, ...]) -> CandidateGenerators:
        """Follow a catalogue with works at the end, and groups of users; weights and neighbours stay."""
        before, n_works = self.catalogue.n_works, catalogue.n_works
        fresh = np.full(n_works - before, self.similar.indptr[-1], self.similar.indices.dtype)
        start = np.append(self.similar.indptr.astype(fresh.dtype), fresh)  # or scipy would make all indices wider
        by_name = {group.name: group for group in users}
        return replace(
            self,
            catalogue=catalogue,
            ease=self.ease.grown(n_works),
            similar=sparse.csr_array((self.similar.data, self.similar.indices, start), (n_works, n_works)),
            by_group=tuple(one.grown(by_name[one.users.name], before, n_works) for one in self.by_group),
            related=related_works(catalogue, self.n_related),
            popular=most_liked(catalogue, self.n_popular),
        )


def most_liked(catalogue: Catalogue, n: int, among: IntArray | None = None) -> Int32Array:
    """List the works that most readers liked; what nobody holds counts only where works are named (int[m])."""
    works = np.flatnonzero(catalogue.numbers[:, 0] > 0) if among is None else among
    return np.asarray(works[np.argsort(-catalogue.weighted_popularity[works], kind="stable")[:n]], np.int32)


def related_works(catalogue: Catalogue, n: int) -> tuple[TopWorks, ...]:
    """List the best-known works of each author, of each series."""
    works = np.arange(catalogue.n_works)
    known = catalogue.numbers[:, 0] + catalogue.numbers[:, 1]
    groups = [catalogue.groups[at] for at in catalogue.related_groups]
    return tuple(TopWorks.of(group.code, works, known, n_groups=group.size, n=n) for group in groups)


def _count(group: Categories, held: Holdings) -> tuple[IntArray, FloatArray, FloatArray]:
    """Count what readers hold of each group: ascending reader x groups + group, held and liked."""
    code = group.code[held.work].astype(np.int64)
    some = code >= 0
    of_each = held.reader[some] * group.size + code[some]
    key = distinct(of_each)
    place = np.searchsorted(key, of_each)
    return (
        key,
        np.bincount(place, minlength=len(key)).astype(np.float32),
        np.bincount(place, held.liked[some], len(key)).astype(np.float32),
    )


def _score_features(
    row: IntArray, scores: FloatArray, n_readers: int, asked: tuple[IntArray, FloatArray] | None = None
) -> list[FloatArray]:
    """Give scores as shares of the reader's best, their roots and the logarithm of their rank.

    Of other pairs that are ``asked`` about (rows and scores), the shares and ranks are those they would have here.
    """
    best = np.zeros(n_readers, np.float32)
    np.maximum.at(best, row, scores)
    if asked is None:
        order = np.lexsort((-scores, row))
        count = np.bincount(row, minlength=n_readers)
        rank = np.empty(len(row), np.float32)
        rank[order] = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    else:
        rank = _ranks_among(row, scores, *asked)
        row, scores = asked
    share = np.maximum(scores, 0) / np.maximum(best[row], np.float32(1e-9))
    return [share, np.sqrt(share), np.log1p(rank), (rank < NEAR).astype(np.float32)]


def _ranks_among(row: IntArray, scores: FloatArray, asked_row: IntArray, asked: FloatArray) -> FloatArray:
    """Give how many of the scores of its row are above each that is asked about, of equals half (float32[n])."""
    rows, values = np.append(row, asked_row), np.append(scores, asked)
    of_row = np.append(0, np.cumsum(np.bincount(row, minlength=int(rows.max(initial=-1)) + 1)))
    above = np.empty((2, len(rows)))
    for side, first in enumerate((True, False)):
        late = np.append(np.full(len(row), first), np.full(len(asked_row), not first))
        order = np.lexsort((late, -values, rows))
        above[side, order] = np.cumsum(order < len(row))
    return np.asarray(above[:, len(row) :].mean(axis=0) - of_row[asked_row], np.float32)


def _group_features(
    row: IntArray, code: IntArray, size: int, counted: tuple[IntArray, FloatArray, FloatArray], held: Holdings
) -> list[FloatArray]:
    """Say how many works of a candidate's group the reader holds, how many liked, and which share of all."""
    key, *numbers = counted
    place = position_of(np.where(code < 0, -1, row * size + code), key)  # the last is for what is not among them
    count, liked = (np.append(number, np.float32(0))[place] for number in numbers)
    share = count / np.maximum(held.count[row], 1).astype(np.float32)
    return [np.log1p(count), np.log1p(liked), share]


def _best_of_dense(scores: FloatArray, work: IntArray, n: int) -> tuple[IntArray, IntArray]:
    n = min(n, scores.shape[1])
    if n == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    best = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    kept = np.take_along_axis(scores, best, axis=1) > 0
    return np.nonzero(kept)[0], work[best[kept]]
