"""The inverse of a large symmetric matrix on all threads, to the same last bit on any number of them."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.threads import one_blas_thread, side_by_side

__all__ = ["invert_symmetric"]

BLOCK = 512
"""Rows and columns of a tile; the order of sums depends on it, and on nothing else."""


@one_blas_thread()
def invert_symmetric(matrix: FloatArray) -> None:
    """Invert a symmetric positive definite matrix (float[n, n]) in place; of it only the lower triangle is read.

    Block by block the rows that a block explains are swept out of the others (Goodnight, "A tutorial on the SWEEP
    operator", 1979). The tiles of a sweep do not depend on each other, so each thread does some of them.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite.

    Examples
    --------
    >>> matrix = np.array([[4.0, 0.0], [2.0, 3.0]])
    >>> invert_symmetric(matrix)
    >>> (8 * matrix).round(6).tolist()
    [[3.0, -2.0], [-2.0, 4.0]]
    """
    size = len(matrix)
    blocks = [slice(begin, min(begin + BLOCK, size)) for begin in range(0, size, BLOCK)]
    column, swept = (np.empty((size, min(BLOCK, size)), matrix.dtype) for _ in range(2))
    for number, block in enumerate(blocks):
        width = block.stop - block.start
        corner = np.tril(matrix[block, block])
        factor = np.linalg.inv(np.linalg.cholesky(corner + np.tril(corner, -1).T))
        inverse = factor.T @ factor

        before, others = slice(0, block.start), blocks[:number] + blocks[number + 1 :]
        column[before, :width], column[block, :width] = matrix[block, before].T, 0
        column[block.stop :, :width] = matrix[block.stop :, block]

        def gather(rows: slice, width: int = width, inverse: FloatArray = inverse) -> None:
            swept[rows, :width] = column[rows, :width] @ inverse

        def sweep(rows: slice, width: int = width) -> None:
            matrix[rows, : rows.stop] -= swept[rows, :width] @ column[: rows.stop, :width].T

        side_by_side(gather, others)
        side_by_side(sweep, others[::-1])  # the longest first, so that the threads end together
        matrix[block, before] = swept[before, :width].T
        matrix[block.stop :, block] = swept[block.stop :, :width]
        matrix[block, block] = -inverse
    for rows in blocks:
        matrix[rows, : rows.start] *= -1
        corner = -np.tril(matrix[rows, rows])
        matrix[rows, rows] = corner + np.tril(corner, -1).T
        matrix[: rows.start, rows] = matrix[rows, : rows.start].T
