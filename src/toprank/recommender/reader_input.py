"""From what was asked, by ids, to readers as lists: known ones, new ones, and known ones who rated more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.readers import ReaderLists
from toprank.data.relative_liking import DAMPING
from toprank.data.resolve_ids import resolve_ids
from toprank.errors import OptionError
from toprank.evidence.pairs import Pairs, Readers
from toprank.recommender.answers import Id, Ids, listed, paired, single
from toprank.recommender.shelf import Shelf
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["NEW_READER", "WITHDRAWN", "Given", "asked_pairs", "asked_readers", "fold_in", "known_positions"]

NEW_READER = "new reader"
"""What a reader is called who is given by ratings alone."""


class _Withdrawn(Enum):
    WITHDRAWN = "withdrawn"


WITHDRAWN: Final = _Withdrawn.WITHDRAWN
"""In place of a rating: whatever the model knows of the reader and the item is not to count."""

Given = Mapping[Any, float | _Withdrawn | None]
"""What a reader said of items: a rating, None for what they have and did not rate, or :data:`WITHDRAWN`."""


def known_positions(state: FittedState, ids: Sequence[Any], side: str) -> IntArray:
    """Give the positions of ids (int64[n]); that of the unknown reader or item where nobody has one."""
    ratings = state.data.ratings
    positions = ratings.users.positions(ids) if side == "user" else resolve_ids(ratings.items, ids)
    return np.where(positions < 0, UNKNOWN, positions).astype(np.int64)


def asked_pairs(
    state: FittedState, user: Ids | Any, item: Ids | None, ratings: Given | None
) -> tuple[list[Id], list[Id], Pairs]:
    """Say which pairs are asked about; known, new and changed readers are one case from here on."""
    if ratings is None:
        users, items = paired(user, item)
        positions = known_positions(state, items, "item")
        if users and users.count(users[0]) == len(users):
            return users, items, _of_one(reader_of(state, users[0]), positions)
        return users, items, state.model.evidence.pairs(known_positions(state, users, "user"), positions)
    if item is None:
        raise OptionError("name the items to decide on")
    items = listed(item)
    users, readers = asked_readers(state, None if user is None else single(user), ratings)
    return users * len(items), items, _of_one(readers, known_positions(state, items, "item"))


def _of_one(readers: Readers, items: IntArray) -> Pairs:
    return Pairs(readers, np.zeros(len(items), np.int64), items)


def asked_readers(state: FittedState, user: Ids | None, ratings: Given | None) -> tuple[list[Id], Readers]:
    """Say which readers are asked about: known ones, or one by ratings, who is called so if it is new."""
    if ratings is not None:
        one = None if user is None else single(user)
        return [NEW_READER if one is None else one], reader_of(state, one, ratings)
    if user is None:
        raise OptionError("name a reader, or say what they rated")
    users = listed(user)
    if len(users) == 1:
        return users, reader_of(state, users[0])
    evidence = state.model.evidence
    return users, evidence.readers(evidence.lists.take(known_positions(state, users, "user")))


def reader_of(state: FittedState, user: Id | None, ratings: Given | None = None) -> Readers:
    """Prepare one reader; whoever asks about them again with the same ratings is given what was made before."""
    evidence = state.model.evidence
    if ratings is None:
        return state.recent_readers.get(
            (type(user), user), lambda: evidence.readers(evidence.lists.take(known_positions(state, [user], "user")))
        )
    if isinstance(ratings, Shelf):
        return evidence.readers(fold_in(state, user, ratings))
    key = type(user), user, tuple(map(type, ratings)), *ratings.items()
    return state.recent_readers.get(key, lambda: evidence.readers(fold_in(state, user, ratings)))


def fold_in(state: FittedState, user: Any, ratings: Given) -> ReaderLists:
    """Make the list of a new reader of some ratings, or of a known one to whose list they are added.

    An item of no rating (None), or that a :class:`~toprank.recommender.shelf.Shelf` holds, is held without one; of one
    that is :data:`WITHDRAWN` nothing is left. Nothing of the model is copied or changed. A rating of an item that
    nobody knows counts among the reader's own.
    """
    known, scale = state.data.ratings, state.data.ratings.scale
    brought = [one for one in ratings.held if one not in ratings] if isinstance(ratings, Shelf) else []
    if not ratings and not brought:
        raise OptionError("the new reader has rated nothing; give at least one item and its rating")
    said = {one: given for one, given in ratings.items() if given is not None and given is not WITHDRAWN}
    items, value = list(said), np.array(list(said.values()), np.float32)
    on_scale = scale.contains(value)
    if not bool(on_scale.all()):
        row = int(np.flatnonzero(~on_scale)[0])
        raise OptionError(f"the rating {value[row]:g} of item {items[row]!r} is not on the scale {scale}")
    if known.items.ids[UNKNOWN] in items:
        raise OptionError("a rating has the id that stands for the unknown item; give another id")
    item = known_positions(state, items, "item")
    found, count = np.unique(item[item != UNKNOWN], return_counts=True)
    if bool((count > 1).any()):
        twice = [one for one, at in zip(items, item, strict=True) if at == found[count > 1][0]]
        raise OptionError(f"{' and '.join(map(repr, twice))} are one item; give it one rating")
    also = known_positions(state, [*brought, *(one for one, given in ratings.items() if given is None)], "item")
    # What is told now was rated now, which is the latest time that is known.
    time = None if known.time is None else np.full(len(item), known.time.max())
    position, held = -1, also[also != UNKNOWN].astype(np.int32)
    if user is not None:
        position = int(known_positions(state, [user], "user")[0])
        before = state.model.evidence.lists.take(np.array([position]))
        gone = known_positions(state, [one for one, given in ratings.items() if given is WITHDRAWN], "item")
        kept = ~np.isin(before.item, np.concatenate([item, also, gone]))
        if time is not None and before.time is not None:
            time = np.append(before.time[kept], _told_before(before, item, value, time))
        item, value = np.append(before.item[kept], item), np.append(before.value[kept], value)
        held = np.append(before.held[~np.isin(before.held, gone)], held)
    held = np.unique(held[~np.isin(held, item)])
    bar = getattr(known, "bar", None)
    if bar is None:
        return ReaderLists.single(item, value, scale.liked(value), user=position, held=held, time=time)
    mean = known.value.mean(dtype=np.float64)
    own = float(np.float32((value.sum(dtype=np.float64) + DAMPING * mean) / (len(value) + DAMPING)))
    return ReaderLists.single(item, value, value >= np.float32(own), user=position, held=held, bar=own, time=time)


def _told_before(before: ReaderLists, item: IntArray, value: FloatArray, now: IntArray) -> IntArray:
    """Give what is told once more the time it has (int64[n]): to say what is known changes nothing."""
    place = np.minimum(np.searchsorted(before.item, item), max(0, len(before.item) - 1))
    if before.time is None or not len(before.item):
        return now
    same = (before.item[place] == item) & (before.value[place] == value)
    return np.where(same, before.time[place], now)
