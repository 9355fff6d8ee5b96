from __future__ import annotations

import numpy as np

from toprank.core.rng import derive_rng


def test_children_depend_on_seed_and_name_only() -> None:
    parent = np.random.default_rng(13)
    before = derive_rng(parent, "a").random(4).tolist()
    parent.random(100)
    derive_rng(parent, "b").random(100)
    assert derive_rng(parent, "a").random(4).tolist() == before
    assert derive_rng(np.random.default_rng(14), "a").random(4).tolist() != before
    assert derive_rng(parent, "b").random(4).tolist() != before


def test_children_have_children() -> None:
    parent = np.random.default_rng(13)
    assert derive_rng(derive_rng(parent, "a"), "b").random() == derive_rng(parent, "a", "b").random()
