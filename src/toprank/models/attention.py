"""The deep network: attention over the reader's rated books and the book's raters, beside the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from annotated_types import Ge, Gt

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.engine import Here, run_tasks
from toprank.core.logistic import expit
from toprank.core.parameters import check_fields
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.scale import RatingScale
from toprank.core.stored import stored
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.models.attention_inputs import book_lookup, number_spread, reader_lookup, training_inputs
from toprank.models.attention_shares import BOOKS, RATERS, part_shares, token_effects
from toprank.models.base import ProgressCallback, checked_pairs, no_progress, score_known
from toprank.models.ordinal import FeatureScaler, OrdinalLevels
from toprank.nets.attention.attention_net import (
    AttentionNet,
    AttentionTraining,
    TrainedAttention,
    log_odds_of,
    train_attention,
)
from toprank.nets.attention.lookup import BookLookup, Inputs, ReaderLookup, dense_parts, look_up, token_rows
from toprank.targets import Binary

if TYPE_CHECKING:
    from toprank.evidence.build import Evidence, TrainingEvidence
    from toprank.evidence.pairs import Pairs
    from toprank.evidence.reason_words import Told
    from toprank.evidence.source import EvidenceUpdate, Namer
    from toprank.evidence.sources.embeddings import CollaborativeEmbeddings
    from toprank.evidence.sources.histograms import RatingHistograms

__all__ = ["AttentionLearner", "AttentionModel", "FittedAttention"]

BLOCK = 65_536
"""Pairs answered at once; a bound on memory."""


@stored
@dataclass(frozen=True, eq=False)
class FittedAttention:
    """Networks and what they look up.

    Parameters
    ----------
    evidence : Evidence
        What the training data say.
    embeddings, histograms : CollaborativeEmbeddings, RatingHistograms
        Sources that it looks up, be they among the columns of the evidence or not.
    scale : RatingScale
    spread : float
        What the first number of items is divided by.
    scaling : FeatureScaler
    steps : OrdinalLevels or None
    networks : tuple of TrainedAttention
        Their log odds are averaged. Empty where all training ratings were of one kind.
    books, raters : int
        How many of either are looked up.
    liked_share : float
        Share of training ratings that are liked.
    """

    evidence: Evidence
    embeddings: CollaborativeEmbeddings
    histograms: RatingHistograms
    scale: RatingScale
    spread: float
    scaling: FeatureScaler
    steps: OrdinalLevels | None
    networks: tuple[TrainedAttention, ...]
    books: int
    raters: int
    liked_share: float

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give P(liked); see :meth:`toprank.models.base.FittedModel.scores`."""
        return score_known(self, users, items)

    def probabilities(self, pairs: Pairs) -> FloatArray:
        """Give P(liked) of pairs (float64[n])."""
        if not self.networks:
            return np.full(len(pairs), self.liked_share)
        return np.asarray(expit(self.decision_function(self.evidence.matrix(pairs), pairs)))

    def decision_function(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the log odds of P(liked) of pairs whose evidence (float32[n, n_columns]) is at hand (float64[n])."""
        if self.steps is None:
            return np.zeros(len(matrix))
        level = self.steps.liked_levels(pairs.readers.lists.bar, pairs.row)
        return np.take_along_axis(self._exceeds(matrix, pairs), level[:, None], axis=1)[:, 0]

    def attributions(self, matrix: FloatArray, pairs: Pairs) -> tuple[dict[str, FloatArray], float]:
        """Share the log odds out; see :func:`toprank.models.attention_shares.part_shares`."""
        if self.steps is None or not len(pairs):
            return {}, 0.0
        from toprank.evidence.source import part_of

        readers, about = self._readers(pairs), self.about_books
        columns = [part_of(name) for name in self.evidence.names]
        parts = [*columns, *(columns[gap] for gap in self.scaling.gaps), *dense_parts(readers, about)]
        # What is left out is as it is of a reader and a book of whom nothing is known.
        usual = 3 * self.histograms.shares(np.zeros((1, len(self.histograms.pull)), np.int64))[0]
        plain = np.zeros(len(parts), np.float16)
        begin = len(columns) + len(self.scaling.gaps)
        plain[begin : begin + 2 * len(usual)] = np.tile(usual, 2)
        level = self.steps.liked_levels(pairs.readers.lists.bar, pairs.row)
        return part_shares(self._answer, self._inputs(matrix, pairs), parts, plain, level, self.steps.liked_level)

    def told(self, part: str, pairs: Pairs, place: int, effect: float, title: Namer) -> Told | None:
        """Name the rated book that adds most to the effect, or count the raters that are looked at."""
        if self.steps is None or part not in (BOOKS, RATERS):
            return None
        from toprank.evidence.reason_words import Told, liked_by, rated
        from toprank.evidence.sources.neighbours import Neighbours

        about, lists = self.about_books, pairs.readers.lists
        of_books, of_raters = pairs.once(f"rows of {id(self)}", lambda: self._token_rows(pairs))
        if part == BOOKS:
            rows = of_books[place][of_books[place] >= 0]
            adds = pairs.once(f"effects of {id(self)}", lambda: self._token_effects(pairs))[0][place, : len(rows)]
            fits = (lists.liked[rows] == (effect > 0)) & (adds * effect > 0)
            items = [int(lists.item[row]) for row in rows]
            fits &= np.array([title(item) is not None for item in items], np.bool_)
            if (neighbours := self.evidence.find(Neighbours)) is not None:
                # What it makes of a book that none of its readers has is about the reader, not about that book.
                fits &= np.isin(rows, neighbours.nearest_books(pairs.take(np.array([place]))))
            if not fits.any():
                return None
            best = int(np.argmax(np.where(fits, np.abs(adds), -1.0)))
            said = f"you gave {rated(title(items[best]), lists.value[rows[best]])}, which its readers also read"
            return Told(said, float(effect > 0), items=frozenset({items[best]}))
        rows = of_raters[place][of_raters[place] >= 0]
        rows = rows[about.work[about.item[rows]] == pairs.work[place]]
        if not len(rows):
            return None
        liked, n = int(about.liked[rows].sum()), len(rows)
        known = lists.start[pairs.row[place] + 1] > lists.start[pairs.row[place]]
        return Told(liked_by(liked, n, "most like you" if known else ""), liked / n)

    def expected_rating(self, users: IntArray, items: IntArray) -> FloatArray:
        r"""Give the expected rating (float64[n], rating points) of known users and items; NaN where nothing is known.

        .. math:: E[r] = l_0 + \sum_k P(r \ge s_k) (l_k - l_{k-1})

        with the steps s and the levels l of the scale.
        """
        groupings = self.evidence.groupings
        users, items, known = checked_pairs(users, items, groupings.users[0].size, groupings.items[0].size)
        expected = np.full(len(users), np.nan)
        if known.any() and self.steps is not None:
            pairs = self.evidence.pairs(users[known], items[known])
            exceeds = expit(self._exceeds(self.evidence.matrix(pairs), pairs))
            # Who reaches a step has reached all below it.
            exceeds = np.minimum.accumulate(exceeds, axis=1)
            expected[known] = self.steps.level[0] + exceeds @ np.diff(self.steps.level)
        return expected

    def updated(self, update: Update) -> FittedAttention:
        """Take in new ratings; see :class:`toprank.models.base.EvidenceModel`."""
        change = self.evidence.change(update)
        return self.updated_with(change, self.evidence.updated(change))

    def updated_with(self, change: EvidenceUpdate, evidence: Evidence) -> FittedAttention:
        """Do the same; ``evidence`` is that of after. What it lacks is updated apart."""
        sources: dict[str, Any] = {
            name: evidence.sources[name] if name in evidence.sources else getattr(self, name).updated(change)
            for name in ("embeddings", "histograms")
        }
        return replace(self, evidence=evidence, **sources)

    @cached_property
    def about_books(self) -> BookLookup:
        """The books' side of what is looked up: it follows from the evidence, so it is not stored."""
        known = self.evidence.readers(self.evidence.lists)
        return book_lookup(known, self.embeddings, self.histograms, self.scale, self.spread)

    def _exceeds(self, matrix: FloatArray, pairs: Pairs) -> FloatArray:
        """Give the log odds that the rating reaches each step (float64[n, steps])."""
        answer = np.empty((len(matrix), 0 if self.steps is None else len(self.steps.at)))
        about, readers = self.about_books, self._readers(pairs)
        for begin in range(0, len(matrix), BLOCK):
            rows = slice(begin, begin + BLOCK)
            scaled, row, item = self.scaling(matrix[rows]), pairs.row[rows], pairs.item[rows]
            inputs = look_up(readers, about, scaled, row, item, None, self.books, self.raters)
            answer[rows] = self._answer(inputs)
        return answer

    def _answer(self, inputs: Inputs) -> FloatArray:
        return np.asarray(log_odds_of(self.networks, inputs).mean(axis=0))

    def _readers(self, pairs: Pairs) -> ReaderLookup:
        return reader_lookup(pairs.readers, self.embeddings, self.histograms, float(self.about_books.middle[0]))[0]

    def _inputs(self, matrix: FloatArray, pairs: Pairs) -> Inputs:
        scaled, readers = self.scaling(matrix), self._readers(pairs)
        return look_up(readers, self.about_books, scaled, pairs.row, pairs.item, None, self.books, self.raters)

    def _token_rows(self, pairs: Pairs) -> tuple[IntArray, IntArray]:
        return token_rows(self._readers(pairs), self.about_books, pairs.row, pairs.item, self.books, self.raters)

    def _token_effects(self, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
        level = cast("OrdinalLevels", self.steps).liked_levels(pairs.readers.lists.bar, pairs.row)
        return token_effects(self._answer, self._inputs(self.evidence.matrix(pairs), pairs), level)


@dataclass(frozen=True)
class AttentionLearner:
    """What learns a deep network from evidence that is at hand; a blend has given it."""

    networks: Annotated[int, Ge(2), "Networks, each without its share of the folds; of no use above their number."] = 5
    books: Annotated[int, Ge(1), "Rated books that are looked at."] = 24
    raters: Annotated[int, Ge(1), "Raters that are looked at."] = 16
    net: Annotated[AttentionNet, "What the network looks like."] = field(default_factory=AttentionNet)
    training: Annotated[AttentionTraining, "How it is trained."] = field(default_factory=AttentionTraining)

    def __post_init__(self) -> None:
        check_fields(self)

    def look_up(self, training: TrainingEvidence) -> tuple[FeatureScaler, Inputs]:
        """Look up what networks read of the training rows, which :meth:`learn` does where it was not done before."""
        scaling, spread = FeatureScaler.of(training.matrix), number_spread(training.rows.groupings)
        return scaling, training_inputs(training, scaling(training.matrix), spread, self.books, self.raters)

    def learn(
        self,
        training: TrainingEvidence,
        *,
        rng: np.random.Generator,
        progress: ProgressCallback = no_progress,
        meanwhile: Callable[[], object] | None = None,
        looked_up: Callable[[], tuple[FeatureScaler, Inputs]] | None = None,
    ) -> tuple[FittedAttention, FloatArray]:
        """Train; the log odds of each training row from the network that left its fold out come with the networks."""
        ratings, liked = training.ratings, training.ratings.liked
        fitted = FittedAttention(
            evidence=training.evidence,
            embeddings=cast("CollaborativeEmbeddings", training.learned("embeddings").source),
            histograms=cast("RatingHistograms", training.learned("histograms").source),
            scale=ratings.scale,
            spread=number_spread(training.rows.groupings),
            scaling=FeatureScaler.of(training.matrix[:0]),
            steps=None,
            networks=(),
            books=self.books,
            raters=self.raters,
            liked_share=float(liked.mean()),
        )
        if liked.all() or not liked.any():
            return fitted, np.zeros(len(ratings))
        size = min(self.networks, training.folds)
        total = 1 + size * self.training.epochs
        progress(0, total, "looking up books and raters")
        steps = OrdinalLevels.of(ratings.value, ratings.scale.liked_from)
        level = steps.bins(ratings.value)
        scaling, inputs = self.look_up(training) if looked_up is None else looked_up()
        exceeds = (level[:, None] > np.arange(len(steps.at))).astype(np.float32)
        group = training.fold % size
        out_of_fold = np.empty(len(ratings))
        liked_level = steps.liked_levels(training.rows.readers.lists.bar, ratings.user.astype(np.int64))
        epochs = np.zeros(size, np.int64)

        def told(number: int, done: int, words: str) -> None:
            epochs[number] = done
            progress(1 + int(epochs.sum()), total, words)

        rows = _Rows(inputs, exceeds, group, liked_level, steps.liked_level, self, rng, Here(told))
        trained = run_tasks(
            _train, range(size), rows, threads=True, meanwhile=meanwhile,
            done=lambda number, _: told(number, self.training.epochs, "a network is trained"),
        )  # fmt: skip
        for number, (_, log_odds) in enumerate(trained):
            out_of_fold[group == number] = log_odds
        networks = tuple(network for network, _ in trained)
        return replace(fitted, scaling=scaling, steps=steps, networks=networks), out_of_fold


@dataclass(frozen=True, eq=False)
class _Rows:
    """The training rows as networks read them: inputs, steps reached, group left out, the step that means liked."""

    inputs: Inputs
    exceeds: FloatArray
    group: IntArray
    level: IntArray
    liked_level: int
    learner: AttentionLearner
    rng: np.random.Generator
    told: Here


def _train(number: int, rows: _Rows) -> tuple[TrainedAttention, FloatArray]:
    """Train the network that leaves one group out, and give the log odds of its rows."""
    left_out = np.flatnonzero(rows.group == number)
    network = train_attention(
        rows.learner.net, rows.learner.training, rows.inputs, rows.exceeds, rows.liked_level,
        np.flatnonzero(rows.group != number), left_out, rng=derive_rng(rows.rng, "network", number),
        progress=lambda done, _, words: rows.told(number, done, words),
    )  # fmt: skip
    log_odds = network.log_odds(rows.inputs, left_out)
    return network, np.take_along_axis(log_odds, rows.level[left_out, None], axis=1)[:, 0]


@stored
@dataclass(frozen=True)
class AttentionModel(AttentionLearner):
    r"""A deep network over cross-fitted evidence; the score is P(liked).

    It reads the evidence; vectors of the book, its finest kind and the reader, found from who holds what and no label;
    histograms of the reader's and the book's ratings; and it attends over the reader's books most like the target and
    over the raters most like the reader. What it reads of a training row leaves out the row's fold. Each network leaves
    a group of folds out, which says which epoch was best; validation rows are not looked at.

    The output is ordinal: the log odds that the rating reaches each step of the scale. The defaults follow a dozen
    single networks compared by validation AUC and log loss on the notebook's split of Book-Crossing; no test row was
    read for them. Learned embeddings of works, authors, publishers, series and places, rare ones sharing a token and
    half of each dropped, lost 0.004 of AUC in the one setting tried.

    Examples
    --------
    >>> AttentionModel(networks=1)
    Traceback (most recent call last):
    toprank.errors.OptionError: networks is 1; it must be at least 2
    """

    folds: Annotated[int, Ge(2), "Folds of the evidence."] = 5
    damping: Annotated[float, Gt(0), "Ratings' worth of pull on every mean of the evidence."] = 3.0
    max_rows: Annotated[int, Ge(1000), "Most training rows that it learns from; statistics read all."] = 400_000
    target: Binary = field(default_factory=Binary)

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedAttention:
        """Gather the evidence and learn from it; validation ratings are not looked at."""
        from toprank.evidence.build import build_evidence  # with all that reads attributes

        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        if validation is not None and (
            validation.users != data.ratings.users or validation.items != data.ratings.items
        ):
            raise OptionError("the validation ratings have other users or items than the training ratings")
        folds = min(self.folds, max(2, len(data.ratings)))
        training = build_evidence(
            data, folds=folds, damping=self.damping, rng=derive_rng(rng, "evidence"), max_rows=self.max_rows
        )
        return self.learn(training, rng=rng, progress=progress)[0]
