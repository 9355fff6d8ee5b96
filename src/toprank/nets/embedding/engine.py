"""The compiled steps: JAX, and Keras for the head; networks of mostly dropped units have their own."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.rng import derive_rng
from toprank.nets.backend import ONE_THREAD
from toprank.nets.embedding import kept_units
from toprank.nets.embedding.batches import Rows, plan_epoch
from toprank.nets.embedding.lazy_adam import adam_step, advance, new_table, step_rows, values_of
from toprank.nets.embedding.losses import loss_function
from toprank.nets.embedding.network import build_head, first_embeddings, without_dropout
from toprank.nets.embedding.spec import Loss, NetSpec, Training

__all__ = ["Engine", "raw_output"]

BLOCK = 8192
"""Rows scored at once: one compiled shape, and a bound on the memory of wide layers."""


class State(NamedTuple):
    """All that changes in training; ``dense`` are (value, first moment, second moment) of each weight of the head."""

    users: Any
    items: Any
    dense: tuple[tuple[Any, Any, Any], ...]
    dropout: tuple[Any, ...]
    step: Any


class Engine:
    """A network in training; its arguments are those of :func:`toprank.nets.embedding.training.train`."""

    def __init__(
        self,
        spec: NetSpec,
        training: Training,
        rows: Rows,
        *,
        n_users: int,
        n_items: int,
        rng: np.random.Generator,
        thresholds: FloatArray,
        liked_share: float,
    ) -> None:
        self.spec, self._training, self._rows = spec, training, rows
        self._liked_share = jnp.float32(liked_share)
        head = build_head(spec, seed=int(derive_rng(rng, "head").integers(2**31)))
        weights = [np.asarray(w.value) for w in head.trainable_variables]
        if training.start_at_mean and spec.output != "ordinal":
            mean = float(rows.target.mean())
            if spec.output == "sigmoid":
                mean = float(np.clip(mean, 1e-3, 1 - 1e-3))  # with one outcome only: nearly certain
            # The last weight of the output layer is its constant.
            weights[-1] = np.full(1, np.log(mean / (1 - mean)) if spec.output == "sigmoid" else mean, np.float32)
        self._state = State(
            users=jnp.asarray(new_table(first_embeddings(spec, n_users, derive_rng(rng, "users")))),
            items=jnp.asarray(new_table(first_embeddings(spec, n_items, derive_rng(rng, "items")))),
            dense=tuple((jnp.asarray(w), jnp.zeros(w.shape), jnp.zeros(w.shape)) for w in [*weights, thresholds]),
            dropout=tuple(v.value for v in head.non_trainable_variables),
            step=jnp.float32(0),
        )
        # A rating's share of the pull on its user and its item: one over how many ratings they have.
        self._share = tuple(
            (1.0 / np.maximum(np.bincount(column), 1)).astype(np.float32)[column] for column in (rows.user, rows.item)
        )
        self._compiled = _compiled(spec, training.loss)
        self._rate = np.float32(training.learning_rate)
        # Elsewhere dense products are faster.
        self._on_kept_units = kept_units.fits(spec, training) and jax.default_backend() == "cpu"

    def run_epoch(self, order: np.random.Generator) -> float:
        """Train one epoch; give the mean loss of its rows."""
        rows = self._rows
        plan = plan_epoch(rows.user, rows.item, self._training.batch, order)
        batches = [plan.users, plan.items, plan.user, plan.item, rows.target[plan.row], plan.weight]
        if self.spec.offset_penalty > 0 or self.spec.vector_penalty > 0:
            batches += [share[plan.row] for share in self._share]
        if self._on_kept_units:
            self._state, losses = kept_units.run_epoch(
                self.spec, self._training, self._state, tuple(batches), self._rate
            )
        else:
            self._state, losses = self._compiled.epoch(self._state, _placed(batches), self._rate, self._liked_share)
        self._rate = np.float32(self._rate * self._training.decay)
        sizes = plan.weight.sum(axis=1)
        return float((np.asarray(losses) * sizes).sum() / sizes.sum())

    def loss_of(self, rows: Rows) -> float:
        """Give the loss of rows, without dropout and penalties."""
        n = len(rows.user)
        total = 0.0
        for start in range(0, n, BLOCK):
            size = min(BLOCK, n - start)
            columns = [_padded(c[start : start + size]) for c in (rows.user, rows.item, rows.target)]
            weight = _padded(np.ones(size, dtype=np.float32))
            total += size * float(self._compiled.evaluate(self._state, *columns, weight, self._rate, self._liked_share))
        return total / n

    @property
    def weights(self) -> tuple[Any, ...]:
        """A copy of tables, head, step and learning rate as they stand."""
        return (
            np.array(self._state.users),
            np.array(self._state.items),
            tuple(np.array(value) for value, _, _ in self._state.dense),
            np.float32(self._state.step),
            self._rate,
        )

    def settled(self, weights: tuple[Any, ...]) -> tuple[FloatArray, FloatArray, tuple[FloatArray, ...], FloatArray]:
        """Let all embedding rows drift to the step of the weights; give users, items, head and thresholds."""
        users, items, (*head, thresholds), step, rate = weights
        tables = []
        for table in (users, items):
            blocks = range(0, len(table), BLOCK)
            settled = [_settle(_padded(table[k : k + BLOCK]), step, rate) for k in blocks]
            tables.append(np.concatenate([np.asarray(block) for block in settled])[: len(table)])
        return tables[0], tables[1], tuple(head), thresholds


def raw_output(spec: NetSpec, head: tuple[FloatArray, ...], users: FloatArray, items: FloatArray) -> FloatArray:
    """Score pairs of embeddings without dropout: float32[n, width] twice to float32[n]."""
    n = len(users)
    compiled = _compiled_head(spec)
    blocks = [
        np.asarray(compiled(head, _padded(users[start : start + BLOCK]), _padded(items[start : start + BLOCK])))
        for start in range(0, n, BLOCK)
    ]
    return np.concatenate([*blocks, np.empty(0, np.float32)])[:n]


class _Compiled(NamedTuple):
    epoch: Any
    evaluate: Any


@functools.lru_cache(maxsize=32)
def _compiled(spec: NetSpec, loss: Loss) -> _Compiled:
    """Compile once for all networks that differ in their data and seeds only."""
    head = build_head(spec)

    def epoch(state: State, batches: Any, rate: Any, liked_share: Any) -> tuple[State, Any]:
        measure = loss_function(loss, liked_share=liked_share)
        return jax.lax.scan(functools.partial(_step, head, measure, spec, rate), state, batches)

    def evaluate(state: State, user: Any, item: Any, target: Any, weight: Any, rate: Any, liked_share: Any) -> Any:
        measure = loss_function(loss, liked_share=liked_share)
        *weights, thresholds = (value for value, _, _ in state.dense)
        pair = [values_of(advance(t[ids], state.step, rate)) for t, ids in ((state.users, user), (state.items, item))]
        return measure(_raw(spec, weights, *pair), target, weight, thresholds)

    return _Compiled(
        jax.jit(epoch, donate_argnums=0, compiler_options=ONE_THREAD), jax.jit(evaluate, compiler_options=ONE_THREAD)
    )


@functools.lru_cache(maxsize=32)
def _compiled_head(spec: NetSpec) -> Any:
    return jax.jit(functools.partial(_raw, spec), compiler_options=ONE_THREAD)


def _raw(spec: NetSpec, weights: Any, users: Any, items: Any) -> Any:
    spec, weights = without_dropout(spec, list(weights))
    head = build_head(spec)
    dropout = [v.value for v in head.non_trainable_variables]
    return head.stateless_call(weights, dropout, [users, items], training=False)[0][:, 0]


def _step(head: Any, loss: Any, spec: NetSpec, rate: Any, state: State, batch: Any) -> tuple[State, Any]:
    user_ids, item_ids, user, item, target, weight, *shares = batch
    step = state.step + 1.0
    users = advance(state.users.at[user_ids].get(mode="clip"), state.step, rate)
    items = advance(state.items.at[item_ids].get(mode="clip"), state.step, rate)

    def batch_loss(user_values: Any, item_values: Any, dense: Any) -> Any:
        *weights, thresholds = dense
        rows = (user_values[user], item_values[item])
        raw, dropout = head.stateless_call(list(weights), list(state.dropout), list(rows), training=True)
        value = loss(raw[:, 0], target, weight, thresholds)
        return value + _penalty(spec, rows, shares, weight), (value, dropout)

    gradients, (value, dropout) = jax.grad(batch_loss, argnums=(0, 1, 2), has_aux=True)(
        values_of(users), values_of(items), tuple(value for value, _, _ in state.dense)
    )
    after = State(
        users=_scatter(state.users, user_ids, step_rows(users, gradients[0], step, rate)),
        items=_scatter(state.items, item_ids, step_rows(items, gradients[1], step, rate)),
        dense=tuple(adam_step(*w, g, step, rate) for w, g in zip(state.dense, gradients[2], strict=True)),
        dropout=tuple(dropout),
        step=step,
    )
    return after, value


def _penalty(spec: NetSpec, rows: tuple[Any, Any], shares: Any, weight: Any) -> Any:
    if not shares:
        return 0.0
    size = spec.embedding_size
    pull = jnp.asarray([spec.vector_penalty] * size + [spec.offset_penalty] * (spec.width - size))
    each = sum((jax.lax.square(values) @ pull) * share for values, share in zip(rows, shares, strict=True))
    return (each * weight).sum() / weight.sum()


def _scatter(table: Any, ids: Any, rows: Any) -> Any:
    return table.at[ids].set(rows, mode="drop")


@jax.jit
def _settle(rows: Any, step: Any, rate: Any) -> Any:
    return values_of(advance(rows, step, rate))


def _padded(rows: Any) -> Any:
    """Fill rows up to a block with zeros, so that there is one compiled shape."""
    return np.concatenate([rows, np.zeros((BLOCK - len(rows), *rows.shape[1:]), rows.dtype)])


def _placed(batches: list[Any]) -> tuple[Any, ...]:
    """Put an epoch on the device; where there are several, each takes its share of every batch's rows."""
    devices = jax.devices()
    if len(devices) == 1 or batches[0].shape[1] % len(devices):
        return tuple(jnp.asarray(column) for column in batches)
    mesh = jax.sharding.Mesh(np.array(devices), ("rows",))
    spec: Any = jax.sharding.PartitionSpec
    everywhere, by_row = (jax.sharding.NamedSharding(mesh, s) for s in (spec(), spec(None, "rows")))
    # The first two columns list the distinct users and items, which every device needs whole.
    return tuple(jax.device_put(column, everywhere if k < 2 else by_row) for k, column in enumerate(batches))
