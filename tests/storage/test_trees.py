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


def test_trees_of_one_leaf_are_kept() -> None:
    lone = grown(min_data_in_leaf=1000)
    found = read_trees(tree_text(lone).encode(), "trees-0.txt")
    assert np.array_equal(found.predict(X), lone.predict(X))


@pytest.mark.parametrize("settings", [{"objective": "regression"}, {"linear_tree": True}, {"boosting": "rf"}])
def test_other_trees_are_not_kept(settings: dict[str, Any]) -> None:
    settings = {"bagging_fraction": 0.5, "bagging_freq": 1, **settings} if "boosting" in settings else settings
    with pytest.raises(TypeError, match="these trees cannot be kept"):
        tree_text(grown(**settings))


LIES = {
    "a child that does not exist": (r"left_child=.*", "left_child=1 9 -2", "not each other node and leaf once"),
    "a leaf that does not exist": (r"left_child=.*", "left_child=1 -9 -2", "not each other node and leaf once"),
    "a circle": (r"left_child=.*", "left_child=0 1 2", "not each other node and leaf once"),
    "a feature that does not exist": (r"split_feature=.*", "split_feature=0 1 3", "a feature beyond the 3"),
    "a negative feature": (r"split_feature=.*", "split_feature=0 -1 2", "a feature beyond the 3"),
    "too few nodes": (r"threshold=.*", "threshold=0.5 1", "threshold has 2 numbers, not 3"),
    "too many leaves": (r"leaf_value=.*", "leaf_value=1 2 3 4 5", "leaf_value has 5 numbers, not 4"),
    "a wrong count": (r"num_leaves=4", "num_leaves=5", "has 3 numbers, not 4"),
    "a huge count": (r"num_leaves=4", "num_leaves=9999999", "num_leaves is '9999999'"),
    "what Python alone takes for 4": (r"num_leaves=4", "num_leaves=0_4", "num_leaves is '0_4'"),
    "what C alone takes for a number": (r"threshold=.*", "threshold=0x1p3 1 2", "threshold is '0x1p3 1 2'"),
    "categories": (r"num_cat=0", "num_cat=1", "it splits by categories"),
    "a categorical split": (r"decision_type=.*", "decision_type=1 2 2", "none of a numeric split"),
    "a linear leaf": (r"is_linear=0", "is_linear=1", "leaves are not constant"),
    "a missing line": (r"leaf_count=.*\n", "", "it holds"),
    "a line twice": (r"(leaf_count=.*\n)", r"\1\1", "comes twice"),
    "another line": (r"(leaf_count=)", r"cat_threshold=1\n\1", "it holds"),
    "another number of trees": (r"tree_sizes=(\d+) ", r"tree_sizes=\1 9 ", "in tree 1"),
    "sizes beyond the end": (r"tree_sizes=(\d+)", "tree_sizes=999999", "in tree 0"),
    "another objective": (r"objective=.*", "objective=custom", "objective is 'custom'"),
    "many classes": (r"num_class=1", "num_class=9", "num_class is '9'"),
    "fewer names": (r"feature_names=\S+ ", "feature_names=", "feature_names are not 3"),
    "another head": (r"label_index=0", "label=0", "the head holds"),
    "something behind": (r"pandas_categorical:null", "pandas_categorical:[[1]]", "something else follows"),
    "letters": (r"Column_0", "Колонка", "ASCII|ascii"),
}


@pytest.mark.parametrize("what", LIES)
def test_text_that_would_mislead_lightgbm(booster: Any, what: str) -> None:
    pattern, lie, problem = LIES[what]
    text, done = re.subn(pattern, lie, tree_text(booster), count=1)
    assert done
    # The sizes of the trees are put right, unless they are the lie.
    if "tree_sizes" not in pattern:
        parts = text.partition("end of trees")[0].partition("\n\n")[2].split("Tree=")[1:]
        text = re.sub(r"tree_sizes=.*", "tree_sizes=" + " ".join(str(len(part) + 5) for part in parts), text)
    with pytest.raises(DataError, match=f"trees-0.txt: these are not trees that toprank wrote: .*({problem})"):
        read_trees(text.encode(), "trees-0.txt")


def chain(leaves: int, order: str = "down") -> str:
    """Trees that lean all to one side."""
    nodes = range(leaves - 1)
    left = [k + 1 if k + 2 < leaves else -leaves for k in nodes]
    right = [-1 - k for k in nodes]
    if order == "up":
        left = [-leaves, *nodes[:-1]]
    fields = dict.fromkeys(("split_feature", "split_gain", "threshold", "decision_type"), "0 " * (leaves - 1))
    fields |= {"left_child": " ".join(map(str, left)), "right_child": " ".join(map(str, right))}
    fields |= dict.fromkeys(("leaf_value", "leaf_weight", "leaf_count"), "1 " * leaves)
    fields |= dict.fromkeys(("internal_value", "internal_weight", "internal_count"), "1 " * (leaves - 1))
    lines = "".join(f"{name}={value.strip()}\n" for name, value in fields.items())
    tree = f"Tree=0\nnum_leaves={leaves}\nnum_cat=0\n{lines}is_linear=0\nshrinkage=1\n\n\n"
    head = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n"
    head += f"objective=binary sigmoid:1\nfeature_names=a\nfeature_infos=none\ntree_sizes={len(tree)}\n\n"
    return f"{head}{tree}end of trees\n\npandas_categorical:null\n"


def test_a_deep_tree_is_kept_up_to_a_depth() -> None:
    found = read_trees(chain(900).encode(), "t").predict(np.zeros((1, 1)), pred_contrib=True)
    assert np.isfinite(found).all()
    with pytest.raises(DataError, match="it is 1,100 levels deep; 1,000 are allowed"):
        read_trees(chain(1101).encode(), "t")


def test_a_child_before_its_parent() -> None:
    with pytest.raises(DataError, match=r"a child comes before its parent|each other node and leaf once"):
        read_trees(chain(9, "up").encode(), "t")


def test_text_that_lightgbm_does_not_read_after_all(booster: Any, capfd: pytest.CaptureFixture[str]) -> None:
    stored = StoredTrees(tree_text(booster).replace("num_class=1", "number=1"), "trees-0.txt")
    with pytest.raises(DataError, match=r"trees-0\.txt: these are not trees"):
        stored.predict(X)
    assert "doesn't specify the number of classes" in capfd.readouterr().err
