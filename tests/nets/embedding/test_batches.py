from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from toprank.nets.embedding.batches import UNKNOWN, plan_epoch


@given(st.integers(1, 90), st.integers(1, 20), st.integers(0, 2**31))
def test_an_epoch_has_every_row_once_and_finds_its_user_and_item(n: int, batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    users, items = rng.integers(0, 7, n).astype(np.int32), rng.integers(0, 30, n).astype(np.int32)
    epoch = plan_epoch(users, items, batch, rng)
    rows = epoch.row[epoch.weight == 1]
    assert sorted(rows.tolist()) == list(range(n))
    assert epoch.row.shape == (-(-n // batch), batch)
    assert np.array_equal(np.take_along_axis(epoch.users, epoch.user, axis=1), users[epoch.row])
    assert np.array_equal(np.take_along_axis(epoch.items, epoch.item, axis=1), items[epoch.row])
    for distinct in (*epoch.users, *epoch.items):
        real = distinct[distinct != UNKNOWN]
        assert np.all(np.diff(real) > 0)
        assert np.all(distinct[len(real) :] == UNKNOWN)


def test_the_same_seed_gives_the_same_order_and_another_another() -> None:
    users = np.arange(50, dtype=np.int32)
    first, again, other = (plan_epoch(users, users, 8, np.random.default_rng(seed)).row.tolist() for seed in (1, 1, 2))
    assert first == again != other
