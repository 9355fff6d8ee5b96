"""Which books to ask a new reader about first: well known, unlike each other, and telling of the others."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.errors import OptionError
from toprank.recommender.answer_rows import found_rows
from toprank.recommender.answer_tables import AnswerTable
from toprank.recommender.state import FittedState

__all__ = ["first_books", "first_items"]

WELL_KNOWN = 200
"""Of so many of the most rated books some are asked about; these are also what an answer is to tell something of."""

DAMPING = 20.0
"""Readers of two books who said that they have nothing to do with each other, beside those who rated both."""

BANDS = 12
"""Bands of books by their mean rating, best loved to least: none is asked about twice before all have been."""

FACTORS = 20
"""Directions of taste that ratings of well-known books are taken to differ in."""


def first_books(model: FittedState, n: int = 12) -> AnswerTable:
    r"""Give the books that a new reader is best asked about, the most telling first.

    Ratings of well-known books, less the book's mean, have a covariance :math:`C` (damped where few rated both; its
    largest eigenvalues). Greedily the book :math:`i` is taken that is expected to tell most of the others, known to
    :math:`n_i` readers:

    .. math:: \frac{\sqrt{n_i}}{C_{ii} + \sigma_i^2} \sum_j C_{ij}^2, \qquad
              C \leftarrow C - \frac{C_{\cdot i} C_{i \cdot}}{C_{ii} + \sigma_i^2}

    Each of twelve bands of mean ratings comes once before any comes again: who is asked about favourites only seems
    to like everything. No author comes twice.

    Parameters
    ----------
    model : FittedRecommender
    n : int
        How many at most.

    Returns
    -------
    AnswerTable
        ``item``, ``title`` and ``author`` where they are known, and ``ratings``.

    Examples
    --------
    >>> import numpy as np
    >>> import toprank
    >>> rng = np.random.default_rng(3)
    >>> pairs = rng.permutation(60 * 30)[:900]
    >>> data = toprank.Ratings.of(pairs // 30, pairs % 30, rng.integers(1, 6, 900), toprank.RatingScale(1, 5, 4))
    >>> model = toprank.Recommender(deep=False).fit(toprank.Dataset(data))  # doctest: +SKIP
    >>> len(first_books(model))  # doctest: +SKIP
    12
    """
    return AnswerTable(found_rows(model, first_items(model, n)))


def first_items(model: FittedState, n: int) -> IntArray:
    """Give their positions (int64[m]); see :func:`first_books`."""
    if n < 1:
        raise OptionError(f"n is {n}; ask about at least 1 book")
    work = model.retrieval.work
    ratings = model.data.ratings
    edition = model.retrieval.generators.catalogue.edition
    named = model.titles.title is None or model.titles.row[edition] >= 0
    count = np.where((edition > 0) & named, np.bincount(work[ratings.item], minlength=len(edition)), 0)
    works = np.argsort(-count, kind="stable")[:WELL_KNOWN]
    works = works[count[works] > 0]
    place = np.full(len(edition), -1)
    place[works] = np.arange(len(works))
    row = place[work[ratings.item]]
    some = row >= 0
    value = ratings.value[some].astype(np.float64)
    covariance, noise = _covariance(ratings.user[some], row[some], value, len(works))
    mean = np.bincount(row[some], value, len(works)) / np.maximum(np.bincount(row[some], minlength=len(works)), 1)
    band = np.argsort(np.argsort(mean, kind="stable"), kind="stable") * BANDS // max(len(works), 1)
    author = np.full(len(works), -1) if model.author is None else model.author[edition[works]]
    chosen = _most_telling(covariance, noise, count[works].astype(np.float64), band, author, n)
    return np.asarray(edition[works[chosen]], np.int64)


def _covariance(user: IntArray, book: IntArray, value: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Give how ratings of books vary together (float64[size, size]), and alone (float64[size])."""
    from scipy.sparse import csr_array

    count = np.bincount(book, minlength=size)
    rest = value - (np.bincount(book, value, size) / np.maximum(count, 1))[book]
    shape = (int(user.max(initial=0)) + 1, size)
    rated = csr_array((np.ones(len(rest)), (user, book)), shape=shape)
    deviation = csr_array((rest, (user, book)), shape=shape)
    both, products = (matrix.T @ matrix for matrix in (rated, deviation))
    raw = products.toarray() / (both.toarray() + DAMPING)
    values, vectors = np.linalg.eigh(raw)
    values = np.maximum(np.where(np.arange(size) >= size - FACTORS, values, 0), 0)
    shared = (vectors * values) @ vectors.T
    variance = float(np.mean(rest**2)) if len(rest) else 1.0
    return shared, np.maximum(np.diag(raw) - np.diag(shared), 0.25 * variance + 1e-9)


def _most_telling(
    covariance: FloatArray, noise: FloatArray, known: FloatArray, band: IntArray, author: IntArray, n: int
) -> list[int]:
    """Choose greedily; what has been chosen is taken as answered."""
    left = covariance.copy()
    open_, fresh = np.ones(len(known), np.bool_), np.ones(len(known), np.bool_)
    chosen: list[int] = []
    while len(chosen) < n and open_.any():
        if not (open_ & fresh).any():
            fresh[:] = True
        told = np.sqrt(known) * (left**2).sum(axis=0) / (np.diag(left) + noise)
        best = int(np.argmax(np.where(open_ & fresh, told, -1.0)))
        chosen.append(best)
        left -= np.outer(left[best], left[best]) / (left[best, best] + noise[best])
        open_[best] = False
        fresh &= band != band[best]
        if author[best] >= 0:
            open_ &= author != author[best]
    return chosen
