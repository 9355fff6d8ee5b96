"""What the service bears: speed from another process, durable writes, memory, start, and kills at random moments.

Requests come at a fixed rate, whether or not earlier ones were answered, and their time counts from when they were due.
Beside the times stands the CPU time that the service spent on each: on a machine that does other things, that is what
can be compared.

    python benchmarks/service.py --model toprank-model [--seconds 20] [--kills 1000]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
WORKERS = 24

Request = tuple[str, str, Any]


@contextmanager
def serving(model: Path, store: Path) -> Iterator[tuple[int, int, float]]:
    """Serve as users do; give the port, the process and the seconds until it was ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    words = ["serve", str(model), "--port", str(port), "--store", str(store), "--rate-limit", "100000"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from toprank.cli.entry import run; run()", *words], stderr=subprocess.DEVNULL
    )
    try:
        while not ready(port):
            if process.poll() is not None:
                raise SystemExit("the service did not start")
            time.sleep(0.01)
        yield port, process.pid, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def ready(port: int) -> bool:
    """Ask whether it is."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False


def cpu_seconds(pid: int) -> float:
    """Give the CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> tuple[float, float]:
    """Give the gigabytes that a process holds now, and the most it held; files of the model that it maps included."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = {
        line.partition(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM"))
    }
    return int(found["VmRSS"]) / 2**20, int(found["VmHWM"]) / 2**20


def send(connection: http.client.HTTPConnection, request: Request) -> None:
    """Send a request and take its answer."""
    method, path, body = request
    connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")


def at_rate(port: int, pid: int, rate: float, seconds: float, make: Callable[[int], Request]) -> str:
    """Ask at a rate; say how long answers took, from when they were due, and what CPU time each took."""
    count = int(rate * seconds)
    due: queue.Queue[tuple[int, float] | None] = queue.Queue()
    took = np.zeros(count)

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (one := due.get()) is not None:
            send(connection, make(one[0]))
            took[one[0]] = time.perf_counter() - one[1]
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    before, start = cpu_seconds(pid), time.perf_counter() + 0.1
    for number in range(count):
        when = start + number / rate
        time.sleep(max(0.0, when - time.perf_counter()))
        due.put((number, when))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    each = 1000 * (cpu_seconds(pid) - before) / count
    middle, late = 1000 * np.quantile(took, [0.5, 0.99])
    return f"p50 {middle:.1f} ms, p99 {late:.1f} ms; {each:.1f} ms of CPU each"


def writes(port: int, pid: int, seconds: float) -> str:
    """Write ratings as fast as some clients can; say how many a second were durable."""
    done = np.zeros(WORKERS, np.int64)
    until = time.perf_counter() + seconds

    def work(worker: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until:
            path = f"/v1/readers/writer-{worker}/ratings/book-{done[worker] % 500}"
            send(connection, ("PUT", path, {"rating": int(1 + done[worker] % 10)}))
            done[worker] += 1
        connection.close()

    before = cpu_seconds(pid)
    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = 1000 * (cpu_seconds(pid) - before) / done.sum()
    return f"{done.sum() / seconds:,.0f} a second from {WORKERS} clients; {each:.1f} ms of CPU each"


def speed(model: Path, seconds: float) -> None:
    """Measure on a served model."""
    import toprank as tr

    ratings = tr.Recommender.load(model).data.ratings
    rng = np.random.default_rng(5)
    rows = rng.integers(0, len(ratings), 10_000)
    readers = [str(one) for one in ratings.users.ids[ratings.user[rows]]]
    items = [str(one) for one in ratings.items.ids[ratings.item[rng.permutation(rows)]]]

    def decision(number: int, *, reasons: bool) -> Request:
        return "POST", "/v1/decisions", {"reader": readers[number], "items": [items[number]], "reasons": reasons}

    def ten(number: int, *, reasons: bool) -> Request:
        return "POST", "/v1/recommendations", {"reader": readers[number], "n": 10, "reasons": reasons}

    with tempfile.TemporaryDirectory() as folder, serving(model, Path(folder, "store.sqlite3")) as (port, pid, started):
        print(f"ready after {started:.1f} s, {memory(pid)[0]:.2f} GB", flush=True)
        for number in range(30):  # whatever is made at the first question
            send(http.client.HTTPConnection("127.0.0.1", port), ten(number, reasons=True))
        for words, rate, make in (
            ("decisions", 100, lambda number: decision(number, reasons=False)),
            ("decisions with reasons", 20, lambda number: decision(number, reasons=True)),
            ("lists of ten", 20, lambda number: ten(number, reasons=False)),
            ("lists of ten with reasons", 4, lambda number: ten(number, reasons=True)),
        ):
            print(f"{words}, {rate} a second: {at_rate(port, pid, rate, seconds, make)}", flush=True)
        print(f"durable ratings: {writes(port, pid, min(seconds, 10.0))}", flush=True)
        now, most = memory(pid)
        print(f"memory {now:.2f} GB, at most {most:.2f} GB", flush=True)


def small_model(folder: Path) -> Path:
    """Fit a model that takes no time to load."""
    import toprank as tr
    from toprank.data.datasets.generated import generate_ratings

    data = generate_ratings(n_users=200, n_items=100, n_ratings=4000, rng=np.random.default_rng(3))
    return tr.Recommender(deep=False, budget=50).fit(data).save(folder)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of the model to measure")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each load lasts")
    parser.add_argument("--kills", type=int, default=0, help="how often a service is killed")
    parser.add_argument("--small", type=Path, help="folder of the model that is killed; by default a small new one")
    asked = parser.parse_args()
    if asked.model is not None:
        speed(asked.model, asked.seconds)
    if asked.kills:
        sys.path.insert(0, str(ROOT))
        from tests.service.killing import kill_rounds

        with tempfile.TemporaryDirectory() as folder:
            small = asked.small or small_model(Path(folder, "model"))
            found = kill_rounds(small, Path(folder, "killed.sqlite3"), rounds=asked.kills, seed=7)
        print(
            f"{found.rounds:,} kills, {found.writes:,} acknowledged writes, {len(found.lost)} lost, "
            f"{len(found.torn)} torn or doubled"
        )


if __name__ == "__main__":
    main()
