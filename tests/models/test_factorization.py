from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.metrics.scores import rmse
from toprank.models import factorization
from toprank.models.baselines import Bias
from toprank.models.factorization import Factorization, FittedFactorization

SCALE = RatingScale(1, 10, liked_from=8)
MODEL = Factorization(factors=2, penalty=0.1, sweeps=4, user_damping=1, item_damping=2)


def tasteful(n: int = 900) -> Ratings:
    """Readers of two tastes, which offsets cannot tell apart."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(50 * 40)[:n]
    user, item = pairs // 40, pairs % 40
    value = 5.5 + 3.0 * np.where(user % 2, 1, -1) * np.where(item % 2, 1, -1) + rng.normal(size=n)
    return Ratings.of(user.tolist(), item.tolist(), np.clip(np.round(value), 1, 10).tolist(), SCALE)


RATINGS = tasteful()


def fitted(model: Factorization = MODEL, ratings: Ratings = RATINGS) -> FittedFactorization:
    return model.fit(Dataset(ratings), rng=np.random.default_rng(13))


def test_a_sweep_is_two_ridge_regressions() -> None:
    model = replace(MODEL, factors=1, sweeps=1)
    learned = fitted(model)
    z = (RATINGS.value - learned.mean) / learned.spread
    first = derive_rng(np.random.default_rng(13), "factors").normal(0.0, 1.0, (len(RATINGS.users), 1))
    start = np.hstack([np.zeros_like(first), first])
    for answer, fixed, row, other, damping in (
        (learned.item, start, RATINGS.item, RATINGS.user, 2.0),
        (learned.user, learned.item, RATINGS.user, RATINGS.item, 1.0),
    ):
        for one in (0, 7):
            mine = row == one
            theirs = fixed[other[mine]]
            # Ridge as plain least squares: a row of sqrt(penalty) more for each unknown.
            design = np.vstack([np.column_stack([np.ones(mine.sum()), theirs[:, 1]]), np.zeros((2, 2))])
            design[-2:] = np.diag(np.sqrt([damping, 0.1 * mine.sum()]))
            wanted = np.append(z[mine] - theirs[:, 0], [0.0, 0.0])
            assert answer[one] == pytest.approx(np.linalg.lstsq(design, wanted)[0])


def objective(model: Factorization, learned: FittedFactorization) -> float:
    z = (RATINGS.value - learned.mean) / learned.spread
    expected = (learned.scores(RATINGS.user, RATINGS.item) - learned.mean) / learned.spread
    total = float(((z - expected) ** 2).sum())
    sides = ((learned.user, RATINGS.user, model.user_damping), (learned.item, RATINGS.item, model.item_damping))
    for side, row, damping in sides:
        lengths = (side[:, 1:] ** 2).sum(axis=1)
        total += damping * float((side[:, 0] ** 2).sum()) + model.penalty * float(lengths[row].sum())
    return total


def test_each_sweep_lowers_the_objective() -> None:
    after = [objective(MODEL, fitted(replace(MODEL, sweeps=sweeps))) for sweeps in range(1, 8)]
    assert all(later < earlier for earlier, later in pairwise(after))


def test_taste_is_found_where_there_is_one() -> None:
    train, test = RATINGS.take(np.arange(700)), RATINGS.take(np.arange(700, 900))
    with_factors = fitted(MODEL, train).scores(test.user, test.item)
    offsets = Bias(1, 2).fit(Dataset(train), rng=np.random.default_rng(13)).scores(test.user, test.item)
    assert rmse(test.value, with_factors) < 1.5 < 2.5 < rmse(test.value, offsets)


def test_with_a_heavy_penalty_it_is_damped_bias() -> None:
    model = Factorization(penalty=1e9, sweeps=50, user_damping=3, item_damping=6)
    offsets = Bias(3, 6, sweeps=50).fit(Dataset(RATINGS), rng=np.random.default_rng(13))
    expected = offsets.scores(RATINGS.user, RATINGS.item)
    assert fitted(model).scores(RATINGS.user, RATINGS.item) == pytest.approx(expected, abs=1e-6)


def test_another_scale_gives_the_same_order() -> None:
    stars = replace(RATINGS, value=RATINGS.value / 2, scale=RatingScale(0.5, 5, liked_from=4))
    half = fitted(MODEL, stars).scores(RATINGS.user, RATINGS.item)
    assert half * 2 == pytest.approx(fitted().scores(RATINGS.user, RATINGS.item))


def test_neither_the_order_of_rows_nor_the_threads_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    first = fitted()
    shuffled = fitted(MODEL, RATINGS.take(np.random.default_rng(7).permutation(len(RATINGS))))
    monkeypatch.setenv("TOPRANK_THREADS", "1")
    monkeypatch.setattr(factorization, "PARTS", 3)
    for other in (fitted(), shuffled):
        assert np.array_equal(first.user, other.user)
        assert np.array_equal(first.item, other.item)


def test_an_unknown_id_cannot_be_scored_and_a_stranger_gets_the_offset() -> None:
    known = RATINGS.take(RATINGS.user != 3)
    learned = fitted(MODEL, known)
    answered = learned.scores(np.array([-1, 0, 3]), np.array([0, -1, 0]))
    assert np.isnan(answered[:2]).all()
    assert answered[2] == pytest.approx(learned.mean + learned.spread * learned.item[0, 0])


def test_equal_ratings_are_expected_again() -> None:
    same = replace(RATINGS, value=np.full(len(RATINGS), 7.0))
    assert fitted(MODEL, same).scores(RATINGS.user, RATINGS.item).tolist() == [7.0] * len(RATINGS)


def test_no_ratings_are_refused() -> None:
    with pytest.raises(OptionError, match="no training ratings"):
        fitted(MODEL, RATINGS.take(np.empty(0, np.int64)))


@pytest.mark.parametrize(
    "arguments",
    [{"factors": 0}, {"sweeps": 0}, {"penalty": 0.0}, {"user_damping": -1.0}, {"item_damping": float("inf")}],
)
def test_impossible_hyper_parameters_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(arguments))):
        Factorization(**arguments)  # type: ignore[arg-type]
