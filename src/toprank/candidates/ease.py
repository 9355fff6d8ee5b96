"""EASE: a linear model of each work by all others, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from toprank.candidates.holdings import Holdings
from toprank.candidates.inverse import invert_symmetric
from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.core.threads import one_blas_thread, side_by_side

__all__ = ["Ease", "fit_ease"]

HEAVY = 300
"""Readers who hold more than this are multiplied as dense rows, which then is faster."""

BLOCK = 1000


@stored
@dataclass(frozen=True, eq=False)
class Ease:
    """Weights from works to works."""

    work: Int32Array  # int32[n]: the works that take part, ascending
    column: Int32Array  # int32[n_works]: the position of each work in ``work``; -1 where it does not take part
    # float32[n, n]: what holding the work of a row says for the work of a column; the diagonal is 0
    weights: FloatArray
    liked_weight: float  # what a liked holding counts, others 1

    def scores(self, held: Holdings) -> FloatArray:
        """Give each reader's score of each work that takes part (float32[n_readers, n])."""
        from toprank.evidence.reader_kernel import weighted_rows  # numba takes its time to be imported

        column = self.column[held.work]
        kept = column >= 0
        start = np.append(0, np.cumsum(kept))[held.start]
        found: FloatArray = weighted_rows(start, column[kept], held.values(self.liked_weight)[kept], self.weights)
        return found

    def of_works(self, scores: FloatArray, row: IntArray, work: IntArray) -> FloatArray:
        """Pick the scores of some pairs; 0 where the work does not take part."""
        column = self.column[work]
        return np.where(column >= 0, scores[row, column], np.float32(0))

    def grown(self, n_works: int) -> Ease:
        """Make room for works at the end, which do not take part."""
        return replace(self, column=np.append(self.column, np.full(n_works - len(self.column), -1, np.int32)))


def fit_ease(
    held: Holdings,
    groups: list[Int32Array],
    *,
    max_items: int = 9000,
    ridge: float = 100.0,
    liked_weight: float = 2.0,
    author_weight: float = 2.0,
    damping: float = 0.15,
) -> Ease:
    r"""Solve for the weights.

    .. math::
        \min_B \lVert X - XB \rVert^2 + \lambda \lVert B \rVert^2,\ \operatorname{diag}(B) = 0
        \quad\Rightarrow\quad B_{ij} = -P_{ij} / P_{jj},\ P = (X^T X + \lambda I)^{-1}

    after Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019). A reader's row is divided by
    :math:`\lVert x \rVert^{2a}` (a: damping), so that those who hold thousands do not outvote the rest. Each author
    (``groups``: int32[n_works], -1 where unknown) holds his works as one more row, as tags do in Jeunen, Van Balen
    and Goethals, "Closed-Form Models for Collaborative Filtering with Side-Information" (RecSys 2020). Only the most
    held works take part: memory grows with the square of their number, time with its cube.
    """
    popularity = np.bincount(held.work, minlength=held.n_works)
    best = np.argsort(-popularity, kind="stable")[: min(max_items, int((popularity > 0).sum()))]
    work = np.sort(best).astype(np.int32)
    column = np.full(held.n_works, -1, np.int32)
    column[work] = np.arange(len(work))
    rows = _within(held, column, len(work), liked_weight)
    length = np.asarray(rows.multiply(rows).sum(axis=1))
    rows = sparse.csr_array(sparse.diags_array(np.maximum(length, 1) ** np.float32(-damping)) @ rows)
    members = [np.float32(author_weight) * _members(group[work]) for group in groups]
    weights = _gram(sparse.csr_array(sparse.vstack([rows, *members])))
    weights[np.diag_indices_from(weights)] += np.float32(ridge)
    try:
        invert_symmetric(weights)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(
            f"the Gram matrix is not positive definite with a ridge of {ridge:g}; use a larger one"
        ) from None
    weights /= -np.diag(weights).copy()
    weights[np.diag_indices_from(weights)] = 0
    return Ease(work, column, weights, liked_weight)


def _within(held: Holdings, column: Int32Array, size: int, liked_weight: float) -> sparse.csr_array:
    """Give readers x works that take part (float32)."""
    of_work = column[held.work]
    kept = of_work >= 0
    value = np.where(held.liked[kept], np.float32(liked_weight), np.float32(1))
    return sparse.csr_array((value, (held.reader[kept], of_work[kept])), (held.n_readers, size))


def _members(group: Int32Array) -> sparse.csr_array:
    """Give groups x works, 1 where the work belongs to the group (float32)."""
    known = np.flatnonzero(group >= 0)
    shape = (int(group.max(initial=-1)) + 1, len(group))
    return sparse.csr_array((np.ones(len(known), np.float32), (group[known], known)), shape)


@one_blas_thread()
def _gram(rows: sparse.csr_array) -> FloatArray:
    """Multiply the transpose by the matrix (float32; its lower triangle at least), heavy readers as dense rows."""
    count, size = np.diff(rows.indptr), rows.shape[1]
    gram = np.zeros((size, size), np.float32)
    heavy = np.flatnonzero(count > HEAVY)
    light = rows[np.flatnonzero((count > 0) & (count <= HEAVY))]
    turned = sparse.csr_array(light.T)
    parts = [slice(begin, begin + BLOCK) for begin in range(0, size, BLOCK)]

    def add(part: slice) -> None:
        gram[part] += (turned[part] @ light).toarray()

    side_by_side(add, parts)
    for begin in range(0, len(heavy), BLOCK):
        dense = rows[heavy[begin : begin + BLOCK]].toarray()

        def add_dense(part: slice, dense: FloatArray = dense) -> None:
            gram[part, : part.stop] += dense[:, part].T @ dense[:, : part.stop]

        side_by_side(add_dense, parts[::-1])  # the longest first, so that the threads end together
    return gram
