from __future__ import annotations

import numpy as np
import pytest

from toprank.candidates import inverse
from toprank.candidates.inverse import invert_symmetric


@pytest.mark.parametrize("size", [1, 7, 8, 30])
def test_the_inverse_is_that_of_numpy_whatever_stands_above_the_diagonal(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inverse, "BLOCK", 8)
    rows = np.random.default_rng(3).normal(size=(size + 5, size))
    matrix = rows.T @ rows + np.eye(size)
    expected = np.linalg.inv(matrix)
    found = []
    for threads in ("1", "4"):
        monkeypatch.setenv("TOPRANK_THREADS", threads)
        given = matrix.copy()
        given[np.triu_indices(size, 1)] = np.nan
        invert_symmetric(given)
        assert given == pytest.approx(expected, abs=1e-9)
        assert np.array_equal(given, given.T)
        found.append(given)
    assert np.array_equal(found[0], found[1])


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        invert_symmetric(np.array([[1.0, 0.0], [2.0, 1.0]]))
