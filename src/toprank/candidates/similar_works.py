"""Works held by the same readers: the tail that a closed-form model has no room for."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import sparse

from toprank.candidates.holdings import Holdings
from toprank.core.threads import side_by_side

__all__ = ["similar_works"]

PARTS = 64
"""Parts of the works that are done side by side."""


def similar_works(
    held: Holdings, *, n: int = 100, shrinkage: float = 1.0, min_holders: int = 2, max_held: int = 1000
) -> sparse.csr_array:
    r"""Find each work's nearest ones.

    .. math::
        s_{ij} = \frac{\sum_{u \in U_i \cap U_j} w_u}{\sqrt{\sum_{u \in U_i} w_u \sum_{u \in U_j} w_u} + \beta},
        \quad w_u = \frac{1}{\ln(e + n_u)}

    Cosine, with readers weighted down by how many works :math:`n_u` they hold, as frequent words are in TF-IDF, and
    shrunken by :math:`\beta` where few readers have both.
    Works with fewer than ``min_holders`` have none: whatever their only reader holds would be as near. Readers with
    more than ``max_held`` works say nothing of what belongs together, and would take most of the time. Gives
    float32[n_works, n_works], the n nearest of each row.
    """
    from toprank.candidates.similar_works_kernel import nearest

    # Weights that are whole multiples of 2**-20 add up to the same whatever the order.
    weight = np.where(held.count > max_held, 0, np.round(2**20 / np.log(np.e + held.count)) / 2**20)
    order = np.argsort(held.work, kind="stable")
    popularity = np.bincount(held.work, minlength=held.n_works)
    holder_start = np.append(0, np.cumsum(popularity))
    norm = np.sqrt(np.bincount(held.work, weight[held.reader], held.n_works))
    asked = np.flatnonzero(popularity >= min_holders)
    answer = np.full((len(asked), n), -1, np.int32)
    similarity = np.zeros((len(asked), n), np.float32)

    holder = held.reader[order].astype(np.int32)

    def fill(part: slice) -> None:
        nearest(
            asked[part],
            answer[part],
            similarity[part],
            holder_start,
            holder,
            held.start,
            held.work,
            weight,
            norm,
            shrinkage,
        )

    # Parts of about equally many works each; popular works are spread by their numbers.
    edges = np.linspace(0, len(asked), PARTS + 1).astype(int)
    side_by_side(fill, [slice(a, b) for a, b in itertools.pairwise(edges) if b > a])
    kept = answer >= 0
    start = np.zeros(held.n_works + 1, np.int64)
    start[1 + asked] = kept.sum(axis=1)
    start = np.cumsum(start)
    narrow = start.astype(np.int32) if start[-1] < 2**31 else start  # wide starts would make all indices wide
    matrix = sparse.csr_array((similarity[kept], answer[kept], narrow), shape=(held.n_works, held.n_works))
    matrix.sort_indices()
    return matrix
