"""Ray beside one process: what it costs, what a second worker brings, and partial sums of many shards.

Fits the recommender, without the network, on generated ratings in one process, by Ray with one worker, and with two;
prints seconds, ratios, and whether trees, figures and lists are the same. Then deals the ratings to shards by user,
sums each shard's ratings in every key, and merges the sums in a tree.

    python benchmarks/cluster.py --ratings 1000000
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import numpy as np

import toprank as tr
from toprank.cluster.ray_engine import ray_engine
from toprank.core.dataset import Dataset
from toprank.core.engine import run_tasks, using
from toprank.data.datasets.generated import generate_ratings
from toprank.evidence.bias import DampedBias
from toprank.evidence.groupings import build_groupings
from toprank.evidence.keys import KeyIndex, plan_keys
from toprank.evidence.sources.keyed_statistics import sum_keys
from toprank.evidence.statistics import Statistics

T = TypeVar("T")

LISTS = 20_000
"""Readers who get a list of ten."""


def generated(n: int) -> Dataset:
    """Give generated ratings, ten a reader and twenty an item."""
    return generate_ratings(n_users=n // 10, n_items=n // 20, n_ratings=n, rng=np.random.default_rng(13))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Give seconds and what was found."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def said(model: tr.FittedRecommender, lists: tr.TopTable) -> str:
    """Give all that has to be the same."""
    trees = [tree.model_to_string() for tree in model.model.trees]  # type: ignore[attr-defined]
    return repr((trees, model.measures.figures, lists.to_arrow().to_pydict()))


def fits(data: Dataset) -> None:
    """Fit and recommend here and by Ray."""
    recommender = tr.Recommender(deep=False)
    print(f"{'':20}{'fit, s':>10}{'x':>7}{'lists, s':>10}{'x':>7}   the same")
    first: tuple[float, float, str] | None = None
    for name, workers in (("one process", 0), ("Ray, one worker", 1), ("Ray, two workers", 2)):
        # Workers have a thread each; the one process has as many as there are most workers.
        os.environ["TOPRANK_THREADS"] = str(workers or 2)
        with ExitStack() as stack:
            if workers:
                stack.enter_context(using(stack.enter_context(ray_engine())))
                run_tasks(pow, [1, 2], 2)  # Ray starts
            fit, model = timed(lambda: recommender.fit(data))
            readers = model.data.ratings.users.ids[1 : LISTS + 1].tolist()
            listing, lists = timed(lambda model=model, readers=readers: model.recommend(readers))  # type: ignore[misc]
        answers = said(model, lists)
        first = first or (fit, listing, answers)
        same = "" if not workers else "yes" if answers == first[2] else "NO"
        print(
            f"{name:20}{fit:>10.1f}{fit / first[0]:>7.2f}{listing:>10.1f}{listing / first[1]:>7.2f}   {same}",
            flush=True,
        )


def shard_sums(data: Dataset, shards: int) -> None:
    """Sum shards of users apart, merge the sums in a tree, and hold them against the sum of all at once."""
    ratings, groupings = data.ratings.canonical(), build_groupings(data)
    keys = tuple(key for key in plan_keys(groupings) if not key.of_reader)
    index = KeyIndex.of(keys, groupings, ratings.user, ratings.item)
    numbers = index.numbers(groupings, ratings.user, ratings.item)
    value = ratings.value.astype(np.float64)
    sizes = {"n_users": len(ratings.users), "n_items": groupings.work.size}
    work = groupings.work.code[ratings.item]
    residual = value - DampedBias.of(ratings.user, work, value, **sizes).expected(ratings.user, work)

    def summed(rows: Any) -> Statistics:
        return sum_keys(index, numbers[:, rows], value[rows], ratings.liked[rows], residual[rows])

    shard = (ratings.user.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) % np.uint64(shards)
    seconds, parts = timed(lambda: [summed(np.flatnonzero(shard == one)) for one in range(shards)])
    merged, depth, moved = parts, 0, 0
    started = time.perf_counter()
    while len(merged) > 1:
        moved += sum(column.nbytes for part in merged[1::2] for column in vars(part).values())
        merged = [one.merge(other) for one, other in zip(merged[::2], merged[1::2], strict=False)] + (
            merged[-1:] if len(merged) % 2 else []
        )
        depth += 1
    merging = time.perf_counter() - started
    whole, found = summed(slice(None)), merged[0]
    exact = all(np.array_equal(getattr(whole, name), getattr(found, name)) for name in vars(whole))
    size = sum(column.nbytes for column in vars(found).values())
    print(
        f"{shards} shards of {len(ratings):,} ratings, {index.size:,} keys of {size / max(1, index.size):.0f} bytes: "
        f"summed in {seconds:.1f} s, merged in {merging:.1f} s over {depth} levels, {moved / 1e6:,.0f} MB moved; "
        f"counts and sums {'exactly those' if exact else 'NOT those'} of all at once"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, default=1_000_000, help="generated ratings")
    parser.add_argument("--shards", type=int, default=200, help="shards of the merge tree")
    parser.add_argument("--tree-only", action="store_true", help="only the merge tree")
    arguments = parser.parse_args()
    print(f"{arguments.ratings:,} generated ratings, {os.cpu_count()} CPUs")
    data = generated(arguments.ratings)
    if not arguments.tree_only:
        fits(data)
    shard_sums(data, arguments.shards)


if __name__ == "__main__":
    main()
