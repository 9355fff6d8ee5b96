"""The Jaccard neighbourhood: sparse products one reader at a time, as in the notebook, against the compiled kernel.

Fit on the notebook's training rows and score its 43,367 validation rows; both in this run, as a ratio.

    python benchmarks/jaccard.py
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from scipy import sparse

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.models.jaccard import Jaccard


def sparse_products(train: Ratings, asked: Ratings) -> FloatArray:
    """Score with one pair of sparse products a reader."""
    shape = (len(train.users), len(train.items))
    values = sparse.csr_matrix((train.value.astype(np.float64), (train.user, train.item)), shape)
    rated = values.copy()
    rated.data[:] = 1
    column = train.item.astype(np.int64) * 10 + train.value.astype(np.int64) - 1
    given = sparse.csr_matrix((np.ones(len(train)), (train.user, column)), (shape[0], shape[1] * 10))
    given_t, rated_t = given.T.tocsr(), rated.T.tocsr()
    by_item = values.tocsc()
    counts = np.diff(rated.indptr)
    sums = np.asarray(values.sum(axis=1)).ravel()
    overall = float(train.value.astype(np.float64).mean())
    rows_of: dict[int, list[int]] = {}
    for row, user in enumerate(asked.user.tolist()):
        rows_of.setdefault(user, []).append(row)
    scores = np.empty(len(asked))
    similarity = np.zeros(shape[0])
    for user, rows in rows_of.items():
        same = given[user] @ given_t
        common = rated[user] @ rated_t
        overlap = np.zeros(shape[0])
        overlap[common.indices] = common.data
        near = same.indices
        similarity[near] = same.data / (counts[user] + counts[near] - overlap[near])
        similarity[user] = 0.0
        for row in rows:
            item = asked.item[row]
            raters = slice(by_item.indptr[item], by_item.indptr[item + 1])
            weights = similarity[by_item.indices[raters]]
            total = weights.sum()
            if total > 0:
                scores[row] = (weights * by_item.data[raters]).sum() / total
            else:
                scores[row] = sums[user] / counts[user] if counts[user] else overall
        similarity[near] = 0.0
    return scores


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of the kernel, after one that compiles it")
    arguments = parser.parse_args()
    data = BOOK_CROSSING.load()
    split = random_split(data.ratings, seed=13)
    train, asked = data.ratings.take(split.train), data.ratings.take(split.validation)

    started = time.perf_counter()
    slow = sparse_products(train, asked)
    slow_seconds = time.perf_counter() - started

    seconds = []
    fast: FloatArray = np.empty(0)
    for _ in range(arguments.repeats + 1):
        started = time.perf_counter()
        fitted = Jaccard().fit(Dataset(train), rng=np.random.default_rng(13))
        fast = fitted.scores(asked.user, asked.item)
        seconds.append(time.perf_counter() - started)
    fast_seconds = statistics.median(seconds[1:])
    print(f"{len(train):,} training rows, {len(asked):,} pairs scored")
    print(f"sparse products, one reader at a time  {slow_seconds:8.2f} s")
    print(f"compiled kernel (median of {arguments.repeats})          {fast_seconds:8.3f} s")
    print(f"ratio                                  {slow_seconds / fast_seconds:8.0f} times as fast")
    print(f"first call, compiling if need be       {seconds[0]:8.2f} s")
    print(f"largest difference of a score          {np.abs(slow - fast).max():8.1e}")


if __name__ == "__main__":
    main()
