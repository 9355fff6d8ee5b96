from __future__ import annotations

import numpy as np
import pytest

from toprank.evaluation.curves import POINTS, measure_curves
from toprank.evaluation.measurements import Curves


def curves(liked: np.ndarray, scores: np.ndarray) -> Curves:
    return measure_curves(
        liked=liked,
        scores=scores,
        probability=1 / (1 + np.exp(-scores)),
        cutoffs=np.linspace(5, -5, 1000),
        f1_by_cutoff=np.linspace(0, 1, 1000),
        always_f1=0.5,
    )


def test_thinned_curves_keep_ends_and_area() -> None:
    rng = np.random.default_rng(13)
    liked = rng.random(5000) < 0.6
    scores = liked + rng.normal(size=5000)
    drawn = curves(liked, scores)
    for curve in (drawn.false_positive_rate, drawn.recall, drawn.cutoffs):
        assert 10 < len(curve) <= POINTS + 1
    assert (drawn.false_positive_rate[0], drawn.true_positive_rate[0]) == (0, 0)
    assert (drawn.false_positive_rate[-1], drawn.true_positive_rate[-1]) == (1, 1)
    from sklearn.metrics import roc_auc_score

    area = np.trapezoid(drawn.true_positive_rate, drawn.false_positive_rate)
    assert area == pytest.approx(roc_auc_score(liked, scores), abs=0.003)
    assert (drawn.cutoffs[0], drawn.cutoffs[-1]) == (5, -5)
    assert drawn.liked_rows.sum() == liked.sum()
    assert drawn.other_rows.sum() == (~liked).sum()


def test_constant_scores_have_one_bin() -> None:
    drawn = curves(np.array([True, False, True]), np.full(3, 7.0))
    assert drawn.score_edges.tolist() == [6.5, 7.5]
    assert drawn.liked_rows.tolist() == [2]
    assert drawn.false_positive_rate.tolist() == [0, 1]


def test_one_outcome_only_has_no_ranking_curves() -> None:
    drawn = curves(np.array([True, True]), np.array([1.0, 2.0]))
    assert len(drawn.false_positive_rate) == len(drawn.recall) == 0
