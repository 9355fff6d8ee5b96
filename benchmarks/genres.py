"""Genres as attributes of several values, as one category, and not at all: AUC and log loss on validation rows.

    python benchmarks/genres.py ml-latest-small.zip        # MovieLens with genres, of any size
    python benchmarks/genres.py --generated                # ratings that follow single genres

One category is what a text like ``Action|Comedy`` is without being taken apart. Each seed is another split at random;
the intervals are over readers, of the difference to the genres taken apart. The test rows are not read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.data.datasets.load import load
from toprank.data.splits import random_split
from toprank.metrics.scores import auc, log_loss
from toprank.models.boosted import Boosted

DRAWS = 400


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", help="ratings with an item table that has a column of genres")
    parser.add_argument("--column", default="genres")
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--seeds", type=int, default=3, help="how many splits")
    chosen = parser.parse_args()
    data = generated() if chosen.generated else load(chosen.data)
    print(f"{data.name}: {len(data.ratings):,} ratings; genres are read from the column {chosen.column!r}")
    print(f"{'seed':>4}  {'genres':14} {'AUC':>6} {'log loss':>9}   AUC less than taken apart")
    for seed in range(13, 13 + chosen.seeds):
        split = random_split(data.ratings, seed=seed)
        validation = data.ratings.take(split.validation)
        found = {
            name: scores(replace(one, ratings=data.ratings.take(split.train)), validation, seed)
            for name, one in variants(data, chosen.column)
        }
        best = found["taken apart"]
        for name, liked in found.items():
            low, high = difference(best, liked, validation, seed)
            print(
                f"{seed:>4}  {name:14} {auc(validation.liked, liked):.4f} {log_loss(validation.liked, liked):9.4f}   "
                f"{low:+.4f} to {high:+.4f}",
                flush=True,
            )


def variants(data: Dataset, column: str) -> Iterator[tuple[str, Dataset]]:
    """Give the data with the genres taken apart, as one category, and without them."""
    items = data.items
    assert items is not None
    place = items.table.column_names.index(column)
    text = items.table[column].cast(pa.string())
    yield "taken apart", data
    whole = pc.replace_substring_regex(text, r"[^\p{L}\p{N}]+", " ")
    yield "one category", replace(data, items=replace(items, table=items.table.set_column(place, column, whole)))
    yield "none", replace(data, items=replace(items, table=items.table.remove_column(place)))


def scores(train: Dataset, validation: Ratings, seed: int) -> FloatArray:
    """Fit the trees and give P(liked) of the validation rows (float64[n])."""
    model = Boosted().fit(train, rng=derive_rng(np.random.default_rng(seed), "genres"))
    return model.probabilities(model.evidence.pairs(validation.user, validation.item))


def difference(best: FloatArray, other: FloatArray, rows: Ratings, seed: int) -> tuple[float, float]:
    """Give the 95 % interval of how much higher the AUC of the first is, by a bootstrap over readers."""
    rng = np.random.default_rng(seed)
    readers, reader = np.unique(rows.user, return_inverse=True)
    of_reader = [np.flatnonzero(reader == number) for number in range(len(readers))]
    found = []
    for _ in range(DRAWS):
        drawn = np.concatenate([of_reader[number] for number in rng.integers(len(readers), size=len(readers))])
        found.append(auc(rows.liked[drawn], best[drawn]) - auc(rows.liked[drawn], other[drawn]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def generated() -> Dataset:
    """Make 24,000 ratings by 400 readers of 300 films that follow the readers' tastes for twelve single genres."""
    rng = np.random.default_rng(3)
    readers, films, genres = 400, 300, 12
    has = np.zeros((films, genres))
    for film in range(films):
        has[film, rng.choice(genres, rng.integers(1, 4), replace=False)] = 1
    taste = rng.normal(size=(readers, genres))
    pair = rng.permutation(readers * films)[:24_000]
    user, item = pair // films, pair % films
    liking = (has[item] * taste[user]).sum(axis=1) / np.sqrt(has[item].sum(axis=1))
    stars = np.clip(np.round(3.2 + liking + 0.9 * rng.normal(size=len(pair))), 1, 5)
    names = ["|".join(f"genre {genre}" for genre in np.flatnonzero(row)) for row in has]
    items = pa.table({"item": np.arange(films), "genres": names})
    return load(pa.table({"user": user, "item": item, "rating": stars}), scale="1-5", items=items, name="generated")


if __name__ == "__main__":
    main()
