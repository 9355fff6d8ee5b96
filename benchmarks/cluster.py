"""Ray beside one process: what it costs, what a second worker brings, and partial sums of many shards.

Fits the recommender, without the network, on generated ratings in one process, by Ray with one worker, and with two;
prints seconds of the clock and of all processors, ratios, and whether trees, figures and lists are the same; and what
the statistics of keys take alone, which are summed from shards. Then deals the ratings to many shards by user, sums
each shard's ratings in every key, and merges the sums in a tree.

    python benchmarks/cluster.py --ratings 1000000

Kernels are compiled by a small fit beforehand. On a machine with other work seconds of the clock say little.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import toprank as tr
from toprank.cluster.ray_engine import ray_engine
from toprank.core.dataset import Dataset
from toprank.core.engine import in_a_tree, run_tasks, using
from toprank.data.datasets.generated import generate_ratings
from toprank.evidence.bias import DampedBias
from toprank.evidence.groupings import build_groupings
from toprank.evidence.keys import KeyIndex, plan_keys
from toprank.evidence.sources.keyed_statistics import KeyedSource, sum_keys
from toprank.evidence.statistics import Statistics
from toprank.evidence.training_rows import sample_rows, training_rows

T = TypeVar("T")

LISTS = 20_000
"""Readers who get a list of ten."""


def generated(n: int) -> Dataset:
    """Give generated ratings, ten a reader and twenty an item."""
    return generate_ratings(n_users=n // 10, n_items=n // 20, n_ratings=n, rng=np.random.default_rng(13))


def timed(work: Callable[[], T]) -> tuple[Any, T]:
    """Give seconds, of the clock and of all processors, and what was found."""
    started = np.array([time.perf_counter(), processors()])
    found = work()
    return np.array([time.perf_counter(), processors()]) - started, found


def processors() -> float:
    """Give the seconds that this process and those below it had the processors for, Ray's workers among them."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        process = int(file.parent.name)
        parents[process], ticks[process] = int(told[1]), sum(map(int, told[11:15]))

    def ours(process: int) -> bool:
        while process not in (0, 1, os.getpid()):
            process = parents.get(process, 0)
        return process == os.getpid()

    return sum(spent for process, spent in ticks.items() if ours(process)) / os.sysconf("SC_CLK_TCK")


def said(model: tr.FittedRecommender, lists: tr.TopTable) -> str:
    """Give all that has to be the same."""
    trees = [tree.model_to_string() for tree in model.model.trees]  # type: ignore[attr-defined]
    return repr((trees, model.measures.figures, lists.to_arrow().to_pydict()))


def fits(data: Dataset) -> None:
    """Fit and recommend here and by Ray."""
    recommender = tr.Recommender(deep=False)
    recommender.fit(generated(5_000)).recommend([1, 2])
    rows = training_rows(
        data, build_groupings(data), 5, 4, 3.0, np.random.default_rng(13), frozenset(),
        sample_rows(np.arange(len(data.ratings)), 400_000, np.random.default_rng(13)), False,
    )  # fmt: skip
    columns = [f"{what}, {unit}" for what in ("fit", "lists", "statistics") for unit in ("s", "cpu s")]
    print(" " * 20 + "".join(f"{name:>19}     x" for name in columns) + "   the same")
    first: tuple[Any, tuple[str, bytes]] | None = None
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
            summing, learned = timed(lambda: KeyedSource().learn(rows))
        assert learned is not None
        seconds = np.concatenate([fit, listing, summing])
        answers = said(model, lists), learned.columns.tobytes()
        first = first or (seconds, answers)
        told = zip(seconds, seconds / np.maximum(first[0], 0.01), strict=True)
        same = "" if not workers else "yes" if answers == first[1] else "NO"
        print(f"{name:20}{''.join(f'{took:>19.1f}{ratio:>6.2f}' for took, ratio in told)}   {same}", flush=True)


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
    (_, seconds), parts = timed(lambda: [summed(np.flatnonzero(shard == one)) for one in range(shards)])
    (_, merging), found = timed(lambda: in_a_tree(parts, Statistics.merge))
    whole = summed(slice(None))
    exact = all(np.array_equal(getattr(whole, name), getattr(found, name)) for name in vars(whole))
    size = sum(column.nbytes for column in vars(found).values())
    print(
        f"{shards} shards of {len(ratings):,} ratings, {index.size:,} keys of {size / max(1, index.size):.0f} bytes: "
        f"summed in {seconds:.1f} s of a processor, merged in {merging:.1f} s over {(shards - 1).bit_length()} levels, "
        f"{size * (shards - 1) / 1e6:,.0f} MB moved; "
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
