"""Hyper-parameters by name: they replace fields, and what does not fit is named with where it is from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from toprank.errors import OptionError
from toprank.models.baselines import Bias
from toprank.models.hyperparameters import replaced


@dataclass(frozen=True)
class Layers:
    size: int = 8
    rate: float = 0.1


@dataclass(frozen=True)
class Deep(Bias):
    layers: Layers = field(default_factory=Layers)
    without: tuple[str, ...] = ()
    wide: bool = False
    loss: str = "mse"


def test_fields_are_replaced_and_the_model_stays() -> None:
    deep = Deep()
    values = {"sweeps": 3, "layers.size": 16, "layers.rate": 1, "without": ["series"], "wide": True, "loss": "mae"}
    new = replaced(deep, values, "best.json")
    assert new == Deep(sweeps=3, layers=Layers(16, 1), without=("series",), wide=True, loss="mae")
    assert deep == Deep()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sweep": 3}, "Deep has no field 'sweep'; its fields are user_damping, item_damping, sweeps, target, layers"),
        ({"layers.depth": 3}, "Layers has no field 'depth'; its fields are size, rate"),
        ({"sweeps.x": 3}, "Deep has no field 'sweeps.x'"),
        ({"sweeps": 3.5}, "sweeps is 3.5; Deep takes int there"),
        ({"sweeps": True}, "sweeps is True; Deep takes int there"),
        ({"user_damping": "3"}, "user_damping is '3'; Deep takes float there"),
        ({"user_damping": None}, "user_damping is None"),
        ({"wide": 1}, "wide is 1; Deep takes bool there"),
        ({"sweeps": 0}, "sweeps is 0; at least 1 is needed"),
    ],
)
def test_what_does_not_fit_names_file_and_field(values: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        replaced(Deep(), values, "best.json")
    assert str(error.value).startswith("best.json: ")
    assert said in str(error.value)
