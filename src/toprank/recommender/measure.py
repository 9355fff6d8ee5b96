"""What a recommender achieves on rows that nothing was chosen on, beside the baselines."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Decisions
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.decisions.guarantees import choose_threshold
from toprank.decisions.policy import DecisionPolicy
from toprank.evaluation.achieved import predicted_and_achieved
from toprank.evaluation.bootstrap import UserBootstrap
from toprank.evaluation.scorecard import Predictions, measure_slices, ratings_known, score, verdict_against
from toprank.recommender.calibrated import baseline_predictions, draw_curves
from toprank.recommender.measures import Measures

__all__ = ["measure", "own_predictions"]


def measure(
    train: Dataset,
    validation: Ratings,
    test: Ratings,
    on_validation: Decisions,
    on_test: Decisions,
    policy: DecisionPolicy,
    *,
    unreachable: str = "best",
    split: str = "",
    weight: FloatArray | None = None,
    rng: np.random.Generator,
) -> Measures:
    """Measure decisions on test rows beside the baselines, which learn from ``train`` and choose on ``validation``.

    ``weight`` is what the validation rows (float64[n]) counted when the cutoff was chosen, where they did not alike.
    """
    objective, cutoff = policy.threshold.objective, policy.threshold.cutoff
    confidence = 0.95 if policy.promise is None else policy.promise.confidence
    mine = own_predictions(test, on_test.probability, on_test.recommend, on_test.expected)
    draws = UserBootstrap(test.user, test.liked, rng=derive_rng(rng, "bootstrap"))
    baselines = baseline_predictions(train, validation, test, objective)
    card = score({"toprank": mine, **baselines}, draws, objective)
    comparisons = card.compare_all("toprank")

    probability = on_validation.probability

    def learn_and_decide(learn: IntArray, asked: IntArray) -> BoolArray:
        decider, _ = choose_threshold(
            probability[learn], validation.liked[learn], validation.user[learn], objective,
            confidence=confidence, unreachable=unreachable, weight=None if weight is None else weight[learn],
        )  # fmt: skip
        low, high = on_validation.low[asked], on_validation.high[asked]
        unsure = policy.abstain.unsure(probability[asked], low, high, cutoff=decider.cutoff)
        return decider.decide(probability[asked]) & ~unsure

    return Measures(
        rows={"train": len(train.ratings), "validation": len(validation), "test": len(test)},
        liked=float(test.liked.mean()),
        objective=str(objective),
        cutoff=cutoff,
        figures=card.figures,
        intervals=card.intervals,
        comparisons=comparisons,
        verdict=verdict_against(comparisons, str(objective)),
        slices=measure_slices(mine, *ratings_known(train.ratings, test)),
        curves=draw_curves(probability, validation.liked, mine),
        split=split,
        achieved=predicted_and_achieved(
            validation.user, validation.liked, learn_and_decide, (test.liked, mine.learned),
            UserBootstrap(validation.user, validation.liked, rng=derive_rng(rng, "validation")), objective, rng=rng,
        ),
    )  # fmt: skip


def own_predictions(rows: Ratings, probability: FloatArray, recommend: BoolArray, expected: FloatArray) -> Predictions:
    """Put a recommender's answers about rows beside what happened."""
    some_unknown = bool(np.isnan(expected).any())
    return Predictions(rows.liked, probability, probability, recommend, rows.value, None if some_unknown else expected)
