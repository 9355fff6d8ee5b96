"""Boosted trees laid out for asking them: LightGBM's own answers to the last bit, in a third of the time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.threads import side_by_side

__all__ = ["Forest", "forest_of"]

FEW, PARTS = 512, 64
"""Rows are answered side by side, at least so many at a time, as fewer save nothing, and in at most so many parts."""

NO_SPLITS = np.zeros(2, np.int64), np.empty((0, 4), np.int32), np.zeros(2, np.int64), np.empty((0, 32))
"""What :func:`toprank.models.forest_kernel.lay_out` would give, for rows that are too few to need it."""

LOWEST, HIGHEST = np.iinfo(np.int32).min, np.iinfo(np.int32).max

DEFAULT_LEFT, MISSING, IS_ZERO, IS_NAN = 2, 12, 4, 8
"""Bits of LightGBM's ``decision_type``: where NaN goes, and what counts as missing."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees of several boosters; the fields are those of :func:`toprank.models.forest_kernel.answer_rows`.

    LightGBM sends one row after another through all trees. Here many rows are held against each split together, and
    numbers are compared as integers, among which NaN has a place too.
    """

    column: Int32Array
    missing: Int32Array
    first: IntArray
    root: Int32Array
    depth: Int32Array
    node: Int32Array
    value: FloatArray

    @classmethod
    def of(cls, texts: tuple[str, ...]) -> Forest:
        """Read trees over numbers, with constant leaves, as ``Booster.model_to_string`` writes them."""
        boosters = [_trees(text) for text in texts]
        trees = [_fields(tree) for booster in boosters for tree in booster]
        leaves = np.array([int(tree["num_leaves"]) for tree in trees])
        inner, bar = _numbers(trees, "split_feature", np.int32), _numbers(trees, "threshold", np.float64)
        kind = _numbers(trees, "decision_type", np.int32)
        if bool(((kind & 1 != 0) | (kind & MISSING == IS_ZERO)).any()):
            raise ValueError("trees that split by categories, or take 0 for missing, cannot be laid out")
        # Where nothing was missing, LightGBM takes NaN for 0.
        nan_left = np.where(kind & MISSING == IS_NAN, kind & DEFAULT_LEFT != 0, bar >= 0)
        looked_at, which = np.unique(2 * inner + nan_left, return_inverse=True)
        # The nodes of a tree come first, then its leaves, its own children each.
        root = np.concatenate([[0], np.cumsum(2 * leaves - 1)])
        node = np.repeat(np.arange(root[-1], dtype=np.int32)[:, None], 4, axis=1)
        node[:, :2] = 0, HIGHEST
        value = np.zeros(root[-1])
        place = np.arange(root[-1]) - np.repeat(root[:-1], 2 * leaves - 1)
        is_leaf = place >= np.repeat(leaves - 1, 2 * leaves - 1)
        first, count = (np.repeat(one, leaves - 1) for one in (root[:-1], leaves))
        for side, name in enumerate(("left_child", "right_child")):
            child = _numbers(trees, name, np.int32)
            node[~is_leaf, 2 + side] = first + np.where(child < 0, count - 2 - child, child)
        node[~is_leaf, 0] = which
        node[~is_leaf, 1] = _keys(_rounded_down(bar))
        value[is_leaf] = np.fromstring(" ".join(tree["leaf_value"] for tree in trees), np.float64, sep=" ")
        return cls(
            column=(looked_at // 2).astype(np.int32),
            missing=np.where(looked_at % 2 == 1, LOWEST, HIGHEST).astype(np.int32),
            first=np.cumsum([0, *map(len, boosters)]),
            root=root[:-1].astype(np.int32),
            depth=_depths(root[:-1], node, is_leaf),
            node=node,
            value=value,
        )

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Give each of k boosters' sum of leaves (float64[k, n]) for float32[n, n_columns]."""
        from toprank.models import forest_kernel  # numba takes its time to be imported

        matrix = np.asfortranarray(matrix, dtype=np.float32)
        answer = np.empty((len(self.first) - 1, len(matrix)))
        splits = NO_SPLITS if len(matrix) <= forest_kernel.FEW else self._splits  # of a first answer nobody reads them
        given = matrix, *(getattr(self, one.name) for one in fields(self)), *splits
        begin = range(0, len(matrix), max(FEW, -(-len(matrix) // PARTS)))
        ends = [*begin[1:], len(matrix)][: len(begin)]
        side_by_side(lambda begin, end: forest_kernel.answer_rows(answer, begin, end, *given), begin, ends)
        return answer

    @cached_property
    def _splits(self) -> tuple[IntArray, Int32Array, IntArray, FloatArray]:
        from toprank.models.forest_kernel import lay_out

        leaves = (np.diff(np.append(self.root, len(self.value))) + 1) // 2
        return lay_out(self.root, leaves.astype(np.int64), self.node, self.value)


@lru_cache(maxsize=4)
def forest_of(boosters: tuple[Any, ...]) -> Forest:
    """Lay boosters out, once for the same ones."""
    return Forest.of(tuple(booster.model_to_string() for booster in boosters))


def _trees(text: str) -> list[str]:
    begin, end = text.find("\nTree=0\n"), text.find("\nend of trees\n")
    return [] if begin < 0 else text[begin:end].strip("\n").split("\n\n\n")


def _fields(tree: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in tree.split("\n"))


def _numbers(trees: list[dict[str, str]], name: str, kind: type) -> Any:
    """Read what nodes have, tree by tree; of a lone leaf LightGBM says what it likes."""
    return np.fromstring(" ".join(tree[name] for tree in trees if int(tree["num_leaves"]) > 1), kind, sep=" ")


def _rounded_down(bar: FloatArray) -> FloatArray:
    """Give the largest float32 that is not above: a float32 is above one where it is above the other."""
    with np.errstate(over="ignore"):
        near = bar.astype(np.float32)
    return np.where(near > bar, np.nextafter(near, np.float32(-np.inf)), near)


def _keys(numbers: FloatArray) -> Int32Array:
    bits = (numbers.astype(np.float32) + np.float32(0)).view(np.int32)
    return bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))


def _depths(root: IntArray, node: Int32Array, is_leaf: BoolArray) -> Int32Array:
    depth, level = np.zeros(len(root), np.int32), 0
    tree, here = np.arange(len(root)), root
    while (inside := ~is_leaf[here]).any():
        level += 1
        depth[tree[inside]] = level
        tree, here = np.repeat(tree[inside], 2), node[here[inside], 2:].ravel()
    return depth
