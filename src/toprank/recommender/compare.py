"""Which of two recommenders does better, and whether by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.rng import derive_rng
from toprank.decisions.objectives import FBeta
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.scorecard import DIFFERENCES, Difference, Predictions, score
from toprank.recommender.answering import answer_pairs
from toprank.recommender.evaluate import NewRatings, pair_key, rows_for
from toprank.report.phrases import pluralise

if TYPE_CHECKING:
    from toprank.data.reading.read_options import ReadKeywords, TableSource
    from toprank.recommender.state import FittedState

__all__ = ["Compared", "compare"]


@dataclass(frozen=True, eq=False, repr=False)
class Compared:
    """Two recommenders on the same rows.

    Parameters
    ----------
    rows, readers : int
        Ratings that both decided on, and who gave them.
    left_out : int
        Ratings that could not be compared: one of the two knows them, or only one was tested on them.
    liked : float
        Share of the rows that are liked.
    differences : tuple of Difference
        F1, AUC, log loss and Brier score.
    """

    rows: int
    readers: int
    left_out: int
    liked: float
    differences: tuple[Difference, ...]

    def __repr__(self) -> str:
        return f"Compared on {self._rows}: {'; '.join(one.verdict for one in self.differences)}"

    def _repr_html_(self) -> str:
        from toprank.recommender.score_tables import compared_table
        from toprank.report.html import to_html

        return to_html(compared_table(self._rows, self.differences))

    @property
    def _rows(self) -> str:
        return f"{pluralise(self.rows, 'rating')} by {pluralise(self.readers, 'reader')}"


def compare(
    first: FittedState,
    second: FittedState,
    rows: Dataset | TableSource | None = None,
    **options: Unpack[ReadKeywords],
) -> Compared:
    """Compare two recommenders on the same rows, by a paired bootstrap over readers.

    Parameters
    ----------
    first, second : FittedState
    rows : Dataset, str, Path or frame, optional
        New ratings, on the scale of both; those of pairs that either knows are left out. By default the test ratings
        that both were measured on before these were added to what they know.
    **options
        Those of :func:`toprank.load` without ``scale`` and ``liked_from``, where ``rows`` is no dataset yet.

    Returns
    -------
    Compared

    Raises
    ------
    OptionError
        If the two mean different things by "liked", or no row can be compared.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import toprank as tr
    >>> rows = [(u, i, 1 + (u + 2 * i) % 5) for u in range(30) for i in range(12)]
    >>> user, item, rating = (list(column) for column in zip(*rows))
    >>> data = tr.load(pa.table({"user": user, "item": item, "rating": rating}), scale="1-5")
    >>> one, other = (tr.Recommender(deep=False, objective=name).fit(data) for name in ("f1", "precision>=0.7"))
    >>> found = tr.compare(one, other)
    >>> found.rows, [one.metric for one in found.differences]
    (36, ['f1', 'auc', 'log_loss', 'brier'])
    """
    if not (rows is None or isinstance(rows, Dataset)):
        rows = rows_for(first, rows, **options)
    known = [one.data.ratings for one in (first, second)]
    meant = [(type(one), one.scale.low, one.scale.high, one.scale.liked_from) for one in known]
    if meant[0] != meant[1]:
        words = " and ".join(one.liked_in_words for one in known)
        raise OptionError(f"the models mean different things by liked: {words}; fit both with the same")
    reader, both, left_out = _both_tested(first, second) if rows is None else _both(first, second, rows)
    liked = both["first"].liked
    draws = UserBootstrap(reader, liked, rng=derive_rng(np.random.default_rng(first.config.seed), "compare"))
    card = score(both, draws, FBeta(1.0), losses=True)
    return Compared(
        rows=len(liked),
        readers=len(np.unique(reader)),
        left_out=left_out,
        liked=float(liked.mean()),
        differences=tuple(
            Difference(c.metric, card.figures["first"][c.metric], card.figures["second"][c.metric], c.low, c.high)
            for c in card.compare("first", "second", tuple(DIFFERENCES))
        ),
    )


def _both(first: FittedState, second: FittedState, rows: Dataset) -> tuple[IntArray, dict[str, Predictions], int]:
    asked = [NewRatings.of(one, rows.ratings) for one in (first, second)]
    liked = [one.rated.liked for one in asked]
    usable = ~asked[0].known & ~asked[1].known & (liked[0] == liked[1])
    if not usable.any():
        raise OptionError(
            f"each of the {len(usable):,} ratings is known to one of the models; "
            "give ratings that neither was fitted on"
        )
    new = asked[0].take(usable)
    decided = [
        answer_pairs(one, one.model.evidence.pairs(rows.rated.user[usable], rows.rated.item[usable]))[0]
        for one, rows in zip((first, second), asked, strict=True)
    ]
    both = [_predictions(new.rated.liked, one.probability, one.recommend) for one in decided]
    return new.reader, dict(zip(("first", "second"), both, strict=True)), int(np.sum(~usable))


def _both_tested(first: FittedState, second: FittedState) -> tuple[IntArray, dict[str, Predictions], int]:
    mine, theirs = first.tested, second.tested
    known, others = first.data.ratings, second.data.ratings
    user = others.users.positions(known.users.ids[mine.user])
    item = others.items.positions(known.items.ids[mine.item])
    key = np.where((user < 0) | (item < 0), -1, pair_key(user, item, others))
    _, at, there = np.intersect1d(key, pair_key(theirs.user, theirs.item, others), return_indices=True)
    same = mine.liked[at] == theirs.liked[there]  # where each reader has a bar of their own, some bars differ
    at, there = at[same], there[same]
    if len(at) == 0:
        raise OptionError(
            "no test rating of one model is a test rating of the other; fit both on the same data with the same seed, "
            "or compare them on new ratings (--data)"
        )
    both = {
        name: _predictions(one.liked[rows], one.probability[rows], one.recommend[rows])
        for name, one, rows in (("first", mine, at), ("second", theirs, there))
    }
    return mine.user[at], both, len(mine.liked) + len(theirs.liked) - 2 * len(at)


def _predictions(liked: BoolArray, probability: FloatArray, recommend: BoolArray) -> Predictions:
    return Predictions(liked, probability, probability, recommend)
