"""The attention network: over the reader's rated books and the book's raters, and an ordinal output."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Lt

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.parameters import check_fields
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.errors import OptionError
from toprank.nets.attention.forward import forward
from toprank.nets.attention.lookup import Inputs
from toprank.nets.attention.pooling import attend
from toprank.nets.backend import ONE_THREAD, load_jax

__all__ = ["AttentionNet", "AttentionTraining", "TrainedAttention", "log_odds_of", "train_attention"]

MIN_BATCHES = 32
"""Batches an epoch; of few rows smaller ones are made."""

WARM_UP = 200
"""Steps until the learning rate is exceeds; a tenth of all where that is fewer."""

CHECKED = 20_000
"""Left-out rows that are looked at after each epoch; evenly spaced ones of more."""


@stored
@dataclass(frozen=True)
class AttentionNet:
    r"""What the network looks like.

    Each head attends by :math:`a = \mathrm{softmax}(W_2\,\mathrm{silu}(W_1 x + b_1) + b_2)` over what is told of books
    or raters, with one more place that holds nothing, so that little and unlike company counts for little (after Zhou
    and others, "Deep interest network for click-through rate prediction", 2018).
    """

    layers: Annotated[tuple[Annotated[int, Ge(1)], ...], "Widths of the dense layers."] = (128, 64)
    heads: Annotated[int, Ge(1), "Heads of the attention, over books and over raters."] = 4
    attention: Annotated[int, Ge(1), "Width of the layer that heads share."] = 16
    input_dropout: Annotated[float, Ge(0), Lt(1), "Share of the inputs that is dropped in training."] = 0.2
    dropout: Annotated[float, Ge(0), Lt(1), "Share of each layer that is dropped in training."] = 0.3

    def __post_init__(self) -> None:
        check_fields(self)


@stored
@dataclass(frozen=True)
class AttentionTraining:
    """How the network is trained: AdamW, its learning rate falling to 0 along a cosine."""

    epochs: Annotated[int, Ge(1), "Times that all rows are learned from."] = 5
    batch: Annotated[int, Ge(1), "Rows a step."] = 1024
    learning_rate: Annotated[float, Gt(0), "The highest learning rate."] = 2e-3
    decay: Annotated[float, Ge(0), "Decay of weights, times the learning rate."] = 1e-2
    liked_weight: Annotated[float, Gt(0), 'What the step to "liked" counts for in the loss; others count 1.'] = 4.0

    def __post_init__(self) -> None:
        check_fields(self)


@stored
@dataclass(frozen=True, eq=False)
class TrainedAttention:
    """What was learned, as plain arrays.

    Parameters
    ----------
    net : AttentionNet
    weights : dict of str to float32 array
    loss : tuple of float
        Log loss of whether the left-out rows are liked, after each epoch; the weights are those of the least.
    """

    net: AttentionNet
    weights: dict[str, FloatArray]
    loss: tuple[float, ...]

    def log_odds(self, inputs: Inputs, rows: IntArray | None = None) -> FloatArray:
        """Give the log odds that the rating reaches each step.

        Parameters
        ----------
        inputs : Inputs
            Of the pairs.
        rows : int[m], optional
            Which of them; all by default.

        Returns
        -------
        float32[m, steps]
        """
        return np.asarray(log_odds_of([self], inputs, rows)[0])


def log_odds_of(networks: Sequence[TrainedAttention], inputs: Inputs, rows: IntArray | None = None) -> FloatArray:
    """Give the log odds of several networks of one shape; what they read is handed over once for all.

    Parameters
    ----------
    networks : sequence of TrainedAttention
        At least one.
    inputs : Inputs
        Of the pairs.
    rows : int[m], optional
        Which of them; all by default.

    Returns
    -------
    float32[k, m, steps]
        Of k networks.
    """
    return forward([network.weights for network in networks], inputs, rows)


def train_attention(
    net: AttentionNet,
    training: AttentionTraining,
    inputs: Inputs,
    exceeds: FloatArray,
    bar: int,
    learn: IntArray,
    check: IntArray,
    *,
    rng: np.random.Generator,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> TrainedAttention:
    """Train one network.

    Parameters
    ----------
    net, training : AttentionNet, AttentionTraining
    inputs : Inputs
        Of all rows.
    exceeds : float32[n, steps]
        1 where the rating of a row reaches a step.
    bar : int
        Which step is "liked".
    learn, check : int64[a], int64[b]
        Rows to learn from, and others that say which epoch was best.
    rng : numpy.random.Generator
    progress : callable
        Called with (epochs done, epochs, losses in words).

    Returns
    -------
    TrainedAttention

    Raises
    ------
    OptionError
        If training does not converge.
    """
    jax = load_jax()
    import jax.numpy as jnp

    weights = _first(net, inputs, exceeds[learn], derive_rng(rng, "weights"))
    batch = max(1, min(training.batch, len(learn) // MIN_BATCHES))
    batches = len(learn) // batch
    zeros = {name: np.zeros_like(value) for name, value in weights.items()}
    state = jax.tree.map(jnp.array, (weights, zeros, zeros, np.float32(0)))
    importance = np.where(np.arange(exceeds.shape[1]) == bar, training.liked_weight, 1.0)
    importance = (importance / importance.sum()).astype(np.float32)
    epoch = _epoch(net, training, batches * training.epochs)
    order, seed = derive_rng(rng, "order"), np.uint32(derive_rng(rng, "dropout").integers(2**32))
    check = check[:: -(-len(check) // CHECKED)] if len(check) else learn[:CHECKED]
    columns = (inputs.dense, inputs.books, inputs.raters, exceeds)
    data = tuple(jax.device_put(column, may_alias=True) for column in columns)  # on a CPU, not copied
    best, losses = weights, []
    for number in range(training.epochs):
        rows = order.permutation(learn)[: batches * batch].reshape(batches, batch).astype(np.int32)
        state, loss = epoch(state, data, rows, importance, seed)
        now = TrainedAttention(net, {name: np.array(value) for name, value in state[0].items()}, ())
        logit, liked = now.log_odds(inputs, check)[:, bar].astype(np.float64), exceeds[check, bar] > 0
        if not np.isfinite(logit).all():
            raise OptionError(
                f"the attention network does not converge: log odds are not finite after epoch {number + 1}; use a "
                f"learning rate below {training.learning_rate:g}"
            )
        losses.append(float(np.logaddexp(0.0, np.where(liked, -logit, logit)).mean()))
        if losses[-1] <= min(losses):
            best = now.weights
        progress(number + 1, training.epochs, f"loss {float(loss):.4f}, left out {losses[-1]:.4f}")
    return TrainedAttention(net, best, tuple(losses))


def _first(net: AttentionNet, inputs: Inputs, exceeds: FloatArray, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Draw first weights; the output starts at how often each step is exceeds."""

    def drawn(*shape: int) -> FloatArray:
        return np.asarray(rng.normal(size=shape) / np.sqrt(shape[0]), np.float32)

    weights: dict[str, FloatArray] = {}
    width = inputs.dense.shape[1]
    for name, tokens in (("books", inputs.books), ("raters", inputs.raters)):
        told = tokens.shape[2]
        weights[f"{name} in"], weights[f"{name} in b"] = drawn(told, net.attention), np.zeros(net.attention, np.float32)
        weights[f"{name} heads"] = drawn(net.attention, net.heads)
        weights[f"{name} heads b"] = np.zeros(net.heads, np.float32)
        width += net.heads * told
    for number, size in enumerate(net.layers):
        weights[f"layer {number}"], weights[f"layer {number} b"] = drawn(width, size), np.zeros(size, np.float32)
        width = size
    share = np.clip(exceeds.mean(axis=0, dtype=np.float64), 1e-3, 1 - 1e-3)
    weights["out"] = np.zeros((width, exceeds.shape[1]), np.float32)
    weights["out b"] = np.log(share / (1 - share)).astype(np.float32)
    return weights


def _logits(net: AttentionNet, weights: Any, batch: Any, seed: Any) -> Any:
    """Run the network in training; :func:`toprank.nets.attention.forward.forward` is the same without dropout."""
    import jax
    import jax.numpy as jnp

    from toprank.nets.embedding.dropout import kept

    def dropped(values: Any, rate: float, place: int) -> Any:
        if rate == 0:
            return values
        return jnp.where(kept(seed + jnp.uint32(place), values.shape, rate), values / (1 - rate), 0)

    dense, *looked_up = batch
    read = [dropped(dense.astype(jnp.float32), net.input_dropout, 0)]
    for place, (name, tokens) in enumerate(zip(("books", "raters"), looked_up, strict=True), 1):
        turned = tokens.transpose(2, 1, 0).astype(jnp.float32)
        parts = ("in", "in b", "heads", "heads b")
        pooled = attend(turned, *(weights[f"{name} {part}"] for part in parts)).reshape(-1, len(tokens))
        read.append(dropped(pooled.T, net.input_dropout, place))
    first, *others = [*(f"layer {number}" for number in range(len(net.layers))), "out"]
    # Part by part: what is told of the pair itself needs no slopes.
    begin = np.cumsum([part.shape[1] for part in read])
    rows = jnp.split(weights[first], begin[:-1])
    values = sum((part @ some for part, some in zip(read, rows, strict=True)), weights[f"{first} b"])
    for number, name in enumerate(others, len(read)):
        values = dropped(jax.nn.silu(values), net.dropout, number) @ weights[name] + weights[f"{name} b"]
    return values


@functools.lru_cache(maxsize=8)
def _epoch(net: AttentionNet, training: AttentionTraining, steps: int) -> Any:
    """Compile an epoch: one scan over its batches, on data that stay where they are."""
    import jax
    import jax.numpy as jnp

    def loss_of(weights: Any, batch: Any, exceeds: Any, importance: Any, seed: Any) -> Any:
        logits = _logits(net, weights, batch, seed)
        return ((jax.nn.softplus(logits) - exceeds * logits) @ importance).mean()

    def step(data: Any, importance: Any, seed: Any, state: Any, rows: Any) -> Any:
        weights, first, second, done = state
        *batch, exceeds = (column[rows] for column in data)
        # Times an odd number, so that places within a step never meet those of the next.
        dropout = seed + done.astype(jnp.uint32) * jnp.uint32(0x9E3779B1)
        loss, slopes = jax.value_and_grad(loss_of)(weights, batch, exceeds, importance, dropout)
        done = done + 1
        rate = (
            training.learning_rate
            * jnp.minimum(1, done / max(1, min(WARM_UP, steps // 10)))
            * (0.5 + 0.5 * jnp.cos(jnp.pi * done / steps))
        )
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)

        def moved(w: Any, m: Any, v: Any) -> Any:
            pull = training.decay * w if w.ndim > 1 else 0.0
            return w - rate * (m / (1 - 0.9**done) / (jnp.sqrt(v / (1 - 0.999**done)) + 1e-8) + pull)

        return (jax.tree.map(moved, weights, first, second), first, second, done), loss

    def epoch(state: Any, data: Any, rows: Any, importance: Any, seed: Any) -> Any:
        state, losses = jax.lax.scan(functools.partial(step, data, importance, seed), state, rows)
        return state, losses.mean()

    return jax.jit(epoch, donate_argnums=0, compiler_options=ONE_THREAD)
