"""Training: split, evidence and models, candidates, calibration and cutoff; measured, then the rest is added."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import numpy as np

from toprank.candidates.retrieval import FittedRetrieval, Retrieval
from toprank.core.dataset import Dataset
from toprank.core.memory import give_back
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.threads import Once
from toprank.core.update import Update
from toprank.data.relative_liking import relative_ratings
from toprank.data.split_words import split_words
from toprank.data.splits import Split, random_split, time_split, usual_split
from toprank.decisions.abstention import parse_abstain
from toprank.decisions.objectives import parse_objective
from toprank.decisions.policy import DecisionPolicy, fit_policy
from toprank.decisions.ranking import tune_like_weight
from toprank.evidence.left_out import left_out
from toprank.models.base import EvidenceModel, ProgressCallback
from toprank.recommender.answering import SCORED, decide_known, score_pairs
from toprank.recommender.any_book import any_figures, learn_exposure, weights_of
from toprank.recommender.configuration import RecommenderConfig
from toprank.recommender.measure import measure
from toprank.recommender.measures import TestPredictions
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import add_unknown_row

__all__ = ["fit_state"]

ASKED = 3000
"""Readers from whom the ranking is learned; of more, evenly spaced ones."""


def fit_state(
    config: RecommenderConfig, data: Dataset, *, progress: ProgressCallback, split: Split | None = None
) -> FittedState:
    """Learn; see :meth:`toprank.recommender.facade.Recommender.fit`. ``split`` is of the rows of ``data``."""
    objective = parse_objective(config.objective)
    if config.liked_from is not None:
        scale = replace(data.ratings.scale, liked_from=config.liked_from)
        data = replace(data, ratings=replace(data.ratings, scale=scale))
    data = add_unknown_row(data)
    if split is None:
        split = _split(config, data.ratings)
    if config.liked == "relative":
        data = replace(data, ratings=relative_ratings(data.ratings, split.train))
    rng = np.random.default_rng(config.seed)
    train = split.training(data)
    validation, test = data.ratings.take(split.validation), data.ratings.take(split.test)

    name = "blend" if config.deep else "boosted"
    learned = Event()

    def told(done: int, total: int, words: str) -> None:
        if learned.is_set():  # until then the model says how far it is
            _part(progress, 65, 80)(done, total, words)

    find = Once(
        lambda groupings: Retrieval(max_items=config.budget).fit(
            train, rng=derive_rng(rng, "retrieval"), validation=validation, groupings=groupings, progress=told
        )
    )
    model: EvidenceModel = config.build_model().fit(
        train, rng=derive_rng(rng, name), progress=_part(progress, 0, 65), meanwhile=find
    )
    learned.set()
    give_back()
    retrieval = find(model.evidence.groupings)
    del find  # it holds what is updated below
    progress(80, 100, "choosing the cutoff")
    scores, known = score_pairs(model, model.evidence.pairs(validation.user, validation.item))
    exposure, weight = None, None
    if config.about == "any":
        exposure = learn_exposure(model, retrieval, train, validation, rng=derive_rng(rng, "exposure"))
        weight = weights_of(exposure, model, retrieval, validation)
    policy = fit_policy(
        scores, validation, known, objective, abstain=parse_abstain(config.abstain),
        confidence=config.confidence, unreachable=config.unreachable, weight=weight,
    )  # fmt: skip
    on_validation = policy(validation.user, validation.item, scores, known)
    progress(84, 100, "learning to rank")
    like_weight = _like_weight(model, retrieval, policy, validation)
    # From here on nothing is chosen any more, and the test ratings are read.
    progress(90, 100, "measuring")
    on_test = decide_known(model, policy, test.user, test.item)
    measures = measure(
        train, validation, test, on_validation, on_test, policy, unreachable=config.unreachable, weight=weight,
        split=split_words(split, data.ratings), rng=derive_rng(rng, "measures"),
    )  # fmt: skip
    if exposure is not None:
        of_test = weights_of(exposure, model, retrieval, test)
        of_both = any_figures(test.liked, on_test.probability, on_test.recommend, of_test)
        measures = replace(measures, any_book=of_both)
    if config.add_held_out:
        progress(95, 100, "adding the held-out ratings")
        give_back()
        update = _held_out(train, data, split)
        model = model.updated(update)
        give_back()  # nobody has the model of before any more
        retrieval = retrieval.updated(update.after, model.evidence.groupings)
        give_back()
    else:
        data = train
    data = replace(data, notes=(*data.notes, *left_out(data, model.evidence.groupings)))
    tested = TestPredictions(test.user, test.item, test.liked, on_test.probability, on_test.recommend)
    progress(100, 100, "done")
    return FittedState(
        RecommenderConfig(**config.get_params()), data, model, policy, retrieval, like_weight, tested, measures,
        exposure,
    )  # fmt: skip


def _split(config: RecommenderConfig, ratings: Ratings) -> Split:
    """Keep ratings aside as asked, else as their times allow."""
    kind = usual_split(ratings) if config.split == "auto" else config.split
    if kind == "time":
        return time_split(ratings, validation=config.validation, test=config.test)
    return random_split(ratings, seed=config.seed, validation=config.validation, test=config.test)


def _held_out(train: Dataset, data: Dataset, split: Split) -> Update:
    """Give the ratings that were held out, to be added as any later ones are."""
    order = np.concatenate([split.train, split.validation, split.test])
    added = np.arange(len(split.train), len(order))
    return Update(train, data.with_ratings(order), added, np.empty(0, np.int64))


def _like_weight(
    model: EvidenceModel, retrieval: FittedRetrieval, policy: DecisionPolicy, validation: Ratings
) -> float:
    """Learn what P(liked) counts in lists, from what readers liked of the validation rows.

    The relevance, some forty weights, was learned from the same; to learn it once more from half of them would be
    cleaner, and take half a minute longer on a quarter of a million rows.
    """
    work = retrieval.work
    users = np.unique(validation.user[validation.liked])
    users = users[:: -(-len(users) // ASKED) or 1]
    found = retrieval.candidates(model.evidence.lists.take(users), n=SCORED)
    row, place = np.nonzero(found.item >= 0)
    decisions = decide_known(model, policy, users[row], found.item[row, place])
    probability, allowed = np.full(found.item.shape, 0.5), np.zeros(found.item.shape, np.bool_)
    probability[row, place], allowed[row, place] = decisions.probability, decisions.recommend
    size = int(work.max(initial=0)) + 1
    wanted = np.unique(
        validation.user[validation.liked].astype(np.int64) * size + work[validation.item[validation.liked]]
    )
    hit = np.isin(users[:, None].astype(np.int64) * size + np.maximum(found.work, 0), wanted) & (found.work >= 0)
    return tune_like_weight(found.relevance, probability, allowed, hit)


def _part(progress: ProgressCallback, begin: int, end: int) -> ProgressCallback:
    """Report a part as a share of the whole."""

    def told(done: int, total: int, words: str) -> None:
        progress(begin + (end - begin) * done // max(1, total), 100, words)

    return told
