from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.data.works import find_works
from toprank.recommender.facade import Recommender


@pytest.mark.usefixtures("quick_trees")
def test_a_fit_finds_works_once(shelf: Dataset) -> None:
    with mock.patch("toprank.evidence.groupings.find_works", side_effect=find_works) as found:
        Recommender(deep=False, budget=60).fit(shelf)
    assert found.call_count == 1


@pytest.mark.usefixtures("quick_trees")
def test_a_fit_is_the_same_on_any_number_of_threads(shelf: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for count in ("1", "2", "4"):
        monkeypatch.setenv("TOPRANK_THREADS", count)
        model = Recommender(deep=False, budget=60).fit(shelf)
        ratings = model.data.ratings
        found.append(
            [
                model.model.scores(ratings.user[:500], ratings.item[::-1][:500]),
                model.retrieval.relevance.weight,
                model.retrieval.generators.ease.weights,
                np.array([model.like_weight, model.policy.threshold.cutoff]),
            ]
        )
    for others in found[1:]:
        assert all(np.array_equal(one, other) for one, other in zip(found[0], others, strict=True))
