from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from toprank.candidates.rows_kernel import best_of_rows, pick_values


@pytest.fixture
def matrix() -> sparse.csr_array:
    """Rows with ties, an empty one, and columns out of order."""
    rng = np.random.default_rng(4)
    dense = np.where(rng.random((30, 50)) < 0.3, rng.integers(1, 5, (30, 50)), 0).astype(np.float32)
    dense[7] = 0
    found = sparse.csr_array(dense)
    for row in range(30):
        part = slice(found.indptr[row], found.indptr[row + 1])
        order = rng.permutation(part.stop - part.start)
        found.indices[part], found.data[part] = found.indices[part][order], found.data[part][order]
    return found


@pytest.mark.parametrize("n", [1, 4, 100])
def test_the_best_of_each_row_are_the_largest_and_of_equal_ones_the_first(matrix: sparse.csr_array, n: int) -> None:
    row, column = best_of_rows(matrix.indptr, matrix.indices, matrix.data, n)
    dense = matrix.toarray()
    for one in range(30):
        best = [at for at in np.argsort(-dense[one], kind="stable")[:n].tolist() if dense[one, at] > 0]
        assert sorted(column[row == one].tolist()) == sorted(best)


def test_values_are_picked_by_row_and_column(matrix: sparse.csr_array) -> None:
    rng = np.random.default_rng(5)
    row, column = np.sort(rng.integers(0, 30, 200)), rng.integers(0, 50, 200)
    found = pick_values(matrix.indptr, matrix.indices, matrix.data, 50, row, column)
    assert np.array_equal(found, matrix.toarray()[row, column])
