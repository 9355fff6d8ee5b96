from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from tests.conftest import Make

from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.factors import learn_factors
from toprank.evidence.sources.factors import FACTORS, NAMES, SWEEPS, LatentFactors


@pytest.fixture(scope="module")
def training(library: Make) -> TrainingEvidence:
    return build_evidence(library()[0], folds=2, damping=3.0, rng=np.random.default_rng(1))


def test_columns_are_those_of_the_other_fold(training: TrainingEvidence) -> None:
    from toprank.core.rng import derive_rng

    rows, ratings = training.rows.coarse, training.ratings
    seen, inside = rows.fold == 1, rows.fold == 0
    n_users, value = len(ratings.users), ratings.value.astype(np.float64)
    found = learn_factors(
        ratings.user[seen], rows.work[seen], value[seen], n_users=n_users, n_items=rows.groupings.work.size,
        factors=FACTORS, sweeps=SWEEPS, rng=derive_rng(rows.rng, "factors"),
    )  # fmt: skip
    start = np.searchsorted(ratings.user[seen], np.arange(n_users + 1))
    readers = found.readers(start, rows.work[seen], value[seen])
    offsets, products, spread = found.expected(readers, ratings.user[inside], rows.work[inside]).T
    columns = training.matrix[:, [training.evidence.names.index(name) for name in NAMES]]
    assert columns[inside, 0] == pytest.approx(offsets + products, rel=1e-5)
    assert columns[inside, 1] == pytest.approx(products, abs=1e-5)
    spread = np.hypot(spread, found.scale / np.sqrt(readers.weight[ratings.user[inside]]))
    liked = [NormalDist(mean, sd).cdf(1e9) - NormalDist(mean, sd).cdf(3.5)
             for mean, sd in zip(offsets + products, spread, strict=True)]  # fmt: skip
    assert columns[inside, 2] == pytest.approx(np.array(liked), rel=1e-4)


def test_it_is_said_in_words(training: TrainingEvidence) -> None:
    evidence = training.evidence
    source = evidence.find(LatentFactors)
    assert source is not None
    pair = evidence.pairs(np.array([3]), np.array([5]))
    row = dict(zip(NAMES, (4.21, 0.34, 0.8), strict=True))
    told = source.explain("factors", pair, row, lambda item: None)
    assert told == "readers of your taste would give it about 4.2"
    assert source.describe("factors") == "what readers of like taste make of it"
