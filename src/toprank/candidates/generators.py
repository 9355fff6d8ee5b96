"""Which pairs of a reader and a work are candidates, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from toprank.candidates.catalogue import Catalogue, TopWorks, best_editions, numbered
from toprank.candidates.ease import Ease
from toprank.candidates.holdings import Holdings
from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.core.threads import own_zeros
from toprank.evidence.categories import Categories

__all__ = ["CandidateGenerators", "Gathered", "GroupPopularity", "Stock", "most_liked", "related_works"]

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

    def grown(self, users: Categories, before: int, n_works: int) -> GroupPopularity:
        """Make room for users and works at the end; ``before`` is how many works there were."""
        group, work = np.divmod(self.key, before)
        return replace(self, users=users, key=group * n_works + work)


@dataclass(frozen=True, eq=False)
class Gathered:
    """What is known of readers and their candidates, whichever other works are asked about."""

    held: Holdings
    by_ease: FloatArray  # float32[n_readers, n]: of the works that take part
    near: tuple[IntArray, IntArray, FloatArray]  # where each reader's neighbours begin, and these with their values
    of_users: list[IntArray]  # the readers' groups of users
    row: IntArray  # the candidates, ascending
    work: IntArray
    scores: tuple[FloatArray, FloatArray]  # of the candidates, by EASE and by neighbours
    code: Int32Array  # int32[m, g]: the groups of what is held, as in Catalogue.numbered

    @cached_property
    def start(self) -> IntArray:
        """Where each reader's candidates begin (int64[n_readers + 1])."""
        return np.searchsorted(self.row, np.arange(self.held.n_readers + 1))

    @cached_property
    def best_and_sorted(self) -> list[tuple[FloatArray, FloatArray]]:
        """Of either model the best score of each reader, and each one's scores of candidates in ascending order."""
        answer, ends = [], self.start[1:]
        for scores in self.scores:
            ascending = scores.copy()
            for begin, end in zip(self.start.tolist(), ends.tolist(), strict=False):
                ascending[begin:end].sort()
            last = np.append(np.float32(0), ascending)[ends]  # where a reader has none it is another's
            answer.append((np.where(ends > self.start[:-1], np.maximum(last, 0), np.float32(0)), ascending))
        return answer


@dataclass(frozen=True, eq=False)
class _OfWorks:
    """What is known of some works apart from readers."""

    code: Int32Array  # int32[n, g]: as in Catalogue.numbered
    numbers: FloatArray  # float32[n, k]: as in Catalogue
    # for each kind of groups of users: where the works of each group begin, group x n + work, and their counts
    popularity: Sequence[tuple[IntArray, IntArray, FloatArray]]


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
        """Works that stand for all that anybody holds: every so-and-so-many-th by how many do; ascending."""
        holders = self.catalogue.numbers[:, 0]
        works = np.argsort(-holders, kind="stable")[: int((holders > 0).sum())]
        some = np.unique(np.linspace(0, max(0, len(works) - 1), min(STANDING, len(works))).astype(np.int64))
        return np.sort(works[some])

    def gather(self, held: Holdings, users: IntArray, stock: Stock | None = None) -> Gathered:
        """Work out what does not depend on which works are asked about, and gather candidates.

        Rows are readers of ``held``, ascending, with works that they do not hold, ascending within a reader. ``users``
        (int[b], -1 for new readers) says of which groups they are; ``stock`` which works may be candidates, else all.
        """
        from toprank.candidates.rows_kernel import sparse_product  # numba takes its time to be imported

        similar = self.similar
        near = sparse_product(
            held.start, held.work, held.values(self.ease.liked_weight), similar.indptr, similar.indices, similar.data,
            own_zeros(held.n_works, np.int32),
        )  # fmt: skip
        by_ease = self.ease.scores(held)
        if stock is not None:
            by_ease = np.where(stock.open[self.ease.work], by_ease, np.float32(0))
            near = *near[:2], np.where(stock.open[near[1]], near[2], np.float32(0))
        of_users = [popularity.group_of(users) for popularity in self.by_group]
        row, work = self._found(held, by_ease, near, of_users, stock)
        scores, code = self._scored(by_ease, near, row, work), self.catalogue.numbered[0][held.work]
        return Gathered(held, by_ease, near, of_users, row, work, scores, code)

    def pairs(
        self, held: Holdings, users: IntArray, stock: Stock | None = None
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Give candidates (row, work: int64[n]) and what is known of them (float32[n, f]); see :meth:`gather`."""
        found = self.gather(held, users, stock)
        return found.row, found.work, self.of_candidates(found)

    def of_candidates(self, found: Gathered) -> FloatArray:
        """Say what is known of candidates (float32[n, f])."""
        ranks = [_ranks(found.row, one, found.start) for one in found.scores]
        return self._features(found, found.row, found.work, found.scores, ranks)

    def of_pairs(self, found: Gathered, row: IntArray, work: IntArray) -> FloatArray:
        """Say of any pairs what is known of candidates (float32[n, f]), the ranks being those among candidates.

        Rows ascend.
        """
        row, work = row.astype(np.int64), work.astype(np.int64)
        own = self._scored(found.by_ease, found.near, row, work)
        return self._features(found, row, work, own, self._ranks_of(found, row, own))

    def of_standing(self, found: Gathered) -> FloatArray:
        """Say it of each reader and the works that stand for all (float32[n_readers x n, f])."""
        n, size = found.held.n_readers, len(self.standing)
        row, place = np.repeat(np.arange(n), size), np.tile(np.arange(size), n)
        own = self._scored(found.by_ease, found.near, row, np.tile(self.standing, n))
        return self._features(found, row, place, own, self._ranks_of(found, row, own), self._of_standing)

    def _ranks_of(self, found: Gathered, row: IntArray, own: tuple[FloatArray, FloatArray]) -> list[FloatArray]:
        from toprank.candidates.rows_kernel import ranks_among

        return [
            ranks_among(found.start, ascending, row, one)
            for one, (_, ascending) in zip(own, found.best_and_sorted, strict=True)
        ]

    def _found(
        self, held: Holdings, by_ease: FloatArray, near: tuple[IntArray, IntArray, FloatArray],
        of_users: list[IntArray], stock: Stock | None,
    ) -> tuple[IntArray, IntArray]:  # fmt: skip
        """Gather candidates: row, work (int64[n] both), ascending."""
        from toprank.candidates.rows_kernel import join_works

        best = _best_of_dense(by_ease, self.ease.work, self.n_scored), _best_of_rows(*near, self.n_scored)
        rows, works = zip(*best, strict=True)
        group = np.empty((held.n_readers, len(of_users)), np.int64)
        for place, (one, start) in enumerate(zip(of_users, self._popular[0], strict=True)):
            group[:, place] = np.where(one < 0, -1, one + start)
        row, work = join_works(
            held.start, held.work, rows, works, *self._related, group, *self._popular[1:],
            self.popular if stock is None else stock.popular, own_zeros(held.n_works, np.int32),
        )  # fmt: skip
        work += row * held.n_works  # sorted here: a compiled loop that sorts is loaded longer
        work.sort()
        work -= row * held.n_works
        return (row, work) if stock is None else (row[stock.open[work]], work[stock.open[work]])

    @cached_property
    def _related(self) -> tuple[Int32Array, IntArray, Int32Array]:
        """Authors and series of each work (int32[n_works, k]), numbered together, and the best-known works of each."""
        groups = [self.catalogue.groups[at] for at in self.catalogue.related_groups]
        code = numbered([group.code for group in groups], [group.size for group in groups], self.catalogue.n_works)
        return code, *_together(self.related)

    @cached_property
    def _popular(self) -> tuple[IntArray, IntArray, Int32Array]:
        """Where the groups of users of each kind are numbered from, and the popular works of each group."""
        sizes = [one.users.size for one in self.by_group]
        return np.append(0, np.cumsum(sizes))[:-1], *_together([one.popular for one in self.by_group])

    def _scored(
        self, by_ease: FloatArray, near: tuple[IntArray, IntArray, FloatArray], row: IntArray, work: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Pick the scores of pairs by EASE and by neighbours (float32[n] both)."""
        from toprank.candidates.rows_kernel import pick_values

        of_near = pick_values(*near, own_zeros(self.catalogue.n_works, np.int32), row, work)
        return self.ease.of_works(by_ease, row, work), of_near

    def _features(
        self, found: Gathered, row: IntArray, work: IntArray, own: tuple[FloatArray, FloatArray],
        ranks: list[FloatArray], known: _OfWorks | None = None,
    ) -> FloatArray:  # fmt: skip
        """Put what is known beside what follows from scores (float32[n, f]); works are numbered as in ``known``."""
        from toprank.candidates.features_kernel import write_groups, write_popularity, write_scores

        known, groups = known or self._of_works, self.catalogue.numbered[1]
        code, numbers = known.code, known.numbers
        width = 8 + 3 * code.shape[1] + 2 * len(self.by_group)
        answer = np.empty((width + numbers.shape[1], len(row)), np.float32)
        for place, (one, (best, _), rank) in enumerate(zip(own, found.best_and_sorted, ranks, strict=True)):
            write_scores(answer[4 * place :], row, one, best, rank, NEAR)
        held, room = found.held, own_zeros(2 * groups, np.float32).reshape(2, groups)
        write_groups(answer[8:], row, work, held.start, held.liked, found.code, code, room)
        for place, (of, group, held_by) in enumerate(
            zip(self.by_group, found.of_users, known.popularity, strict=True)
        ):  # fmt: skip
            begin = 8 + 3 * code.shape[1] + 2 * place
            every_held = max(1.0, of.all_held)
            write_popularity(answer[begin:], row, work, group, *held_by, of.total, numbers[:, 0], every_held)
        answer[width:] = numbers[work].T
        return answer.T

    @cached_property
    def _of_works(self) -> _OfWorks:
        size = self.catalogue.n_works
        held_by = [
            (np.searchsorted(one.key, np.arange(one.users.size + 1) * size), one.key, one.count)
            for one in self.by_group
        ]
        return _OfWorks(self.catalogue.numbered[0], self.catalogue.numbers, held_by)

    @cached_property
    def _of_standing(self) -> _OfWorks:
        """What is known of the works that stand for all, close together: each reader is asked about all of them."""
        some, place, held_by = self.standing, np.full(self.catalogue.n_works, -1), []
        place[some] = np.arange(len(some))
        for start, key, count in self._of_works.popularity:
            at = place[key % self.catalogue.n_works]
            kept = np.flatnonzero(at >= 0)
            fewer = (key[kept] // self.catalogue.n_works) * len(some) + at[kept]
            held_by.append((np.searchsorted(fewer, np.arange(len(start)) * len(some)), fewer, count[kept]))
        return _OfWorks(self._of_works.code[some], self._of_works.numbers[some], held_by)

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


def _together(tops: Sequence[TopWorks]) -> tuple[IntArray, Int32Array]:
    """Number the groups of several kinds one kind behind the other: where their works begin, and these."""
    sizes = np.cumsum([0, *(len(one.work) for one in tops)])
    start = np.concatenate([*(one.start[:-1] + begin for one, begin in zip(tops, sizes, strict=False)), sizes[-1:]])
    return start.astype(np.int64), np.concatenate([np.empty(0, np.int32), *(one.work for one in tops)])


def _ranks(row: IntArray, scores: FloatArray, start: IntArray) -> FloatArray:
    """Give the rank of each candidate among its reader's, the best first, from 0 (float32[n])."""
    order = np.lexsort((-scores, row))
    rank = np.empty(len(row), np.float32)
    rank[order] = np.arange(len(row)) - start[row]
    return rank


def _best_of_dense(scores: FloatArray, work: IntArray, n: int) -> tuple[IntArray, IntArray]:
    n = min(n, scores.shape[1])
    if n == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    best = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    kept = np.take_along_axis(scores, best, axis=1) > 0
    return np.nonzero(kept)[0], work[best[kept]].astype(np.int64)


def _best_of_rows(start: IntArray, column: IntArray, value: FloatArray, n: int) -> tuple[IntArray, IntArray]:
    """Give row and column (int64[m] both) of each row's n largest values; of equal ones the first columns."""
    columns = []
    for begin, end in pairwise(start.tolist()):
        some = column[begin:end]
        if len(some) > n:
            values = value[begin:end]
            least = np.partition(values, len(some) - n)[len(some) - n]
            above, tied = some[values > least], some[values == least]
            some = np.append(above, np.sort(tied)[: n - len(above)])
        columns.append(some)
    row = np.repeat(np.arange(len(columns)), [len(some) for some in columns])
    return row, np.concatenate([np.empty(0, np.int64), *columns]).astype(np.int64)
