from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

from toprank.errors import OptionError
from toprank.evaluation import bootstrap
from toprank.evaluation.bootstrap import UserBootstrap, interval

RNG = np.random.default_rng(13)
USER = np.repeat(np.arange(100, 140), 5)
LIKED = RNG.random(200) < 0.6
SCORES = np.round(LIKED + RNG.normal(size=200), 1)  # rounded, so that there are ties


def test_every_draw_is_what_scikit_learn_says_of_its_rows() -> None:
    draws = UserBootstrap(USER, LIKED, rng=np.random.default_rng(7), replicates=20)
    again = np.random.default_rng(7)
    recommend = SCORES > 0.5
    decisions, aucs = draws.decisions(recommend), draws.auc(SCORES)
    for replicate in range(20):
        drawn = again.integers(40, size=40)
        rows = np.concatenate([np.flatnonzero(100 + user == USER) for user in drawn])
        assert decisions["f1"][replicate] == pytest.approx(f1_score(LIKED[rows], recommend[rows]))
        assert decisions["mcc"][replicate] == pytest.approx(matthews_corrcoef(LIKED[rows], recommend[rows]))
        assert aucs[replicate] == pytest.approx(roc_auc_score(LIKED[rows], SCORES[rows]))


def test_two_models_see_the_same_draws() -> None:
    draws = UserBootstrap(USER, LIKED, rng=np.random.default_rng(7))
    assert np.array_equal(draws.auc(SCORES), draws.auc(2 * SCORES + 1))


def test_intervals_hold_the_figure_and_are_wider_when_rows_of_a_user_are_alike() -> None:
    alike = np.repeat(LIKED[:40], 5)
    recommend = np.repeat(SCORES[:40] > 0.5, 5)
    by_user = interval(UserBootstrap(USER, alike, rng=np.random.default_rng(7)).decisions(recommend)["f1"])
    by_row = interval(UserBootstrap(np.arange(200), alike, rng=np.random.default_rng(7)).decisions(recommend)["f1"])
    figure = f1_score(alike, recommend)
    assert by_user[0] < by_row[0] < figure < by_row[1] < by_user[1]


def test_a_draw_without_both_outcomes_has_no_auc_and_is_left_out() -> None:
    draws = UserBootstrap(np.array([0, 1]), np.array([True, False]), rng=np.random.default_rng(7), replicates=50)
    aucs = draws.auc(np.array([1.0, 0.0]))
    assert 0 < np.isnan(aucs).sum() < 50
    assert interval(aucs) == (1.0, 1.0)
    assert np.isnan(interval(np.array([np.nan]))).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(OptionError, match="at least one"):
        UserBootstrap(np.empty(0, int), np.empty(0, bool), rng=RNG)
    with pytest.raises(OptionError, match="replicates is 0"):
        UserBootstrap(USER, LIKED, rng=RNG, replicates=0)


def test_of_very_many_users_groups_are_drawn_and_intervals_are_as_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    user = np.repeat(np.arange(4000), rng.integers(1, 6, 4000))
    of_user = rng.normal(size=4000)[user]
    liked = of_user + rng.normal(size=len(user)) > 0
    scores = of_user + rng.normal(size=len(user))
    each = interval(UserBootstrap(user, liked, rng=np.random.default_rng(7)).auc(scores))
    monkeypatch.setattr(bootstrap, "MOST", 400)
    groups = interval(UserBootstrap(user, liked, rng=np.random.default_rng(7)).auc(scores))
    assert groups[1] - groups[0] == pytest.approx(each[1] - each[0], rel=0.1)
    assert sum(groups) == pytest.approx(sum(each), rel=1e-3)
