"""How good lists of recommendations are, and how varied.

``lists`` is int[n_readers, k]: items, best first, each at most once in a row; -1 where a list has ended. ``hit`` is
bool[n_readers, k]: whether each place holds a relevant item; ``relevant`` is int64[n_readers]: how many relevant items
each reader has. What cannot be said of a reader, or of empty lists, is NaN.
"""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.errors import OptionError

__all__ = ["coverage", "gini", "hit_rate", "hits", "ndcg", "novelty", "precision", "recall"]


def hits(lists: IntArray, reader: IntArray, item: IntArray) -> tuple[BoolArray, IntArray]:
    """Find in lists the relevant pairs (each once): ``hit`` and ``relevant``.

    Examples
    --------
    >>> hit, relevant = hits(np.array([[7, 3], [4, -1]]), np.array([0, 0, 1]), np.array([3, 9, 5]))
    >>> hit.tolist(), relevant.tolist()
    ([[False, True], [False, False]], [2, 1])
    """
    n = len(lists)
    if len(reader) and not 0 <= int(reader.min()) <= int(reader.max()) < n:
        raise OptionError(f"reader holds {int(reader.min())} to {int(reader.max())}, but there are {n:,} lists")
    size = int(max(lists.max(initial=0), item.max(initial=0))) + 1
    key = np.arange(n)[:, None] * size + lists
    hit = np.isin(key, reader.astype(np.int64) * size + item) & (lists >= 0)
    return hit, np.bincount(reader, minlength=n)


def ndcg(hit: BoolArray, relevant: IntArray) -> FloatArray:
    r"""Give each reader's normalised discounted cumulative gain at k (float64[n_readers]).

    .. math::
        \mathrm{NDCG@}k = \frac{\sum_{r=1}^{k} h_r / \log_2(r + 1)}{\sum_{r=1}^{\min(k, n)} 1 / \log_2(r + 1)}

    With binary gains, after Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002).

    Examples
    --------
    >>> ndcg(np.array([[True, False], [False, True]]), np.array([1, 1])).round(4).tolist()
    [1.0, 0.6309]
    """
    discount = 1 / np.log2(np.arange(2, hit.shape[1] + 2))
    best = np.append(0.0, np.cumsum(discount))[np.minimum(relevant, hit.shape[1])]
    return np.asarray((hit @ discount) / np.where(best > 0, best, np.nan))


def recall(hit: BoolArray, relevant: IntArray) -> FloatArray:
    """Give the share of each reader's relevant items that is in the first k (float64[n_readers])."""
    return np.asarray(hit.sum(axis=1) / np.where(relevant > 0, relevant, np.nan))


def precision(hit: BoolArray) -> FloatArray:
    """Give the share of the k places that hold a relevant item (float64[n_readers]); a short list has empty ones."""
    return np.asarray(hit.mean(axis=1))


def hit_rate(hit: BoolArray) -> float:
    """Give the share of readers with at least one relevant item in the first k."""
    return float(hit.any(axis=1).mean()) if len(hit) else float("nan")


def coverage(lists: IntArray, n_items: int) -> float:
    """Give the share of the catalogue that is in any list.

    Examples
    --------
    >>> coverage(np.array([[0, 1], [1, -1]]), 4)
    0.5
    """
    return len(np.unique(lists[lists >= 0])) / n_items


def gini(lists: IntArray, n_items: int) -> float:
    r"""Give the Gini index of how often items are recommended: 0 where all are equally often, near 1 where it is one.

    .. math:: G = \frac{\sum_{j=1}^{n} (2 j - n - 1) c_{(j)}}{n \sum_j c_j}

    where :math:`c_{(j)}` are the counts in ascending order.

    Examples
    --------
    >>> gini(np.array([[0, 1], [2, 3]]), 4), gini(np.array([[0], [0]]), 4)
    (0.0, 0.75)
    """
    count = np.sort(np.bincount(lists[lists >= 0], minlength=n_items))
    if count.sum() == 0:
        return float("nan")
    return float((2 * np.arange(1, n_items + 1) - n_items - 1) @ count / (n_items * count.sum()))


def novelty(lists: IntArray, holders: IntArray, n_readers: int) -> float:
    r"""Give the mean self-information of what is recommended, in bits; no holder counts as one.

    .. math:: -\frac{1}{|L|} \sum_{i \in L} \log_2 \frac{\max(1, n_i)}{N}

    Examples
    --------
    >>> novelty(np.array([[0, 1]]), np.array([4, 1]), 4)
    1.0
    """
    items = lists[lists >= 0]
    return float(-np.log2(np.maximum(holders[items], 1) / n_readers).mean()) if len(items) else float("nan")
