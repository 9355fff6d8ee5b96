"""Training ratings as sources learn from them: folds, biases, keys, and the sample that models learn from."""

from __future__ import annotations

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.readers import ReaderLists
from toprank.core.rng import derive_rng
from toprank.evidence.bias import DampedBias
from toprank.evidence.crossfit import CrossFit, draw_folds
from toprank.evidence.groupings import Groupings
from toprank.evidence.keys import plan_keys
from toprank.evidence.pairs import Readers
from toprank.evidence.source import TrainingRows

__all__ = ["sample_rows", "training_rows"]

MANY = 2_000_000
"""Of more ratings the folds are not cut finer: their residuals would take more memory than all else."""


def sample_rows(rows: IntArray, most: int | None, rng: np.random.Generator) -> IntArray:
    """Draw the rows that models learn from, where there are more than that."""
    if most is None or most >= len(rows):
        return rows
    return np.sort(rows[derive_rng(rng, "rows").choice(len(rows), most, replace=False)])


def training_rows(
    data: Dataset,
    groupings: Groupings,
    folds: int,
    finer: int,
    damping: float,
    rng: np.random.Generator,
    without: frozenset[str],
    sample: IntArray,
    keep_folds: bool,
) -> TrainingRows:
    """Prepare training ratings, which are in canonical order, for the sources; models learn from ``sample`` of them."""
    ratings = data.ratings
    finer = max(1, min(finer, len(ratings) // folds)) if len(ratings) <= MANY else 1
    work, value = groupings.work.code[ratings.item], ratings.value.astype(np.float64)
    sizes = {"n_users": len(ratings.users), "n_items": groupings.work.size}
    bias = DampedBias.of(ratings.user, work, value, **sizes)
    fold = draw_folds(len(value), folds * finer, derive_rng(rng, "folds"))
    cross = CrossFit.of(ratings.user, work, value, ratings.liked, **sizes, fold=fold, folds=folds * finer)
    residual = (value - bias.expected(ratings.user, work)).astype(np.float32)
    return TrainingRows(
        data=data,
        ratings=ratings,
        readers=Readers(ReaderLists.of(data), groupings, bias.of_items),
        groupings=groupings,
        keys=tuple(key for key in plan_keys(groupings) if key.group not in without),
        fold=fold,
        folds=cross.folds,
        expected=cross.expected,
        left_out=folds,
        bias=bias,
        residual=np.concatenate([cross.residual, residual[None]]),
        damping=damping,
        without=without,
        sample=sample,
        keep_folds=keep_folds,
        rng=rng,
    )
