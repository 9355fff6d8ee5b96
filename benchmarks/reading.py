"""Reading Book-Crossing: the three dump files from scratch, and from the binary cache, each in a fresh process.

The limits are 3 s and 0.5 s on two cores. pandas, as most people would read the ratings file, is timed beside them.

    python benchmarks/reading.py
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

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
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    BOOK_CROSSING.load()
    for name, script in SCRIPTS.items():
        code = f"import time; started = time.perf_counter(); {script}; print(time.perf_counter() - started)"
        seconds = [
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _ in range(repeats)
        ]
        print(f"{name:34} {statistics.median(seconds):6.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
