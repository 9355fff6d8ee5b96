"""Reading Book-Crossing and a million rows of text, each in a fresh process.

Book-Crossing is read from its three dump files and from the binary cache; the limits are 3 s and 0.5 s on two cores.
pandas, as most people would read the ratings, is timed beside them.

    python benchmarks/reading.py
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
from pyarrow import csv

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
ROWS = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    BOOK_CROSSING.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ratings.csv")
        write_rows(path)
        measure(path, repeats)


def write_rows(path: Path) -> None:
    """Write users, items, ratings and times, each pair once."""
    rng = np.random.default_rng(13)
    pair = rng.choice(100_000 * 20_000, ROWS, replace=False)
    stars, time = rng.integers(1, 11, ROWS) / 2, rng.integers(1_000_000_000, 1_700_000_000, ROWS)
    columns = {"userId": pair // 20_000, "movieId": pair % 20_000, "rating": stars, "timestamp": time}
    csv.write_csv(pa.table(columns), path)


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


if __name__ == "__main__":
    main()
