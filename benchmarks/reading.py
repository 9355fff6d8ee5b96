"""Reading Book-Crossing and many rows of text and Parquet, each in a fresh process.

Book-Crossing is read from its three dump files and from the binary cache; the limits are 3 s and 0.5 s on two cores.
pandas, as most people would read the ratings, is timed beside them. ``--many`` reads so many generated ratings instead,
from a folder of Parquet files and from packed text, and prints what the processors took and the most memory.

    python benchmarks/reading.py
    python benchmarks/reading.py --many 16000000
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from toprank.data.datasets.book_crossing import BOOK_CROSSING

SCRIPTS = {
    "parse and repair the three files": (
        "from toprank.data.datasets.book_crossing import BOOK_CROSSING; "
        "BOOK_CROSSING.read(BOOK_CROSSING.folder, 'dump')"
    ),
    "binary cache": "from toprank.data.datasets.book_crossing import BOOK_CROSSING; BOOK_CROSSING.load()",
    "pandas, the ratings file alone": (
        "import pandas; from toprank.data.datasets.book_crossing import BOOK_CROSSING; "
        "pandas.read_csv(BOOK_CROSSING.folder / 'BX-Book-Ratings.csv', sep=';', encoding='latin-1', escapechar=chr(92))"
    ),
    "a million rows of CSV": "from toprank.data.reading.read import read; read(path)",
    "pandas, a million rows of CSV": "import pandas; pandas.read_csv(path)",
}
MEASURED = """
import resource, sys, time
from toprank.data.reading.read import read
before = time.process_time()
read(sys.argv[1])
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""
ROWS = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--many", type=int, help="generated ratings")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.many:
            many(Path(folder), arguments.many)
            return
        BOOK_CROSSING.load()
        path = Path(folder, "ratings.csv")
        csv.write_csv(generated(ROWS), path)
        measure(path, arguments.repeats)


def generated(rows: int) -> pa.Table:
    """Give users, items, ratings and times, each pair once; ten rows a user and twenty an item."""
    rng = np.random.default_rng(13)
    items = max(1, rows // 20)
    pair = np.unique(rng.integers(0, rows // 10 * items, rows + rows // 1000))
    pair = rng.permutation(pair)[:rows]
    stars, time = rng.integers(1, 11, len(pair)) / 2, rng.integers(1_000_000_000, 1_700_000_000, len(pair))
    return pa.table({"userId": pair // items, "movieId": pair % items, "rating": stars, "timestamp": time})


def measure(path: Path, repeats: int) -> None:
    """Measure and print."""
    for name, script in SCRIPTS.items():
        timed = f"started = time.perf_counter(); {script}; print(time.perf_counter() - started)"
        code = f"import time; path = {str(path)!r}; {timed}"
        seconds = [
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _ in range(repeats)
        ]
        print(f"{name:34} {statistics.median(seconds):6.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})")


def many(folder: Path, rows: int) -> None:
    """Write ratings with and without times as Parquet and packed text; read each, and print what it takes."""
    table = generated(rows)
    plain = table.drop_columns("timestamp")
    (folder / "parquet").mkdir()
    quarter = -(-rows // 4)
    for part in range(4):
        file = folder / f"parquet/{part}.parquet"
        parquet.write_table(plain.slice(part * quarter, quarter), file, compression="zstd")
    named = {"four Parquet files": "parquet"}
    for said, name, packed, some in (
        ("CSV, gzip", "plain.csv.gz", "gzip", plain),
        ("CSV, Zstandard", "plain.csv.zst", "zstd", plain),
        ("CSV, Zstandard, times", "times.csv.zst", "zstd", table),
    ):
        with pa.CompressedOutputStream(str(folder / name), packed) as file:
            csv.write_csv(some, file)
        named[said] = name
    print(f"{len(table):,} generated ratings, integer ids: processors, most memory")
    for said, name in named.items():
        command = [sys.executable, "-c", MEASURED, str(folder / name)]
        seconds, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        print(f"{said:24} {float(seconds):6.1f} s {float(memory):6.2f} GB", flush=True)


if __name__ == "__main__":
    main()
