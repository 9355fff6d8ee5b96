"""What a network looks like, and how it is trained: data, from which one builder makes every network."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

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

    Parameters
    ----------
    shape : str
        The steps between dot product and output, with commas between: ``drop .9`` (dropout), ``256`` or ``256 relu``
        (a dense layer), ``skip`` (join both embeddings). Empty for none.
    embedding_size : int
        Length of each embedding; 1 in the notebook.
    output : {'linear', 'sigmoid', 'ordinal'}
        A value; a probability; or a score among ordered thresholds, one between each two possible ratings.
    biases : bool
        Whether each user and each item also has an offset that is added to the output.
    offset_penalty, vector_penalty : float
        Squared penalty on each offset, and on each embedding, in ratings' worth of pull to zero; at least 0. Each
        rating carries its share, so that a user with many ratings is not held back more than one with few.

    Examples
    --------
    >>> NetSpec("drop .9, 256, skip, drop .9").steps
    (Dropout(rate=0.9), Dense(units=256, activation='linear'), Skip(), Dropout(rate=0.9))
    """

    shape: str = ""
    embedding_size: int = 1
    output: Output = "linear"
    biases: bool = False
    offset_penalty: float = 0.0
    vector_penalty: float = 0.0

    def __post_init__(self) -> None:
        if self.output not in get_args(Output):
            raise OptionError(f"the output is {self.output!r}; it must be one of {', '.join(get_args(Output))}")
        if self.embedding_size < 1:
            raise OptionError(f"embedding_size is {self.embedding_size}; it must be at least 1")
        for name in ("offset_penalty", "vector_penalty"):
            if not 0 <= getattr(self, name) < math.inf:
                raise OptionError(f"{name} is {getattr(self, name)}; it must be a finite number, at least 0")
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
    """How a network is trained: Adam on shuffled batches, stopped early on the validation loss.

    Parameters
    ----------
    loss : {'mse', 'mae', 'bce', 'balanced-bce', 'soft-f1', 'ordinal'}
        Squared error; absolute error; cross-entropy; cross-entropy in which liked and other rows weigh the same;
        1 - F1 with probabilities in place of decisions; cross-entropy over the thresholds of an ordinal output.
    batch : int
        Rows a step.
    epochs : int
        Epochs at most.
    patience : int or None
        Epochs without improvement after which training stops and the best weights come back; None trains all epochs
        and keeps the last weights.
    min_delta : float
        What counts as an improvement of the validation loss.
    learning_rate : float
        Of Adam (Kingma and Ba, ICLR 2015).
    decay : float
        Factor on the learning rate after each epoch; above 0 and at most 1. A row that drifts from one epoch into the
        next does so at the new rate.
    start_at_mean : bool
        Whether the output starts at the mean of the training targets, not at 0.
    """

    loss: Loss = "mae"
    batch: int = 128
    epochs: int = 25
    patience: int | None = 3
    min_delta: float = 0.01
    learning_rate: float = 1e-3
    decay: float = 1.0
    start_at_mean: bool = False

    def __post_init__(self) -> None:
        if self.loss not in get_args(Loss):
            raise OptionError(f"the loss is {self.loss!r}; it must be one of {', '.join(get_args(Loss))}")
        for name, least in (("batch", 1), ("epochs", 1), ("min_delta", 0)):
            if not getattr(self, name) >= least:
                raise OptionError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.patience is not None and self.patience < 1:
            raise OptionError(f"patience is {self.patience}; it must be at least 1, or None to train all epochs")
        if not 0 < self.decay <= 1:
            raise OptionError(f"decay is {self.decay}; it must be above 0 and at most 1")
        if not 0 < self.learning_rate < math.inf:
            raise OptionError(f"learning_rate is {self.learning_rate}; it must be above 0")
