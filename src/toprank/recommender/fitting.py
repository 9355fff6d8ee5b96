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
from toprank.core.rng import child
from toprank.core.update import Update
from toprank.data.relative import relative_ratings
from toprank.data.splits import Split, random_split
from toprank.deciding.abstaining import parse_abstain
from toprank.deciding.answering import Answering, fit_answering
from toprank.deciding.objectives import parse_objective
from toprank.deciding.ranking import learn_pull
from toprank.evidence.updating import settled, updated
from toprank.models.base import Updatable, Watch
from toprank.recommender.fitted import FittedRecommender
from toprank.recommender.measuring import Tested, measure
from toprank.recommender.nobody import with_nobody

if TYPE_CHECKING:
    from toprank.recommender.settings import Recommender

__all__ = ["fit_recommender"]

ASKED = 3000
"""Readers from whom the ranking is learned; of more, evenly spaced ones."""

JUDGED = 50
"""Candidates of a reader that are judged where the ranking is learned."""


def fit_recommender(settings: Recommender, data: Dataset, *, watch: Watch) -> FittedRecommender:
    """Learn; see :meth:`toprank.recommender.settings.Recommender.fit`."""
    objective = parse_objective(settings.objective)
    if settings.liked_from is not None:
        scale = replace(data.ratings.scale, liked_from=settings.liked_from)
        data = replace(data, ratings=replace(data.ratings, scale=scale))
    data = with_nobody(data)
    split = random_split(data.ratings, seed=settings.seed, validation=settings.validation, test=settings.test)
    if settings.liked == "relative":
        data = replace(data, ratings=relative_ratings(data.ratings, split.train))
    rng = np.random.default_rng(settings.seed)
    train = data.with_ratings(split.train)
    validation, test = data.ratings.take(split.validation), data.ratings.take(split.test)

    name = "blend" if settings.deep else "boosted"
    model = cast(Updatable, settings.judge.fit(train, rng=child(rng, name), watch=_part(watch, 0, 65)))
    model = model.settled(settled(model.evidence))
    retrieval = Retrieval(budget=settings.budget).fit(
        train, rng=child(rng, "retrieval"), validation=validation, watch=_part(watch, 65, 80)
    )
    watch(80, 100, "choosing the cutoff")
    scores, known = model.scores(validation.user, validation.item), model.evidence.knowledge(*_pair(validation))
    answering = fit_answering(scores, validation, known, objective, abstain=parse_abstain(settings.abstain))
    on_validation = answering(*_pair(validation), scores, known)
    watch(84, 100, "learning to rank")
    pull = _pull(model, retrieval, answering, validation)
    # From here on nothing is chosen any more, and the test ratings are read.
    watch(90, 100, "measuring")
    on_test = _decided(model, answering, test)
    measures = measure(
        train, validation, test, on_validation, on_test, objective, answering.decider.cutoff, answering.abstain,
        rng=child(rng, "measures"),
    )  # fmt: skip
    if settings.add_held_out:
        watch(95, 100, "adding the held-out ratings")
        model, retrieval = _told_the_rest(model, retrieval, train, data, split)
    else:
        data = train
    tested = Tested(test.user, test.item, test.liked, on_test.probability, on_test.recommend)
    watch(100, 100, "done")
    return FittedRecommender(settings, data, model, answering, retrieval, pull, tested, measures)


def _told_the_rest(
    model: Updatable, retrieval: FittedRetrieval, train: Dataset, data: Dataset, split: Split
) -> tuple[Updatable, FittedRetrieval]:
    """Add the ratings that were held out, as any later ones are added."""
    rest = np.concatenate([split.validation, split.test])
    order = np.concatenate([split.train, rest])
    after = data.with_ratings(order)
    added = np.arange(len(split.train), len(order))
    update = Update(train, after, added, np.empty(0, np.int64))
    evidence = updated(model.evidence, update)
    return model.updated(evidence, update), retrieval.updated(after, evidence.known)


def _pull(model: Updatable, retrieval: FittedRetrieval, answering: Answering, validation: Ratings) -> float:
    """Learn what P(liked) counts in lists, from what readers liked of the validation rows.

    The relevance, some forty weights, was learned from the same; to learn it once more from half of them would be
    cleaner, and take half a minute longer on a quarter of a million rows.
    """
    work = retrieval.work
    users = np.unique(validation.user[validation.liked])
    users = users[:: -(-len(users) // ASKED) or 1]
    found = retrieval.scores_for(users, n=JUDGED)
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
    return learn_pull(found.relevance, probability, allowed, hit)


def _decided(model: Updatable, answering: Answering, rows: Ratings) -> Decisions:
    pair = _pair(rows)
    return answering(*pair, model.scores(*pair), model.evidence.knowledge(*pair))


def _pair(rows: Ratings) -> tuple[IntArray, IntArray]:
    return rows.user, rows.item


def _part(watch: Watch, begin: int, end: int) -> Watch:
    """Tell of a part as a share of the whole."""

    def told(done: int, total: int, words: str) -> None:
        watch(begin + (end - begin) * done // max(1, total), 100, words)

    return told
