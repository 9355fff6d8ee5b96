from __future__ import annotations

from unittest import mock

import pytest

from toprank.core.dataset import Dataset
from toprank.data.works import find_works
from toprank.recommender.facade import Recommender


@pytest.mark.usefixtures("quick_trees")
def test_a_fit_finds_works_once(shelf: Dataset) -> None:
    with mock.patch("toprank.evidence.groupings.find_works", side_effect=find_works) as found:
        Recommender(deep=False, budget=60).fit(shelf)
    assert found.call_count == 1
