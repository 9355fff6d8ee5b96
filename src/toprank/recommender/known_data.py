"""The data that a recommender knows, as they were before it was fitted: to be learned from once more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toprank.core.arrays import Int32Array, IntArray
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["known_data"]


def known_data(state: FittedState) -> Dataset:
    """Give everything that a recommender knows, those rows included that were held out or came later.

    Parameters
    ----------
    state : FittedRecommender

    Returns
    -------
    Dataset
        Without the reader and the item that stand for the unknown; ids ascend.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import toprank as tr
    >>> rows = [(u, i, 1 + (u + 2 * i) % 5) for u in range(30) for i in range(12)]
    >>> user, item, rating = (list(column) for column in zip(*rows))
    >>> data = tr.load(pa.table({"user": user, "item": item, "rating": rating}), scale="1-5")
    >>> model = tr.Recommender(deep=False).fit(data)
    >>> len(known_data(model).ratings), len(known_data(model).ratings.users)
    (360, 30)
    """
    known, implicit = state.data.ratings, state.data.implicit
    (users, user_order), (items, item_order) = _without_unknown(known.users), _without_unknown(known.items)
    at_user, at_item = _places(user_order, len(known.users)), _places(item_order, len(known.items))
    ratings = Ratings(at_user[known.user], at_item[known.item], known.value, users, items, known.scale, time=known.time)
    if implicit is not None:
        user, item = at_user[implicit.user], at_item[implicit.item]
        implicit = replace(implicit, user=user, item=item, users=users, items=items)
    return replace(
        state.data,
        ratings=ratings,
        implicit=implicit,
        items=_reordered(state.data.items, item_order),
        users=_reordered(state.data.users, user_order),
    )


def _without_unknown(index: IdIndex) -> tuple[IdIndex, IntArray]:
    """Give the other ids in ascending order, and the positions that they had."""
    order = UNKNOWN + 1 + np.argsort(index.ids[UNKNOWN + 1 :], kind="stable")
    return IdIndex(index.ids[order].copy()), order


def _places(order: IntArray, size: int) -> Int32Array:
    """Give the new position of each old one."""
    places = np.full(size, -1, np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return places


def _reordered(attributes: Attributes | None, order: IntArray) -> Attributes | None:
    return None if attributes is None else replace(attributes, row=attributes.row[order])
