from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from toprank.errors import DataError
from toprank.storage.trees import StoredTrees, read_trees, tree_text

X = np.random.default_rng(0).normal(size=(400, 3))


def grown(**settings: Any) -> Any:
    import lightgbm

    settings = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbosity": -1, **settings}
    noise = np.random.default_rng(1).normal(size=400)
    return lightgbm.train(settings, lightgbm.Dataset(X, X[:, 0] + noise > 0, params={"verbosity": -1}), 3)


@pytest.fixture(scope="module")
def booster() -> Any:
    return grown()


def test_trees_answer_as_before(booster: Any) -> None:
    found = read_trees(tree_text(booster).encode(), "trees-0.txt")
    for options in ({"raw_score": True}, {"pred_contrib": True}):
        assert np.array_equal(booster.predict(X, **options), found.predict(X, **options))
    assert found.feature_importance("gain").tolist() == booster.feature_importance("gain").tolist()
    assert found.num_feature() == 3
    assert tree_text(found) == tree_text(booster)


@pytest.mark.parametrize("settings", [{"min_data_in_leaf": 1000}, {"linear_tree": True}])
def test_trees_of_one_leaf_and_of_linear_leaves_are_kept(settings: dict[str, Any]) -> None:
    unusual = grown(**settings)
    found = read_trees(tree_text(unusual).encode(), "trees-0.txt")
    assert np.array_equal(found.predict(X), unusual.predict(X))


@pytest.mark.parametrize("settings", [{"objective": "regression"}, {"boosting": "rf", "bagging_freq": 1}])
def test_other_trees_are_not_kept(settings: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="these trees cannot be kept"):
        tree_text(grown(bagging_fraction=0.5, **settings))


LIES = {
    "another number of trees": (r"tree_sizes=(\d+) ", r"tree_sizes=\1 9 ", "tree 2 is not where"),
    "sizes beyond the end": (r"tree_sizes=(\d+)", "tree_sizes=999999", "tree 1 is not where"),
    "another objective": (r"objective=.*", "objective=custom", "objective is 'custom'"),
    "many classes": (r"num_class=1", "num_class=9", "num_class is '9'"),
    "fewer names": (r"feature_names=\S+ ", "feature_names=", "feature_names are not 3"),
    "another head": (r"label_index=0", "label=0", "the head holds"),
    "something behind": (r"pandas_categorical:null", "pandas_categorical:[[1]]", "something else follows"),
    "letters": (r"Column_0", "Колонка", "ASCII|ascii"),
}


@pytest.mark.parametrize("what", LIES)
def test_text_that_is_not_toprank_s(booster: Any, what: str) -> None:
    pattern, lie, problem = LIES[what]
    text, done = re.subn(pattern, lie, tree_text(booster), count=1)
    assert done
    with pytest.raises(DataError, match=f"trees-0.txt: these are not trees that toprank wrote: .*({problem})"):
        read_trees(text.encode(), "trees-0.txt")


def test_text_that_lightgbm_does_not_read_after_all(booster: Any, capfd: pytest.CaptureFixture[str]) -> None:
    stored = StoredTrees(tree_text(booster).replace("num_class=1", "number=1"), "trees-0.txt")
    with pytest.raises(DataError, match=r"trees-0\.txt: these are not trees"):
        stored.predict(X)
    assert "doesn't specify the number of classes" in capfd.readouterr().err
