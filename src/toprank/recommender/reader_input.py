"""From what was asked, by ids, to readers as lists: known ones, new ones, and known ones who rated more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.readers import ReaderLists
from toprank.data.relative_liking import DAMPING
from toprank.errors import OptionError
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["NEW_READER", "fold_in", "known_positions"]

NEW_READER = "new reader"
"""What a reader is called who is given by ratings alone."""


def known_positions(state: FittedState, ids: list[Any], side: str) -> IntArray:
    """Give the positions of ids (int64[n]); that of the unknown reader or item where nobody has one."""
    index = state.data.ratings.users if side == "user" else state.data.ratings.items
    positions = index.positions(ids)
    return np.where(positions < 0, UNKNOWN, positions).astype(np.int64)


def fold_in(state: FittedState, user: Any, ratings: Mapping[Any, float]) -> ReaderLists:
    """Make the list of a new reader of some ratings, or of a known one to whose list they are added.

    Nothing of the model is copied or changed. A rating of an item that nobody knows counts among the reader's own.
    """
    known, scale = state.data.ratings, state.data.ratings.scale
    if not ratings:
        raise OptionError("the new reader has rated nothing; give at least one item and its rating")
    items, value = list(ratings), np.array(list(ratings.values()), np.float32)
    on_scale = scale.contains(value)
    if not bool(on_scale.all()):
        row = int(np.flatnonzero(~on_scale)[0])
        raise OptionError(f"the rating {value[row]:g} of item {items[row]!r} is not on the scale {scale}")
    if known.items.ids[UNKNOWN] in items:
        raise OptionError("a rating has the id that stands for the unknown item; give another id")
    item = known_positions(state, items, "item")
    position, held = -1, np.empty(0, np.int32)
    if user is not None:
        position = int(known_positions(state, [user], "user")[0])
        before = state.model.evidence.lists.take(np.array([position]))
        kept = ~np.isin(before.item, item)
        item, value = np.append(before.item[kept], item), np.append(before.value[kept], value)
        held = before.held[~np.isin(before.held, item)]
    bar = getattr(known, "bar", None)
    if bar is None:
        return ReaderLists.single(item, value, scale.liked(value), user=position, held=held)
    mean = known.value.mean(dtype=np.float64)
    own = float(np.float32((value.sum(dtype=np.float64) + DAMPING * mean) / (len(value) + DAMPING)))
    return ReaderLists.single(item, value, value >= np.float32(own), user=position, held=held, bar=own)
