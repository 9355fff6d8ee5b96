"""Which pairs of a reader and a work are candidates, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from toprank.candidates.catalogue import Catalogue, Lists
from toprank.candidates.ease import Ease
from toprank.candidates.holdings import Holdings, found, values_at
from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.evidence.categories import Categories

__all__ = ["CandidateGenerators", "GroupPopularity"]

NEAR = 10
"""The first so many by a score are told from the rest."""


@stored
@dataclass(frozen=True, eq=False)
class GroupPopularity:
    """What a group of users holds.

    Parameters
    ----------
    users : Categories
        The groups.
    key, count : int64[m], float32[m]
        group x n_works + work, ascending, and how many of the group hold that work.
    total : float32[n_groups]
        How many works each group holds.
    popular : Lists
        The works that most of each group liked.
    """

    users: Categories
    key: IntArray
    count: FloatArray
    total: FloatArray
    popular: Lists

    @classmethod
    def of(cls, users: Categories, held: Holdings, most: int) -> GroupPopularity:
        """Count what each group holds; a liked work counts twice."""
        group = users.code[held.reader].astype(np.int64)
        some = group >= 0
        key, inverse = np.unique(group[some] * held.n_works + held.work[some], return_inverse=True)
        count = np.bincount(inverse, 1.0 + held.liked[some], len(key)).astype(np.float32)
        of_group = key // held.n_works
        several = count > 2
        return cls(
            users,
            key,
            count,
            np.bincount(of_group, count, users.size).astype(np.float32),
            Lists.best(of_group[several], key[several] % held.n_works, count[several], users.size, most),
        )

    def grown(self, users: Categories, before: int, n_works: int) -> GroupPopularity:
        """Make room for users and works at the end; ``before`` is how many works there were."""
        group, work = np.divmod(self.key, before)
        return replace(self, users=users, key=group * n_works + work)


@stored
@dataclass(frozen=True, eq=False)
class CandidateGenerators:
    """Where candidates come from.

    Parameters
    ----------
    catalogue : Catalogue
    ease : Ease
    similar : scipy.sparse.csr_array of float32[n_works, n_works]
        Neighbours of works.
    tastes : tuple of GroupPopularity
    related : tuple of Lists
        The best-known works of each author, of each series: one for each close kind.
    popular : int32[p]
        The works that most readers liked, best first.
    most : int
        Candidates that the closed form and the neighbours each bring.
    each : int
        Works that each author and each series brings.
    popular_most : int
        How many popular works there are at most.
    """

    catalogue: Catalogue
    ease: Ease
    similar: sparse.csr_array
    tastes: tuple[GroupPopularity, ...]
    related: tuple[Lists, ...]
    popular: Int32Array
    most: int
    each: int
    popular_most: int

    def pairs(self, held: Holdings, users: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Gather candidates and what is known of them.

        Parameters
        ----------
        held : Holdings
            What the readers hold.
        users : int[b]
            Their positions, for what is popular among the likes of them; -1 for new readers.

        Returns
        -------
        row : int64[n]
            Which reader of ``held``, ascending.
        work : int64[n]
            Ascending within a reader, none held.
        known : float32[n, f]
        """
        size = self.catalogue.n_works
        by_ease, near = self.ease.scores(held), _sorted(held.matrix(self.ease.liked_weight) @ self.similar)
        rows = np.arange(held.n_readers)
        found_pairs = [_best_of_dense(by_ease, self.ease.work, self.most), _best_of_sparse(near, self.most)]
        of_kinds = [self._of_kind(name, held) for name in self.catalogue.kinds]
        for name, lists in zip(self.catalogue.close, self.related, strict=True):
            key = of_kinds[list(self.catalogue.kinds).index(name)][0]
            found_pairs.append(lists.of(*np.divmod(key, self.catalogue.kinds[name].size)))
        groups = [np.append(taste.users.code, np.int32(-1))[users] for taste in self.tastes]
        found_pairs += [taste.popular.of(rows, group) for taste, group in zip(self.tastes, groups, strict=True)]
        found_pairs.append((np.repeat(rows, len(self.popular)), np.tile(self.popular, len(rows))))
        key = np.unique(np.concatenate([row.astype(np.int64) * size + work for row, work in found_pairs]))
        key = key[found(held.reader * size + held.work, key) < 0]
        row, work = np.divmod(key, size)
        columns = _of_scores(row, self._ease_of(by_ease, row, work), held.n_readers)
        near_key = np.repeat(rows, np.diff(near.indptr)) * size + near.indices
        columns += _of_scores(row, values_at(near_key, near.data, key), held.n_readers)
        for kind, seen in zip(self.catalogue.kinds.values(), of_kinds, strict=True):
            columns += _of_group(row, kind.code[work].astype(np.int64), kind.size, seen, held)
        for taste, group in zip(self.tastes, groups, strict=True):
            columns += self._of_taste(taste, group[row].astype(np.int64), work)
        return row, work, np.column_stack([np.stack(columns, axis=1), self.catalogue.numbers[work]])

    def _ease_of(self, scores: FloatArray, row: IntArray, work: IntArray) -> FloatArray:
        place = self.ease.place[work]
        return np.where(place >= 0, scores[row, place], np.float32(0))

    def _of_kind(self, name: str, held: Holdings) -> tuple[IntArray, FloatArray, FloatArray]:
        """Count what readers hold of each kind: ascending reader x kinds + kind, held and liked."""
        kind = self.catalogue.kinds[name]
        code = kind.code[held.work].astype(np.int64)
        some = code >= 0
        key, inverse = np.unique(held.reader[some] * kind.size + code[some], return_inverse=True)
        return (
            key,
            np.bincount(inverse, minlength=len(key)).astype(np.float32),
            np.bincount(inverse, held.liked[some], len(key)).astype(np.float32),
        )

    def _of_taste(self, taste: GroupPopularity, group: IntArray, work: IntArray) -> list[FloatArray]:
        count = values_at(taste.key, taste.count, np.where(group < 0, -1, group * self.catalogue.n_works + work))
        total = np.append(taste.total, np.float32(0))[group]
        overall = np.exp(self.catalogue.numbers[work, 0]) / max(1.0, float(taste.count.sum()))
        # How many times as often as elsewhere, with the pull of one expected holding.
        return [np.log1p(count), np.log((count + 1) / (total * overall + 1)).astype(np.float32)]


def _of_scores(row: IntArray, scores: FloatArray, n_readers: int) -> list[FloatArray]:
    """Give scores as shares of the reader's best, their roots and the logarithm of their rank."""
    best = np.zeros(n_readers, np.float32)
    np.maximum.at(best, row, scores)
    order = np.lexsort((-scores, row))
    count = np.bincount(row, minlength=n_readers)
    rank = np.empty(len(row), np.float32)
    rank[order] = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    share = np.maximum(scores, 0) / np.maximum(best[row], np.float32(1e-9))
    return [share, np.sqrt(share), np.log1p(rank), (rank < NEAR).astype(np.float32)]


def _of_group(
    row: IntArray, code: IntArray, size: int, seen: tuple[IntArray, FloatArray, FloatArray], held: Holdings
) -> list[FloatArray]:
    key, count, liked = seen
    asked = np.where(code < 0, -1, row * size + code)
    count = values_at(key, count, asked)
    share = count / np.maximum(held.count[row], 1).astype(np.float32)
    return [np.log1p(count), np.log1p(values_at(key, liked, asked)), share]


def _best_of_dense(scores: FloatArray, work: IntArray, most: int) -> tuple[IntArray, IntArray]:
    most = min(most, scores.shape[1])
    if most == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    kept = np.take_along_axis(scores, best, axis=1) > 0
    return np.nonzero(kept)[0], work[best[kept]]


def _best_of_sparse(scores: sparse.csr_array, most: int) -> tuple[IntArray, IntArray]:
    count = np.diff(scores.indptr)
    row = np.repeat(np.arange(len(count)), count)
    order = np.lexsort((-scores.data, row))
    kept = order[np.arange(len(order)) - np.repeat(scores.indptr[:-1], count) < most]
    return row[kept], scores.indices[kept]


def _sorted(matrix: sparse.csr_array) -> sparse.csr_array:
    matrix.sort_indices()
    return matrix
