from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.metrics.scores import rmse
from toprank.models.baselines import Bias
from toprank.models.factorization import Factorization, FittedFactorization

SCALE = RatingScale(1, 10, liked_from=8)
MODEL = Factorization(factors=2)


def tasteful(n: int = 900, taste: float = 3.0) -> Ratings:
    """Readers of two tastes, which offsets cannot tell apart."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(50 * 40)[:n]
    user, item = pairs // 40, pairs % 40
    value = 5.5 + taste * np.where(user % 2, 1, -1) * np.where(item % 2, 1, -1) + rng.normal(size=n)
    return Ratings.of(user.tolist(), item.tolist(), np.clip(np.round(value), 1, 10).tolist(), SCALE)


RATINGS = tasteful()


def fitted(model: Factorization = MODEL, ratings: Ratings = RATINGS) -> FittedFactorization:
    return model.fit(Dataset(ratings), rng=np.random.default_rng(13))


def errors(ratings: Ratings, model: Factorization = MODEL) -> tuple[float, float]:
    """Of the last 200 rows: our error, and that of damped bias."""
    train, test = ratings.take(np.arange(700)), ratings.take(np.arange(700, 900))
    offsets = Bias(1, 2).fit(Dataset(train), rng=np.random.default_rng(13)).scores(test.user, test.item)
    return rmse(test.value, fitted(model, train).scores(test.user, test.item)), rmse(test.value, offsets)


def test_taste_is_found_where_there_is_one() -> None:
    ours, offsets = errors(tasteful())
    assert ours < 1.15 < 2.5 < offsets


@pytest.mark.parametrize("factors", [1, 8])
def test_factors_that_the_ratings_do_not_support_vanish(factors: int) -> None:
    ours, offsets = errors(tasteful(taste=0.0), replace(MODEL, factors=factors))
    assert ours < offsets + 0.01
    products = fitted(replace(MODEL, factors=factors), tasteful(taste=0.0))
    _, taste, _ = products.factors.expected(products.readers, RATINGS.user, RATINGS.item).T
    assert taste.std() < 0.1


def test_another_scale_gives_the_same_order() -> None:
    stars = replace(RATINGS, value=RATINGS.value / 2, scale=RatingScale(0.5, 5, liked_from=4))
    half = fitted(MODEL, stars).scores(RATINGS.user, RATINGS.item)
    assert half * 2 == pytest.approx(fitted().scores(RATINGS.user, RATINGS.item))


def test_an_unknown_id_cannot_be_scored_and_a_stranger_is_as_readers_are() -> None:
    known = RATINGS.take(RATINGS.user != 3)
    learned = fitted(MODEL, known)
    answered = learned.scores(np.array([-1, 0, 3]), np.array([0, -1, 0]))
    assert np.isnan(answered[:2]).all()
    average, item = learned.factors.of_readers.mean, learned.factors.item[0]
    expected = average[0] + item[0] + average[1:] @ item[1:]
    assert answered[2] == pytest.approx(learned.factors.center + learned.factors.scale * expected)


def test_equal_ratings_are_expected_again() -> None:
    same = replace(RATINGS, value=np.full(len(RATINGS), 7.0))
    assert fitted(MODEL, same).scores(RATINGS.user, RATINGS.item).tolist() == [7.0] * len(RATINGS)


def test_no_ratings_are_refused() -> None:
    with pytest.raises(OptionError, match="no training ratings"):
        fitted(MODEL, RATINGS.take(np.empty(0, np.int64)))


@pytest.mark.parametrize("arguments", [{"factors": 0}, {"sweeps": 0}])
def test_impossible_hyper_parameters_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(OptionError, match=next(iter(arguments))):
        Factorization(**arguments)  # type: ignore[arg-type]
