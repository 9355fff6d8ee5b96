"""The recommender: by the ids of the outside world, fitted once and asked often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Decisions
from toprank.core.update import Update
from toprank.decisions.reasons import Reason, explain
from toprank.errors import OptionError
from toprank.evidence.readers import Pairs
from toprank.models.base import ProgressCallback, no_progress
from toprank.recommender.answer_tables import AnswerTable, DecisionTable, TopTable
from toprank.recommender.answering import Lists, best_lists, decide_pairs
from toprank.recommender.answers import (
    Explanation,
    Id,
    Ids,
    ids_of,
    listed,
    paired,
    probability_columns,
    sentences,
    support_columns,
)  # fmt: skip
from toprank.recommender.configuration import RecommenderConfig
from toprank.recommender.reader_input import NEW_READER, fold_in, known_positions
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

if TYPE_CHECKING:
    from toprank.data.reading.read_options import TableSource
    from toprank.recommender.compare import Compared
    from toprank.recommender.evaluate import Evaluation

__all__ = ["FittedRecommender", "Recommender"]

MAX_EXPLAINED = 100
"""Of more rows than this reasons are given only where they are asked for: each takes some milliseconds."""


class Recommender(RecommenderConfig):
    __doc__ = RecommenderConfig.__doc__

    def fit(
        self, data: Dataset | TableSource, *, progress: ProgressCallback = no_progress, **options: Any
    ) -> FittedRecommender:
        """Learn.

        Parameters
        ----------
        data : Dataset, str, Path or frame
            A dataset; or whatever :func:`toprank.load` takes.
        progress : callable, optional
            Called with steps done, steps in all, and words.
        **options
            Those of :func:`toprank.load`, where ``data`` is no dataset yet.

        Returns
        -------
        FittedRecommender
            A new object; this one does not change.

        Raises
        ------
        OptionError, DataError
            If the options or the data are not usable.
        """
        from toprank.recommender.train import fit_state

        if not isinstance(data, Dataset):
            from toprank.data.datasets.load import load

            data = load(data, **options)
        elif options:
            raise OptionError(f"{', '.join(options)} cannot be set: the data have been read already")
        return FittedRecommender.of(fit_state(self, data, progress=progress))

    @staticmethod
    def load(path: str | Path) -> FittedRecommender:
        """Load what :meth:`FittedRecommender.save` saved.

        Parameters
        ----------
        path : str or Path
            The folder.

        Returns
        -------
        FittedRecommender

        Raises
        ------
        DataError
            If the folder is not a whole, unaltered model that this version can read.
        """
        from toprank.recommender.save import load_state

        return FittedRecommender.of(load_state(Path(path)))

    def set_params(self, **params: Any) -> Recommender:
        """Give a recommender with other options; unlike scikit-learn's, this one does not change."""
        unknown = sorted(set(params) - set(self.get_params()))
        if unknown:
            raise OptionError(f"there is no option {unknown[0]!r}; there are {', '.join(self.get_params())}")
        return replace(self, **params)


class FittedRecommender(FittedState):
    """Answers about readers and items by their own ids; nothing in it changes. ``Recommender.fit`` makes it."""

    @classmethod
    def of(cls, state: FittedState) -> FittedRecommender:
        """Let a state answer."""
        return cls(**state.values)

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
            Arrow frame with the columns ``user`` and ``item``. Ids that nobody has are answered from what is known
            without them.
        ratings : mapping of id to float, optional
            What a new reader gave, in rating points; with ``user`` what that reader gave besides.
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
        users, items, pairs = self._asked(user, item, ratings)
        decisions = decide_pairs(self.model, self.policy, pairs)
        why = None
        if reasons or (reasons is None and len(users) <= MAX_EXPLAINED):
            why = explain(self.model, pairs, decisions.probability, self.titles.name_of, all_parts=False)
        return DecisionTable(self._rows(users, items, pairs, decisions, why))

    def recommend(
        self,
        user: Ids | None = None,
        n: int = 10,
        *,
        ratings: Mapping[Any, float] | None = None,
        diversity: float | None = None,
        reasons: bool = False,
        progress: ProgressCallback = no_progress,
    ) -> TopTable:
        """Recommend items: never one that the reader has, one edition of each work, only what passes the cutoff.

        Parameters
        ----------
        user : id, or sequence of ids
            Readers. An unknown one gets what most like.
        n : int
            How many for each at most.
        ratings : mapping of id to float, optional
            What a new reader gave, in rating points; with ``user``, one id, what that reader gave besides.
        diversity : float, optional
            How much further books of one author are held back; 0 is not at all, 1 is plenty.
        reasons : bool
            Whether to say why.
        progress : callable, optional
            Called with readers done, readers in all, and words.

        Returns
        -------
        TopTable
        """
        if n < 1:
            raise OptionError(f"n is {n}; ask for at least 1 item")
        if ratings is not None:
            readers = fold_in(self, None if user is None else self._one(user), ratings)
            users: list[Id] = [self._new_id()] if user is None else listed(user)
        else:
            if user is None:
                raise OptionError("name a reader, or say what they rated")
            users = listed(user)
            readers = self.model.evidence.lists.take(known_positions(self, users, "user"))
        lists = best_lists(self, readers, n, diversity=diversity, progress=progress)
        why = None
        if reasons:
            pairs = Pairs(self.model.evidence.readers(readers), lists.row, lists.decisions.item.astype(np.int64))
            why = explain(self.model, pairs, lists.decisions.probability, self.titles.name_of, all_parts=False)
        return TopTable(self._ranked(users, lists, why))

    def explain(self, user: Id | None, item: Id, *, ratings: Mapping[Any, float] | None = None) -> Explanation:
        """Say why one answer is what it is.

        Parameters
        ----------
        user, item : id
            The pair.
        ratings : mapping of id to float, optional
            What a new reader gave; with ``user`` what that reader gave besides.

        Returns
        -------
        Explanation
        """
        users, items, pairs = self._asked(user, item, ratings)
        decisions = decide_pairs(self.model, self.policy, pairs)
        why = explain(self.model, pairs, decisions.probability, self.titles.name_of)
        row = DecisionTable(self._rows(users, items, pairs, decisions, why)).rows()[0]
        return Explanation(row, why[0])

    def update(self, new: Dataset | TableSource, **options: Any) -> FittedRecommender:
        """Add ratings to what is known, without retraining.

        Parameters
        ----------
        new : Dataset, str, Path or frame
            Ratings on the same scale. Those of a pair that has one replace it.
        **options
            Those of :func:`toprank.load`.

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
        update = Update.of(self.data, ratings.users.ids[ratings.user], ratings.items.ids[ratings.item], ratings.value)
        added = update.after.ratings.take(update.added)
        if bool(((added.user == UNKNOWN) | (added.item == UNKNOWN)).any()):
            raise OptionError("a new rating has the id that stands for the unknown; give it another id")
        model = self.model.updated(update)
        retrieval = self.retrieval.updated(update.after, model.evidence.groupings)
        return replace(self, data=update.after, model=model, retrieval=retrieval)

    def evaluate(self, rows: Dataset | TableSource, **options: Any) -> Evaluation:
        """Measure decisions on new ratings beside the baselines; see :func:`toprank.recommender.evaluate.evaluate`."""
        from toprank.recommender.evaluate import evaluate, rows_for

        return evaluate(self, rows if isinstance(rows, Dataset) else rows_for(self, rows, **options))

    def compare(self, other: FittedRecommender, rows: Dataset | None = None) -> Compared:
        """Compare with another recommender on the same rows; see :func:`toprank.recommender.compare.compare`."""
        from toprank.recommender.compare import compare

        return compare(self, other, rows)

    def save(self, path: str | Path) -> Path:
        """Save to a folder, which is there whole or not at all; see :mod:`toprank.storage`.

        Parameters
        ----------
        path : str or Path
            The folder. A model that is there already is replaced.

        Returns
        -------
        Path
        """
        from toprank.recommender.save import save_state

        return save_state(self, Path(path))

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
        AnswerTable
            ``item``, ``title``, ``author`` and ``ratings``, how many there are.
        """
        import pyarrow as pa

        items = self.titles.find(text, self.popularity, n=n)
        columns = {"item": pa.array(self.data.ratings.items.ids[items].tolist())} | self.titles.columns(items)
        return AnswerTable(pa.table(columns | {"ratings": self.item_ratings[items]}))

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

    def _asked(
        self, user: Ids | Any, item: Ids | None, ratings: Mapping[Any, float] | None
    ) -> tuple[list[Id], list[Id], Pairs]:
        """Say which pairs are asked about; known, new and changed readers are one case from here on."""
        evidence = self.model.evidence
        if ratings is None:
            users, items = paired(user, item)
            return (
                users,
                items,
                evidence.pairs(known_positions(self, users, "user"), known_positions(self, items, "item")),
            )
        if item is None:
            raise OptionError("name the items to decide on")
        one = None if user is None else self._one(user)
        items = listed(item)
        readers = evidence.readers(fold_in(self, one, ratings))
        positions = known_positions(self, items, "item")
        users = [self._new_id() if one is None else one] * len(items)
        return users, items, Pairs(readers, np.zeros(len(items), np.int64), positions)

    @staticmethod
    def _one(user: Ids) -> Id:
        users = listed(user)
        if len(users) != 1:
            raise OptionError(f"ratings are those of one reader, and {len(users)} are named")
        return users[0]

    def _new_id(self) -> Id:
        """Give what a new reader is called in answers: an id that nobody has."""
        index = self.data.ratings.users
        return int(index.ids.max()) + 1 if index.is_integer else NEW_READER

    def _rows(
        self, users: list[Id], items: list[Id], pairs: Pairs, decisions: Decisions, why: list[Reason] | None
    ) -> Any:
        import pyarrow as pa

        columns: dict[str, Any] = {"user": ids_of(users), "item": ids_of(items)} | self.titles.columns(pairs.item)
        columns |= {"answer": decisions.answer, "recommend": decisions.recommend}
        columns |= probability_columns(decisions) | {"rated": _own_ratings(pairs)} | support_columns(decisions)
        if why is not None:
            columns["reason"] = sentences(why, decisions)
        return pa.table(columns)

    def _ranked(self, users: list[Id], lists: Lists, why: list[Reason] | None) -> Any:
        import pyarrow as pa

        decisions = lists.decisions
        item = decisions.item.astype(np.int64)
        columns: dict[str, Any] = {
            "user": ids_of([users[row] for row in lists.row]),
            "rank": lists.rank.astype(np.int32),
            "item": self.data.ratings.items.ids[item].tolist(),
        }
        columns |= self.titles.columns(item) | probability_columns(decisions)
        columns |= {"relevance": lists.relevance, "known": support_columns(decisions)["known"]}
        if why is not None:
            columns["reason"] = sentences(why, decisions)
        return pa.table(columns)


def _own_ratings(pairs: Pairs) -> FloatArray:
    """Give what each reader gave the item itself, in rating points; NaN where nothing (float64[n])."""
    lists = pairs.readers.lists
    size = int(max(lists.item.max(initial=0), pairs.item.max(initial=0))) + 1
    key, asked = lists.reader * size + lists.item, pairs.row * size + pairs.item
    at: IntArray = np.minimum(np.searchsorted(key, asked), max(0, len(key) - 1))
    found: AnyArray = key[at] == asked if len(key) else np.zeros(len(asked), np.bool_)
    return np.where(found, lists.value[at] if len(key) else np.nan, np.nan)
