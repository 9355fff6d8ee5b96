"""What a network looks like, and how it is trained: data, from which one builder makes every network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from toprank.core.parameters import check_fields
from toprank.errors import OptionError

__all__ = ["Dense", "Dropout", "Loss", "NetSpec", "Output", "Skip", "Step", "Training"]

Output = Literal["linear", "sigmoid", "ordinal"]
Loss = Literal["mse", "mae", "bce", "balanced-bce", "soft-f1", "ordinal"]


@dataclass(frozen=True, slots=True)
class Dropout:
    """Drop a share of the values in training, and scale the rest up (Srivastava et al., JMLR 2014)."""

    rate: float


@dataclass(frozen=True, slots=True)
class Dense:
    """A dense layer; linear unless an activation is named."""

    units: int
    activation: Literal["linear", "relu", "sigmoid"] = "linear"


@dataclass(frozen=True, slots=True)
class Skip:
    """Join both embeddings to what has been computed so far."""


Step = Dropout | Dense | Skip

_STEP = re.compile(r"drop\s+(?P<rate>0?\.\d+)|(?P<units>\d+)(?:\s+(?P<activation>relu|sigmoid))?|(?P<skip>skip)")


@dataclass(frozen=True)
class NetSpec:
    r"""A network that starts from the dot product of a user's and an item's embedding.

    .. math:: x_0 = p_u \cdot q_i, \qquad x_{k+1} = step_k(x_k), \qquad y = w \cdot x_n + c \;(+\; b_u + b_i)

    Examples
    --------
    >>> NetSpec("drop .9, 256, skip, drop .9").steps
    (Dropout(rate=0.9), Dense(units=256, activation='linear'), Skip(), Dropout(rate=0.9))
    """

    shape: Annotated[
        str,
        "Steps between dot product and output, with commas between: drop .9 (dropout), 256 or 256 relu (a dense "
        "layer), skip (join both embeddings).",
    ] = ""
    embedding_size: Annotated[int, Ge(1), "Length of each embedding; 1 in the notebook."] = 1
    output: Annotated[
        Output, "A value; a probability; or a score among ordered thresholds, one between each two possible ratings."
    ] = "linear"
    biases: Annotated[bool, "Whether each user and each item has an offset that is added to the output."] = False
    offset_penalty: Annotated[
        float, Ge(0), "Squared penalty on each offset, in ratings' worth of pull to 0; each rating carries its share."
    ] = 0.0
    vector_penalty: Annotated[float, Ge(0), "The same on each embedding."] = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        for step in self.steps:
            if isinstance(step, Dropout) and not 0 < step.rate < 1:
                raise OptionError(f"the dropout rate {step.rate:g} in {self.shape!r} must lie between 0 and 1")
            if isinstance(step, Dense) and step.units < 1:
                raise OptionError(f"the dense layer of {step.units} units in {self.shape!r} must have at least 1")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that ``shape`` names."""
        return tuple(_step(text.strip(), self.shape) for text in self.shape.split(",") if text.strip())

    @property
    def width(self) -> int:
        """Numbers that are learned for each user and each item."""
        return self.embedding_size + int(self.biases)


def _step(text: str, shape: str) -> Step:
    match = _STEP.fullmatch(text)
    if match is None:
        raise OptionError(f"{text!r} in the shape {shape!r} is not understood; write drop .9, 256, 256 relu or skip")
    if match["rate"]:
        return Dropout(float(match["rate"]))
    if match["units"]:
        return Dense(int(match["units"]), match["activation"] or "linear")  # type: ignore[arg-type]
    return Skip()


@dataclass(frozen=True)
class Training:
    """How a network is trained: Adam on shuffled batches, stopped early on the validation loss."""

    loss: Annotated[
        Loss,
        "Squared error; absolute error; cross-entropy; cross-entropy in which liked and other rows weigh the same; "
        "1 - F1 with probabilities in place of decisions; cross-entropy over the thresholds of an ordinal output.",
    ] = "mae"
    batch: Annotated[int, Ge(1), "Rows a step."] = 128
    epochs: Annotated[int, Ge(1), "Epochs at most."] = 25
    patience: Annotated[
        Annotated[int, Ge(1)] | None,
        "Epochs without improvement after which training stops and the best weights come back; None trains all epochs.",
    ] = 3
    min_delta: Annotated[float, Ge(0), "What counts as an improvement of the validation loss."] = 0.01
    learning_rate: Annotated[float, Gt(0), "Of Adam (Kingma and Ba, ICLR 2015)."] = 1e-3
    decay: Annotated[float, Gt(0), Le(1), "Factor on the learning rate after each epoch."] = 1.0
    start_at_mean: Annotated[bool, "Whether the output starts at the mean of the training targets, not at 0."] = False

    def __post_init__(self) -> None:
        check_fields(self)
