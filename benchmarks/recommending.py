"""The recommender as people use it, on Book-Crossing: what its lists are worth, and how long everything takes.

Lists are those of readers with a liked test work that they do not hold; all works that they do not hold are candidates,
none sampled. Beside them stands the same retrieval without the judge, and ``implicit`` in the same run.

    python benchmarks/recommending.py [--deep] [--all-readers] [--peers]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import toprank as tr
from toprank.candidates.holdings import Holdings
from toprank.core.arrays import IntArray
from toprank.core.readers import ReaderLists
from toprank.data.splits import random_split
from toprank.metrics import list_metrics as ranking
from toprank.recommender.unknown import add_unknown_row

K = 10


def seconds(what: Callable[[], Any], times: int = 15) -> float:
    """Give the median of some runs, the first left out."""
    what()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


def worth(held: Holdings, lists: IntArray, users: IntArray, key: IntArray, rated: IntArray) -> str:
    """Measure lists of works (int[n, 10], -1 where there are fewer) of some readers."""
    n_works = held.n_works
    hit, relevant = ranking.hits(lists, np.searchsorted(users, key // n_works), key % n_works)
    judged = np.isin(np.where(lists >= 0, users[:, None] * n_works + lists, -1), rated).sum()
    bits = ranking.novelty(lists, np.bincount(held.work, minlength=n_works), int((held.count > 0).sum()))
    figures = (
        ranking.ndcg(hit, relevant).mean(),
        ranking.recall(hit, relevant).mean(),
        ranking.hit_rate(hit),
        ranking.coverage(lists, n_works),
        ranking.gini(lists, n_works),
    )
    return "".join(f"{figure:10.4f}" for figure in figures) + f"{bits:10.2f}{hit.sum() / max(1, judged):12.3f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true", help="with the deep network")
    parser.add_argument("--all-readers", action="store_true", help="also the lists of everybody who rated")
    parser.add_argument("--peers", action="store_true", help="also ALS and TF-IDF neighbours of 'implicit'")
    arguments = parser.parse_args()
    data = tr.load("book-crossing")
    started = time.perf_counter()
    model = tr.Recommender(deep=arguments.deep, add_held_out=False).fit(data)
    print(f"fit: {time.perf_counter() - started:.0f} s; P(liked) counts {model.like_weight:g} in lists", flush=True)
    whole = add_unknown_row(data).ratings
    test = whole.take(random_split(whole, seed=13).test)
    work, n_works, readers = model.retrieval.work, model.retrieval.n_works, ReaderLists.of(model.data)
    held = model.retrieval.held_by(readers)
    liked = test.take(test.liked)
    key = np.unique(liked.user.astype(np.int64) * n_works + work[liked.item])
    key = key[~held.contains(*np.divmod(key, n_works))]
    users = np.unique(key // n_works)
    rated = np.unique(test.user.astype(np.int64) * n_works + work[test.item])
    names = [whole.users[int(user)] for user in users]
    print(f"{len(users):,} readers, {len(key):,} liked works, {n_works:,} works")
    print(f"{'':32s}   NDCG@10 recall@10  hit rate  coverage      Gini   novelty  liked of rated", flush=True)

    table = model.recommend(names, K)
    lists = np.full((len(users), K), -1)
    row = np.searchsorted(users, whole.users.positions(table.column("user")))
    lists[row, table.column("rank") - 1] = work[whole.items.positions(table.column("item"))]
    print(f"{'toprank':32s}{worth(held, lists, users, key, rated)}")
    plain = model.retrieval.candidates(readers.take(users), n=K).work
    print(f"{'toprank, without the judge':32s}{worth(held, plain, users, key, rated)}", flush=True)

    one, many = names[len(names) // 2], whole.users[int(np.bincount(whole.user).argmax())]
    some = [whole.items[int(item)] for item in whole.item[:3]]
    print(f"warm: top {K} of a reader {1000 * seconds(lambda: model.recommend(one, K)):.1f} ms", end="; ")
    print(f"of the one with most ratings {1000 * seconds(lambda: model.recommend(many, K)):.1f} ms", end="; ")
    print(f"a decision {1000 * seconds(lambda: model.decide(one, some[0], reasons=False)):.1f} ms", end="; ")
    print(f"with its reason {1000 * seconds(lambda: model.decide(one, some[0])):.1f} ms", end="; ")
    new = {some[0]: 9, some[1]: 4, some[2]: 8}
    print(f"top {K} of a new reader {1000 * seconds(lambda: model.recommend(ratings=new, n=K), 5):.0f} ms", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        started = time.perf_counter()
        model.save(place)
        saved = time.perf_counter() - started
        size = sum(file.stat().st_size for file in place.iterdir()) / 1e6
        loading = seconds(lambda: tr.Recommender.load(place), 3)
        print(f"save {saved:.1f} s, {size:.0f} MB; load {loading:.2f} s", flush=True)
    everyone = np.unique(whole.user)
    if arguments.all_readers:
        started = time.perf_counter()
        model.recommend([whole.users[int(user)] for user in everyone], K)
        print(f"{len(everyone):,} readers: {time.perf_counter() - started:.0f} s", flush=True)
    print(f"most memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB", flush=True)
    if arguments.peers:
        from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from implicit.nearest_neighbours import TFIDFRecommender  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from scipy.sparse import csr_matrix

        matrix = csr_matrix(held.matrix())  # it takes scipy's older kind only
        for name, peer in {
            "implicit: ALS, 64 factors": AlternatingLeastSquares(64, num_threads=2, random_state=13),
            "implicit: TF-IDF neighbours": TFIDFRecommender(K=200, num_threads=2),
        }.items():
            peer.fit(matrix, show_progress=False)
            found, scores = peer.recommend(users, matrix[users], N=K, filter_already_liked_items=True)
            print(f"{name:32s}{worth(held, np.where(scores > 0, found, -1), users, key, rated)}", flush=True)
            if arguments.all_readers:
                started = time.perf_counter()
                peer.recommend(everyone, matrix[everyone], N=K, filter_already_liked_items=True)
                print(f"  {len(everyone):,} readers: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
