from __future__ import annotations

import pytest

from toprank.errors import OptionError
from toprank.models.registry import BASELINES, MODELS, chosen


def test_all_means_all() -> None:
    assert [entry.name for entry in chosen("all")] == list(MODELS)


def test_the_baselines_are_always_there_and_nothing_is_there_twice() -> None:
    names = [entry.name for entry in chosen("jaccard-adjusted, bias,jaccard-adjusted")]
    assert names == [*BASELINES, "jaccard-adjusted"]


def test_an_unknown_model_gets_the_near_one_and_the_list() -> None:
    with pytest.raises(OptionError, match=r"no model 'jacard-adjusted'; did you mean 'jaccard-adjusted'\?.*always"):
        chosen("jacard-adjusted")
    with pytest.raises(OptionError, match="no model was named"):
        chosen(" , ")
