from __future__ import annotations

import numpy as np
from toprank.evidence.additive import fit_additive


def rows(n: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    user, item, noise = rng.integers(0, 100, n), rng.integers(0, 80, n), rng.integers(0, 500, n)
    value = 7 + rng.normal(size=100)[user] + 0.5 * rng.normal(size=80)[item] + rng.normal(size=n)
    return user, item, noise, np.stack([value, value >= 8], axis=1)


def test_effects_are_found_and_keys_without_meaning_add_little() -> None:
    user, item, noise, value = rows()
    additive, expected = fit_additive([user, item, noise], [100, 80, 500], value, np.arange(4000) % 10, 10)
    assert np.corrcoef(expected[:, 0], value[:, 0])[0, 1] > 0.7
    assert np.corrcoef(expected[:, 1], value[:, 1])[0, 1] > 0.5
    by_user, by_item, by_chance = (float(effects[:, 0].std()) for effects in additive.effects)
    assert 0.9 < by_user < 1.1
    assert 0.4 < by_item < 0.6
    assert by_chance < 0.15


def test_no_fold_sees_its_own_values() -> None:
    user, item, noise, value = rows()
    fold = np.arange(4000) % 10
    inside = fold == 3
    keys = [user, item, noise], [100, 80, 500]
    _, before = fit_additive(*keys, value, fold, 10)
    _, after = fit_additive(*keys, np.where(inside[:, None], -value, value), fold, 10)
    assert np.array_equal(before[inside], after[inside])
    assert not np.array_equal(before[~inside], after[~inside])
