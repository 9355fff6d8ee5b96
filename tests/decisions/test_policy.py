from __future__ import annotations

import numpy as np
import pytest

from toprank.core.decisions import Support, SupportLevel
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.decisions.abstention import Abstain
from toprank.decisions.objectives import FBeta, HalveDisappointment, PrecisionAtLeast
from toprank.decisions.policy import fit_policy
from toprank.errors import OptionError

ROWS = 4000
ROW = np.arange(ROWS, dtype=np.int32)
RNG = np.random.default_rng(13)
IDS = IdIndex.of(np.arange(ROWS))
READER = RNG.choice([0, 1, 5, 50], ROWS)
KNOWN = Support(READER, RNG.integers(0, 20, ROWS), np.ones(ROWS, dtype=np.int64), np.zeros(ROWS, dtype=np.int64))
QUALITY = RNG.normal(0, 1, ROWS)
VALUE = np.clip(np.round(7.5 + 1.5 * QUALITY + RNG.normal(0, 1, ROWS)), 1, 10)
VALIDATION = Ratings(ROW // 4, ROW, VALUE, IDS, IDS, RatingScale(1, 10, liked_from=8))
SCORES = np.where(READER > 0, QUALITY, 0.0)  # of unknown readers' pairs the model knows nothing


def test_answers_hang_together() -> None:
    answering = fit_policy(SCORES, VALIDATION, KNOWN, FBeta(1))
    decisions = answering(VALIDATION.user, VALIDATION.item, SCORES, KNOWN)
    assert len(decisions) == ROWS
    assert not decisions.unsure.any()
    # No pair is recommended before one that is more likely liked.
    assert decisions.probability[decisions.recommend].min() > decisions.probability[~decisions.recommend].max()
    order = np.argsort(decisions.probability)
    assert np.all(np.diff(decisions.expected[order]) >= 0)
    assert decisions.level.tolist() == KNOWN.level.tolist()
    for level in (SupportLevel.BOOK, SupportLevel.READER_AND_BOOK):  # the others are few
        rows = KNOWN.level == level
        assert decisions.probability[rows].mean() == pytest.approx(VALIDATION.liked[rows].mean(), abs=0.02)
        assert decisions.expected[rows].mean() == pytest.approx(VALUE[rows].mean(), abs=0.2)


def test_a_pair_without_a_score_is_answered_from_its_segment() -> None:
    scores = np.where(READER > 0, SCORES, np.nan)
    answering = fit_policy(scores, VALIDATION, KNOWN, FBeta(1))
    decisions = answering(VALIDATION.user, VALIDATION.item, scores, KNOWN)
    unknown = READER == 0
    assert decisions.probability[unknown].mean() == pytest.approx(VALIDATION.liked[unknown].mean(), abs=0.02)
    assert np.isfinite(decisions.expected).all()


def test_who_abstains_says_neither_yes_nor_no_near_the_cutoff() -> None:
    plain = fit_policy(SCORES, VALIDATION, KNOWN, PrecisionAtLeast(0.8))
    careful = fit_policy(SCORES, VALIDATION, KNOWN, PrecisionAtLeast(0.8), abstain=Abstain(band=0.1))
    assert careful.threshold == plain.threshold
    ours = careful(VALIDATION.user, VALIDATION.item, SCORES, KNOWN)
    before = plain(VALIDATION.user, VALIDATION.item, SCORES, KNOWN)
    assert 0 < ours.unsure.mean() < 1
    assert np.array_equal(ours.recommend, before.recommend & ~ours.unsure)
    assert np.all(np.abs(ours.probability[ours.unsure] - careful.threshold.cutoff) < 0.1)


def test_without_any_score_nothing_is_learned() -> None:
    with pytest.raises(OptionError, match="at least one"):
        fit_policy(np.full(ROWS, np.nan), VALIDATION, KNOWN, FBeta(1))


def test_a_bound_is_promised_and_a_measure_without_one_is_not() -> None:
    policy = fit_policy(SCORES, VALIDATION, KNOWN, HalveDisappointment())
    assert policy.promise is not None
    assert policy.promise.kept
    recommend = policy(VALIDATION.user, VALIDATION.item, SCORES, KNOWN).recommend
    assert VALIDATION.liked[recommend].mean() > 1 - (1 - VALIDATION.liked.mean()) / 2
    assert fit_policy(SCORES, VALIDATION, KNOWN, FBeta(1)).promise is None


def test_more_confidence_recommends_less() -> None:
    sure, surer = (
        fit_policy(SCORES, VALIDATION, KNOWN, PrecisionAtLeast(0.7), confidence=confidence).promise
        for confidence in (0.6, 0.99)
    )
    assert sure is not None
    assert surer is not None
    assert surer.share < sure.share


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_a_handful_of_rows_promises_nothing_and_does_no_harm(rows: int) -> None:
    few = np.arange(rows)
    policy = fit_policy(SCORES[few], VALIDATION.take(few), KNOWN.take(few), HalveDisappointment())
    assert policy.promise is not None
    assert "too few ratings to promise anything" in str(policy.promise)
