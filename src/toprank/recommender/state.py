"""What a fitted recommender consists of: values only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from toprank.candidates.exposure import Exposure
from toprank.candidates.retrieval import FittedRetrieval
from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.decisions.policy import DecisionPolicy
from toprank.evidence.pairs import Readers
from toprank.models.base import EvidenceModel
from toprank.recommender.configuration import RecommenderConfig
from toprank.recommender.measures import Measures, TestPredictions
from toprank.recommender.recent import Recent
from toprank.recommender.search import SearchIndex
from toprank.recommender.shelf_titles import TitleIndex
from toprank.recommender.titles import Titles

__all__ = ["FittedState"]

RECENT_READERS = 500
"""Readers of whom is kept what was made of their lists: some 100 KB each, of one of ten thousand ratings 10 MB."""


@stored
@dataclass(frozen=True, eq=False)
class FittedState:
    """Everything that a recommender learned, and what it was measured to achieve.

    Parameters
    ----------
    config : RecommenderConfig
        What it was fitted with.
    data : Dataset
        All that it knows, a reader and an item of whom nothing is known before the others.
    model : EvidenceModel
        Gives P(liked) of pairs.
    policy : DecisionPolicy
        From scores to decisions.
    retrieval : FittedRetrieval
        What could be recommended.
    like_weight : float
        What the log odds of P(liked) count in lists beside the relevance.
    tested : TestPredictions
        What it answered on rows it was measured on.
    measures : Measures
        What that achieved, beside the baselines.
    exposure : Exposure, optional
        How likely pairs are to be picked, where answers are about any book.
    """

    config: RecommenderConfig
    data: Dataset
    model: EvidenceModel
    policy: DecisionPolicy
    retrieval: FittedRetrieval
    like_weight: float
    tested: TestPredictions
    measures: Measures
    exposure: Exposure | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What it consists of, by name: whoever answers by it leaves that out."""
        return {field.name: getattr(self, field.name) for field in fields(FittedState)}

    @cached_property
    def recent_readers(self) -> Recent[Readers]:
        """Readers who were asked about lately, with what was made of their lists."""
        return Recent(RECENT_READERS)

    @cached_property
    def titles(self) -> Titles:
        """What items are called."""
        works = self.model.evidence.groupings.works
        return Titles.of(self.data, None if works is None else works.row)

    @cached_property
    def search(self) -> SearchIndex:
        """Finds works by title and author; made at the first search."""
        return SearchIndex.of(self.titles, self.retrieval.work.astype(np.int64), self.popularity)

    @cached_property
    def title_index(self) -> TitleIndex | None:
        """Finds the books of readers' exports; made at the first. None where no titles are known."""
        return TitleIndex.of(self.titles, self.popularity)

    @cached_property
    def work_ratings(self) -> IntArray:
        """How many ratings the work of each item has, in all editions (int64[n_items])."""
        work = self.retrieval.work
        return np.asarray(np.bincount(work[self.data.ratings.item], minlength=self.retrieval.n_works)[work])

    @cached_property
    def item_ratings(self) -> IntArray:
        """How many ratings each item has (int64[n_items])."""
        return np.bincount(self.data.ratings.item, minlength=len(self.data.ratings.items))

    @cached_property
    def popularity(self) -> IntArray:
        """How many interactions each item has (int64[n_items])."""
        implicit = self.data.implicit
        held = 0 if implicit is None else np.bincount(implicit.item, minlength=len(self.data.ratings.items))
        return np.asarray(self.item_ratings + held)

    @cached_property
    def author(self) -> IntArray | None:
        """The author of each item (int32[n_items], -1 where unknown); None where no authors are known."""
        groupings = self.model.evidence.groupings
        name = groupings.roles.get("author")
        return None if name is None else groupings.item(name).code
