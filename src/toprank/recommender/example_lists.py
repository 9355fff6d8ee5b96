"""A few readers of the model's own data, with what it recommends them and why: to see whether one believes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.rng import derive_rng
from toprank.evidence.reason_words import rated
from toprank.recommender.answer_rows import explained_lists
from toprank.recommender.answer_tables import TopTable, narrow_layout
from toprank.recommender.answering import best_lists
from toprank.recommender.list_options import list_options
from toprank.recommender.state import FittedState
from toprank.report.table import Table

__all__ = ["ExampleList", "example_lists"]

READERS, LENGTH = 3, 5

SHELF = (5, 60)
"""Ratings of a reader who is an example, where there are such readers."""

NAMED = 4
"""Best-rated books of the reader that are named."""


@dataclass(frozen=True)
class ExampleList:
    """A reader's id, how many ratings they gave, the best of them in words, and their list; None if it is empty."""

    user: str
    ratings: int
    best: str
    table: Table | None


def example_lists(state: FittedState) -> list[ExampleList]:
    """Draw readers by the model's seed, and recommend books to them, with reasons."""
    ratings, lists = state.data.ratings, state.model.evidence.lists
    some = np.flatnonzero(lists.count > 0)
    usual = some[(lists.count[some] >= SHELF[0]) & (lists.count[some] <= SHELF[1])]
    among = usual if len(usual) >= READERS else some
    rng = derive_rng(np.random.default_rng(state.config.seed), "example readers")
    found = []
    for user in np.sort(rng.permutation(among)[:READERS]).tolist():
        reader = lists.take(np.array([user]))
        readers = state.model.evidence.readers(reader)
        best = best_lists(state, readers, LENGTH, list_options(state, LENGTH))
        table = TopTable(explained_lists(state, [ratings.users[user]], readers, best, reasons=True))
        order = np.lexsort((reader.item, -reader.value))[:NAMED].tolist()
        books = [(int(reader.item[row]), reader.value[row]) for row in order]
        named = [rated(state.titles.name_of(item) or ratings.items[item], value) for item, value in books]
        rows = narrow_layout(table.rows()) if len(table) else None
        found.append(ExampleList(str(ratings.users[user]), len(reader.item), ", ".join(named), rows))
    return found
