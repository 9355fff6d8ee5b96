"""What lists may hold, and how many books of one author, from what was asked by names and ids."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toprank.candidates.filters import allowed_items
from toprank.core.arrays import BoolArray
from toprank.data.reading.roles import roles_of
from toprank.decisions.ranking import DIVERSITY, MAX_BY_AUTHOR
from toprank.errors import OptionError
from toprank.recommender.reader_input import known_positions
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

__all__ = ["ListOptions", "list_options"]


@dataclass(frozen=True, eq=False)
class ListOptions:
    """How the best of the candidates are chosen.

    Parameters
    ----------
    allowed : bool[n_items] or None
        The items that may be listed; None for all.
    max_by_author : int or None
        Books of one author at most; None for as many as come.
    diversity : float or None
        How far further books of one author are held back.
    """

    allowed: BoolArray | None = None
    max_by_author: int | None = None
    diversity: float | None = None


def list_options(
    state: FittedState,
    n: int,
    *,
    only: Mapping[str, object] | None = None,
    exclude_author: str | Sequence[str] = (),
    among: Sequence[Any] | None = None,
    max_by_author: int | None = None,
    diversity: float | None = None,
) -> ListOptions:
    """Read them; three of ten by one author are the most, unless an author or a diversity is asked for."""
    allowed = allowed_items(
        state.data.items,
        state.retrieval.work,
        only=only,
        exclude_author=[exclude_author] if isinstance(exclude_author, str) else exclude_author,
        among=None if among is None else known_positions(state, among, "item"),
    )
    if among is not None and allowed is not None:
        allowed[UNKNOWN] = False
        if not allowed.any() and not only and not exclude_author:
            raise OptionError(f"among names {len(among):,} items, of which none is known")
    if state.author is None:
        if max_by_author is not None:
            raise OptionError("max_by_author needs to know who wrote what; give items with an author column")
        return ListOptions(allowed, None, diversity)
    by_author = {"author", roles_of(state.data.items).get("author")} & set(only or ())
    if max_by_author is None and diversity is None and not by_author:
        max_by_author = math.ceil(max(10, n) * MAX_BY_AUTHOR / 10)
    return ListOptions(allowed, max_by_author, DIVERSITY if diversity is None else diversity)
