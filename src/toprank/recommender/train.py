"""Learning: split, evidence and judges, candidates, calibration and cutoff; measured, and then told the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from toprank.candidates.retrieval import FittedRetrieval, Retrieval
from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Decisions
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.rng import derive_rng
from toprank.core.update import Update
from toprank.data.relative_liking import relative_ratings
from toprank.data.splits import Split, random_split
from toprank.decisions.abstention import parse_abstain
from toprank.decisions.objectives import parse_objective
from toprank.decisions.policy import DecisionPolicy, fit_policy
from toprank.decisions.ranking import tune_like_weight
from toprank.evidence.updating import settled, updated
from toprank.models.base import EvidenceModel, ProgressCallback
from toprank.recommender.fitted import FittedRecommender
from toprank.recommender.measure import TestPredictions, measure
from toprank.recommender.unknown import add_unknown_row

if TYPE_CHECKING:
    from toprank.recommender.configuration import Recommender

__all__ = ["fit_recommender"]

ASKED = 3000
"""Readers from whom the ranking is learned; of more, evenly spaced ones."""

JUDGED = 50
"""Candidates of a reader that are judged where the ranking is learned."""


def fit_recommender(settings: Recommender, data: Dataset, *, progress: ProgressCallback) -> FittedRecommender:
    """Learn; see :meth:`toprank.recommender.configuration.Recommender.fit`."""
    objective = parse_objective(settings.objective)
    if settings.liked_from is not None:
        scale = replace(data.ratings.scale, liked_from=settings.liked_from)
        data = replace(data, ratings=replace(data.ratings, scale=scale))
    data = add_unknown_row(data)
    split = random_split(data.ratings, seed=settings.seed, validation=settings.validation, test=settings.test)
    if settings.liked == "relative":
        data = replace(data, ratings=relative_ratings(data.ratings, split.train))
    rng = np.random.default_rng(settings.seed)
    train = data.with_ratings(split.train)
    validation, test = data.ratings.take(split.validation), data.ratings.take(split.test)

    name = "blend" if settings.deep else "boosted"
    model = cast(
        EvidenceModel, settings.build_model().fit(train, rng=derive_rng(rng, name), progress=_part(progress, 0, 65))
    )
    model = model.settled(settled(model.evidence))
    retrieval = Retrieval(max_items=settings.budget).fit(
        train, rng=derive_rng(rng, "retrieval"), validation=validation, progress=_part(progress, 65, 80)
    )
    progress(80, 100, "choosing the cutoff")
    scores, known = model.scores(validation.user, validation.item), model.evidence.knowledge(*_pair(validation))
    answering = fit_policy(scores, validation, known, objective, abstain=parse_abstain(settings.abstain))
    on_validation = answering(*_pair(validation), scores, known)
    progress(84, 100, "learning to rank")
    pull = _pull(model, retrieval, answering, ReaderLists.of(train), validation)
    # From here on nothing is chosen any more, and the test ratings are read.
    progress(90, 100, "measuring")
    on_test = _decided(model, answering, test)
    measures = measure(
        train, validation, test, on_validation, on_test, objective, answering.threshold.cutoff, answering.abstain,
        rng=derive_rng(rng, "measures"),
    )  # fmt: skip
    if settings.add_held_out:
        progress(95, 100, "adding the held-out ratings")
        model, retrieval = _told_the_rest(model, retrieval, train, data, split)
    else:
        data = train
    tested = TestPredictions(test.user, test.item, test.liked, on_test.probability, on_test.recommend)
    progress(100, 100, "done")
    return FittedRecommender(settings, data, model, answering, retrieval, pull, tested, measures)


def _told_the_rest(
    model: EvidenceModel, retrieval: FittedRetrieval, train: Dataset, data: Dataset, split: Split
) -> tuple[EvidenceModel, FittedRetrieval]:
    """Add the ratings that were held out, as any later ones are added."""
    rest = np.concatenate([split.validation, split.test])
    order = np.concatenate([split.train, rest])
    after = data.with_ratings(order)
    added = np.arange(len(split.train), len(order))
    update = Update(train, after, added, np.empty(0, np.int64))
    evidence = updated(model.evidence, update)
    return model.updated(evidence, update), retrieval.updated(after, evidence.known)


def _pull(
    model: EvidenceModel,
    retrieval: FittedRetrieval,
    answering: DecisionPolicy,
    readers: ReaderLists,
    validation: Ratings,
) -> float:
    """Learn what P(liked) counts in lists, from what readers liked of the validation rows.

    The relevance, some forty weights, was learned from the same; to learn it once more from half of them would be
    cleaner, and take half a minute longer on a quarter of a million rows.
    """
    work = retrieval.work
    users = np.unique(validation.user[validation.liked])
    users = users[:: -(-len(users) // ASKED) or 1]
    found = retrieval.candidates(readers.take(users), n=JUDGED)
    row, place = np.nonzero(found.item >= 0)
    user, item = users[row], found.item[row, place]
    decisions = answering(
        user, item, model.scores(user, item), model.evidence.knowledge(user.astype(np.int64), item.astype(np.int64))
    )
    probability, allowed = np.full(found.item.shape, 0.5), np.zeros(found.item.shape, np.bool_)
    probability[row, place], allowed[row, place] = decisions.probability, decisions.recommend
    size = int(work.max(initial=0)) + 1
    wanted = np.unique(
        validation.user[validation.liked].astype(np.int64) * size + work[validation.item[validation.liked]]
    )
    hit = np.isin(users[:, None].astype(np.int64) * size + np.maximum(found.work, 0), wanted) & (found.work >= 0)
    return tune_like_weight(found.relevance, probability, allowed, hit)


def _decided(model: EvidenceModel, answering: DecisionPolicy, rows: Ratings) -> Decisions:
    pair = _pair(rows)
    return answering(*pair, model.scores(*pair), model.evidence.knowledge(*pair))


def _pair(rows: Ratings) -> tuple[IntArray, IntArray]:
    return rows.user, rows.item


def _part(progress: ProgressCallback, begin: int, end: int) -> ProgressCallback:
    """Tell of a part as a share of the whole."""

    def told(done: int, total: int, words: str) -> None:
        progress(begin + (end - begin) * done // max(1, total), 100, words)

    return told
