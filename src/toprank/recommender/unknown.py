"""A reader and an item of whom nothing is known: what stands in for every id that is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.errors import DataError

__all__ = ["UNKNOWN", "add_unknown_row"]

UNKNOWN = 0
"""The position of both. Models learn what to say of them from readers and items without ratings."""


def add_unknown_row(data: Dataset) -> Dataset:
    """Put a reader and an item without ratings before all others.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Dataset
        The same rows in the same order; every position is one more.

    Raises
    ------
    DataError
        If an id is the one that stands for the unknown: an empty text.
    """
    users, items = _led(data.ratings.users, "user"), _led(data.ratings.items, "item")
    ratings = replace(data.ratings, user=data.ratings.user + 1, item=data.ratings.item + 1, users=users, items=items)
    implicit = data.implicit
    return replace(
        data,
        ratings=ratings,
        implicit=None
        if implicit is None
        else replace(implicit, user=implicit.user + 1, item=implicit.item + 1, users=users, items=items),
        items=None if data.items is None else _after(data.items),
        users=None if data.users is None else _after(data.users),
    )


def _led(index: IdIndex, what: str) -> IdIndex:
    first = np.array([np.iinfo(np.int64).min]) if index.is_integer else np.array([""], dtype=object)
    if len(index) and index[0] == first[0]:
        raise DataError(f"there is the {what} id {first[0]!r}, which stands for the unknown", "give it another id")
    return IdIndex(np.concatenate([first, index.ids]))


def _after(attributes: Attributes) -> Attributes:
    return replace(attributes, row=np.append(np.int32(-1), attributes.row))
