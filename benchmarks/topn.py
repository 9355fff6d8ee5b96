"""Top-N on Book-Crossing: popularity and the package ``implicit`` beside the candidates of toprank.

All readers with a liked work among the asked rows that they do not hold; all works that they do not hold are
candidates, none sampled; interactions are the notebook's training ratings and the implicit rows.

    python benchmarks/topn.py [--rows validation] [--all-readers] [--peers]
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import numpy as np

from toprank.candidates.holdings import Holdings
from toprank.candidates.retrieval import Retrieval
from toprank.core.arrays import IntArray
from toprank.core.readers import ReaderLists
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.evidence.groupings import build_groupings
from toprank.metrics import list_metrics as ranking

K = 10


def of_peer(model: Any, matrix: Any, users: IntArray, popular: IntArray) -> IntArray:
    """Ask a fitted model of ``implicit`` for lists; a reader of whom it knows nothing gets what is popular."""
    items, scores = model.recommend(users, matrix[users], N=K, filter_already_liked_items=True)
    lists = np.where(scores > 0, items, -1)
    return np.where((lists < 0).all(axis=1, keepdims=True), popular, lists)


def of_popularity(held: Holdings, users: IntArray) -> IntArray:
    """Give the most held works that the reader does not hold."""
    popular = np.argsort(-np.bincount(held.work, minlength=held.n_works), kind="stable")
    lists = np.empty((len(users), K), np.int64)
    for row, user in enumerate(users):
        own = held.work[held.start[user] : held.start[user + 1]]
        first = popular[: K + len(own)]
        lists[row] = first[~np.isin(first, own)][:K]
    return lists


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", choices=("validation", "test"), default="test", help="whose liked works are asked")
    parser.add_argument("--peers", action="store_true", help="also run ALS and TF-IDF neighbours of 'implicit'")
    parser.add_argument("--all-readers", action="store_true", help="also time the lists of everybody who rated")
    arguments = parser.parse_args()
    data = BOOK_CROSSING.load()
    split = random_split(data.ratings, seed=13)
    train = data.with_ratings(split.train)
    work, n_works = (known := build_groupings(train).work).code, known.size
    readers = ReaderLists.of(train)
    held = Holdings.of_lists(readers, work, n_works)
    asked = data.ratings.take(getattr(split, arguments.rows))
    key = np.unique(asked.user[asked.liked].astype(np.int64) * n_works + work[asked.item[asked.liked]])
    key = key[~held.contains(*np.divmod(key, n_works))]
    users, reader = np.unique(key // n_works, return_inverse=True)
    print(f"{len(users):,} readers, {len(key):,} liked works, {n_works:,} works")
    print(f"{'':34s}  NDCG@10 recall@10  hit rate coverage    Gini novelty  fit, s", flush=True)

    def row(name: str, lists: IntArray, seconds: float) -> None:
        hit, relevant = ranking.hits(lists, reader, key % n_works)
        figures = (ranking.ndcg(hit, relevant).mean(), ranking.recall(hit, relevant).mean(), ranking.hit_rate(hit))
        rest = (ranking.coverage(lists, n_works), ranking.gini(lists, n_works))
        bits = ranking.novelty(lists, np.bincount(held.work, minlength=n_works), int((held.count > 0).sum()))
        print(
            f"{name:34s}" + "".join(f"{figure:9.4f}" for figure in (*figures, *rest)) + f"{bits:8.2f}{seconds:9.1f}",
            flush=True,
        )

    popular = of_popularity(held, users)
    row("popularity", popular, 0.0)
    started = time.perf_counter()
    validation = data.ratings.take(split.validation)
    if arguments.rows == "validation":  # learn the ranking from half of the readers, and show the others apart
        validation = validation.take(validation.user % 2 == 0)
    fitted = Retrieval().fit(train, rng=np.random.default_rng(13), validation=validation)
    fitting = time.perf_counter() - started
    lists: IntArray = fitted.candidates(readers.take(users), n=K).work
    row("toprank", lists, fitting)
    if arguments.rows == "validation":
        odd = users % 2 == 1
        hit, relevant = ranking.hits(lists, reader, key % n_works)
        ndcg, recall = ranking.ndcg(hit, relevant)[odd].mean(), ranking.recall(hit, relevant)[odd].mean()
        print(f"{'  readers it did not learn from':34s}{ndcg:9.4f}{recall:9.4f}")
    times = []
    for user in users[:50]:
        started = time.perf_counter()
        fitted.candidates(readers.take(np.array([user])), n=K)
        times.append(time.perf_counter() - started)
    print(f"  one reader, warm: {1000 * float(np.median(times)):.1f} ms (median), {1000 * max(times):.1f} ms (most)")
    everyone = np.unique(data.ratings.user)
    if arguments.all_readers:
        started = time.perf_counter()
        fitted.candidates(readers.take(everyone), n=K)
        print(f"  {len(everyone):,} readers: {time.perf_counter() - started:.0f} s")
    print(f"  most memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB", flush=True)
    if arguments.peers:
        from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from implicit.nearest_neighbours import TFIDFRecommender  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from scipy.sparse import csr_matrix

        matrix = csr_matrix(held.matrix())  # it takes scipy's older kind only
        for name, model in {
            "implicit: ALS, 64 factors": AlternatingLeastSquares(64, num_threads=2, random_state=13),
            "implicit: TF-IDF neighbours, K 200": TFIDFRecommender(K=200, num_threads=2),
        }.items():
            started = time.perf_counter()
            model.fit(matrix, show_progress=False)
            fitting = time.perf_counter() - started
            row(name, of_peer(model, matrix, users, popular), fitting)
            if arguments.all_readers:
                started = time.perf_counter()
                model.recommend(everyone, matrix[everyone], N=K, filter_already_liked_items=True)
                print(f"  {len(everyone):,} readers: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
