"""Answers about any book, not only about such as readers pick: what validation and test rows then count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from toprank.candidates.exposure import WORTH, Exposure, fit_exposure
from toprank.candidates.nearness import find_nearness
from toprank.candidates.retrieval import FittedRetrieval
from toprank.candidates.taste_selection import measure_taste_selection
from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.logistic import logit
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.metrics.calibration_error import expected_calibration_error
from toprank.metrics.scores import auc
from toprank.models.base import EvidenceModel

__all__ = ["any_figures", "learn_exposure", "weights_of"]

ASKED = 10_000
"""Random pairs, and validation rows, that the propensity and what P(liked) explains are learned from, at most."""


def learn_exposure(
    model: EvidenceModel, retrieval: FittedRetrieval, train: Dataset, validation: Ratings, *, rng: np.random.Generator
) -> Exposure:
    """Learn how likely pairs are to be picked, from validation rows and random pairs of readers and items.

    Readers pick what they like, and what P(liked) sees of that is not all. How much there is of it in all,
    :func:`toprank.candidates.taste_selection.measure_taste_selection` says. How much higher P(liked) is for picked
    pairs than for random ones of the same readers and items is seen already, and so is what weights by the relevance
    take from the log odds of any pair; the rest stands in the propensity, as what the outcome adds.
    """
    ratings, work = train.ratings, retrieval.work
    pairs = derive_rng(rng, "random pairs")
    rows = validation
    if len(rows) > ASKED:
        rows = rows.take(np.sort(pairs.choice(len(rows), ASKED, replace=False)))
    user, item = (np.flatnonzero(np.bincount(code)) for code in (ratings.user, ratings.item))
    any_pair = (pairs.choice(user, ASKED), pairs.choice(item, ASKED))
    # The same readers and items, put together anew: what sets picked pairs apart from these is taste.
    mixed = (rows.user[pairs.integers(len(rows), size=ASKED)], rows.item[pairs.integers(len(rows), size=ASKED)])
    rated = np.unique(np.append(_key(ratings.user, work[ratings.item]), _key(validation.user, work[validation.item])))
    any_pair, mixed = (
        (users[new], items[new])
        for users, items in (any_pair, mixed)
        for new in [~np.isin(_key(users, work[items]), rated)]
    )
    selection = measure_taste_selection(
        *(np.concatenate(columns) for columns in zip(*(
            (one.user, work[one.item], one.value.astype(np.float64), one.liked) for one in (ratings, validation)
        ), strict=True)),
        rng=derive_rng(rng, "taste selection"),
    )  # fmt: skip
    picked = _features(model, retrieval, rows.user, rows.item)
    exposure, taste = fit_exposure(picked, _features(model, retrieval, *any_pair)), 0.0
    if selection.shift > 0:
        of_rows, of_mixed, of_any = (
            _log_odds(model, *pair) for pair in ((rows.user, rows.item), mixed, any_pair)
        )  # fmt: skip
        counts = [_counts(model, retrieval, *pair) for pair in ((rows.user, rows.item), mixed)]
        seen = _shift_seen(of_rows, rows.liked, of_mixed, *(exposure.by_counts(one, worth=WORTH) for one in counts))
        weight = exposure.weights(picked, rows.liked)
        taste = max(0.0, selection.shift - seen - _shift_weighed(of_rows, rows.liked, weight, of_any))
    return replace(exposure, taste=taste)


def weights_of(exposure: Exposure, model: EvidenceModel, retrieval: FittedRetrieval, rows: Ratings) -> FloatArray:
    """Give what picked rows of known readers and items count for any pair (float64[n], mean 1)."""
    return exposure.weights(_features(model, retrieval, rows.user, rows.item), rows.liked)


def any_figures(
    liked: BoolArray, probability: FloatArray, recommend: BoolArray, weight: FloatArray
) -> dict[str, dict[str, float]]:
    """Give what shows whether answers hold: of picked rows as they are, and of any pair as their weights tell."""
    found = {}
    for name, row in (("chosen", np.ones(len(liked))), ("any", weight)):
        yes = row * recommend
        found[name] = {
            "probability": float(np.average(probability, weights=row)),
            "liked": float(np.average(liked, weights=row)),
            "ece": expected_calibration_error(liked, probability, weight=row),
            "auc": auc(liked, probability, row),
            "recommended": float(yes.sum() / row.sum()),
            "precision": float((yes * liked).sum() / yes.sum()) if yes.any() else float("nan"),
        }
    return found


def _key(user: IntArray, work: IntArray) -> IntArray:
    return (user.astype(np.int64) << 32) + work


def _features(model: EvidenceModel, retrieval: FittedRetrieval, user: IntArray, item: IntArray) -> FloatArray:
    """Give the relevance, and the logarithms of the ratings of reader and work (float64[n, 3])."""
    near = find_nearness(retrieval, model.evidence.lists, user.astype(np.int64), item.astype(np.int64))
    return np.column_stack([near.relevance, _counts(model, retrieval, user, item)])


def _counts(model: EvidenceModel, retrieval: FittedRetrieval, user: IntArray, item: IntArray) -> FloatArray:
    lists, work = model.evidence.lists, retrieval.work
    of_work = np.bincount(work[lists.item], minlength=retrieval.n_works)
    return np.column_stack([np.log1p(lists.count[user]), np.log1p(of_work[work[item]])])


def _log_odds(model: EvidenceModel, user: IntArray, item: IntArray) -> FloatArray:
    probability = np.nan_to_num(model.probabilities(model.evidence.pairs(user, item)), nan=0.5)
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)))


def _shift_seen(
    picked: FloatArray, liked: BoolArray, mixed: FloatArray, weight: FloatArray, of_mixed: FloatArray
) -> float:
    """Give how much higher the log odds of picked pairs are than those of random ones of the same margins.

    Both are weighted for readers and items drawn evenly: of those with few ratings less is seen.
    """
    line = _line(picked, liked)
    return (
        float(np.average(line(picked), weights=weight) - np.average(line(mixed), weights=of_mixed))
        if len(mixed)
        else 0.0
    )


def _shift_weighed(picked: FloatArray, liked: BoolArray, weight: FloatArray, random: FloatArray) -> float:
    """Give how much lower the log odds of random pairs are where they are learned from weighted rows."""
    if len(random) == 0:
        return 0.0
    return max(0.0, float((_line(picked, liked)(random) - _line(picked, liked, weight)(random)).mean()))


def _line(
    log_odds: FloatArray, liked: BoolArray, weight: FloatArray | None = None
) -> Callable[[FloatArray], FloatArray]:
    """Learn a line from log odds of picked pairs to those that hold for them."""
    from sklearn.linear_model import LogisticRegression

    if liked.all() or not liked.any():
        return lambda odds: odds
    fitted = LogisticRegression(C=1.0).fit(log_odds[:, None], liked, weight)
    return lambda odds: np.asarray(fitted.decision_function(odds[:, None]))
