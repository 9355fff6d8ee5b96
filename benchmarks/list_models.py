"""Classic recommenders of lists, in a few lines each, on who holds which work.

Every model gives a matrix of what holding one work says for another; a reader's scores are the sum over the works that
they hold. ``check`` compares each with a library's or with its formula written out.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy import sparse

from toprank.candidates.ease import fit_ease
from toprank.candidates.holdings import Holdings
from toprank.candidates.similar_works_kernel import nearest
from toprank.core.arrays import FloatArray, Int32Array

__all__ = ["check", "ease", "neighbours", "rp3beta", "slim"]

Weights = tuple[Int32Array, FloatArray | sparse.csr_array]
"""The works that take part (int32[n], ascending), and their weights (float32[n, n])."""


def ease(held: Holdings, *, ridge: float, max_items: int = 9000) -> Weights:
    """Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019), of the most held works."""
    fitted = fit_ease(held, [], max_items=max_items, ridge=ridge, liked_weight=1.0, author_weight=0.0, damping=0.0)
    return fitted.work, fitted.weights


def rp3beta(held: Holdings, *, alpha: float, beta: float, n: int = 100) -> Weights:
    r"""Paudel and others, "Updatable, Accurate, Diverse, and Scalable Recommendations" (TiiS 2016).

    .. math:: W_{ij} = \sum_u \left(\frac{1}{d_i}\right)^\alpha \left(\frac{1}{d_u}\right)^\alpha d_j^{-\beta}
    """
    degree = np.maximum(np.bincount(held.work, minlength=held.n_works), 1).astype(np.float64)
    weights = _nearest(held, np.maximum(held.count, 1) ** -alpha, degree**beta, 0.0, n)
    return np.arange(held.n_works, dtype=np.int32), _scaled(weights, degree ** (beta - alpha))


def neighbours(held: Holdings, *, shrinkage: float, n: int = 100) -> Weights:
    """Give the cosine of two works, each reader weighed by the inverse of the logarithm of how many works they hold."""
    weight = 1 / np.log(np.e + held.count)
    norm = np.sqrt(np.bincount(held.work, weight[held.reader], held.n_works))
    return np.arange(held.n_works, dtype=np.int32), _nearest(held, weight, norm, shrinkage, n)


def slim(held: Holdings, *, l1: float, l2: float, max_items: int = 9000, near: int = 200) -> Weights:
    r"""Ning and Karypis, "SLIM: Sparse Linear Methods for Top-N Recommender Systems" (ICDM 2011), of the most held.

    .. math:: \min_{w \ge 0,\; w_j = 0} \tfrac12 \lVert x_j - X w \rVert^2 + l_1 \lVert w \rVert_1
              + \tfrac12 l_2 \lVert w \rVert^2

    by coordinate descent; for each work j over the ``near`` works nearest to it by cosine, as their fsSLIM does.
    """
    held_by = np.bincount(held.work, minlength=held.n_works)
    work = np.sort(np.argsort(-held_by, kind="stable")[: min(max_items, int((held_by > 0).sum()))]).astype(np.int32)
    x = held.matrix()[:, work]
    gram = (x.T @ x).toarray().astype(np.float32)
    weights = np.zeros_like(gram)
    _descend(weights, gram, min(near, len(work) - 1), l1, l2)
    return work, weights


def _nearest(held: Holdings, weight: FloatArray, norm: FloatArray, shrinkage: float, n: int) -> sparse.csr_array:
    """Give the n largest of each row of X' diag(weight) X / (norm norm' + shrinkage), the diagonal left out."""
    # What the only reader of a work holds besides is theirs already.
    asked = np.flatnonzero(np.bincount(held.work, minlength=held.n_works) > 1)
    answer, value = np.full((len(asked), n), -1, np.int32), np.zeros((len(asked), n), np.float32)
    order = np.argsort(held.work, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(held.work, minlength=held.n_works)))
    holder = held.reader[order].astype(np.int32)
    nearest(asked, answer, value, start, holder, held.start, held.work, weight, norm, shrinkage)
    row, place = np.nonzero(answer >= 0)
    shape = (held.n_works, held.n_works)
    return sparse.csr_array((value[row, place], (asked[row], answer[row, place])), shape)


def _scaled(weights: sparse.csr_array, factor: FloatArray) -> sparse.csr_array:
    weights.data *= np.repeat(factor, np.diff(weights.indptr)).astype(np.float32)
    return weights


@numba.njit(cache=True)
def _descend(weights: FloatArray, gram: FloatArray, near: int, l1: float, l2: float) -> None:
    """Write the column of each work (float32[n, n]), given how many hold both of any two."""
    size = len(gram)
    root = np.sqrt(np.diag(gram))
    for column in range(size):
        likeness = gram[column] / root
        likeness[column] = -1.0
        some = np.argsort(-likeness)[:near]
        some = some[likeness[some] > 0]
        w, gap = np.zeros(len(some)), gram[column][some].astype(np.float64)
        among = np.empty((len(some), len(some)), np.float32)
        for i in range(len(some)):
            among[i] = gram[some[i]][some]
        for _ in range(50):
            moved = 0.0
            for i in range(len(some)):
                new = max(0.0, (gap[i] + among[i, i] * w[i] - l1) / (among[i, i] + l2))
                step = new - w[i]
                if step != 0.0:
                    w[i] = new
                    moved = max(moved, abs(step))
                    gap -= step * among[i]
            if moved < 1e-4:
                break
        weights[some, column] = w


def check() -> None:
    """Compare each model with its formula or a library's answer, on a small matrix."""
    from sklearn.linear_model import ElasticNet  # type: ignore[import-untyped,unused-ignore]

    rng = np.random.default_rng(13)
    user, item = (rng.integers(0, size, 900) for size in (80, 30))
    none = np.zeros(900, np.bool_)
    held = Holdings.of(user, item, none, none, n_readers=80, n_works=30)
    x = held.matrix().toarray().astype(np.float64)
    gram, users, items = x.T @ x, np.maximum(x.sum(axis=1), 1), x.sum(axis=0)

    inverse = np.linalg.inv(gram + 20 * np.eye(30))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(_dense(ease(held, ridge=20.0)), expected, atol=1e-5)

    expected = (x.T / items[:, None]) ** 0.7 @ (x / users[:, None]) ** 0.7 / items**0.4
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(_dense(rp3beta(held, alpha=0.7, beta=0.4)), expected, rtol=1e-5)

    weighted = x * np.sqrt(1 / np.log(np.e + x.sum(axis=1)))[:, None]
    norm = np.sqrt((weighted**2).sum(axis=0))
    expected = weighted.T @ weighted / (norm[:, None] * norm + 2)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(_dense(neighbours(held, shrinkage=2.0)), expected, rtol=1e-5)

    found = _dense(slim(held, l1=1.5, l2=3.0))
    for j in range(30):
        others = np.delete(np.arange(30), j)
        net = ElasticNet(alpha=4.5 / 80, l1_ratio=1 / 3, positive=True, fit_intercept=False, tol=1e-8, max_iter=9999)
        np.testing.assert_allclose(found[others, j], net.fit(x[:, others], x[:, j]).coef_, atol=2e-3)


def _dense(model: Weights) -> FloatArray:
    weights = model[1]
    return weights if isinstance(weights, np.ndarray) else np.asarray(weights.toarray())
