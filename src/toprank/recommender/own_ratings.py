"""What readers gave the very works they are asked about: a rating answers, not a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from toprank.candidates.holdings import position_of
from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.decisions import Decisions
from toprank.core.scale import RatingScale
from toprank.evidence.pairs import Pairs
from toprank.recommender.reader_input import WITHDRAWN, Given
from toprank.recommender.unknown import UNKNOWN

__all__ = ["OwnRatings", "own_ratings"]


@dataclass(frozen=True, eq=False)
class OwnRatings:
    """What the reader of each pair gave its work, in any edition.

    Parameters
    ----------
    value : float64[n]
        In rating points; NaN where the reader gave nothing. Of several other editions the best-rated one counts.
    liked : bool[n]
    other_edition : bool[n]
        Whether it was another edition that was rated.
    """

    value: FloatArray
    liked: BoolArray
    other_edition: BoolArray

    def answering(self, decisions: Decisions) -> Decisions:
        """Answer by these ratings where there are any; P(liked) stays."""
        given = ~np.isnan(self.value)
        recommend = np.where(given, self.liked, decisions.recommend)
        return replace(decisions, recommend=recommend, unsure=decisions.unsure & ~given)

    def sentence(self, row: int) -> str | None:
        """Say what the reader gave; None where nothing."""
        if np.isnan(self.value[row]):
            return None
        return f"you gave {'another edition of it' if self.other_edition[row] else 'it'} {self.value[row]:g}"


def own_ratings(pairs: Pairs, items: Sequence[Any], ratings: Given | None, scale: RatingScale) -> OwnRatings:
    """Look up what readers gave the works of pairs; of items that nobody else has, in ``ratings`` by their ids."""
    lists, groupings = pairs.readers.lists, pairs.readers.groupings
    n_items, n_works = len(groupings.work.code), groupings.work.size

    def find() -> tuple[IntArray, ...]:
        """Sort what readers rated, by item and by work, of each work's editions the best-rated last."""
        rated = np.flatnonzero(lists.item != UNKNOWN)
        work = lists.reader[rated] * n_works + pairs.readers.work[rated]
        order = np.lexsort((lists.value[rated], work))
        best = order[np.flatnonzero(np.diff(work[order], append=-1))]
        return rated, lists.reader[rated] * n_items + lists.item[rated], best, work[best]

    rated, by_item, best, by_work = pairs.readers.once("own ratings", find)
    value = lists.value[rated].astype(np.float64)
    exact = position_of(pairs.row * n_items + pairs.item, by_item)
    edition = position_of(pairs.row * n_works + pairs.work, by_work)
    at = np.where(exact >= 0, exact, np.append(best, -1)[edition])
    value, liked = np.append(value, np.nan)[at], np.append(lists.liked[rated], False)[at]
    for row in np.flatnonzero(pairs.item == UNKNOWN).tolist() if ratings else ():
        given = (ratings or {}).get(items[row])
        value[row] = np.nan if given is None or given is WITHDRAWN else given
        liked[row] = value[row] >= (scale.liked_from if lists.bar is None else lists.bar[pairs.row[row]])
    return OwnRatings(value, liked, (exact < 0) & (at >= 0))
