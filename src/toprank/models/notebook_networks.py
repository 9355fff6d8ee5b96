"""The networks as data: those of the notebook under its names, and what its conclusion asks for next."""

from __future__ import annotations

from collections.abc import Iterator

from toprank.models.base import ModelSpec
from toprank.models.embedding import Embedding
from toprank.nets.embedding.spec import Loss, NetSpec, Output, Training
from toprank.targets import Adjusted, Binary, Original, Target

__all__ = ["GRID", "NETWORKS"]

SIMPLE: tuple[tuple[str, Target, Loss, int], ...] = (
    ("o-simple", Original(), "mse", 5),
    ("o-simple-mae", Original(), "mae", 5),
    ("a-simple", Adjusted(), "mse", 5),
    ("a-simple-mae", Adjusted(), "mae", 3),
    ("b-simple", Binary(), "bce", 5),
)
"""Name, target, loss and epochs of the networks that are a dot product and nothing more, in batches of 32."""

SHAPES: tuple[tuple[str, Target, str], ...] = (
    ("a0", Adjusted(), "drop .95"),
    ("b0", Binary(), "drop .95"),
    ("o0", Original(), "drop .95"),
    ("a1", Adjusted(), "drop .95, 32, drop .95"),
    ("a1b", Adjusted(), "drop .8, 1024, drop .8"),
    ("a1r", Adjusted(), "drop .8, 1024 relu, drop .8"),
    ("a1s", Adjusted(), "drop .8, 1024 sigmoid, drop .8"),
    ("a2", Adjusted(), "drop .8, 1024, drop .8, 1024, drop .8"),
    ("a2b", Adjusted(), "drop .9, 1024, drop .9, 1024, drop .9"),
    ("a2c", Adjusted(), "drop .97, 1024, drop .97, 1024, drop .97"),
    ("a2d", Adjusted(), "drop .9, 256, drop .9, 32, drop .9"),
    ("a3", Adjusted(), "drop .9, 256, drop .9, 64, drop .9, 32, drop .9"),
    ("s0", Adjusted(), "skip, drop .95"),
    ("s1", Adjusted(), "skip, drop .9, 64, drop .9"),
    ("s1b", Adjusted(), "drop .9, 64, skip, drop .9"),
    ("s2", Adjusted(), "drop .9, 256, skip, drop .9, 64, drop .9"),
)
"""Name, target and shape of the networks that are stopped early, in batches of 128."""

GRID: tuple[tuple[float, float], ...] = tuple((i, s) for i in (4.0, 5.0, 6.0) for s in (0.5, 1.5, 2.5))
"""Inflection and steepness of the transforms compared."""

GRID_SHAPES = {
    "grid": ("drop .9, 256, skip, drop .9, 64, drop .9", "s2"),
    # The notebook builds s2 here, and then by a slip goes on from the dot product.
    "slip": ("drop .9, 64, drop .9", "the dot product alone, as the notebook's slip has it"),
}

DECISION: tuple[tuple[str, Loss, float, str], ...] = (
    ("cross-entropy", "bce", 0.6, "cross-entropy"),
    ("balanced", "balanced-bce", 0.6, "cross-entropy in which liked and other rows weigh the same"),
    ("soft-f1", "soft-f1", 0.02, "one minus F1 with probabilities in place of decisions"),
    ("ordinal", "ordinal", 2.0, "an ordinal output over all possible ratings"),
)
"""Name, loss, offset penalty and words of the networks with offsets, held back by penalties and trained for the
decision. Learning rate, decay, batch and penalties have the best validation AUC of some forty tried on the notebook's
split of Book-Crossing; no test row was read for them."""


def _networks() -> Iterator[ModelSpec]:
    for name, target, loss, epochs in SIMPLE:
        output: Output = "sigmoid" if isinstance(target, Binary) else "linear"
        training = Training(loss, batch=32, epochs=epochs, patience=None)
        words = f"Dot product and one weight, {loss} on the {target.name} target, {epochs} epochs."
        yield ModelSpec(name, Embedding(NetSpec(output=output), training, target), words)
    for name, target, shape in SHAPES:
        binary = isinstance(target, Binary)
        net = NetSpec(shape, output="sigmoid" if binary else "linear")
        words = f"Dot product, then {shape}; {'cross-entropy' if binary else 'mae'} on the {target.name} target."
        yield ModelSpec(name, Embedding(net, Training("bce" if binary else "mae"), target), words)
    for prefix, (shape, words) in GRID_SHAPES.items():
        for inflection, steepness in GRID:
            model = Embedding(NetSpec(shape), Training("mse"), Adjusted(inflection, steepness))
            about = f"Transform with inflection {inflection:g} and steepness {steepness:g}; mse on {words}."
            yield ModelSpec(f"{prefix}-{inflection:g}-{steepness:g}", model, about)
    for name, loss, penalty, words in DECISION:
        net = NetSpec(
            embedding_size=2,
            output="ordinal" if loss == "ordinal" else "sigmoid",
            biases=True,
            offset_penalty=penalty,
            vector_penalty=30 * penalty,
        )
        training = Training(
            loss, batch=512, min_delta=0.0001, learning_rate=0.01, decay=0.7, start_at_mean=loss != "ordinal"
        )
        yield ModelSpec(name, Embedding(net, training, Binary()), f"Embeddings of 2 and offsets, penalised; {words}.")


NETWORKS: tuple[ModelSpec, ...] = tuple(_networks())
"""Every network, in the order of the notebook; the last four are ours."""
