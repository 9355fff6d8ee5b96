"""What is said of a pair depends on its own reader, whoever is asked about beside it."""

from __future__ import annotations

import numpy as np
from tests.conftest import Make

from toprank.evidence.build import build_evidence


def test_a_pair_is_explained_alike_alone_and_beside_others(library: Make) -> None:
    evidence = build_evidence(library()[0], folds=2, damping=3.0, rng=np.random.default_rng(1)).evidence
    users, items = np.array([3, -1, 8]), np.array([1, 1, 50])
    together = evidence.pairs(users, items)
    assert together.rated.tolist()[1] == 0
    assert (together.rated[[0, 2]] > 0).all()
    said = set()
    for place in range(len(users)):
        alone = evidence.pairs(users[[place]], items[[place]])
        row = dict(zip(evidence.names, evidence.matrix(alone)[0].tolist(), strict=True))
        for part in dict.fromkeys(name.split(":")[0] for name in evidence.names):
            words = evidence.explain(part, alone, row, lambda item: None)
            assert evidence.explain(part, together.take(np.array([place])), row, lambda item: None) == words, part
            said.add((place, words))
    assert (1, "you have rated no book to go by") in said
    assert (0, "you have rated no book to go by") not in said
