"""How time and memory grow with the ratings: fit, load, decide and list, on generated data; and learning curves.

Users and items grow with the ratings, ten a user and twenty an item. Each size has a process of its own, which says
the seconds of the clock and of all processors, and the most memory there was; "a rating" is beside the first size.

    python benchmarks/growth.py --millions 1 2 4 --chart docs/images/growth.svg
    python benchmarks/growth.py --curve book-crossing movielens-100k generated

``--peers`` fits models of implicit, LensKit and Surprise to the same ratings (peers.py says what it needs), each in a
process of its own. ``--deep`` learns the network too, ``--before FOLDER`` runs the code of another folder in turns.
``--curve`` shows what more rows teach the trees, the evidence being that of all ratings: AUC and log loss of the
validation rows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SEED = 13

FIGURES = {
    "fit": "fit, s",
    "processor": "of all processors, s",
    "memory": "memory, GB",
    "load": "load, s",
    "decide": "decide, s",
    "list": "list, s",
}


PEERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "implicit ALS": ("implicit", "als.AlternatingLeastSquares", {"factors": 64, "random_state": 1}),
    "LensKit bias": ("lenskit", "basic.BiasScorer", {"damping": 5.0}),
    "Surprise SVD": ("surprise", "SVD", {"n_factors": 20, "random_state": 1}),
}


def generated(n: int) -> Any:
    """Give generated ratings, ten a user and twenty an item."""
    from toprank.data.datasets.generated import generate_ratings

    return generate_ratings(n_users=n // 10, n_items=n // 20, n_ratings=n, rng=np.random.default_rng(SEED))


def measure(ratings: int, *, deep: bool) -> dict[str, float]:
    """Fit, save, load and answer in this process."""
    import toprank as tr

    def timed(work: Callable[[], Any]) -> tuple[Any, float]:
        started = time.perf_counter()
        found = work()
        return found, time.perf_counter() - started

    tr.Recommender(deep=deep).fit(generated(4_000))  # compiles
    many = generated(ratings)
    before = time.process_time()
    fitted, seconds = timed(lambda: tr.Recommender(deep=deep).fit(many))
    processor = time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = fitted.save(Path(folder) / "model")
        del fitted
        loaded, load = timed(lambda: tr.Recommender.load(path))
    readers = [many.ratings.users[position] for position in many.ratings.user[:: max(1, ratings // 20)].tolist()]
    item = many.ratings.items[int(many.ratings.item[0])]

    def typical(ask: Callable[[Any], Any]) -> float:
        return float(np.median([timed(partial(ask, reader))[1] for reader in readers]))

    answers = [typical(ask) for ask in (lambda one: loaded.decide(one, [item]), lambda one: loaded.recommend(one, 10))]
    return dict(zip(FIGURES, (seconds, processor, memory, load, *answers), strict=True))


def grow(sizes: list[int], sources: dict[str, Path], *, deep: bool) -> dict[str, dict[int, dict[str, float]]]:
    """Measure each size in a process of its own, and print it."""
    found: dict[str, dict[int, dict[str, float]]] = {name: {} for name in sources}
    print(f"{'':8}{'ratings':>12}" + "".join(f"{words:>22}" for words in FIGURES.values()) + "   time, memory a rating")
    for size in sizes:
        for name, source in sources.items():
            command = [sys.executable, __file__, "--one", str(size), *(["--deep"] if deep else [])]
            environment = os.environ | {"PYTHONPATH": str(source.resolve())}
            ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=False)
            if ran.returncode:
                print(f"{name:8}{size:>12,}  ended with code {ran.returncode}", flush=True)
                continue
            figures = found[name][size] = json.loads(ran.stdout.splitlines()[-1])
            first = min(found[name])
            ratios = [figures[key] / size / (found[name][first][key] / first) for key in ("processor", "memory")]
            told = "".join(f"{figures[key]:>22.2f}" for key in FIGURES)
            print(f"{name:8}{size:>12,}{told}   {ratios[0]:.2f}, {ratios[1]:.2f}", flush=True)
    return found


def peers(sizes: list[int]) -> None:
    """Print the seconds and the memory of a fit of each peer."""
    from peers import run_peer

    for size in sizes:
        ratings = generated(size).ratings
        asked = ratings.take(np.arange(0, size, size // 1000))
        for name, (library, model, options) in PEERS.items():
            answer = run_peer(library, model, options, ratings, asked)
            print(f"{name:16}{size:>12,}   fit {answer.fit:8.1f} s   memory {answer.memory:.2f} GB", flush=True)


def draw(found: dict[int, dict[str, float]], path: Path) -> None:
    """Draw time and memory over the ratings, both axes by powers of ten, and what in proportion would be."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    sizes = np.array(sorted(found)) / 1e6
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for axis, key, words in zip(axes, ("processor", "memory"), ("processor seconds", "memory, GB"), strict=True):
        values = np.array([found[size][key] for size in sorted(found)])
        axis.loglog(sizes, values, "o-", color="#0067a5", label="fit")
        axis.loglog(sizes, values[0] * sizes / sizes[0], "--", color="#8a94a0", label="in proportion")
        axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axis.set_yticks(values, [f"{value:,.0f}" if value >= 10 else f"{value:.1f}" for value in values])
        axis.minorticks_off()
        axis.set_xlabel("million ratings")
        axis.set_title(words, fontsize=11, loc="left")
        axis.legend(frameon=False)
    figure.patch.set_facecolor("white")
    figure.savefig(path, metadata={"Date": None})


def curve(name: str) -> None:
    """Print what the trees learn from more and more rows, the evidence being the same."""
    from dataclasses import replace

    from toprank.core.rng import derive_rng
    from toprank.data.datasets.generated import generate_ratings
    from toprank.data.datasets.load import load
    from toprank.data.splits import random_split
    from toprank.metrics.scores import auc, log_loss
    from toprank.models.boosted import Boosted

    if name == "generated":
        data = generate_ratings(n_users=30_000, n_items=15_000, n_ratings=300_000, rng=np.random.default_rng(SEED))
    else:
        data = load(name)
    split = random_split(data.ratings, seed=SEED)
    validation, model, rng = data.ratings.take(split.validation), Boosted(), np.random.default_rng(SEED)
    training = replace(model, max_rows=10**9).build_evidence(data.with_ratings(split.train), rng=rng)
    pairs = training.evidence.pairs(validation.user, validation.item)
    order = derive_rng(rng, "curve").permutation(len(training.matrix))
    for share in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1):
        sample = np.sort(order[: round(share * len(order))])
        some = replace(training, rows=replace(training.rows, sample=sample), matrix=training.matrix[sample])
        started = time.process_time()
        fitted, _ = model.learn(some, rng=rng)
        spent, scores = time.process_time() - started, fitted.probabilities(pairs)
        figures = auc(validation.liked, scores), log_loss(validation.liked, scores)
        print(f"{name:16}{len(sample):>10,} rows   AUC {figures[0]:.4f}   log loss {figures[1]:.4f}   {spent:.0f} s")


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 2, 4], help="sizes, in millions of ratings")
    parser.add_argument("--deep", action="store_true", help="learn the network too")
    parser.add_argument("--before", type=Path, help="the src folder of other code to run too")
    parser.add_argument("--peers", action="store_true", help="models of other libraries instead")
    parser.add_argument("--chart", type=Path, help="the SVG to draw")
    parser.add_argument("--curve", nargs="+", metavar="DATA", help="learning curves instead")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, deep=arguments.deep)))
        return
    if arguments.curve:
        for name in arguments.curve:
            curve(name)
        return
    sizes = [round(1e6 * millions) for millions in arguments.millions]
    if arguments.peers:
        peers(sizes)
        return
    sources = {"now": Path(__file__).parents[1] / "src"} | ({"before": arguments.before} if arguments.before else {})
    found = grow(sizes, sources, deep=arguments.deep)
    if arguments.chart and found["now"]:
        draw(found["now"], arguments.chart)


if __name__ == "__main__":
    main()
