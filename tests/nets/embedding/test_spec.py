from __future__ import annotations

import pytest

from toprank.errors import OptionError
from toprank.models.notebook_networks import NETWORKS
from toprank.nets.embedding.spec import Dense, Dropout, NetSpec, Skip, Training


def test_a_shape_is_read_step_by_step() -> None:
    spec = NetSpec("drop .9, 256, skip, drop 0.95, 1024 relu,64 sigmoid")
    assert spec.steps == (
        Dropout(0.9),
        Dense(256),
        Skip(),
        Dropout(0.95),
        Dense(1024, "relu"),
        Dense(64, "sigmoid"),
    )
    assert NetSpec().steps == ()
    assert (NetSpec(embedding_size=3).width, NetSpec(embedding_size=3, biases=True).width) == (3, 4)


@pytest.mark.parametrize("shape", ["drop 1.5", "drop", "256 tanh", "jump", "drop .0", "-3", "0"])
def test_other_shapes_are_refused_by_name(shape: str) -> None:
    with pytest.raises(OptionError, match=r"dropout rate|not understood|at least 1"):
        NetSpec(shape)


@pytest.mark.parametrize(
    "arguments",
    [
        {"loss": "hinge"},
        {"batch": 0},
        {"epochs": 0},
        {"patience": 0},
        {"min_delta": -1},
        {"learning_rate": 0},
        {"decay": 0},
        {"decay": 1.5},
    ],
)
def test_impossible_trainings_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(arguments))):
        Training(**arguments)  # type: ignore[arg-type]


def test_impossible_networks_are_refused() -> None:
    with pytest.raises(OptionError, match="output is 'softmax'; it must be 'linear', 'sigmoid' or 'ordinal'"):
        NetSpec(output="softmax")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="min_delta"):
        Training(min_delta=float("nan"))
    with pytest.raises(OptionError, match="embedding_size"):
        NetSpec(embedding_size=0)
    with pytest.raises(OptionError, match="offset_penalty"):
        NetSpec(offset_penalty=-1)


def test_every_network_of_the_study_is_there() -> None:
    names = [entry.name for entry in NETWORKS]
    notebook = (
        "o-simple o-simple-mae a-simple a-simple-mae b-simple a0 b0 o0 a1 a1b a1r a1s a2 a2b a2c a2d a3 s0 s1 s1b s2"
    )
    assert names[:21] == notebook.split()
    assert len([name for name in names if name.startswith("grid-")]) == 9
    assert len([name for name in names if name.startswith("slip-")]) == 9
    assert names[-4:] == ["cross-entropy", "balanced", "soft-f1", "ordinal"]
    assert len(set(names)) == len(names)
