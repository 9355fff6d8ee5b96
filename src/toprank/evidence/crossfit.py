r"""Evidence for rows whose own labels it must not hold: total minus own fold.

Leaving out only the row itself would give its label back: in a group of n ratings whose sum is S, the rest has the
sum S - y, and a tree that can tell the group reads y off it. Leaving out a fold blurs that, and with k folds the rows
of training have (k - 1)/k of the ratings that later rows have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.errors import OptionError
from toprank.evidence.bias import DampedBias
from toprank.evidence.statistics import Statistics

__all__ = ["CrossFit", "draw_folds"]


def draw_folds(n: int, folds: int, rng: np.random.Generator) -> IntArray:
    """Deal rows to folds at random, equally many to each.

    Parameters
    ----------
    n : int
        Rows, in canonical order, so that a row's fold does not depend on where it stood.
    folds : int
        At least 2.
    rng : numpy.random.Generator

    Returns
    -------
    int64[n]
        The fold of each row, 0 to ``folds - 1``.
    """
    if folds < 2:
        raise OptionError(f"folds is {folds}; at least 2 are needed, or a row would see its own label")
    return rng.permutation(n) % folds


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Training rows with their folds, and for each fold a damped bias that has not seen it.

    Parameters
    ----------
    value : float64[n]
        Ratings, in rating points.
    liked : bool[n]
        Which are liked.
    fold : int64[n]
        The fold of each row.
    folds : int
        How many there are.
    expected : float64[n]
        What the bias without a row's fold expects the row to be.
    residual : float32[folds, n]
        What is left of every row after the bias without a fold; 0 in that fold.
    """

    value: FloatArray
    liked: BoolArray
    fold: IntArray
    folds: int
    expected: FloatArray
    residual: FloatArray

    @classmethod
    def of(
        cls,
        user: IntArray,
        item: IntArray,
        value: FloatArray,
        liked: BoolArray,
        *,
        n_users: int,
        n_items: int,
        fold: IntArray,
        folds: int,
    ) -> CrossFit:
        """Learn a bias without each fold.

        Parameters
        ----------
        user, item : int[n]
            What the bias has offsets for.
        value, liked : float[n], bool[n]
            The labels.
        n_users, n_items : int
            How many users and items there are.
        fold, folds : int64[n], int
            The fold of each row, as :func:`draw_folds` gives it, and how many there are.

        Returns
        -------
        CrossFit
        """
        value = np.asarray(value, dtype=np.float64)
        expected = np.empty(len(value))
        residual = np.zeros((folds, len(value)), np.float32)
        for number in range(folds):
            inside = fold == number
            outside = ~inside
            bias = DampedBias.of(user[outside], item[outside], value[outside], n_users=n_users, n_items=n_items)
            predicted = bias.expected(user, item)
            expected[inside] = predicted[inside]
            # Of a bias that knows nothing of the fold, the residuals outside say nothing of it either.
            residual[number, outside] = (value - predicted)[outside]
        return cls(value, np.asarray(liked), fold, folds, expected, residual)

    def evidence(
        self, keys: IntArray, size: int, rows: IntArray | slice = slice(None), by_row: FloatArray | None = None
    ) -> Statistics:
        """Give rows the statistics of their key without their fold.

        Parameters
        ----------
        keys : int[n]
            The key of each row, 0 to ``size - 1``; -1 where it has none.
        size : int
            How many keys there are.
        rows : int64[m] or slice
            Which rows; all by default.
        by_row : float32[n, folds], optional
            The residuals row by row, where several keys are asked for.

        Returns
        -------
        Statistics
            Of these rows. Residuals are those after the bias that has not seen the fold.
        """
        from toprank.evidence.crossfit_kernel import rows_by_key, sums_without_fold  # numba takes its time

        residual = np.ascontiguousarray(self.residual.T) if by_row is None else by_row
        place = np.full(len(keys), -1)
        place[rows] = np.arange(len(place[rows]))
        counts, sums = np.zeros((2, len(place[rows])), np.int64), np.zeros((3, len(place[rows])))
        start, ordered = rows_by_key(np.asarray(keys), size)
        sums_without_fold(counts, sums, place, start, ordered, self.value, self.liked, self.fold, residual)
        return Statistics(counts[0], sums[0], sums[1], counts[1], sums[2])
