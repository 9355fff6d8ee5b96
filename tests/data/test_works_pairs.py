"""Joining editions against 320 pairs of real titles that were checked by hand, half of them hard."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toprank.data.same_books import same_books

PAIRS = Path(__file__).with_name("works_pairs.csv")


def test_few_joins_are_wrong_and_few_are_missed(capsys: pytest.CaptureFixture[str]) -> None:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    books = list(dict.fromkeys((p[f"{o}title"], p[f"{o}author"]) for p in pairs for o in ("", "other_")))
    first = same_books(*(pa.chunked_array([list(column)]) for column in zip(*books, strict=True)))
    book = dict(zip(books, first.tolist(), strict=True))
    same = np.array([p["same"] == "yes" for p in pairs])
    before = np.array([p["joined_before"] == "yes" for p in pairs])
    joined = np.array([book[p["title"], p["author"]] == book[p["other_title"], p["other_author"]] for p in pairs])
    with capsys.disabled():
        for name, found in (("by first author and title", before), ("now", joined)):
            print(f"\n{name}: precision {same[found].mean():.3f}, recall {found[same].mean():.3f}", end="")
    assert len(pairs) >= 300
    assert same[joined].mean() >= 0.99
    assert joined[same].mean() >= before[same].mean() + 0.4
