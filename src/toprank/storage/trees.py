"""Boosted trees in LightGBM's own text, which is checked before LightGBM, written in C++, reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.errors import DataError

__all__ = ["StoredTrees", "read_trees", "tree_text"]

MAX_DEPTH = 1000
"""LightGBM's exact contributions take memory by the square of a tree's depth, and the stack by its depth."""

_HEAD = {
    "version": r"v\d+",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "max_feature_idx": r"\d{1,6}",
    "objective": "binary sigmoid:1",
    "feature_names": r"[^\s=]+( [^\s=]+)*",
    "feature_infos": r"[^\s=]+( [^\s=]+)*",
    "tree_sizes": r"\d{1,9}( \d{1,9})*",
}
_NODES = (
    *("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child"),
    *("internal_value", "internal_weight", "internal_count"),
)
_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_WHOLE = {"split_feature", "decision_type", "left_child", "right_child", "leaf_count", "internal_count"}
# What Python takes for a number and C++ for another, such as 1_0, is none.
_INTEGER, _REAL = r"-?\d{1,10}", r"-?(inf|nan|\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,3})?)"
_PATTERNS = {whole: re.compile(f"({number}( {number})*)?") for whole, number in ((True, _INTEGER), (False, _REAL))}
_DECISIONS = (0, 2, 8, 10)
"""NaN is taken for 0, or goes right or left. Trees that take 0 for missing, or split by categories, are not grown."""
_SINGLE = {"num_leaves", "num_cat", "is_linear", "shrinkage"}
_END = "end of trees\n"
_TAIL = "\npandas_categorical:null\n"


@dataclass(frozen=True, eq=False)
class StoredTrees:
    """Boosted trees as text, which LightGBM reads when they are first asked: to import it takes longer than to load.

    Parameters
    ----------
    text : str
        As :func:`tree_text` writes it.
    source : str
        Name of the file, for errors.
    """

    text: str
    source: str

    def predict(self, matrix: FloatArray, **options: Any) -> Any:
        """Do as :meth:`lightgbm.Booster.predict`."""
        return self.booster.predict(matrix, **options)

    def model_to_string(self) -> str:
        """Do as :meth:`lightgbm.Booster.model_to_string`, without LightGBM."""
        return self.text

    def feature_importance(self, importance_type: str = "split") -> Any:
        """Do as :meth:`lightgbm.Booster.feature_importance`."""
        return self.booster.feature_importance(importance_type)

    def num_feature(self) -> int:
        """Give how many columns they read, without LightGBM."""
        return _features(_head(self.text))

    @cached_property
    def booster(self) -> Any:
        """The booster.

        Raises
        ------
        DataError
            If LightGBM does not read the text, although nothing is wrong with it as far as toprank can see.
        OptionError
            If LightGBM is missing.
        """
        from toprank.models.boosted import load_lightgbm

        lightgbm = load_lightgbm()
        try:
            return lightgbm.Booster(model_str=self.text)
        except lightgbm.basic.LightGBMError as error:
            raise _refused(self.source, str(error)) from None


def tree_text(booster: Any) -> str:
    """Write a booster down: its trees only, not how they were grown.

    Parameters
    ----------
    booster : lightgbm.Booster or StoredTrees

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If :func:`read_trees` would refuse it: its objective is not binary, or it splits by categories.
    """
    if isinstance(booster, StoredTrees):
        return booster.text
    whole = booster.model_to_string()
    text: str = whole[: whole.index(_END)] + _END + _TAIL
    try:
        _check(text)
    except ValueError as error:
        raise TypeError(f"these trees cannot be kept: {error}") from None
    return text


def read_trees(content: Any, source: str) -> StoredTrees:
    """Read a booster.

    LightGBM trusts its text: a child that does not exist would let it read outside its memory. So every tree's
    structure is checked first.

    Parameters
    ----------
    content : buffer
        UTF-8 text, as :func:`tree_text` writes it.
    source : str
        Name of the file, for errors.

    Returns
    -------
    StoredTrees

    Raises
    ------
    DataError
        If it is anything else.
    """
    try:
        text = bytes(content).decode("ascii")
        _check(text)
    except ValueError as error:
        raise _refused(source, str(error)) from None
    return StoredTrees(text, source)


def _refused(source: str, problem: str) -> DataError:
    return DataError(f"these are not trees that toprank wrote: {problem}", "save the model again", source=source)


def _check(text: str) -> None:
    """Refuse with ValueError what is not exactly a head, trees of the sizes it says, and the end."""
    if not text.isascii():
        raise ValueError("there are letters beyond ASCII in it")
    fields = _head(text)
    for name, pattern in _HEAD.items():
        if not re.fullmatch(pattern, fields[name]):
            raise ValueError(f"{name} is {fields[name][:80]!r}")
    features = _features(fields)
    for name in ("feature_names", "feature_infos"):
        if len(fields[name].split(" ")) != features:
            raise ValueError(f"{name} are not {features}")
    _, _, trees = text.partition("\n\n")
    begin = 0
    for number, size in enumerate(map(int, fields["tree_sizes"].split(" "))):
        tree = trees[begin : begin + size]
        try:
            _check_tree(tree, number, features)
        except (ValueError, OverflowError, KeyError) as error:
            raise ValueError(f"in tree {number}: {error}") from None
        begin += size
    if trees[begin:] != _END + _TAIL:
        raise ValueError("something else follows the trees")


def _head(text: str) -> dict[str, str]:
    lines = text.partition("\n\n")[0].split("\n")
    fields = dict(line.split("=", 1) for line in lines[1:] if "=" in line)
    if lines[0] != "tree" or len(fields) != len(lines) - 1 or fields.keys() != _HEAD.keys():
        raise ValueError(f"the head holds {', '.join(fields)[:300]}; it must hold {', '.join(_HEAD)}")
    return fields


def _features(head: dict[str, str]) -> int:
    return int(head["max_feature_idx"]) + 1


def _check_tree(text: str, number: int, features: int) -> None:
    lines = text.rstrip("\n").split("\n")
    fields = dict(line.split("=", 1) for line in lines)
    if lines[0] != f"Tree={number}" or not text.endswith("\n") or len(fields) != len(lines):
        raise ValueError(f"it begins with {lines[0][:40]!r}, or a line comes twice")
    if fields.keys() != {"Tree", *_SINGLE, *_NODES, *_LEAVES}:
        raise ValueError(f"it holds {', '.join(fields)[:300]}")
    if not re.fullmatch(r"[1-9]\d{0,5}", fields["num_leaves"]) or not re.fullmatch(_REAL, fields["shrinkage"]):
        raise ValueError(f"num_leaves is {fields['num_leaves'][:20]!r}, shrinkage {fields['shrinkage'][:20]!r}")
    if (fields["num_cat"], fields["is_linear"]) != ("0", "0"):
        raise ValueError("it splits by categories, or its leaves are not constant")
    leaves = int(fields["num_leaves"])
    values = {name: _numbers(fields[name], name, leaves - (name in _NODES), leaves) for name in (*_NODES, *_LEAVES)}
    if leaves == 1:
        return
    if values["split_feature"].min() < 0 or values["split_feature"].max() >= features:
        raise ValueError(f"it splits by a feature beyond the {features}")
    if not np.isin(values["decision_type"], _DECISIONS).all():
        raise ValueError("a decision_type is none of a numeric split")
    _check_children(values["left_child"], values["right_child"], leaves)


def _numbers(text: str, name: str, count: int, leaves: int) -> IntArray:
    if not _PATTERNS[name in _WHOLE].fullmatch(text):
        raise ValueError(f"{name} is {text[:80]!r}")
    words = text.split(" ") if text else []
    # Of a lone leaf LightGBM says what it likes.
    if len(words) != count and not (leaves == 1 and len(words) <= 1):
        raise ValueError(f"{name} has {len(words)} numbers, not {count}")
    return np.array(list(map(int, words)) if name in _WHOLE else [], dtype=np.int64)


def _check_children(left: IntArray, right: IntArray, leaves: int) -> None:
    """Every node and leaf hangs on one parent, which comes before it: so there is one tree, and no circle."""
    children = np.stack([left, right])
    if np.any(children < -leaves) or not np.array_equal(np.sort(children, axis=None), np.r_[-leaves:0, 1 : leaves - 1]):
        raise ValueError("its children are not each other node and leaf once")
    parents = np.arange(leaves - 1)
    if np.any((children >= 0) & (children <= parents)):
        raise ValueError("a child comes before its parent")
    depth = [0] * leaves
    for parent, pair in enumerate(children.T.tolist()):
        for child in pair:
            if child >= 0:
                depth[child] = depth[parent] + 1
    if max(depth) >= MAX_DEPTH:
        raise ValueError(f"it is {max(depth) + 1:,} levels deep; {MAX_DEPTH:,} are allowed")
