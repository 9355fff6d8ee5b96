"""What is said of a pair depends on its own reader, whoever is asked about beside it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import Make

from toprank.evidence.build import build_evidence
from toprank.evidence.pairs import _order


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


@pytest.mark.parametrize("most", [3, 2**31 - 2])
def test_entries_are_sorted_by_reader_and_code_equal_ones_as_they_are(most: int) -> None:
    rng = np.random.default_rng(3)
    reader = np.sort(rng.integers(0, 40, 300)) * (1 if most == 3 else 2**28)
    code = rng.choice(np.array([-1, 0, 1, most], np.int32), (2, 300))
    wanted = [[at for *_, at in sorted(zip(reader, row, range(300), strict=True))] for row in code]
    assert _order(reader, code).tolist() == wanted
    assert _order(reader[:0], code[:, :0]).shape == (2, 0)
