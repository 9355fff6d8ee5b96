"""How a reader's stars are best put on a model's scale: what decides better on ratings that were held out.

Readers' ratings are written on another scale, once end to end (10 as 5 stars, by halves) and once so that each rating
keeps its place among all of its population (stars as often as MovieLens has them, points as Book-Crossing). What comes
back onto the model's scale by each way is given to the model as a new reader's list; it answers about the readers' test
rows, which are never written otherwise. The model has seen none of these.

    python benchmarks/shelf_scales.py [--data movielens-100k | --model FOLDER]

A fitted model in place of one that is fitted here has its test rows taken out of its statistics first.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

import toprank as tr
from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.scale import RatingScale
from toprank.core.update import Update
from toprank.evidence.pairs import Pairs
from toprank.metrics.scores import auc, log_loss
from toprank.recommender.answering import decide_pairs
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.shelf_scale import Rescaling, rescale

MIN_RATINGS = 5
"""Of readers with fewer there is no list to speak of."""

STARS = RatingScale(1, 5, liked_from=4, step=1)
POINTS = RatingScale(1, 10, liked_from=8, step=1)


def written_by_place(values: FloatArray, other: FloatArray) -> FloatArray:
    """Write each rating as the one that has its place in another population; of equal ones the middle counts."""
    ordered = np.sort(values)
    place = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2 / len(values)
    return np.quantile(other, place, method="inverted_cdf")


def answers(
    model: FittedRecommender, readers: IntArray, rows: tuple[IntArray, IntArray], value: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Give P(liked) and the decisions, the readers' lists being of these values."""
    lists = model.model.evidence.lists.take(readers)
    lists = replace(
        lists,
        user=np.full(len(readers), -1),
        value=value.astype(np.float32),
        liked=model.data.ratings.scale.liked(value.astype(np.float32)),
    )
    decided = decide_pairs(model.model, model.policy, Pairs(model.model.evidence.readers(lists), *rows))
    return decided.probability, decided.recommend


def without_test_rows(model: FittedRecommender) -> FittedRecommender:
    """Take out of what a model knows the rows that it was measured on."""
    data, size = model.data, len(model.data.ratings.items)
    tested = model.tested.user.astype(np.int64) * size + model.tested.item
    gone = np.isin(data.ratings.user.astype(np.int64) * size + data.ratings.item, tested)
    after = data.with_ratings(~gone)
    update = Update(data, after, np.empty(0, np.int64), np.flatnonzero(gone))
    return replace(model, data=after, model=model.model.updated(update))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="movielens-100k", choices=["movielens-100k", "book-crossing"])
    parser.add_argument("--model", type=Path, help="a fitted model, in place of fitting one")
    asked = parser.parse_args()
    if asked.model is None:
        model = tr.Recommender(deep=False, add_held_out=False).fit(tr.load(asked.data))
    else:
        model = without_test_rows(tr.Recommender.load(asked.model))
    name = model.data.name
    other_name = "movielens-100k" if model.data.ratings.scale.high == POINTS.high else "book-crossing"
    other = tr.load(other_name).ratings.value.astype(np.float64)
    scale, known = model.data.ratings.scale, model.model.evidence.lists.count
    user, item, liked = (np.asarray(getattr(model.tested, column)) for column in ("user", "item", "liked"))
    kept = known[user] >= MIN_RATINGS
    readers, row = np.unique(user[kept].astype(np.int64), return_inverse=True)
    rows, liked = (row, item[kept].astype(np.int64)), liked[kept]
    own = model.model.evidence.lists.take(readers)
    value, population = own.value.astype(np.float64), model.data.ratings.value.astype(np.float64)
    source = STARS if scale.high == POINTS.high else POINTS
    half = np.ceil(value / 2) if source is STARS else 2 * value
    print(f"{name}: {scale}; {len(liked):,} test rows of {len(readers):,} readers, lists written on {source}")
    print(f"{'written':12s}{'read back':12s}{'AUC':>9s}{'log loss':>10s}{'yes':>8s}{'precision':>11s}")
    for written, there in (("end to end", half), ("by place", written_by_place(value, other))):
        for how in ("own", *get_args(Rescaling)):
            back = value.copy()
            if how != "own":
                for k in range(len(readers)):
                    mine = slice(own.start[k], own.start[k + 1])
                    back[mine] = rescale(there[mine], source, scale, how=how, population=population)
            probability, yes = answers(model, readers, rows, back)
            figures = f"{auc(liked, probability):9.4f}{log_loss(liked, probability):10.4f}{yes.mean():8.3f}"
            print(f"{written:12s}{how:12s}{figures}{liked[yes].mean():11.3f}", flush=True)


if __name__ == "__main__":
    main()
