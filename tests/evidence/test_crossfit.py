from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from toprank.errors import OptionError
from toprank.evidence.bias import DampedBias
from toprank.evidence.crossfit import Cells, CrossFit, draw_folds
from toprank.evidence.statistics import Statistics

N, USERS, ITEMS, FOLDS = 300, 20, 30, 5


def rows(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, USERS, N), rng.integers(0, ITEMS, N), rng.integers(1, 11, N).astype(float)


def crossfit(value: np.ndarray) -> CrossFit:
    user, item, _ = rows()
    rng = np.random.default_rng(2)
    fold = draw_folds(len(value), FOLDS, rng)
    return CrossFit.of(user, item, value, value >= 8, n_users=USERS, n_items=ITEMS, fold=fold, folds=FOLDS)


def evidence_of(cross: CrossFit, keys: np.ndarray, size: int, parts: int = 1) -> Statistics:
    """Sum shards of the rows, and give each row what its key has without its fold."""
    cells = Cells.of(keys, cross.fold, size, FOLDS)
    found = [
        cells.sums(keys[some], cross.value[some], cross.liked[some], cross.fold[some], cross.residual.T[some].copy())
        for some in np.array_split(np.arange(N), parts)
    ]
    return reduce(Statistics.merge, found).take(cells.of_rows)


def test_folds_are_equally_large() -> None:
    sizes = np.bincount(draw_folds(1003, 10, np.random.default_rng(1)))
    assert sorted(sizes.tolist()) == [100] * 7 + [101] * 3


def test_one_fold_would_be_no_crossfit() -> None:
    with pytest.raises(OptionError, match="folds is 1; at least 2"):
        draw_folds(10, 1, np.random.default_rng(1))


def test_evidence_equals_that_of_the_other_folds_counted_anew() -> None:
    user, item, value = rows()
    keys = np.where(user == 3, -1, user)
    cross = crossfit(value)
    evidence = evidence_of(cross, keys, USERS)
    for row in range(N):
        others = (keys == keys[row]) & (cross.fold != cross.fold[row]) & (keys[row] >= 0)
        assert evidence.count[row] == others.sum()
        assert evidence.total[row] == value[others].sum()
        assert evidence.squares[row] == (value[others] ** 2).sum()
        assert evidence.liked[row] == (value[others] >= 8).sum()
        outside = cross.fold != cross.fold[row]
        bias = DampedBias.of(user[outside], item[outside], value[outside], n_users=USERS, n_items=ITEMS)
        left = value[others] - bias.expected(user[others], item[others])
        assert evidence.residual[row] == pytest.approx(left.sum(), abs=1e-6)
        assert cross.expected[row] == pytest.approx(float(bias.expected(user[row], item[row])))


def test_a_row_does_not_see_the_labels_of_its_fold() -> None:
    user, item, value = rows()
    before = crossfit(value)
    inside = before.fold == before.fold[0]
    after = crossfit(np.where(inside, 11 - value, value))
    for keys, size in ((user, USERS), (item, ITEMS)):
        one, other = evidence_of(before, keys, size), evidence_of(after, keys, size)
        for name in ("count", "total", "squares", "liked", "residual"):
            assert np.array_equal(getattr(one, name)[inside], getattr(other, name)[inside])
            assert name == "count" or not np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(before.expected[inside], after.expected[inside])


def test_shards_sum_to_the_very_bits_of_all_rows_at_once() -> None:
    user, item, value = rows()
    cross = crossfit(value)
    for keys, size in ((user, USERS), (item, ITEMS), (np.where(user == 3, -1, user), USERS), (np.arange(N), N)):
        whole, merged = evidence_of(cross, keys, size), evidence_of(cross, keys, size, parts=7)
        assert all(np.array_equal(column, getattr(merged, name)) for name, column in vars(whole).items())
