"""What busy neighbours cost: n equal fits at once on one machine, each beside one alone.

Each process fits the recommender, without the network, on generated ratings, all from the same moment on. Were the
machine shared without loss, n of them would take n times as long as one that has it to itself; the last column says
how far above that they are. ``--before`` runs the code of another folder in the same way, in turns.

    git worktree add before COMMIT
    python benchmarks/busy.py --before before/src
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path


def fit(ratings: int) -> None:
    """Fit twice, first a few rows, so that all is compiled; say so, wait for the word, and print the seconds."""
    import numpy as np

    import toprank as tr
    from toprank.data.datasets.generated import generate_ratings

    def data(n: int) -> tr.Dataset:
        return generate_ratings(n_users=n // 10, n_items=n // 20, n_ratings=n, rng=np.random.default_rng(13))

    tr.Recommender(deep=False).fit(data(5_000))
    many = data(ratings)
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    tr.Recommender(deep=False).fit(many)
    print(time.perf_counter() - started, flush=True)


def together(n: int, ratings: int, source: Path) -> float:
    """Give the seconds that the slowest of n processes took."""
    command = [sys.executable, __file__, "--one", "--ratings", str(ratings)]
    environment = os.environ | {"PYTHONPATH": str(source.resolve())}
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(n)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise SystemExit("a process ended before it began to fit")
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return max(float(process.communicate()[0]) for process in started)
    finally:
        for process in started:
            process.kill()
            process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, default=100_000, help="ratings that each process fits")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4], help="how many at once; 1 comes first")
    parser.add_argument("--before", type=Path, help="the src folder of other code to run too")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        fit(arguments.ratings)
        return
    sources = {"now": Path(__file__).parents[1] / "src"} | ({"before": arguments.before} if arguments.before else {})
    print(f"{arguments.ratings:,} generated ratings, {os.cpu_count()} CPUs")
    print(f"{'':8}{'processes':>10}{'seconds':>10}{'x alone':>10}{'/ n':>8}")
    alone: dict[str, float] = {}
    for n in arguments.processes:
        for name, source in sources.items():
            seconds = together(n, arguments.ratings, source)
            ratio = seconds / alone.setdefault(name, seconds / n)
            print(f"{name:8}{n:>10}{seconds:>10.1f}{ratio:>10.2f}{ratio / n:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
