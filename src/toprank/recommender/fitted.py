"""A recommender that has learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.candidates.retrieval import FittedRetrieval
from toprank.core.arrays import AnyArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Decisions
from toprank.core.readers import ReaderLists
from toprank.core.stored import stored
from toprank.core.update import Update
from toprank.decisions.policy import DecisionPolicy
from toprank.decisions.ranking import best_of_each, utilities
from toprank.decisions.reasons import explain
from toprank.errors import OptionError
from toprank.evidence.updating import updated
from toprank.models.base import EvidenceModel, ProgressCallback, no_progress
from toprank.recommender.answer_tables import AnswerTable, DecisionTable, TopTable
from toprank.recommender.answers import (
    Explanation,
    Id,
    Ids,
    ids_of,
    listed,
    paired,
    probability_columns,
    reasons_of,
    support_columns,
)
from toprank.recommender.configuration import Recommender
from toprank.recommender.measure import Measures, TestPredictions
from toprank.recommender.titles import Titles
from toprank.recommender.unknown import UNKNOWN

if TYPE_CHECKING:
    from toprank.data.reading.read_options import TableSource

__all__ = ["FittedRecommender"]

BLOCK = 65_536
"""Pairs judged at a time; a bound on memory."""

READERS = 1000
"""Readers served at a time."""

JUDGED = 50
"""Candidates of a reader that are judged; more where longer lists are asked for."""

EXPLAINED = 100
"""Of more rows than this reasons are given only where they are asked for: each takes some milliseconds."""


@stored
@dataclass(frozen=True, eq=False)
class FittedRecommender:
    """Answers about readers and items by their own ids; nothing in it changes.

    Parameters
    ----------
    settings : Recommender
        What it was told before it learned.
    data : Dataset
        All that it knows, a reader and an item of whom nothing is known before the others.
    model : EvidenceModel
        Judges pairs.
    answering : DecisionPolicy
        From scores to decisions.
    retrieval : FittedRetrieval
        What could be recommended.
    pull : float
        What the log odds of P(liked) count in lists beside the relevance.
    tested : TestPredictions
        What it answered on rows it was measured on.
    measures : Measures
        What that achieved, beside the trivial answers.
    """

    settings: Recommender
    data: Dataset
    model: EvidenceModel
    answering: DecisionPolicy
    retrieval: FittedRetrieval
    pull: float
    tested: TestPredictions
    measures: Measures

    def decide(
        self,
        user: Ids | Any = None,
        item: Ids | None = None,
        *,
        ratings: Mapping[Any, float] | None = None,
        reasons: bool | None = None,
    ) -> DecisionTable:
        """Decide whether to recommend items to readers.

        Parameters
        ----------
        user, item : id, or sequence of ids
            One of each for every pair; a single one goes with all of the others. In place of both, a pandas, Polars or
            Arrow frame with the columns ``user`` and ``item``. Ids that nobody has seen are answered from what is
            known without them.
        ratings : mapping of id to float, optional
            In place of ``user``: what a reader whom nobody has seen gave, in rating points.
        reasons : bool, optional
            Whether to say why; by default for at most 100 pairs.

        Returns
        -------
        DecisionTable

        Raises
        ------
        OptionError
            If the lengths do not fit, or a rating is not on the scale.
        """
        if ratings is not None:
            if item is None:
                raise OptionError("name the items to decide on")
            told, reader = self._told(user, ratings)
            return told.decide(reader, item, reasons=reasons)
        users, items = paired(user, item)
        positions = self._positions(users, items)
        decisions = self._decided(*positions)
        return DecisionTable(self._rows(users, items, positions, decisions, reasons))

    def recommend(
        self,
        user: Ids | None = None,
        n: int = 10,
        *,
        ratings: Mapping[Any, float] | None = None,
        diversity: float = 0.0,
        reasons: bool = False,
        progress: ProgressCallback = no_progress,
    ) -> TopTable:
        """Recommend items: never one that the reader has, one edition of each work, only what passes the cutoff.

        Parameters
        ----------
        user : id, or sequence of ids
            Readers. One whom nobody has seen gets what most like.
        n : int
            How many for each at most.
        ratings : mapping of id to float, optional
            In place of ``user``: what a reader whom nobody has seen gave, in rating points.
        diversity : float
            How much further books of one author are held back; 0 is not at all, 1 is plenty.
        reasons : bool
            Whether to say why.
        progress : callable, optional
            Told (readers done, readers in all, in words).

        Returns
        -------
        TopTable
        """
        if n < 1:
            raise OptionError(f"n is {n}; ask for at least 1 item")
        if ratings is not None:
            told, reader = self._told(user, ratings)
            return told.recommend(reader, n, diversity=diversity, reasons=reasons)
        if user is None:
            raise OptionError("name a reader, or say what they rated")
        users = listed(user)
        readers = self._known(self.data.ratings.users.positions(users))
        parts = []
        for begin in range(0, max(1, len(readers)), READERS):
            row, *rest = self._top(readers[begin : begin + READERS], n, diversity)
            parts.append((begin + row, *rest))
            progress(min(begin + READERS, len(readers)), len(readers), "recommending")
        *columns, decided = zip(*parts, strict=True)
        row, rank, relevance = (np.concatenate(column) for column in columns)
        return TopTable(self._ranked(users, row, rank, relevance, Decisions.joined(decided), reasons))

    def explain(self, user: Id | None, item: Id, *, ratings: Mapping[Any, float] | None = None) -> Explanation:
        """Say why one answer is what it is.

        Parameters
        ----------
        user, item : id
            The pair.
        ratings : mapping of id to float, optional
            In place of ``user``: what a reader whom nobody has seen gave.

        Returns
        -------
        Explanation
        """
        if ratings is not None:
            told, reader = self._told(user, ratings)
            return told.explain(reader, item)
        users, items = paired(user, item)
        positions = self._positions(users, items)
        decisions = self._decided(*positions)
        row = DecisionTable(self._rows(users, items, positions, decisions, True)).rows()[0]
        return Explanation(row, explain(self.model, *positions, decisions.probability)[0])

    def update(self, new: Dataset | TableSource, **options: Any) -> FittedRecommender:
        """Add ratings to what is known; nothing is learned anew.

        Parameters
        ----------
        new : Dataset, str, Path or frame
            Ratings on the same scale. Those of a pair that has one replace it.
        **options
            Those of :func:`toprank.load`. Rows without a rating are left out.

        Returns
        -------
        FittedRecommender
            A new object.
        """
        scale = self.data.ratings.scale
        if not isinstance(new, Dataset):
            from toprank.data.datasets.load import load_ratings

            new = load_ratings(new, scale, **options)
        if (new.ratings.scale.low, new.ratings.scale.high) != (scale.low, scale.high):
            raise OptionError(
                f"the new ratings are on the scale {new.ratings.scale}, the model's on {scale}; convert them"
            )
        if new.implicit is not None and len(new.implicit):
            raise OptionError(
                f"{len(new.implicit):,} of the new rows have no rating; an update takes ratings, so leave them out"
            )
        ratings = new.ratings
        return self._with(ratings.users.ids[ratings.user], ratings.items.ids[ratings.item], ratings.value)

    def save(self, place: str | Path) -> Path:
        """Save to a folder, which is there whole or not at all; see :mod:`toprank.storage`.

        Parameters
        ----------
        place : str or Path
            The folder. A model that is there already is replaced.

        Returns
        -------
        Path
        """
        from toprank.recommender.save import save_recommender

        return save_recommender(self, Path(place))

    def find(self, text: str, *, n: int = 10) -> AnswerTable:
        """Find items by title and author.

        Parameters
        ----------
        text : str
            Words of either.
        n : int
            How many at most.

        Returns
        -------
        Table
            ``item``, ``title``, ``author`` and ``ratings``, how many there are.
        """
        import pyarrow as pa

        items = self.titles.find(text, self._popularity, n=n)
        columns = {"item": pa.array(self.data.ratings.items.ids[items].tolist())} | self.titles.columns(items)
        return AnswerTable(pa.table(columns | {"ratings": self._item_ratings[items]}))

    def __repr__(self) -> str:
        ratings = self.data.ratings
        return (
            f"FittedRecommender on {self.data.name}: {len(ratings):,} ratings by {len(ratings.users) - 1:,} readers of "
            f"{len(ratings.items) - 1:,} items; {self.measures.verdict}"
        )

    def _repr_html_(self) -> str:
        from html import escape

        import pyarrow as pa

        shown = ("f1", "auc", "log_loss", "ece", "precision", "recall", "coverage")
        figures = self.measures.figures
        columns = {name: [one[name] for one in figures.values()] for name in shown}
        table = AnswerTable(pa.table({"answer": list(figures)} | columns))
        return f"<p>{escape(repr(self))}</p>{table._repr_html_()}"

    @cached_property
    def titles(self) -> Titles:
        """What items are called."""
        works = self.model.evidence.known.works
        return Titles.of(self.data, None if works is None else works.row)

    @cached_property
    def _readers(self) -> ReaderLists:
        return ReaderLists.of(self.data)

    @cached_property
    def _item_ratings(self) -> IntArray:
        return np.bincount(self.data.ratings.item, minlength=len(self.data.ratings.items))

    @cached_property
    def _popularity(self) -> IntArray:
        implicit = self.data.implicit
        held = 0 if implicit is None else np.bincount(implicit.item, minlength=len(self.data.ratings.items))
        return np.asarray(self._item_ratings + held)

    @cached_property
    def _rated(self) -> tuple[IntArray, FloatArray]:
        ratings = self.data.ratings
        key = ratings.user.astype(np.int64) * len(ratings.items) + ratings.item
        order = np.argsort(key)
        return key[order], ratings.value[order]

    def _with(self, user: AnyArray, item: AnyArray, value: FloatArray) -> FittedRecommender:
        update = Update.of(self.data, user, item, value)
        new = update.after.ratings.take(update.added)
        if bool(((new.user == UNKNOWN) | (new.item == UNKNOWN)).any()):
            raise OptionError("a new rating has the id that stands for nobody; give it another id")
        evidence = updated(self.model.evidence, update)
        return replace(
            self,
            data=update.after,
            model=self.model.updated(evidence, update),
            retrieval=self.retrieval.updated(update.after, evidence.known),
        )

    def _told(self, user: Ids | None, ratings: Mapping[Any, float]) -> tuple[FittedRecommender, Id]:
        """Add a reader whom nobody has seen."""
        if user is not None:
            raise OptionError("give a reader or what a new reader rated, not both")
        if not ratings:
            raise OptionError("the new reader has rated nothing; give at least one item and its rating")
        index = self.data.ratings.users
        reader: Id = int(index.ids.max()) + 1 if index.is_integer else "a new reader"
        while not index.is_integer and index.positions([reader])[0] >= 0:
            reader = f"{reader}'"
        items, values = list(ratings), np.array(list(ratings.values()), np.float32)
        return self._with(np.array([reader] * len(items), dtype=object), np.array(items, dtype=object), values), reader

    def _positions(self, users: list[Id], items: list[Id]) -> tuple[IntArray, IntArray]:
        ratings = self.data.ratings
        return self._known(ratings.users.positions(users)), self._known(ratings.items.positions(items))

    @staticmethod
    def _known(positions: Int32Array) -> IntArray:
        return np.where(positions < 0, UNKNOWN, positions).astype(np.int64)

    def _decided(self, users: IntArray, items: IntArray) -> Decisions:
        blocks = [slice(begin, begin + BLOCK) for begin in range(0, max(1, len(users)), BLOCK)]
        scores = np.concatenate([self.model.scores(users[rows], items[rows]) for rows in blocks])
        return self.answering(users, items, scores, self.model.evidence.knowledge(users, items))

    def _top(self, readers: IntArray, n: int, diversity: float) -> tuple[IntArray, IntArray, FloatArray, Decisions]:
        """Give, of each recommendation, the place of its reader, its rank, its relevance and its decision."""
        found = self.retrieval.candidates(self._readers.take(readers), n=max(JUDGED, 5 * n))
        row, place = np.nonzero(found.item >= 0)
        decisions = self._decided(readers[row], found.item[row, place].astype(np.int64))
        number, probability = np.full(found.item.shape, -1), np.full(found.item.shape, 0.5)
        number[row, place], probability[row, place] = np.arange(len(row)), decisions.probability
        allowed = np.zeros(found.item.shape, np.bool_)
        allowed[row, place] = decisions.recommend
        known = self.model.evidence.known
        author = next((c for c in known.items if c.name == known.roles.get("author")), None)
        group = None if author is None else author.code[found.item]
        value = utilities(found.relevance, probability, self.pull)
        lists = best_of_each(value, allowed, n, author=group, diversity=diversity)
        row, rank = np.nonzero(lists >= 0)
        place = np.asarray(lists[row, rank])
        return row, rank + 1, found.relevance[row, place].astype(np.float64), decisions.take(number[row, place])

    def _rows(
        self,
        users: list[Id],
        items: list[Id],
        positions: tuple[IntArray, IntArray],
        decisions: Decisions,
        reasons: bool | None,
    ) -> Any:
        import pyarrow as pa

        key, values = self._rated
        asked = positions[0] * len(self.data.ratings.items) + positions[1]
        at = np.minimum(np.searchsorted(key, asked), max(0, len(key) - 1))
        rated = np.where(key[at] == asked, values[at], np.nan)
        columns: dict[str, Any] = {"user": ids_of(users), "item": ids_of(items)} | self.titles.columns(positions[1])
        columns |= {"answer": decisions.answer, "recommend": decisions.recommend}
        columns |= probability_columns(decisions) | {"rated": rated} | support_columns(decisions)
        if reasons or (reasons is None and len(users) <= EXPLAINED):
            columns["reason"] = reasons_of(self.model, positions, decisions)
        return pa.table(columns)

    def _ranked(
        self, users: list[Id], row: IntArray, rank: IntArray, relevance: FloatArray, decisions: Decisions, reasons: bool
    ) -> Any:
        import pyarrow as pa

        positions = decisions.user.astype(np.int64), decisions.item.astype(np.int64)
        columns: dict[str, Any] = {
            "user": ids_of([users[place] for place in row]),
            "rank": rank.astype(np.int32),
            "item": self.data.ratings.items.ids[positions[1]].tolist(),
        }
        columns |= self.titles.columns(positions[1]) | probability_columns(decisions)
        columns |= {"relevance": relevance, "known": support_columns(decisions)["known"]}
        if reasons:
            columns["reason"] = reasons_of(self.model, positions, decisions)
        return pa.table(columns)
