"""What the terminal shows: fits its width, and never obeys the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.summary import DatasetSummary, summarize
from toprank.report.summary_tables import summary_tables
from toprank.report.table import Table
from toprank.report.terminal import to_text


def printed(*tables: Table, width: int) -> str:
    text = "\n".join(to_text(table, width) for table in tables)
    assert max(len(line) for line in text.splitlines()) <= width
    return text


def test_summary(summary: DatasetSummary) -> None:
    text = printed(*summary_tables(summary), width=80)
    for said in (
        "5, from 1 to 10",
        "60.00 %, 3 ratings of 8 or more",
        "█",
        "liked",
        "Ages of 1 users",
        "year after 2005",
        "7 rows read",
    ):
        assert said in text
    assert "…" not in text


def test_summary_of_bare_ratings() -> None:
    bare = Dataset(Ratings.of([1, 2], [7, 8], [1, 10], RatingScale(1, 10, 8, 1)))
    text = printed(*summary_tables(summarize(bare)), width=80)
    assert "implicit" not in text
    assert "table has" not in text
    empty = Dataset(bare.ratings.take(np.empty(0, np.int64)))
    assert "–" in printed(*summary_tables(summarize(empty)), width=80)


def test_data_is_neither_markup_nor_control_sequence(summary: DatasetSummary) -> None:
    hostile = replace(summary, name="[red]x[/red]", notes=("[bold]\x1b[2J",))
    text = printed(*summary_tables(hostile), width=80)
    assert "[red]x[/red]" in text
    assert "[bold]" in text
    assert "\x1b" not in text
