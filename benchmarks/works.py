"""Joining editions to works: how many there are in Book-Crossing, how right, and how long it takes.

    python benchmarks/works.py

The pairs were drawn from Book-Crossing in six layers and checked by hand: joined by this rule and not by title and
first author (before), joined before and not now, joined by both, neither joined but alike in title and author, or
in title alone, and joined since second titles, editions and misspelt subtitles are understood, with books beside them
that must stay apart. So precision and recall on them say how the rules differ, not how often they err in the catalogue.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np

from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.same_books import same_books
from toprank.data.works import find_works

PAIRS = Path(__file__).parent.parent / "tests" / "data" / "works_pairs.csv"


def main() -> None:
    """Measure and print."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    data = BOOK_CROSSING.load()
    assert data.items is not None
    table = data.items.table
    started = time.perf_counter()
    works = find_works(data.ratings.items, data.items)
    print(f"{len(data.ratings.items):,} items are {works.n_works:,} works ({time.perf_counter() - started:.1f} s)")
    # The pairs among all of Book-Crossing: what else an author wrote decides what is joined.
    books = list(zip(table["title"].to_pylist(), table["author"].to_pylist(), strict=True))
    first = same_books(table["title"], table["author"])
    book = dict(zip(reversed(books), reversed(first.tolist()), strict=True))
    same = np.array([pair["same"] == "yes" for pair in pairs])
    before = np.array([pair["joined_before"] == "yes" for pair in pairs])
    now = np.array([book[p["title"], p["author"]] == book[p["other_title"], p["other_author"]] for p in pairs])
    print(f"{len(pairs)} pairs, {same.sum()} of them one book:")
    for name, joined in (("before", before), ("now", now)):
        print(f"  {name:6} precision {same[joined].mean():.3f}, recall {joined[same].mean():.3f}")
    for pair in (pair for pair, wrong in zip(pairs, now & ~same, strict=True) if wrong):
        print("  joined wrongly:", *(pair[name] for name in list(pair)[:4]), sep=" | ")


if __name__ == "__main__":
    main()
