from __future__ import annotations

import numpy as np

from toprank.core.rng import child


def test_children_depend_on_seed_and_name_only() -> None:
    parent = np.random.default_rng(13)
    before = child(parent, "a").random(4).tolist()
    parent.random(100)
    child(parent, "b").random(100)
    assert child(parent, "a").random(4).tolist() == before
    assert child(np.random.default_rng(14), "a").random(4).tolist() != before
    assert child(parent, "b").random(4).tolist() != before


def test_children_have_children() -> None:
    parent = np.random.default_rng(13)
    assert child(child(parent, "a"), "b").random() == child(parent, "a", "b").random()
