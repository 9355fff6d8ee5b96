"""One epoch as arrays: which rows are in which batch, and which users and items each batch touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray

__all__ = ["Epoch", "Rows", "plan_epoch"]

UNKNOWN = np.iinfo(np.int32).max
"""A position that no table has: gathers give anything for it, scatters drop it."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to learn from, or to validate on."""

    # user, item: positions
    user: Int32Array  # int32[n]
    item: Int32Array  # int32[n]
    target: FloatArray  # float32[n]: what to predict; for an ordinal output the number of thresholds below the rating


@dataclass(frozen=True, eq=False)
class Epoch:
    """The batches of an epoch; the last is padded."""

    # users, items: positions of the distinct users and items of each batch, ascending, filled up with ``UNKNOWN``
    users: Int32Array  # int32[batches, batch]
    items: Int32Array  # int32[batches, batch]
    # user, item: for each row, the place of its user in ``users`` and of its item in ``items``
    user: Int32Array  # int32[batches, batch]
    item: Int32Array  # int32[batches, batch]
    row: IntArray  # int64[batches, batch]: number of the row; 0 where ``weight`` is 0
    weight: FloatArray  # float32[batches, batch]: 1 for a row, 0 for padding


def plan_epoch(users: Int32Array, items: Int32Array, batch: int, rng: np.random.Generator) -> Epoch:
    """Shuffle the rows (int32[n], positions of user and item) into batches."""
    n = len(users)
    batches = -(-n // batch)
    padded = np.zeros(batches * batch, dtype=np.int64)
    padded[:n] = rng.permutation(n)
    row = padded.reshape(batches, batch)
    weight = (np.arange(batches * batch) < n).astype(np.float32).reshape(batches, batch)
    distinct_users, user = _distinct(users[row])
    distinct_items, item = _distinct(items[row])
    return Epoch(distinct_users, distinct_items, user, item, row, weight)


def _distinct(ids: Int32Array) -> tuple[Int32Array, Int32Array]:
    """Give each line's distinct ids, ascending and filled up, and the place of each id among them."""
    order = np.argsort(ids, axis=1, kind="stable")
    ranked = np.take_along_axis(ids, order, axis=1)
    new = np.ones(ids.shape, dtype=np.bool_)
    new[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    place = np.cumsum(new, axis=1, dtype=np.int32) - 1
    places = np.empty_like(ids)
    np.put_along_axis(places, order, place, axis=1)
    distinct = np.full_like(ids, UNKNOWN)
    np.put_along_axis(distinct, place, ranked, axis=1)
    return distinct, places
