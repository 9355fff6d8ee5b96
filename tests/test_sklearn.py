from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.errors import OptionError
from toprank.models.boosted import Boosted
from toprank.recommender.facade import Recommender
from toprank.sklearn import RecommenderEstimator

Make = Callable[..., tuple[Dataset, Ratings]]


@pytest.fixture(autouse=True)
def quick_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recommender, "build_model", lambda _: Boosted(folds=2, num_boost_round=8, min_data_in_leaf=20))


@pytest.fixture(scope="module")
def frame(library: Make) -> pd.DataFrame:
    ratings = library(attributes=False, implicit=False)[0].ratings
    ids = {"user": ratings.users.ids[ratings.user], "item": ratings.items.ids[ratings.item]}
    return pd.DataFrame(ids | {"rating": ratings.value})


def estimator() -> RecommenderEstimator:
    return RecommenderEstimator(Recommender(deep=False, budget=50), scale="1-5")


def test_cross_validation_runs_and_finds_what_there_is(frame: pd.DataFrame) -> None:
    pairs = frame[["user", "item"]]
    found = cross_validate(estimator(), pairs, frame["rating"], cv=KFold(2), return_estimator=True)
    assert (found["test_score"] > 0.6).all()
    first = found["estimator"][0]
    half = len(frame) // 2
    liked = frame["rating"][:half] >= 4
    assert found["test_score"][0] == roc_auc_score(liked, first.predict_proba(pairs[:half])[:, 1])


def test_a_search_over_options_runs(frame: pd.DataFrame) -> None:
    grid = {"recommender__liked_from": [3.0, 4.0]}
    search = GridSearchCV(estimator(), grid, cv=2, error_score="raise").fit(frame[["user", "item"]], frame["rating"])
    assert search.best_params_["recommender__liked_from"] in (3.0, 4.0)
    assert search.predict(frame[["user", "item"]]).dtype == bool
    assert (
        search.best_estimator_.recommender_.data.ratings.scale.liked_from
        == search.best_params_["recommender__liked_from"]
    )


def test_a_clone_has_the_options_and_knows_nothing(frame: pd.DataFrame) -> None:
    fitted = estimator().fit(pl.from_pandas(frame[["user", "item"]]), frame["rating"])
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert copy.get_params()["recommender__budget"] == 50
    with pytest.raises(NotFittedError):
        copy.predict(frame[["user", "item"]])


def test_options_change_in_place_and_a_typo_is_told() -> None:
    one = estimator()
    before = one.recommender
    assert one.set_params(recommender__seed=3, scale="1-10") is one
    assert (one.recommender.seed, one.scale, before.seed) == (3, "1-10", 13)
    with pytest.raises(OptionError, match="there is no option 'sed'; did you mean 'seed'"):
        one.set_params(recommender__sed=3)


def test_pairs_without_ratings_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match=r"1,000 pairs|2,000 pairs"):
        estimator().fit(frame[["user", "item"]], np.ones(3))
