"""From candidates and their P(liked) to a list of ten."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.logistic import logit
from toprank.errors import OptionError

__all__ = ["DIVERSITY", "LIKE_WEIGHTS", "MAX_BY_AUTHOR", "best_of_each", "tune_like_weight", "utilities"]

LIKE_WEIGHTS = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5)
"""What the log odds of P(liked) may count beside the relevance, whose own weight is 1."""


MAX_BY_AUTHOR = 3
"""How many of ten by one author, by default: it costs 0.0005 of NDCG@10 and 0.002 of recall on Book-Crossing."""

DIVERSITY = 0.25
"""How far books of one author are held back by default: it gave the best NDCG@10 of validation rows (0.0563; 0.0556
without). Lists sorted by P(liked) alone come to 0.048: so they are in the order of what a place in them is worth."""


def utilities(relevance: FloatArray, probability: FloatArray, like_weight: float) -> FloatArray:
    r"""Give what a place in a list is worth.

    .. math:: v = relevance + w \operatorname{logit} P(liked)

    Relevance is a utility in the sense of a conditional logit, so both are log odds.

    Parameters
    ----------
    relevance : float[...]
        NaN where there is no candidate.
    probability : float[...]
        P(liked), above 0 and below 1.
    like_weight : float
        w, at least 0.

    Returns
    -------
    float64[...]
    """
    return np.asarray(relevance + like_weight * logit(probability))


def best_of_each(
    value: FloatArray,
    allowed: BoolArray,
    n: int,
    *,
    author: IntArray | None = None,
    max_by_author: int | None = None,
    diversity: float | None = None,
) -> IntArray:
    r"""Choose the best candidates of each reader, one by one.

    .. math:: \arg\max_{i} \; v_i - d\, s\, |\{j \text{ chosen} : a_j = a_i\}|

    with the standard deviation s of the reader's allowed values, the author a, and the diversity d: maximal marginal
    relevance (Carbonell and Goldstein, "The use of MMR, diversity-based reranking", 1998) with works of one author
    alike and all others not.

    Parameters
    ----------
    value : float[b, c]
        What each candidate is worth.
    allowed : bool[b, c]
        Which may be chosen.
    n : int
        How many of each reader at most.
    author : int[b, c], optional
        The author of each; one of a negative author is like no other.
    max_by_author : int, optional
        How many of one author at most; by default as many as come.
    diversity : float, optional
        Of 0 the best come in their order; 1 is plenty.

    Returns
    -------
    int64[b, n]
        Columns, best first; -1 where a reader has fewer.

    Raises
    ------
    OptionError
        If an option is out of range, or diversity is asked for where no authors are known.

    Examples
    --------
    >>> value, author = np.array([[3.0, 2.9, 1.0]]), np.array([[7, 7, 8]])
    >>> allowed = np.array([[True, True, True]])
    >>> best_of_each(value, allowed, 2).tolist(), best_of_each(value, allowed, 2, author=author, diversity=3).tolist()
    ([[0, 1]], [[0, 2]])
    >>> best_of_each(value, allowed, 2, author=author, max_by_author=1).tolist()
    [[0, 2]]
    """
    if diversity is not None and not 0 <= diversity < float("inf"):
        raise OptionError(f"diversity is {diversity}; it must be at least 0, and 1 is plenty")
    if diversity and author is None:
        raise OptionError("diversity needs to know who wrote what; give items with an author column, or leave it out")
    if max_by_author is not None and max_by_author < 1:
        raise OptionError(f"max_by_author is {max_by_author}; it must be at least 1")
    left = np.where(allowed & ~np.isnan(value), value, -np.inf)
    if author is not None and max_by_author is not None:
        left[_beyond(left, author, max_by_author)] = -np.inf
    readers, chosen = np.arange(len(left)), np.full((len(left), n), -1)
    if not diversity or author is None:
        order = np.argsort(-left, axis=1, kind="stable")[:, :n]
        found = np.take_along_axis(left, order, axis=1) > -np.inf
        chosen[:, : order.shape[1]] = np.where(found, order, -1)
        return chosen
    finite = np.where(np.isfinite(left), left, np.nan)
    count = np.maximum(np.isfinite(left).sum(axis=1), 1)
    centre = np.nansum(finite, axis=1) / count
    spread = np.sqrt(np.nansum((finite - centre[:, None]) ** 2, axis=1) / count)
    for place in range(min(n, left.shape[1])):
        best = left.argmax(axis=1)
        some = left[readers, best] > -np.inf
        chosen[some, place] = best[some]
        of_best = np.where(some, author[readers, best], -1)
        left[readers, best] = -np.inf
        left -= np.where((author == of_best[:, None]) & (of_best[:, None] >= 0), diversity * spread[:, None], 0.0)
    return chosen


def _beyond(value: FloatArray, author: IntArray, most: int) -> BoolArray:
    """Say which candidates of each reader have as many better ones of their author (bool[b, c])."""
    row, column = np.nonzero((value > -np.inf) & (author >= 0))
    key = row * (int(author.max(initial=0)) + 1) + author[row, column]
    order = np.lexsort((column, -value[row, column], key))
    rank = np.arange(len(order)) - np.searchsorted(key[order], key[order])
    late = order[rank >= most]
    beyond = np.zeros(value.shape, np.bool_)
    beyond[row[late], column[late]] = True
    return beyond


def tune_like_weight(
    relevance: FloatArray, probability: FloatArray, allowed: BoolArray, wanted: BoolArray, *, n: int = 10
) -> float:
    r"""Find what P(liked) should count beside the relevance.

    Parameters
    ----------
    relevance, probability : float[b, c]
        Of each reader's candidates.
    allowed : bool[b, c]
        Which may be recommended.
    wanted : bool[b, c]
        Which of them the reader liked later. Where the relevance was learned from the same, it looks better than it is,
        and the weight comes out too small, the fewer rows there are the more.
    n : int
        Length of the lists.

    Returns
    -------
    float
        Of :data:`LIKE_WEIGHTS` the one with the highest mean of :math:`\sum 1 / \log_2(rank + 1)` over the wanted
        works in the lists; of equals the least.
    """
    worth = 1 / np.log2(np.arange(2, n + 2))
    gains = []
    for like_weight in LIKE_WEIGHTS:
        lists = best_of_each(utilities(relevance, probability, like_weight), allowed, n)
        hit = (lists >= 0) & np.take_along_axis(wanted, np.maximum(lists, 0), axis=1)
        gains.append(float((hit * worth).sum()))
    return LIKE_WEIGHTS[int(np.argmax(gains))]
