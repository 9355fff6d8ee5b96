"""The deep judge: a network over the evidence, the reader's rated books and the book's raters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, cast

import numpy as np
from annotated_types import Ge, Gt
from scipy.special import expit

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.parameters import check_fields
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.models.base import ProgressCallback, checked_pairs, no_progress
from toprank.models.ordinal import FeatureScaler, OrdinalLevels
from toprank.nets.attention.attention_net import (
    AttentionNet,
    AttentionTraining,
    TrainedAttention,
    log_odds_of,
    train_attention,
)
from toprank.nets.attention.lookup import Catalogue, Inputs, RatingLookup
from toprank.targets import Binary

if TYPE_CHECKING:
    from toprank.evidence.build import Evidence, TrainingEvidence
    from toprank.evidence.embeddings import Places
    from toprank.evidence.groupings import Groupings

__all__ = ["AttentionLearner", "AttentionModel", "FittedAttention"]

MAX_KINDS = 4
"""How many kinds of a book are compared, the finest."""

BLOCK = 65_536
"""Pairs judged at once; a bound on memory."""


@stored
@dataclass(frozen=True, eq=False)
class FittedAttention:
    """Networks and what they look up.

    Parameters
    ----------
    evidence : Evidence
        What the training data say.
    shelves : RatingLookup or None
        The training ratings by reader and by book; None where there was nothing to learn.
    scaling : FeatureScaler
    steps : OrdinalLevels or None
    networks : tuple of TrainedAttention
        Their log odds are averaged. Empty where all training ratings were of one kind.
    out_of_fold : float64[n]
        Log odds of the training ratings in canonical order, each from a network that did not learn from its fold.
    books, raters : int
        How many of either are told of.
    liked_share : float
        Share of training ratings that are liked.
    """

    evidence: Evidence
    shelves: RatingLookup | None
    scaling: FeatureScaler
    steps: OrdinalLevels | None
    networks: tuple[TrainedAttention, ...]
    out_of_fold: FloatArray
    books: int
    raters: int
    liked_share: float

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give P(liked); see :meth:`toprank.models.base.FittedModel.scores`."""
        users, items, known = self._checked(users, items)
        scores = np.full(len(users), np.nan)
        if known.any():
            users, items = users[known], items[known]
            log_odds = self.judge(self.evidence.matrix(users, items), users, items)
            scores[known] = expit(log_odds) if self.networks else self.liked_share
        return scores

    def judge(self, matrix: FloatArray, users: IntArray, items: IntArray) -> FloatArray:
        """Give the log odds of P(liked) of known pairs whose evidence is at hand.

        Parameters
        ----------
        matrix : float32[n, n_columns]
            Their evidence.
        users, items : int[n]
            Their positions; none is -1.

        Returns
        -------
        float64[n]
        """
        if self.steps is None:
            return np.zeros(len(matrix))
        reached = self._reached(matrix, users, items)
        level = np.full(len(matrix), self.steps.liked_level)
        if self.shelves:
            level = self.steps.liked_levels(self.shelves.ratings, users)
        return np.take_along_axis(reached, level[:, None], axis=1)[:, 0]

    def expected_rating(self, users: IntArray, items: IntArray) -> FloatArray:
        r"""Give the expected rating.

        .. math:: E[r] = l_0 + \sum_k P(r \ge s_k) (l_k - l_{k-1})

        with the steps s and the levels l of the scale.

        Parameters
        ----------
        users, items : int[n]
            Positions; -1 is unknown.

        Returns
        -------
        float64[n]
            In rating points; NaN where a side is unknown, or nothing was learned.
        """
        users, items, known = self._checked(users, items)
        expected = np.full(len(users), np.nan)
        if known.any() and self.steps is not None:
            users, items = users[known], items[known]
            reached = expit(self._reached(self.evidence.matrix(users, items), users, items))
            # Who reaches a step has reached all below it.
            reached = np.minimum.accumulate(reached, axis=1)
            expected[known] = self.steps.level[0] + reached @ np.diff(self.steps.level)
        return expected

    def settled(self, evidence: Evidence) -> FittedAttention:
        """Drop what only learning needed; see :class:`toprank.models.base.EvidenceModel`."""
        if self.shelves is None:
            return replace(self, evidence=evidence, out_of_fold=np.empty(0))
        shelves = self.shelves.whole
        if evidence.places is not None:
            shelves = replace(shelves, places=evidence.places)
        return replace(self, evidence=evidence, shelves=shelves, out_of_fold=np.empty(0))

    def updated(self, evidence: Evidence, update: Update) -> FittedAttention:
        """Look up new ratings too; see :class:`toprank.models.base.EvidenceModel`."""
        from toprank.evidence.updating import placed

        if self.shelves is None:
            return self.settled(evidence)
        ratings, known, old = update.after.ratings.canonical(), evidence.known, self.shelves
        value = ratings.value.astype(np.float64)
        residual = (value - evidence.bias.expected(ratings.user, known.work.code[ratings.item])).astype(np.float32)
        places = evidence.places
        if places is None:
            places = placed(cast("Places", old.places), update, known, evidence.bias)
        shelves = RatingLookup.of(
            _catalogue(known, old.catalogue.spread), ratings, np.full(len(ratings), -1), 0, residual[None], places
        )
        return replace(self, evidence=evidence, shelves=shelves, out_of_fold=np.empty(0))

    def _reached(self, matrix: FloatArray, users: IntArray, items: IntArray) -> FloatArray:
        answer = np.empty((len(matrix), 0 if self.steps is None else len(self.steps.at)))
        for begin in range(0, len(matrix), BLOCK):
            rows = slice(begin, begin + BLOCK)
            inputs = self._inputs(matrix[rows], users[rows], items[rows])
            answer[rows] = log_odds_of(self.networks, inputs).mean(axis=0)
        return answer

    def _inputs(self, matrix: FloatArray, users: IntArray, items: IntArray) -> Inputs:
        if self.shelves is None:
            raise OptionError("nothing was learned, so there is nothing to look up")
        pair = users.astype(np.int32), items.astype(np.int32)
        return self.shelves.inputs(self.scaling(matrix), *pair, None, self.books, self.raters)

    def _checked(self, users: IntArray, items: IntArray) -> tuple[Int32Array, Int32Array, BoolArray]:
        known = self.evidence.known
        return checked_pairs(users, items, known.users[0].size, known.items[0].size)


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

    def learn(
        self, gathered: TrainingEvidence, *, rng: np.random.Generator, progress: ProgressCallback = no_progress
    ) -> FittedAttention:
        """Learn from training rows whose evidence is at hand."""
        ratings, liked = gathered.ratings, gathered.ratings.liked
        scaling = FeatureScaler.of(gathered.matrix)
        share = float(liked.mean())
        if liked.all() or not liked.any():
            nothing = np.zeros(len(ratings))
            return FittedAttention(gathered.evidence, None, scaling, None, (), nothing, self.books, self.raters, share)
        networks = min(self.networks, gathered.folds)
        total = 1 + networks * self.training.epochs
        progress(0, total, "looking up books and raters")
        steps = OrdinalLevels.of(ratings.value, ratings.scale.liked_from)
        level = steps.bins(ratings.value)
        shelves = RatingLookup.of(
            _catalogue(gathered.evidence.known),
            ratings,
            gathered.fold,
            gathered.folds,
            gathered.residual,
            gathered.places,
        )
        inputs = shelves.inputs(
            scaling(gathered.matrix), ratings.user, ratings.item, gathered.fold, self.books, self.raters
        )
        reached = (level[:, None] > np.arange(len(steps.at))).astype(np.float32)
        group = gathered.fold % networks
        out_of_fold = np.empty(len(ratings))
        trained = []
        for number in range(networks):
            left_out = np.flatnonzero(group == number)

            def told(done: int, _: int, words: str, before: int = 1 + number * self.training.epochs) -> None:
                progress(before + done, total, words)

            network = train_attention(
                self.net, self.training, inputs, reached, steps.liked_level, np.flatnonzero(group != number), left_out,
                rng=derive_rng(rng, "network", number), progress=told,
            )  # fmt: skip
            bar = steps.liked_levels(ratings, ratings.user[left_out])
            out_of_fold[left_out] = np.take_along_axis(network.log_odds(inputs, left_out), bar[:, None], axis=1)[:, 0]
            trained.append(network)
        return FittedAttention(
            gathered.evidence, shelves, scaling, steps, tuple(trained), out_of_fold, self.books, self.raters, share
        )


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
        gathered = build_evidence(data, folds=folds, damping=self.damping, rng=derive_rng(rng, "evidence"))
        return self.learn(gathered, rng=rng, progress=progress)


def _catalogue(known: Groupings, spread: float | None = None) -> Catalogue:
    kinds = known.kinds[:MAX_KINDS]
    n_items = known.items[0].size
    number = next(iter(known.item_numbers.values()), np.full(n_items, np.nan))
    if spread is None:
        finite = number[np.isfinite(number)]
        spread = max(float(finite.std()), 1e-6) if len(finite) else 1.0
    shared = next((c.code for c in known.users[1:] if c.crossed), np.full(known.users[0].size, -1, np.int32))
    return Catalogue(
        work=known.work.code.astype(np.int32),
        n_works=known.work.size,
        kinds=np.stack([c.code for c in kinds], axis=1) if kinds else np.empty((n_items, 0), np.int32),
        number=(number / spread).astype(np.float32),
        spread=spread,
        shared=shared.astype(np.int32),
    )
