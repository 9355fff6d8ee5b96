"""What there is to learn from: what a model knows, and what readers told the service since."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from toprank.core.arrays import AnyArray, BoolArray, Int32Array
from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.update import Update
from toprank.data.resolve_ids import resolve_ids
from toprank.service.store.all_ratings import all_ratings, withdrawn_pairs
from toprank.service.store.erasing import erased_among

__all__ = ["Gathered", "gather", "told_ratings"]


@dataclass(frozen=True, eq=False)
class Gathered:
    """Data with what the service was told.

    Parameters
    ----------
    data : Dataset
    added, removed : int
        Ratings of the service that are among them, and ratings of the model that are not any more.
    left_out : int
        Ratings of the service that are of another scale, or of an item whose id cannot be one of these data.
    """

    data: Dataset
    added: int
    removed: int
    left_out: int


def gather(connection: Connection, data: Dataset) -> Gathered:
    """Add what the store has to data, and take out what was withdrawn and who was erased."""
    kept = data.with_ratings(~_gone(connection, data))
    if data.implicit is not None:
        kept = replace(kept, implicit=data.implicit.take(~_gone(connection, data, implicit=True)))
    told, left_out = told_ratings(connection, data)
    if len(told):
        user, item = told.users.ids[told.user], told.items.ids[told.item]
        kept = _ascending(Update.of(kept, user, item, told.value, time=told.time).after)
    return Gathered(kept, len(told), len(data.ratings) + len(told) - len(kept.ratings), left_out)


def told_ratings(connection: Connection, data: Dataset) -> tuple[Ratings, int]:
    """Give the store's ratings in a form that the data can take in, and how many cannot be taken.

    Where the data have whole numbers as ids, a reader of another id gets a number that nobody else has. Times stay
    with data that have some.
    """
    told, index = all_ratings(connection), data.ratings
    item = resolve_ids(index.items, told.item)
    fits = index.scale.contains(told.rating.astype(np.float32))
    fits &= (item >= 0) | np.array([not index.items.is_integer or _is_number(one) for one in told.item], np.bool_)
    rows = np.flatnonzero(fits)
    readers = [_reader(index.users, told.reader[row]) for row in rows]
    ids = index.items.ids
    items = [ids[item[row]] if item[row] >= 0 else _typed(index.items, told.item[row]) for row in rows]
    time = None if index.time is None else (told.time[rows] * 1e6).astype(np.int64)
    ratings = Ratings.of(_array(readers), _array(items), told.rating[rows], index.scale, time=time)
    # Two spellings of one item: the later one counts, and rows are in the order of time.
    key = ratings.user.astype(np.int64) * max(1, len(ratings.items)) + ratings.item
    _, last = np.unique(key[::-1], return_index=True)
    return ratings.take(np.sort(len(key) - 1 - last)), int(len(fits) - len(rows))


def _gone(connection: Connection, data: Dataset, *, implicit: bool = False) -> BoolArray:
    """Tell which rows were withdrawn, or are of readers who were erased."""
    rows = data.implicit if implicit and data.implicit is not None else data.ratings
    users = rows.users
    erased = erased_among(connection, map(str, users.ids.tolist()))
    gone = np.isin(rows.user, users.positions(sorted(erased)))
    readers, items = withdrawn_pairs(connection)
    user, item = users.positions(readers).astype(np.int64), resolve_ids(rows.items, items)
    key = (user * len(rows.items) + item)[(user >= 0) & (item >= 0)]
    return np.asarray(gone | np.isin(rows.user.astype(np.int64) * len(rows.items) + rows.item, key))


def _ascending(data: Dataset) -> Dataset:
    """Put ids that came behind the others where they belong."""
    ratings = data.ratings
    users, user = _sorted(ratings.users)
    items, item = _sorted(ratings.items)
    implicit = data.implicit
    if implicit is not None:
        implicit = replace(implicit, user=user[implicit.user], item=item[implicit.item], users=users, items=items)
    return replace(
        data,
        ratings=replace(ratings, user=user[ratings.user], item=item[ratings.item], users=users, items=items),
        implicit=implicit,
        items=None if data.items is None else replace(data.items, row=data.items.row[np.argsort(item)]),
        users=None if data.users is None else replace(data.users, row=data.users.row[np.argsort(user)]),
    )


def _sorted(index: IdIndex) -> tuple[IdIndex, Int32Array]:
    """Sort ids; give where each went."""
    order = np.argsort(index.ids, kind="stable")
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return IdIndex(index.ids[order].copy()), places


def _array(ids: list[str | int]) -> AnyArray:
    """Give ids, all texts or all whole numbers, as an array."""
    return np.array(ids, dtype=object if ids and isinstance(ids[0], str) else np.int64)


def _reader(index: IdIndex, reader: str) -> str | int:
    if not index.is_integer:
        return reader
    if _is_number(reader):
        return int(reader)
    return -1 - int.from_bytes(hashlib.sha256(reader.encode()).digest()[:7], "big")


def _typed(index: IdIndex, one: str) -> str | int:
    return int(one) if index.is_integer else one


def _is_number(text: str) -> bool:
    """Tell whether a text is a whole number as data spell it."""
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18 and str(int(text)) == text
