from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from toprank.candidates.generators import _best_of_rows


@pytest.mark.parametrize("n", [1, 4, 100])
def test_the_best_of_each_row_are_the_largest_and_of_equal_ones_the_first(n: int) -> None:
    rng = np.random.default_rng(4)
    dense = np.where(rng.random((30, 50)) < 0.3, rng.integers(1, 5, (30, 50)), 0).astype(np.float32)
    dense[7] = 0
    found = sparse.csr_array(dense)
    for begin, end in zip(found.indptr[:-1], found.indptr[1:], strict=True):  # columns in no order
        order = begin + rng.permutation(end - begin)
        found.indices[begin:end], found.data[begin:end] = found.indices[order], found.data[order]
    row, column = _best_of_rows(found.indptr, found.indices, found.data, n)
    for one in range(30):
        best = [at for at in np.argsort(-dense[one], kind="stable")[:n].tolist() if dense[one, at] > 0]
        assert sorted(column[row == one].tolist()) == sorted(best)
