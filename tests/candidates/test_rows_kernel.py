from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from toprank.candidates.rows_kernel import (
    join_works,
    pick_values,
    ranks_among,
    sparse_product,
)
from toprank.evidence.reader_kernel import weighted_rows


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


def test_values_are_picked_by_row_and_column(matrix: sparse.csr_array) -> None:
    rng = np.random.default_rng(5)
    row, column = np.sort(rng.integers(0, 30, 200)), rng.integers(0, 50, 200)
    mark = np.zeros(50, np.int32)
    found = pick_values(matrix.indptr, matrix.indices, matrix.data, mark, row, column)
    assert np.array_equal(found, matrix.toarray()[row, column])
    assert not mark.any()


def test_products_are_those_of_scipy_to_the_last_bit(matrix: sparse.csr_array) -> None:
    rng = np.random.default_rng(6)
    other = sparse.random_array((50, 40), density=0.3, rng=rng, dtype=np.float32, format="csr")
    given, mark = (matrix.indptr, matrix.indices, matrix.data), np.zeros(40, np.int32)
    assert np.array_equal(weighted_rows(*given, other.toarray()), matrix @ other.toarray())
    start, column, value = sparse_product(*given, other.indptr, other.indices, other.data, mark)
    found = sparse.csr_array((value, column, start), (30, 40))
    assert found.nnz == (matrix @ other).nnz
    assert np.array_equal(found.toarray(), (matrix @ other).toarray())
    assert not mark.any()


def test_a_rank_counts_what_is_above_and_half_of_what_is_equal() -> None:
    start, ascending = np.array([0, 4, 4]), np.array([1, 2, 2, 5], np.float32)
    found = ranks_among(start, ascending, np.array([0, 0, 0, 0, 1]), np.array([6, 2, 3, 1, 1], np.float32))
    assert found.tolist() == [0, 2, 1, 3.5, 0]


def test_the_works_of_all_sources_are_joined_without_what_is_held() -> None:
    held, mark = np.array([3, 4], np.int32), np.zeros(10, np.int32)
    row, work = join_works(
        np.array([0, 2, 2]),
        held,
        (np.array([0, 1]), np.array([0])),  # the best works by one model, and by another
        (np.array([7, 1]), np.array([4])),
        np.array([[-1]] * 4 + [[1]] * 6, np.int32),  # of the work 4 others of its author
        np.array([0, 1, 3]),
        np.array([9, 4, 5], np.int32),
        np.array([[-1], [0]]),  # what is popular where the second reader lives
        np.array([0, 2]),
        np.array([8, 1], np.int32),
        np.array([2, 3], np.int32),
        mark,
    )
    assert row.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert [sorted(work[:3].tolist()), sorted(work[3:].tolist())] == [[2, 5, 7], [1, 2, 3, 8]]
    assert not mark.any()
