"""The recommender as people use it: what its lists are worth, whether P(liked) holds in them, and how long it takes.

The figures of ranking are means over readers with a liked test work that they do not hold; all works that they do not
hold are candidates, none sampled. P(liked) is held against what readers said of the listed works over ALL readers with
test rows: those with a liked one were chosen by the outcome. Beside the lists stand those of the same retrieval without
P(liked), and ``implicit`` in the same run.

    python benchmarks/recommending.py [--data book-crossing] [--objective f1] [--deep] [--all-readers] [--peers]
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
from toprank.candidates.holdings import Holdings, position_of
from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.readers import ReaderLists
from toprank.data.datasets.generated import generate_ratings
from toprank.data.splits import random_split
from toprank.metrics import list_metrics as ranking
from toprank.recommender.unknown import add_unknown_row

K = 10


def load(name: str) -> Dataset:
    """Load a dataset by name, or generate ratings."""
    if name == "generated":
        return generate_ratings(n_users=6000, n_items=3000, n_ratings=200_000, rng=np.random.default_rng(7))
    data: Dataset = tr.load(name)
    return data


def seconds(what: Callable[[], Any], times: int = 15) -> float:
    """Give the median of some runs, the first left out."""
    what()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


def worth(held: Holdings, lists: IntArray, users: IntArray, key: IntArray) -> str:
    """Measure lists of works (int[n, 10]), given what each reader liked as ascending keys, user x works + work."""
    n_works = held.n_works
    hit, relevant = ranking.hits(lists, np.searchsorted(users, key // n_works), key % n_works)
    bits = ranking.novelty(lists, np.bincount(held.work, minlength=n_works), int((held.count > 0).sum()))
    figures = (
        ranking.ndcg(hit, relevant).mean(),
        ranking.recall(hit, relevant).mean(),
        ranking.hit_rate(hit),
        ranking.coverage(lists, n_works),
        ranking.gini(lists, n_works),
    )
    return "".join(f"{figure:10.4f}" for figure in figures) + f"{bits:10.2f}"


def print_promises(user: IntArray, probability: FloatArray, liked: BoolArray) -> None:
    """Print P(liked) of listed works beside the share that was liked, by fifths of P, with errors over readers."""
    print(f"{'P(liked) in lists':20s}{'rated':>8s}{'promised':>10s}{'delivered':>11s}{'difference':>12s}  95 %")
    fifths = np.array_split(np.argsort(probability, kind="stable"), 5)
    for name, rows in (("all", np.arange(len(user))), *((f"fifth {1 + at}", rows) for at, rows in enumerate(fifths))):
        gap = liked[rows] - probability[rows]
        reader, row = np.unique(user[rows], return_inverse=True)
        # Readers are independent, their rows are not.
        sums = np.bincount(row, gap - gap.mean(), len(reader))
        error = 1.96 * np.sqrt((sums**2).sum()) / max(1, len(rows))
        print(
            f"{name:20s}{len(rows):8,}{probability[rows].mean():10.3f}{liked[rows].mean():11.3f}"
            f"{gap.mean():+12.3f}  ±{error:.3f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="book-crossing", help="a built-in dataset, or 'generated'")
    parser.add_argument("--objective", default="f1", help="what the cutoff serves")
    parser.add_argument("--deep", action="store_true", help="with the deep network")
    parser.add_argument("--all-readers", action="store_true", help="also the lists of everybody who rated")
    parser.add_argument("--peers", action="store_true", help="also ALS and TF-IDF neighbours of 'implicit'")
    arguments = parser.parse_args()
    data = load(arguments.data)
    started = time.perf_counter()
    model = tr.Recommender(objective=arguments.objective, deep=arguments.deep, split="random", add_held_out=False).fit(
        data
    )
    print(f"fit: {time.perf_counter() - started:.0f} s; P(liked) counts {model.like_weight:g} in lists", flush=True)
    whole = add_unknown_row(data).ratings
    test = whole.take(random_split(whole, seed=13).test)
    work, n_works, readers = model.retrieval.work, model.retrieval.n_works, ReaderLists.of(model.data)
    held = model.retrieval.held_by(readers)
    tested = np.unique(test.user)
    key = np.unique(test.user[test.liked].astype(np.int64) * n_works + work[test.item[test.liked]])
    key = key[~held.contains(*np.divmod(key, n_works))]
    users = np.unique(key // n_works)
    print(f"{len(tested):,} readers with test rows; {len(users):,} of them have {len(key):,} liked works to find")

    table = model.recommend([whole.users[int(user)] for user in tested], K)
    reader = np.searchsorted(tested, whole.users.positions(table.column("user")))
    listed = work[whole.items.positions(table.column("item"))]
    lists, promised = np.full((len(tested), K), -1), np.asarray(table.column("probability"), np.float64)
    lists[reader, table.column("rank") - 1] = listed
    order = np.argsort(reader * n_works + listed)
    row = np.searchsorted(tested, test.user)
    found = position_of(row * n_works + work[test.item], (reader * n_works + listed)[order])
    print_promises(test.user[found >= 0], promised[order][found[found >= 0]], test.liked[found >= 0])
    print(f"{'':32s}   NDCG@10 recall@10  hit rate  coverage      Gini   novelty", flush=True)
    print(f"{'toprank':32s}{worth(held, lists[np.searchsorted(tested, users)], users, key)}")
    plain = model.retrieval.candidates(readers.take(users), n=K).work
    print(f"{'toprank, without P(liked)':32s}{worth(held, plain, users, key)}", flush=True)

    one, many = whole.users[int(users[len(users) // 2])], whole.users[int(np.bincount(whole.user).argmax())]
    some = [whole.items[int(item)] for item in whole.item[:3]]
    print(f"warm: top {K} of a reader {1000 * seconds(lambda: model.recommend(one, K)):.1f} ms", end="; ")
    print(f"of the one with most ratings {1000 * seconds(lambda: model.recommend(many, K)):.1f} ms", end="; ")
    print(f"a decision {1000 * seconds(lambda: model.decide(one, some[0], reasons=False)):.1f} ms", end="; ")
    print(f"with its reason {1000 * seconds(lambda: model.decide(one, some[0])):.1f} ms", end="; ")
    new = dict.fromkeys(some, float(data.ratings.scale.high))
    print(f"top {K} of a new reader {1000 * seconds(lambda: model.recommend(ratings=new, n=K), 5):.0f} ms", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        started = time.perf_counter()
        model.save(path)
        saved = time.perf_counter() - started
        size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        loading = seconds(lambda: tr.Recommender.load(path), 3)
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
            best, scores = peer.recommend(users, matrix[users], N=K, filter_already_liked_items=True)
            print(f"{name:32s}{worth(held, np.where(scores > 0, best, -1), users, key)}", flush=True)
            if arguments.all_readers:
                started = time.perf_counter()
                peer.recommend(everyone, matrix[everyone], N=K, filter_already_liked_items=True)
                print(f"  {len(everyone):,} readers: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
