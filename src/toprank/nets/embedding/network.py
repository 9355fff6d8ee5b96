"""From a specification to Keras: the head that turns two embeddings into an output."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.nets.backend import load_keras
from toprank.nets.embedding.dropout import dropout_layer
from toprank.nets.embedding.spec import Dense, Dropout, NetSpec, Skip

__all__ = ["build_head", "build_model", "first_embeddings", "without_dropout"]


def build_head(spec: NetSpec, *, seed: int = 0, plain: bool = False) -> Any:
    """Build what lies between the embeddings and the output, from two float32[n, width] to float32[n, 1].

    The output is a value, the logit of a sigmoid output, or the score that an ordinal output holds against its
    thresholds. The seed is of Glorot's normal weights and of dropout; ``plain`` takes Keras' own dropout, which runs on
    every backend.
    """
    keras = load_keras()
    layers = keras.layers
    rng = np.random.default_rng(seed)

    def initializer() -> Any:
        return keras.initializers.GlorotNormal(seed=int(rng.integers(2**31)))

    user = keras.Input((spec.width,), name="user")
    item = keras.Input((spec.width,), name="item")
    size = spec.embedding_size
    user_vector, item_vector = user[:, :size], item[:, :size]
    x = layers.Dot(axes=1, name="dot")([user_vector, item_vector])
    for step in spec.steps:
        if isinstance(step, Dropout):
            mask_seed = int(rng.integers(2**31))
            x = (layers.Dropout(step.rate, seed=mask_seed) if plain else dropout_layer(step.rate, seed=mask_seed))(x)
        elif isinstance(step, Dense):
            x = layers.Dense(step.units, activation=step.activation, kernel_initializer=initializer())(x)
        else:
            x = layers.Concatenate()([x, item_vector, user_vector])
    x = layers.Dense(1, kernel_initializer=initializer(), name="output")(x)
    if spec.biases:
        x = layers.Add(name="with_offsets")([x, user[:, size:], item[:, size:]])
    return keras.Model([user, item], x, name="head")


def without_dropout(spec: NetSpec, weights: list[Any]) -> tuple[NetSpec, list[Any]]:
    """Give the network that a head is outside training, and its weights: linear layers alone are one."""
    if any(isinstance(step, Skip) or (isinstance(step, Dense) and step.activation != "linear") for step in spec.steps):
        return spec, weights
    kernel, constant = weights[:2]
    for factor, offset in zip(weights[2::2], weights[3::2], strict=True):
        kernel, constant = kernel @ factor, constant @ factor + offset
    return replace(spec, shape=""), [kernel, constant]


def build_model(spec: NetSpec, n_users: int, n_items: int, *, seed: int = 0) -> Any:
    """Build the whole network as plain Keras, from two int32[n, 1] to float32[n, 1]: what ours is compared with."""
    keras = load_keras()
    user, item = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    rows = [
        keras.layers.Flatten()(keras.layers.Embedding(size, spec.width, name=name)(ids))
        for size, name, ids in ((n_users, "users", user), (n_items, "items", item))
    ]
    x = build_head(spec, seed=seed, plain=True)(rows)
    if spec.output == "sigmoid":
        x = keras.layers.Activation("sigmoid")(x)
    return keras.Model([user, item], x)


def first_embeddings(spec: NetSpec, rows: int, rng: np.random.Generator) -> FloatArray:
    """Draw the first embeddings (float32[rows, width]): uniform between -0.05 and 0.05 as in Keras, offsets 0."""
    values = np.zeros((rows, spec.width), dtype=np.float32)
    values[:, : spec.embedding_size] = rng.uniform(-0.05, 0.05, (rows, spec.embedding_size))
    return values
