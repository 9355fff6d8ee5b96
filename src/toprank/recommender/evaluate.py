"""How a recommender does on ratings that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.data.datasets.load import load_ratings
from toprank.data.relative_liking import RelativeRatings
from toprank.decisions.objectives import parse_objective
from toprank.errors import OptionError
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.measurements import Comparison, Measurement, Slice
from toprank.evaluation.scorecard import measure_slices, ratings_known, score, verdict_against
from toprank.recommender.answering import answer_pairs
from toprank.recommender.any_book import any_figures, weights_of
from toprank.recommender.calibrated import baseline_predictions
from toprank.recommender.matching import match_ids
from toprank.recommender.measure import own_predictions
from toprank.recommender.measures import figures_html
from toprank.recommender.unknown import UNKNOWN
from toprank.report.phrases import pluralise

if TYPE_CHECKING:
    from toprank.data.reading.read_options import ReadKeywords, TableSource
    from toprank.recommender.state import FittedState

__all__ = ["Evaluation", "NewRatings", "evaluate", "pair_key", "rows_for"]

HELD_OUT = 0.1
"""Share of what is known that the baselines choose their cutoffs on."""


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """How decisions do on new ratings, beside the baselines.

    Parameters
    ----------
    rows : int
        Ratings that were decided on.
    readers : int
        Who gave them.
    left_out : int
        Ratings that were not, since the recommender knows a rating of the pair: to answer these would be no test.
    new_readers, new_items : int
        Rows whose reader, or item, is new.
    liked : float
        Share of the rows that are liked.
    objective : str
        What the cutoff serves.
    figures, intervals, comparisons, verdict
        As in :class:`~toprank.recommender.measure.Measures`.
    slices : tuple of Slice
        By how much is known.
    any_book
        As in :class:`~toprank.recommender.measures.Measures`: where the recommender was fitted for any book.
    """

    rows: int
    readers: int
    left_out: int
    new_readers: int
    new_items: int
    liked: float
    objective: str
    figures: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, Measurement]]
    comparisons: tuple[Comparison, ...]
    verdict: str
    slices: tuple[Slice, ...]
    any_book: dict[str, dict[str, float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Evaluation on {self._rows}: {self.verdict}"

    def _repr_html_(self) -> str:
        return figures_html(self._rows, self.figures, self.intervals, self.objective, self.verdict)

    @property
    def _rows(self) -> str:
        return f"{pluralise(self.rows, 'new rating')} by {pluralise(self.readers, 'reader')}"


def rows_for(recommender: FittedState, source: TableSource, **options: Unpack[ReadKeywords]) -> Dataset:
    """Read ratings on a recommender's scale, with its bar for "liked".

    Parameters
    ----------
    recommender : FittedState
    source : str, Path or frame
        Whatever :func:`toprank.load` takes.
    **options
        Those of :func:`toprank.load`, without ``scale`` and ``liked_from``.

    Returns
    -------
    Dataset
    """
    return load_ratings(source, recommender.data.ratings.scale, **options)


def evaluate(recommender: FittedState, rows: Dataset | TableSource, **options: Unpack[ReadKeywords]) -> Evaluation:
    """Measure decisions on new ratings, beside the baselines, which know what the recommender knows.

    Ratings of pairs whose rating the recommender knows are left out. New ids are answered from what is
    known without them. The cutoffs and the calibration of the baselines are learned on a tenth of what is known
    from the other nine; the new ratings choose nothing.

    Parameters
    ----------
    recommender : FittedState
    rows : Dataset, str, Path or frame
        New ratings, on the same scale.
    **options
        Those of :func:`toprank.load` without ``scale`` and ``liked_from``, where ``rows`` is no dataset yet.

    Returns
    -------
    Evaluation

    Raises
    ------
    OptionError
        If the scale is another, or no rating is new.

    Examples
    --------
    >>> import toprank as tr
    >>> rows = [(u, i, 1 + (u + 2 * i) % 5) for u in range(30) for i in range(12)]
    >>> user, item, rating = (list(column) for column in zip(*rows))
    >>> import pyarrow as pa
    >>> frame = pa.table({"user": user, "item": item, "rating": rating})
    >>> model = tr.Recommender(deep=False).fit(frame.slice(0, 300), scale="1-5")
    >>> found = tr.evaluate(model, frame.slice(300))
    >>> found.rows, sorted(found.figures)[:2]
    (60, ['always', 'bias'])
    """
    if not isinstance(rows, Dataset):
        rows = rows_for(recommender, rows, **options)
    asked = NewRatings.of(recommender, rows.ratings)
    if len(rows.ratings):
        match_ids(recommender.data.ratings, rows.ratings).check()
    new = asked.take(~asked.known)
    if len(asked.rated) == 0:
        raise OptionError("there are no ratings to measure on; give at least one")
    if len(new.rated) == 0:
        raise OptionError(
            f"the model knows the rating of each of the {len(asked.rated):,} pairs already, so nothing would be "
            "tested; give ratings that it was not fitted on"
        )
    data, objective = recommender.data, parse_objective(recommender.config.objective)
    rng = derive_rng(np.random.default_rng(recommender.config.seed), "evaluate")
    order = derive_rng(rng, "held out").permutation(len(data.ratings))
    held_out = max(1, int(HELD_OUT * len(order)))
    learned, validation = data.with_ratings(order[held_out:]), data.ratings.take(order[:held_out])
    decided, _ = answer_pairs(recommender, recommender.model.evidence.pairs(new.rated.user, new.rated.item))
    mine = own_predictions(new.rated, decided.probability, decided.recommend, decided.expected)
    baselines = baseline_predictions(learned, validation, new.rated, objective, known=data)
    draws = UserBootstrap(new.reader, new.rated.liked, rng=derive_rng(rng, "bootstrap"))
    card = score({"toprank": mine, **baselines}, draws, objective)
    comparisons = card.compare_all("toprank")
    any_book = {}
    if recommender.exposure is not None:
        weight = weights_of(recommender.exposure, recommender.model, recommender.retrieval, new.rated)
        any_book = any_figures(new.rated.liked, decided.probability, decided.recommend, weight)
    return Evaluation(
        rows=len(new.rated),
        readers=len(np.unique(new.reader)),
        left_out=int(asked.known.sum()),
        new_readers=int(np.sum(new.rated.user == UNKNOWN)),
        new_items=int(np.sum(new.rated.item == UNKNOWN)),
        liked=float(new.rated.liked.mean()),
        objective=str(objective),
        figures=card.figures,
        intervals=card.intervals,
        comparisons=comparisons,
        verdict=verdict_against(comparisons, str(objective)),
        slices=measure_slices(mine, *ratings_known(data.ratings, new.rated)),
        any_book=any_book,
    )


@dataclass(frozen=True, eq=False)
class NewRatings:
    """New rows as a recommender sees them.

    ``reader`` (int32[n]) tells readers apart, new ones too; ``users`` and ``items`` are the ids of the outside world;
    ``rated`` has the recommender's positions, :data:`UNKNOWN` for new ids; ``known`` (bool[n]) tells whether the
    recommender knows the rating of the pair.
    """

    reader: IntArray
    users: AnyArray
    items: AnyArray
    rated: Ratings
    known: BoolArray

    @classmethod
    def of(cls, recommender: FittedState, rows: Ratings) -> NewRatings:
        """Look rows up; raises OptionError where they are on another scale."""
        mine = recommender.data.ratings
        scales = [(one.scale.low, one.scale.high, one.scale.liked_from) for one in (rows, mine)]
        if scales[0] != scales[1]:
            raise OptionError(
                f"the ratings are on the scale {rows.scale}, the model on {mine.scale}; give ratings on the model's"
            )
        users, items = rows.users.ids[rows.user], rows.items.ids[rows.item]
        user, item = np.maximum(mine.users.positions(users), UNKNOWN), np.maximum(mine.items.positions(items), UNKNOWN)
        known = np.isin(pair_key(user, item, mine), pair_key(mine.user, mine.item, mine))
        rated = mine.take([]).joined(user, item, rows.value, rows.time)
        if isinstance(rated, RelativeRatings):
            bar = rated.bar.copy()
            bar[UNKNOWN] = bar.mean(dtype=np.float64)  # that which a new reader gets with an update
            rated = replace(rated, bar=bar)
        return cls(rows.user, users, items, rated, known)

    def take(self, rows: BoolArray) -> NewRatings:
        """Keep some rows."""
        return NewRatings(
            self.reader[rows], self.users[rows], self.items[rows], self.rated.take(rows), self.known[rows]
        )


def pair_key(user: IntArray, item: IntArray, ratings: Ratings) -> IntArray:
    """Give each pair of positions a number of its own (int64[n])."""
    return user.astype(np.int64) * len(ratings.items) + item
