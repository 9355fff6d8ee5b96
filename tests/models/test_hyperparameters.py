"""Hyper-parameters by name: they replace fields, and what does not fit is named with where it is from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from annotated_types import Ge

from toprank.errors import OptionError
from toprank.models.base import Model
from toprank.models.baselines import Bias
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.hyperparameters import replaced
from toprank.models.jaccard import Jaccard


@dataclass(frozen=True)
class Layers:
    size: Annotated[int, Ge(1)] = 8
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
        ({"layers.depth": 3}, "best.json, layers: Layers has no field 'depth'; its fields are size, rate"),
        ({"layers.size": 0}, "best.json, layers: size is 0; it must be at least 1"),
        ({"sweeps.x": 3}, "Deep has no field 'sweeps.x'"),
        ({"sweeps": 3.5}, "sweeps is 3.5; it must be a whole number"),
        ({"sweeps": True}, "sweeps is True; it must be a whole number"),
        ({"user_damping": "3"}, "user_damping is '3'; it must be a number"),
        ({"user_damping": None}, "user_damping is None"),
        ({"wide": 1}, "wide is 1; it must be True or False"),
        ({"sweeps": 0}, "sweeps is 0; it must be at least 1"),
        ({"layers": 5}, "layers is 5; it must be of the class Layers"),
        ({"without": [1]}, "without[0] is 1; it must be text"),
        ({"target": "binary"}, "target is 'binary'; it must be of the class Target"),
    ],
)
def test_what_does_not_fit_names_file_and_field(values: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        replaced(Deep(), values, "best.json")
    assert str(error.value).startswith("best.json")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        (Boosted(), {"target": "binary"}, "target is 'binary'; it must be of the class Binary"),
        (Jaccard(), {"target": "binary"}, "target is 'binary'; it must be of the class Target"),
        (Blend(), {"boosted.target": "binary"}, "file, boosted: target is 'binary'"),
        (Blend(), {"boosted": 3}, "boosted is 3; it must be of the class Boosted"),
        (Blend(), {"attention.net": 5}, "file, attention: net is 5; it must be of the class AttentionNet"),
        (Blend(), {"attention.net.heads": 0}, "file, attention, net: heads is 0; it must be at least 1"),
        (Blend(), {"attention.training.epochs": 0}, "file, attention, training: epochs is 0; it must be at least 1"),
    ],
)
def test_registered_models_refuse_what_they_cannot_use(model: Model, values: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        replaced(model, values, "file")
    assert said in str(error.value)
