from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.scale import RatingScale
from toprank.data.datasets.generated import STARS, Process, generate_ratings, generate_truth
from toprank.errors import OptionError
from toprank.metrics.scores import auc
from toprank.models.base import Model
from toprank.models.baselines import Bias
from toprank.models.factorization import Factorization


def generated(process: Process | None = None, *, scale: RatingScale = STARS, seed: int = 13) -> Dataset:
    return generate_ratings(
        n_users=400, n_items=250, n_ratings=12_000, rng=np.random.default_rng(seed), scale=scale, process=process
    )


def test_pairs_differ_and_values_are_stars() -> None:
    data = generated()
    ratings = data.ratings
    assert len(np.unique(ratings.user.astype(np.int64) * 250 + ratings.item)) == len(ratings) == 12_000
    assert (len(ratings.users), len(ratings.items)) == (400, 250)
    assert np.unique(ratings.value).tolist() == [1, 2, 3, 4, 5]
    assert 0.4 < ratings.liked.mean() < 0.75
    assert (data.implicit, data.items, data.users) == (None, None, None)


def test_the_same_seed_gives_the_same_ratings() -> None:
    first, again, other = generated(), generated(), generated(seed=14)
    for column in ("user", "item", "value"):
        assert np.array_equal(getattr(first.ratings, column), getattr(again.ratings, column))
        assert not np.array_equal(getattr(first.ratings, column), getattr(other.ratings, column))


def test_popularity_and_activity_have_long_tails() -> None:
    for column, size in (("item", 250), ("user", 400)):
        long, flat = (
            np.sort(np.bincount(getattr(generated(process).ratings, column), minlength=size))[::-1]
            for process in (Process(), Process(tail=0, activity=0))
        )
        tenth = size // 10
        assert long[:tenth].sum() > 0.25 * long.sum()
        assert flat[:tenth].sum() < 0.2 * flat.sum()


def test_another_scale_is_kept_to() -> None:
    half = generated(scale=RatingScale(0.5, 5, liked_from=4, step=0.5)).ratings.value
    assert np.unique(half).tolist() == np.arange(0.5, 5.5, 0.5).tolist()
    smooth = generated(scale=RatingScale(-10, 10, liked_from=5)).ratings.value
    assert len(np.unique(smooth)) > 5_000
    assert (smooth.min(), smooth.max()) == (-10, 10)


def test_what_is_rated_fits() -> None:
    ratings = generated(Process(user=0, item=0, noise=0.1, mean=3.0)).ratings
    assert ratings.value.mean() > 3.15


def test_there_is_taste_to_find_unless_it_is_turned_off() -> None:
    def measured(model: Model, process: Process) -> float:
        data = generated(process)
        rows = np.random.default_rng(13).permutation(12_000)
        fitted = model.fit(data.with_ratings(rows[:9_000]), rng=np.random.default_rng(13))
        test = data.ratings.take(rows[9_000:])
        return auc(test.liked, fitted.scores(test.user, test.item))

    factors = Factorization(factors=4)
    plain = replace(Process(), taste=0)
    assert measured(factors, Process()) > measured(Bias(), Process()) + 0.02
    assert measured(factors, plain) < measured(Bias(), plain) + 0.005


def test_impossible_numbers_are_refused() -> None:
    rng = np.random.default_rng(13)
    with pytest.raises(OptionError, match="n_users is 0"):
        generate_ratings(n_users=0, n_items=1, n_ratings=1, rng=rng)
    with pytest.raises(OptionError, match="at most a quarter of the pairs, 25,"):
        generate_ratings(n_users=10, n_items=10, n_ratings=26, rng=rng)
    assert len(generate_ratings(n_users=10, n_items=10, n_ratings=25, rng=rng).ratings) == 25


@pytest.mark.parametrize(
    "arguments", [{"mean": 6.0}, {"noise": -1.0}, {"groups": 0}, {"factors": 0}, {"tail": float("nan")}]
)
def test_an_impossible_process_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(arguments))):
        Process(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "scale", [STARS, RatingScale(0.5, 5, liked_from=4, step=0.5), RatingScale(-10, 10, liked_from=5)], ids=str
)
def test_the_truth_is_what_is_observed(scale: RatingScale) -> None:
    of = {"n_users": 400, "n_items": 250, "scale": scale}
    ratings = generate_ratings(**of, n_ratings=25_000, rng=np.random.default_rng(13)).ratings  # type: ignore[arg-type]
    truth = generate_truth(**of, rng=np.random.default_rng(13))  # type: ignore[arg-type]
    chance = truth.liked(ratings.user, ratings.item)
    for rows in np.array_split(np.argsort(chance), 5):
        error = np.sqrt((chance[rows] * (1 - chance[rows])).sum()) / len(rows)
        assert abs(ratings.liked[rows].mean() - chance[rows].mean()) < 4 * error


def test_readers_pick_what_they_would_like() -> None:
    ratings, truth = generated().ratings, generate_truth(n_users=400, n_items=250, rng=np.random.default_rng(13))
    user, item = np.divmod(np.arange(400 * 250), 250)
    assert truth.liked(ratings.user, ratings.item).mean() > truth.liked(user, item).mean() + 0.04


def test_the_truth_at_the_ends() -> None:
    rng = np.random.default_rng(13)
    sure = generate_truth(n_users=2, n_items=2, rng=rng, process=Process(noise=0, user=0, item=0, taste=0, mean=4))
    assert sure.liked(np.array([0]), np.array([1])).tolist() == [1.0]
    never = generate_truth(n_users=2, n_items=2, rng=rng, process=Process(noise=0, user=0, item=0, taste=0, mean=3))
    assert never.liked(np.array([0]), np.array([1])).tolist() == [0.0]
