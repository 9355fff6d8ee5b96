from __future__ import annotations

import subprocess
import sys

import pytest

from toprank.errors import OptionError
from toprank.evidence.build import evidence_groups
from toprank.models.registry import BASELINES, MODELS, chosen


def test_all_means_all() -> None:
    assert [entry.name for entry in chosen("all")] == [name for name in MODELS if MODELS[name].ablates is None]


def test_ablations_come_with_what_they_take_away_from() -> None:
    boosted, *without = chosen("ablation")[len(BASELINES) :]
    assert boosted.name == "boosted"
    assert {entry.ablates for entry in without} == {"boosted"}
    assert [entry.name for entry in without] == [f"boosted-without-{group}" for group in evidence_groups()]


def test_the_baselines_are_always_there_and_nothing_is_there_twice() -> None:
    names = [entry.name for entry in chosen("jaccard-adjusted, bias,jaccard-adjusted")]
    assert names == [*BASELINES, "jaccard-adjusted"]


def test_an_unknown_model_gets_the_near_one_and_the_list() -> None:
    with pytest.raises(OptionError, match=r"no model 'jacard-adjusted'; did you mean 'jaccard-adjusted'\?.*always"):
        chosen("jacard-adjusted")
    with pytest.raises(OptionError, match="no model was named"):
        chosen(" , ")


def test_groups_stand_for_their_models() -> None:
    assert [entry.name for entry in chosen("jaccard")][len(BASELINES) :] == ["jaccard-original", "jaccard-adjusted"]
    assert len(chosen("networks")) == len(BASELINES) + 43


def test_listing_the_networks_does_not_load_them() -> None:
    code = (
        "import sys; from toprank.models.registry import MODELS; "
        "print(sorted({'keras', 'jax', 'numba', 'lightgbm'} & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
