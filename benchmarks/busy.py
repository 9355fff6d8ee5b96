"""What busy neighbours cost: n equal fits at once on one machine, each beside one alone.

Each process fits the recommender, without the network, on generated ratings, all from the same moment on. Were the
machine shared without loss, n of them would take n times as long as one that has it to itself; the column "/ n" says
how far above that they are, and the last how much more of the processors each needs than alone. ``--before`` runs the
code of another folder in the same way, in turns.

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
    started, before = time.perf_counter(), time.process_time()
    tr.Recommender(deep=False).fit(many)
    print(time.perf_counter() - started, time.process_time() - before, flush=True)


def together(n: int, ratings: int, source: Path) -> tuple[float, float]:
    """Give the seconds that the slowest of n processes took, and the most that one had the processors for."""
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
        took = [[float(seconds) for seconds in process.communicate()[0].split()] for process in started]
        return max(clock for clock, _ in took), max(processors for _, processors in took)
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
    print(f"{'':8}{'processes':>10}{'seconds':>10}{'x alone':>10}{'/ n':>8}{'processors':>12}{'x alone':>10}")
    alone: dict[str, tuple[float, float]] = {}
    for n in arguments.processes:
        for name, source in sources.items():
            seconds, processors = together(n, arguments.ratings, source)
            first = alone.setdefault(name, (seconds / n, processors))
            ratio, more = seconds / first[0], processors / first[1]
            told = f"{seconds:>10.1f}{ratio:>10.2f}{ratio / n:>8.2f}{processors:>12.1f}{more:>10.2f}"
            print(f"{name:8}{n:>10}{told}", flush=True)


if __name__ == "__main__":
    main()
