from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from toprank.core.parameters import Tune
from toprank.errors import OptionError
from toprank.models.baselines import Bias
from toprank.study.tuning.search_space import Range, search_space


@dataclass(frozen=True)
class Layers:
    size: Annotated[int, Tune("log", 2, 64)] = 8
    depth: int = 2


@dataclass(frozen=True)
class Deep:
    rate: Annotated[float, Tune("log", 0.01, 1.0)] = 0.1
    rounds: Annotated[int, Tune("uniform", 10, 30), "Trees."] = 20
    wide: Annotated[bool, Tune("choice", True, False)] = False
    layers: Layers = field(default_factory=Layers)
    seeds: int = 2


def test_what_is_declared_is_found_in_order() -> None:
    assert search_space(Deep(rounds=12)) == {
        "rate": Range("log", (0.01, 1.0), 0.1),
        "rounds": Range("uniform", (10, 30), 12),
        "wide": Range("choice", (True, False), False),
        "layers.size": Range("log", (2, 64), 8),
    }
    assert search_space(Layers()).keys() == {"size"}


def test_a_field_gives_its_kind_of_numbers() -> None:
    space = {name: searched.distribution() for name, searched in search_space(Deep()).items()}
    assert space == {
        "rate": FloatDistribution(0.01, 1.0, log=True),
        "rounds": IntDistribution(10, 30),
        "wide": CategoricalDistribution((True, False)),
        "layers.size": IntDistribution(2, 64, log=True),
    }
    assert [str(searched) for searched in search_space(Deep()).values()] == [
        "0.01 to 1, log",
        "10 to 30",
        "True, False",
        "2 to 64, log",
    ]


@pytest.mark.parametrize(
    ("declared", "default", "said"),
    [
        (("log", 1, 8), 9, "the default 9 does not lie in the search range 1 to 8, log"),
        (("log", 0, 8), 3, "does not lie"),
        (("uniform", 8, 1), 3, "does not lie"),
        (("choice", 1, 2), 3, "the default 3 does not lie in the search range 1, 2"),
        (("uniform", 1, 2, 3), 2, r"a search range is \('uniform', 1, 2, 3\)"),
        (("normal", 1, 2), 2, "it must be log or uniform with two ends, or choice"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(declared: tuple[Any, ...], default: int, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Range(declared[0], declared[1:], default)


def test_registered_models_declare_ranges_that_hold_their_defaults() -> None:
    from toprank.models.registry import MODELS

    for entry in MODELS.values():
        for searched in search_space(entry.model).values():
            searched.distribution()
    assert search_space(Bias()).keys() <= {"user_damping", "item_damping", "sweeps"}
