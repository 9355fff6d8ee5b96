"""What readers of one book also like, and how many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.data.resolve_ids import nearest_ids, resolve_ids
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.recommender.answers import Id
    from toprank.recommender.state import FittedState

__all__ = ["position_of_item", "similar_items"]


def position_of_item(state: FittedState, item: Id) -> int:
    """Give the position of an item, however its ISBN is written."""
    index = state.data.ratings.items
    position = int(resolve_ids(index, [item])[0])
    if position > 0:
        return position
    near = ", ".join(str(one) for one in nearest_ids(index, item))
    raise OptionError(f"there is no item {item!r}" + (f"; did you mean {near}?" if near else "; find it by its title"))


def similar_items(state: FittedState, item: int, n: int) -> tuple[IntArray, list[str]]:
    """Give the best-known edition of the n works nearest to an item's (int64[m]), and why each is there.

    Near is what EASE says of a reader who holds that work alone; where the work is not among those that EASE knows, or
    has too few, the works that the same readers hold.
    """
    if n < 1:
        raise OptionError(f"n is {n}; ask for at least 1 item")
    generators, work = state.retrieval.generators, state.retrieval.work
    own, edition = int(work[item]), generators.catalogue.edition
    row = generators.similar[[own]]
    near = row.indices[np.argsort(-row.data, kind="stable")]
    ease = generators.ease
    if (place := int(ease.column[own])) >= 0:
        order = np.argsort(-ease.weights[place], kind="stable")
        near = np.append(ease.work[order[ease.weights[place][order] > 0]], near)
    _, first = np.unique(near, return_index=True)
    near = near[np.sort(first)]
    near = near[(near != own) & (edition[near] > 0)]
    ratings = state.data.ratings
    liked = _readers_of_both(ratings.user, work[ratings.item], ratings.liked, own, state.retrieval.n_works)
    rated = _readers_of_both(ratings.user, work[ratings.item], np.ones(len(ratings), np.bool_), own, len(liked))
    author = state.author
    items, why = [], []
    for other in near.tolist():
        if liked[other]:
            why.append(f"{liked[other]} of {_readers(liked[own])} who liked it also liked this")
        elif rated[other]:
            why.append(f"{rated[other]} of {_readers(rated[own])} who rated it also rated this")
        elif author is not None and author[item] >= 0 and author[edition[other]] == author[item]:
            why.append("by the same author")
        else:
            continue
        items.append(int(edition[other]))
        if len(items) == n:
            break
    return np.array(items, np.int64), why


def _readers_of_both(user: IntArray, work: IntArray, counts: BoolArray, own: int, n_works: int) -> IntArray:
    """Count the readers of a work by what else they read (int64[n_works]), some rows alone counting."""
    readers = np.unique(user[counts & (work == own)])
    rows = counts & np.isin(user, readers)
    each = np.unique(user[rows].astype(np.int64) * n_works + work[rows])
    return np.bincount(each % n_works, minlength=n_works)


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count:,} readers"
