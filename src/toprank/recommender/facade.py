"""The recommender: by the ids of the outside world, fitted once and asked often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.dataset import Dataset
from toprank.core.parameters import check_names
from toprank.decisions.reasons import explain
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, no_progress
from toprank.recommender.answer_rows import decision_rows, explained_lists, found_rows
from toprank.recommender.answer_tables import AnswerTable, DecisionTable, TopTable
from toprank.recommender.answering import answer_pairs, best_lists, decide_known
from toprank.recommender.answers import Explanation, Id, Ids, listed
from toprank.recommender.configuration import RecommenderConfig
from toprank.recommender.list_options import list_options
from toprank.recommender.read_update import read_update
from toprank.recommender.reader_input import Given, asked_pairs, asked_readers
from toprank.recommender.state import FittedState

if TYPE_CHECKING:
    from toprank.data.reading.read_options import ReadKeywords, TableSource
    from toprank.recommender.compare import Compared
    from toprank.recommender.evaluate import Evaluation

__all__ = ["FittedRecommender", "Recommender"]

MAX_EXPLAINED = 100
"""Of more rows than this reasons are given only where they are asked for: each takes some milliseconds."""


class Recommender(RecommenderConfig):
    __doc__ = RecommenderConfig.__doc__

    def fit(
        self,
        data: Dataset | TableSource,
        *,
        progress: ProgressCallback = no_progress,
        **options: Unpack[ReadKeywords],
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
        check_names(params, self.get_params())
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
        ratings: Given | None = None,
        reasons: bool | None = None,
    ) -> DecisionTable:
        """Decide whether to recommend items to readers.

        A work that the reader has rated, in any edition, is answered by that rating: yes if it is liked; its P(liked)
        is what it would be otherwise. An item that nobody has is not recommended.

        Parameters
        ----------
        user, item : id, or sequence of ids
            One of each for every pair; a single one goes with all of the others. In place of both, a pandas, Polars or
            Arrow frame with the columns ``user`` and ``item``. Ids that nobody has are answered from what is known
            without them.
        ratings : mapping of id to float, optional
            What a new reader gave, in rating points, None where they only have it; with ``user`` what they gave too.
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
        users, items, pairs = asked_pairs(self, user, item, ratings)
        decisions, own = answer_pairs(self, pairs, items, ratings)
        why = None
        if reasons or (reasons is None and len(users) <= MAX_EXPLAINED):
            why = explain(self.model, pairs, decisions.probability, self.titles.name_of, recommend=decisions.recommend)
        return DecisionTable(decision_rows(self, users, items, pairs, decisions, own, why))

    def recommend(
        self,
        user: Ids | None = None,
        n: int = 10,
        *,
        ratings: Given | None = None,
        only: Mapping[str, object] | None = None,
        exclude_author: str | Sequence[str] = (),
        among: Ids | None = None,
        max_by_author: int | None = None,
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
        only : mapping of str to value, optional
            What the items must be: columns of their table and values, such as ``{"genre": "fantasy"}``.
        exclude_author : str, or sequence of str
            Authors, by their whole names or a part, of whom nothing is listed.
        among : sequence of ids, optional
            The items that may be listed, such as those in stock; unknown ones do not count.
        max_by_author : int, optional
            How many of one author at most; by default three of ten, or as many as come where ``only`` asks for an
            author or ``diversity`` is given.
        diversity : float, optional
            How much further books of one author are held back; 0 is not at all, 1 is plenty. By default 0.25.
        reasons : bool
            Whether to say why.
        progress : callable, optional
            Called with readers done, readers in all, and words.

        Returns
        -------
        TopTable
            In the order of relevance and P(liked) together, not of either alone.

        Raises
        ------
        OptionError
            If an option is out of range, or nothing has what ``only``, ``exclude_author`` or ``among`` asks for.
        """
        if n < 1:
            raise OptionError(f"n is {n}; ask for at least 1 item")
        n = min(n, len(self.data.ratings.items))
        users, readers = asked_readers(self, user, ratings)
        options = list_options(
            self, n, only=only, exclude_author=exclude_author, among=None if among is None else listed(among),
            max_by_author=max_by_author, diversity=diversity,
        )  # fmt: skip
        lists = best_lists(self, readers, n, options, progress=progress)
        return TopTable(explained_lists(self, users, readers, lists, reasons=reasons))

    def explain(self, user: Id | None, item: Id, *, ratings: Given | None = None) -> Explanation:
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
        users, items, pairs = asked_pairs(self, user, item, ratings)
        decisions, own = answer_pairs(self, pairs, items, ratings)
        why = explain(self.model, pairs, decisions.probability, self.titles.name_of, recommend=decisions.recommend)
        row = DecisionTable(decision_rows(self, users, items, pairs, decisions, own, why)).rows()[0]
        return Explanation(row, why[0])

    def update(self, new: Dataset | TableSource, **options: Unpack[ReadKeywords]) -> FittedRecommender:
        """Add ratings to what is known, without retraining.

        Parameters
        ----------
        new : Dataset, str, Path or frame
            Ratings on the same scale. Those of a pair that has one replace it; what is known already changes nothing.
        **options
            Those of :func:`toprank.load`.

        Returns
        -------
        FittedRecommender
            A new object.
        """
        update = read_update(self, new, **options)
        if not len(update.added):
            return self
        model = self.model.updated(update)
        retrieval = self.retrieval.updated(update.after, model.evidence.groupings)
        return replace(self, data=update.after, model=model, retrieval=retrieval)

    def evaluate(self, rows: Dataset | TableSource, **options: Unpack[ReadKeywords]) -> Evaluation:
        """Measure decisions on new ratings beside the baselines; see :func:`toprank.evaluate`."""
        from toprank.recommender.evaluate import evaluate

        return evaluate(self, rows, **options)

    def compare(
        self, other: FittedRecommender, rows: Dataset | TableSource | None = None, **options: Unpack[ReadKeywords]
    ) -> Compared:
        """Compare with another recommender on the same rows; see :func:`toprank.compare`."""
        from toprank.recommender.compare import compare

        return compare(self, other, rows, **options)

    def predict(self, pairs: Any) -> BoolArray:
        """Say yes or no to pairs, as scikit-learn's classifiers do.

        Parameters
        ----------
        pairs : frame
            pandas, Polars or Arrow, with the columns ``user`` and ``item``.

        Returns
        -------
        bool[n]
            Whether to recommend the item to the reader.
        """
        return self.decide(pairs, reasons=False).recommend

    def predict_proba(self, pairs: Any) -> FloatArray:
        """Give the probabilities of no and of yes, as scikit-learn's classifiers do.

        Parameters
        ----------
        pairs : frame
            As for :meth:`predict`.

        Returns
        -------
        float64[n, 2]
            1 - P(liked) and P(liked).
        """
        liked = self.decide(pairs, reasons=False).probability
        return np.column_stack([1 - liked, liked])

    def score(self, rows: Any) -> float:
        """Give the AUC of P(liked), which no cutoff sways: how often a liked pair is above one that is not.

        Unlike :meth:`evaluate` it leaves nothing out: ratings that the model knows flatter it.

        Parameters
        ----------
        rows : frame
            With the columns ``user``, ``item`` and ``rating``, on the model's scale.

        Returns
        -------
        float
            NaN where all rows are liked, or none is.
        """
        from toprank.metrics.scores import auc
        from toprank.recommender.evaluate import NewRatings, rows_for

        columns: ReadKeywords = {"user_column": "user", "item_column": "item", "rating_column": "rating"}
        asked = NewRatings.of(self, rows_for(self, rows, **columns).ratings).rated
        return auc(asked.liked, decide_known(self.model, self.policy, asked.user, asked.item).probability)

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
        """Find books by title and author: the likeliest and best known first, slips in the words forgiven.

        Parameters
        ----------
        text : str
            Words of either, in any order and case, with accents or without.
        n : int
            How many at most.

        Returns
        -------
        AnswerTable
            ``item``, the best-known edition, its ``title`` and ``author``, and ``ratings`` of all editions.

        Raises
        ------
        OptionError
            If there are no titles, or the text has no letter or digit.
        """
        return AnswerTable(found_rows(self, self.search.find(text, n=n)))

    def similar(self, item: Id, n: int = 10) -> AnswerTable:
        """Say what readers of a book also like, the nearest by who holds both first, and how many like both.

        Parameters
        ----------
        item : id
            The book, in any edition; an ISBN may be written in any form. An id that nobody has is an OptionError.
        n : int
            How many at most.

        Returns
        -------
        AnswerTable
            Those of :meth:`find`, and ``reason``: "12 of 30 readers who liked it also liked this".
        """
        from toprank.recommender.similar import position_of_item, similar_items

        items, why = similar_items(self, position_of_item(self, item), n)
        return AnswerTable(found_rows(self, items, why))

    def __repr__(self) -> str:
        ratings = self.data.ratings
        return (
            f"FittedRecommender on {self.data.name}: {len(ratings):,} ratings by {len(ratings.users) - 1:,} readers of "
            f"{len(ratings.items) - 1:,} items; {self.measures.verdict}"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>{self.measures._repr_html_()}"
