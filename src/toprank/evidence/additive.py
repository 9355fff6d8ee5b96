"""All keys at once: a mean plus one shrunken effect for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.stored import stored

__all__ = ["Additive", "fit_additive"]

SWEEPS = 5
FIRST_DAMPING = 10.0
THREADS = 2


@stored
@dataclass(frozen=True, eq=False)
class Additive:
    r"""A mean, plus what each key's value adds.

    .. math:: \hat y = \mu + \sum_k b_{k, key_k(u, i)}, \qquad
              b_{k,g} = \frac{\sum_{r \in g} (y_r - \hat y_r + b_{k,g})}{n_g + \sigma^2 / \tau_k^2}

    The effects are random effects, fitted in turn. How much those of a key vary, :math:`\tau_k^2`, and what is left,
    :math:`\sigma^2`, are estimated along the way, each from the effects and their uncertainty (expectation and
    maximisation, treating effects as independent), so a key without meaning ends near 0 and needs no tuning.

    Parameters
    ----------
    mean : float64[2]
        Of the rating, and of whether it is liked.
    effects : tuple of float64[size, 2]
        Of each key, by number.
    damping : float64[k, 2]
        Of each key: :math:`\sigma^2 / \tau_k^2`.
    """

    mean: FloatArray
    effects: tuple[FloatArray, ...]
    damping: FloatArray

    def expected(self, numbers: list[IntArray]) -> FloatArray:
        """Give what is expected of rows (float64[n, 2]) with these numbers; a number of -1 adds nothing."""
        total = np.tile(self.mean, (len(numbers[0]), 1))
        for effects, number in zip(self.effects, numbers, strict=True):
            total += np.where(number[:, None] < 0, 0.0, effects[number])
        return total

    def updated(
        self,
        numbers: list[IntArray],
        opened: list[IntArray],
        counts: list[IntArray],
        value: FloatArray,
        sign: FloatArray,
    ) -> Additive:
        """Add rows, or take them away: one sweep over the keys moves the effects of their numbers, and no others.

        Parameters
        ----------
        numbers : list of int[n]
            The rows' numbers in each key.
        opened : list of int[m]
            Before which of the old numbers new ones came; see :meth:`toprank.evidence.groupings.KeyIndex.grown`.
        counts : list of int[size]
            How many rows each number, new ones among them, had before.
        value : float[n, 2]
            The rating, and whether it is liked.
        sign : float[n]
            1 for a row that comes, -1 for one that goes.

        Returns
        -------
        Additive
        """
        pairs = zip(self.effects, opened, strict=True)
        effects = [np.insert(old, at, 0.0, axis=0) if len(at) else old.copy() for old, at in pairs]
        rest = value - replace(self, effects=tuple(effects)).expected(numbers)
        for old, number, count, damping in zip(effects, numbers, counts, self.damping, strict=True):
            some = number >= 0
            each, place = np.unique(number[some], return_inverse=True)
            weight = sign[some]
            more = np.bincount(place, weight, len(each))[:, None]
            own = rest[some] + old[number[some]]
            total = np.stack([np.bincount(place, weight * column, len(each)) for column in own.T], axis=1)
            before = count[each][:, None] + damping
            fresh = (old[each] * before + total) / np.maximum(before + more, damping)
            rest[some] -= (fresh - old[each])[place]
            old[each] = fresh
        return replace(self, effects=tuple(effects))


def fit_additive(
    numbers: list[IntArray], sizes: list[int], value: FloatArray, fold: IntArray, folds: int
) -> tuple[Additive, FloatArray]:
    """Fit all rows, and each fold by the others.

    Parameters
    ----------
    numbers : list of int[n]
        Each key's number of each row, 0 to its size - 1; -1 where it has none.
    sizes : list of int
        How many numbers each key has.
    value : float[n, 2]
        The rating, and whether it is liked.
    fold : int[n]
        The fold of each row.
    folds : int
        How many folds there are.

    Returns
    -------
    additive : Additive
        Of all rows.
    expected : float64[n, 2]
        What the rows of the other folds let expect of each row.

    Examples
    --------
    >>> users = np.repeat([0, 1], 50)
    >>> value = np.where(users == 0, 9.0, 5.0)
    >>> value = np.stack([value, value >= 8], axis=1)
    >>> additive, expected = fit_additive([users], [3], value, np.arange(100) % 5, 5)
    >>> additive.expected([np.array([0, 1, 2, -1])]).round(1).tolist()
    [[9.0, 1.0], [5.0, 0.0], [7.0, 0.5], [7.0, 0.5]]
    """
    from toprank.evidence.additive_kernel import backfit  # numba takes its time to be imported

    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    table = np.stack([number.astype(np.int32) for number in numbers])
    value = np.asarray(value, dtype=np.float64)
    expected = np.empty(value.shape)

    def fit(left_out: int) -> Additive:
        rows = np.flatnonzero(fold != left_out)
        mean, effects, damping = backfit(table, first, value, rows, SWEEPS, FIRST_DAMPING)
        fitted = Additive(mean, tuple(np.split(effects, first[1:-1])), damping)
        if left_out < 0:
            return fitted
        inside = np.flatnonzero(fold == left_out)
        expected[inside] = fitted.expected([number[inside] for number in numbers])
        return Additive(mean, (), damping)

    with ThreadPoolExecutor(THREADS) as pool:
        every, *_ = pool.map(fit, [-1, *range(folds)])
    return every, expected
