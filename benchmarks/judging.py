"""What the judges cost on Book-Crossing: seconds to gather evidence, to fit, and to score 43,367 pairs; memory.

The trees are asked as toprank asks them and as LightGBM does, in the same run: the answers are equal, the times differ.

    python benchmarks/judging.py [--deep]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from toprank.core.threads import thread_count
from toprank.data.datasets.load import load
from toprank.data.splits import random_split
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.forest import forest_of

SEED = 13


def timed(what: Callable[[], Any], times: int = 1) -> tuple[Any, float]:
    """Give an answer and the median of the seconds it took."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        answer = what()
        taken.append(time.perf_counter() - started)
    return answer, float(np.median(taken))


def peak() -> float:
    """Give the most memory there was, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deep", action="store_true", help="measure both judges, weighed, instead of the trees")
    deep = parser.parse_args().deep
    data = load("book-crossing")
    split = random_split(data.ratings, seed=SEED)
    train, test = data.with_ratings(split.train), data.ratings.take(split.test)
    model: Blend | Boosted = Blend() if deep else Boosted()
    name = "trees and network" if deep else "trees"
    few = model.fit(data.with_ratings(split.train[:5000]), rng=np.random.default_rng(SEED))  # compiles
    few.scores(test.user[:1000], test.item[:1000])
    fitted, fitting = timed(lambda: model.fit(train, rng=np.random.default_rng(SEED)))
    print(f"{name}: fit {fitting:.1f} s, at most {peak():.1f} GB", flush=True)
    first, at_first = timed(lambda: fitted.scores(test.user, test.item))
    again, scoring = timed(lambda: fitted.scores(test.user, test.item), 5)
    assert np.array_equal(first, again)
    print(f"{name}: {len(test):,} pairs scored in {scoring:.2f} s (the first time {at_first:.2f} s)", flush=True)
    if not deep:
        trees, evidence = fitted.trees, fitted.evidence
        matrix = evidence.matrix(evidence.pairs(test.user, test.item))
        ours, laid_out = timed(lambda: forest_of(trees).log_odds(matrix), 5)
        theirs, by_lightgbm = timed(
            lambda: np.stack([one.predict(matrix, raw_score=True, num_threads=thread_count()) for one in trees]), 5
        )
        differ = np.count_nonzero(ours != theirs)
        ratio = by_lightgbm / laid_out
        print(f"trees alone: {laid_out:.2f} s, by LightGBM {by_lightgbm:.2f} s, {ratio:.1f} times as long")
        print(f"of {ours.size:,} answers {differ:,} differ", flush=True)
        _, gathering = timed(lambda: Boosted().build_evidence(train, rng=np.random.default_rng(SEED)))
        print(f"evidence of {len(split.train):,} training rows: {gathering:.1f} s")


if __name__ == "__main__":
    main()
