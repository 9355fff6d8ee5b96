"""How long a first answer takes: whole processes of ``toprank decide`` and ``toprank recommend``, from start to end.

Each command runs as a process of its own, some times; beside another checkout of the code the two take turns, and the
ratio is that of the pairs. CPU time is that of all threads: the digests of the model's files are computed by two of
them, so on two cores an answer comes sooner than its CPU time.

    python benchmarks/cold_start.py MODEL [--beside CHECKOUT] [--times 7]

It asks about the reader with the most ratings but 1,000, and about the best-known book.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import toprank as tr

HERE = Path(__file__).parent.parent
RUN = "import sys; from toprank.cli.entry import run; sys.argv[0] = 'toprank'; run()"


def taken(checkout: Path, words: list[str]) -> tuple[float, float]:
    """Run a command, and give its seconds by the clock and of CPU time."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    before, started = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", RUN, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    clock, after = time.perf_counter() - started, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return clock, used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a folder that toprank fit saved")
    parser.add_argument("--beside", type=Path, help="another checkout, which reads the same model")
    parser.add_argument("--times", type=int, default=7)
    arguments = parser.parse_args()
    ratings = tr.Recommender.load(arguments.model).data.ratings
    count = np.bincount(ratings.user)
    user = ratings.users[int(np.where(count > 1000, 0, count).argmax())]
    item = ratings.items[int(np.bincount(ratings.item).argmax())]
    checkouts = [HERE] + ([] if arguments.beside is None else [arguments.beside])
    print(f"{'':10s}{'':10s}{'clock':>8s}{'CPU':>8s}")
    for command in (["decide", "--item", str(item)], ["recommend"]):
        words = [command[0], str(arguments.model), "--user", str(user), *command[1:]]
        for checkout in checkouts:
            taken(checkout, words)  # compiles what has to be, once
        runs = np.array([[taken(checkout, words) for checkout in checkouts] for _ in range(arguments.times)])
        for name, found in zip(("here", "beside"), np.median(runs, axis=0), strict=False):
            print(f"{command[0]:10s}{name:10s}{found[0]:7.2f}s{found[1]:7.2f}s")
        if len(checkouts) > 1:
            ratio = np.median(runs[:, 0] / runs[:, 1], axis=0)
            print(f"{command[0]:10s}{'ratio':10s}{ratio[0]:8.2f}{ratio[1]:8.2f}", flush=True)


if __name__ == "__main__":
    main()
