r"""Evidence for rows whose own labels it must not hold: total minus own fold.

Leaving out only the row itself would give its label back: in a group of n ratings whose sum is S, the rest has the
sum S - y, and a tree that can tell the group reads y off it. Leaving out a fold blurs that, and with k folds the rows
of training have (k - 1)/k of the ratings that later rows have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.errors import OptionError
from toprank.evidence.bias import DampedBias
from toprank.evidence.statistics import Statistics

__all__ = ["Cells", "CrossFit", "draw_folds"]


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


@dataclass(frozen=True, eq=False)
class Cells:
    """Keys, each without a fold: what rows are asked about, that of many rows once.

    Parameters
    ----------
    start : int64[size + 1]
        Where the cells of each key begin.
    fold : int64[c]
        The fold that each leaves out.
    of_rows : int64[m]
        The cell of each row; -1 of one without a key.

    Examples
    --------
    >>> key, fold, left = np.array([0, 0, 0]), np.array([0, 1, 1]), np.zeros((3, 2), np.float32)
    >>> cells = Cells.of(key, fold, size=1, folds=2)
    >>> seen = cells.sums(key, np.array([9.0, 3.0, 8.0]), np.array([True, False, True]), fold, left)
    >>> seen.take(cells.of_rows).total.tolist()
    [11.0, 9.0, 9.0]
    """

    start: IntArray
    fold: IntArray
    of_rows: IntArray

    @classmethod
    def of(cls, keys: IntArray, fold: IntArray, size: int, folds: int) -> Cells:
        """Find the cells of rows by their keys (-1 for none) and folds."""
        from toprank.evidence.crossfit_kernel import find_cells, rows_by_key  # numba takes its time

        start, of_rows, folds_of = np.empty(size + 1, np.int64), np.full(len(keys), -1), np.empty(len(keys), np.int64)
        count = find_cells(start, folds_of, of_rows, *rows_by_key(keys, size), fold, folds)
        return cls(start, folds_of[:count], of_rows)

    def sums(
        self, keys: IntArray, value: FloatArray, liked: BoolArray, fold: IntArray, by_row: FloatArray
    ) -> Statistics:
        """Sum rows by cell: those of its key that are not in its fold. Other rows may be in other shards.

        Parameters
        ----------
        keys : int[n]
            -1 for none.
        value, liked, fold : float64[n], bool[n], int64[n]
        by_row : float32[n, folds]
            What is left of each after the bias without each fold; 0 in it.
        """
        from toprank.evidence.crossfit_kernel import rows_by_key, sums_without_fold  # numba takes its time

        counts, sums = np.zeros((2, len(self.fold)), np.int64), np.zeros((3, len(self.fold)))
        start, ordered = rows_by_key(keys, len(self.start) - 1)
        sums_without_fold(counts, sums, self.start, self.fold, start, ordered, value, liked, fold, by_row)
        return Statistics(counts[0], sums[0], sums[1], counts[1], sums[2])

    def counts(self, keys: IntArray, level: IntArray, levels: int, fold: IntArray, folds: int) -> IntArray:
        """Count likewise how many rows are at each level (int64[c, levels])."""
        from toprank.evidence.crossfit_kernel import levels_without_fold, rows_by_key  # numba takes its time

        counts = np.zeros((len(self.fold), levels), np.int64)
        levels_without_fold(counts, self.start, self.fold, *rows_by_key(keys, len(self.start) - 1), level, fold, folds)
        return counts

    @property
    def bare(self) -> Cells:
        """The cells without the rows that ask, which shards need not know."""
        return replace(self, of_rows=self.of_rows[:0])
