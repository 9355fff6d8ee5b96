"""Times of ratings: which column holds them, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toprank.core.dataset import Dataset
from toprank.core.times import NO_TIME, SECOND
from toprank.data.datasets.cache import load_cached, save_cached
from toprank.data.reading.read import read
from toprank.data.reading.time_values import as_times
from toprank.errors import DataError, OptionError

Write = Callable[..., Path]
MARCH = 1_078_099_200 * SECOND  # 2004-03-01 in UTC


def times(dataset: Dataset) -> list[int]:
    assert dataset.ratings.time is not None
    return list(dataset.ratings.time.tolist())


def taken(values: list[Any], kind: pa.DataType | None = None) -> list[int]:
    return list(as_times(pa.chunked_array([pa.array(values, kind)]), source="r.csv", name="t").time.tolist())


@pytest.mark.parametrize(
    "text",
    [
        "2004-03-01", "2004-03-01 00:00:00", "2004-03-01T00:00:00Z", "2004-03-01T02:00:00+02:00", "20040301",
        "2004-03-01 00:00:00.000", "2004-02-29T19:00:00-0500", "1078099200", "1078099200.0", "1078099200000",
        "1078099200000000", "1078099200000000000", " 2004-03-01 ", "2004/03/01", "2004/3/1", "03 1, 2004",
        "2004-03-01 00:00:00 UTC", "Mon Mar 01 01:00:00 +0100 2004", "2004-03-01 00:00 +00:00", "1.0780992e9",
        "Mar 1, 2004",
    ],
)  # fmt: skip
def test_the_same_moment_in_many_forms(text: str) -> None:
    assert taken([text]) == [MARCH]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1_078_099_200], pa.int64()),
        ([1_078_099_200], pa.int32()),
        ([1_078_099_200.0], pa.float64()),
        ([1_078_099_200_000], pa.uint64()),
        ([20_040_301], pa.int32()),
        ([date(2004, 3, 1)], pa.date32()),
        ([datetime(2004, 3, 1)], pa.timestamp("s")),
        ([datetime(2004, 3, 1)], pa.timestamp("ns")),
        ([datetime(2004, 3, 1, tzinfo=UTC)], pa.timestamp("ms", "America/New_York")),
        (["2004-03-01"], pa.large_string()),
        (["2004-03-01"], pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_columns_of_every_type(values: list[Any], kind: pa.DataType) -> None:
    assert taken([*values, None], kind) == [MARCH, NO_TIME]


def test_whole_numbers_keep_every_digit() -> None:
    exact = 1_700_000_000_123_456
    assert taken([exact, exact + 1]) == [exact, exact + 1]
    assert taken([str(exact), str(exact + 1)]) == [exact, exact + 1]


def test_most_rows_say_which_unit() -> None:
    assert taken([5_000, 1_078_099_200, 1_078_099_201]) == [5_000 * SECOND, MARCH, MARCH + SECOND]


@pytest.mark.parametrize(
    "text", ["03/04/2004", "yesterday", "2004-13-01", "2004", "99999999999999999999", "1e300", "."]
)
def test_what_may_be_two_times_or_none_is_bad(text: str) -> None:
    found = as_times(pa.chunked_array([["2004-03-01", text, ""]]), source="r.csv", name="t")
    assert found.bad.tolist() == [False, True, False]


def test_eight_digits_that_are_no_dates_are_seconds() -> None:
    assert taken([20_041_301]) == [20_041_301 * SECOND]


class TestColumn:
    def test_it_is_guessed_by_name_and_values(self, write: Write) -> None:
        dataset = read(write("user,item,rating,timestamp\na,x,5,1078099200\nb,x,4,\n"), scale="1-5")
        assert times(dataset) == [MARCH, NO_TIME]
        notes = " | ".join(dataset.notes)
        assert "times: column 'timestamp', seconds since 1970, 2004-03-01 to 2004-03-01 UTC (guessed" in notes
        assert "1 rows have no time" in notes

    @pytest.mark.parametrize("values", [("5", "7"), ("soon", "2004-03-01"), ("", "")])
    def test_a_column_of_other_things_is_not_taken(self, write: Write, values: tuple[str, str]) -> None:
        path = write(f"user,item,rating,time\na,x,5,{values[0]}\nb,x,4,{values[1]}\n")
        dataset = read(path, scale="1-5")
        assert dataset.ratings.time is None
        assert any("'time' is not taken for times" in note for note in dataset.notes)

    def test_it_can_be_named_or_left_out(self, write: Write) -> None:
        path = write("user,item,rating,timestamp,when\na,x,5,1078099200,2004-03-02\n")
        assert times(read(path, scale="1-5", time_column="when")) == [MARCH + 86_400 * SECOND]
        assert read(path, scale="1-5", time_column="none").ratings.time is None

    def test_a_name_that_is_not_there_is_refused(self, write: Write) -> None:
        with pytest.raises(DataError, match=r"no column 'when'.*--time-column"):
            read(write("user,item,rating\na,x,5\n"), scale="1-5", time_column="when")
        with pytest.raises(OptionError, match="two purposes"):
            read(write("user,item,rating\na,x,5\n"), scale="1-5", time_column="t", user_column="t")

    def test_a_named_column_must_hold_times(self, write: Write) -> None:
        path = write("user,item,rating,when\na,x,5,2004-03-01\nb,x,4,03/04/2004\n")
        with pytest.raises(DataError, match=r"line 3.*'03/04/2004' may be read in two ways.*Cure: write times as") as e:
            read(path, scale="1-5", time_column="when")
        assert "column 'when'" in str(e.value)
        dataset = read(path, scale="1-5", time_column="when", bad_rows="skip")
        assert times(dataset) == [MARCH, NO_TIME]
        assert any("1 rows are kept without a time: line 3" in note for note in dataset.notes)

    def test_frames(self) -> None:
        columns = {"user": ["a", "b"], "item": ["x", "x"], "rating": [5, 4]}
        when = [datetime(2004, 3, 1), None]
        for frame in (
            pd.DataFrame(columns | {"date": pd.to_datetime(pd.Series(when))}),
            pl.DataFrame(columns | {"date": when}),
            pa.table(columns | {"date": when}),
        ):
            assert times(read(frame, scale="1-5")) == [MARCH, NO_TIME]

    def test_parquet(self, tmp_path: Path) -> None:
        table = pa.table({"user": [1], "item": [2], "rating": [5], "ts": [datetime(2004, 3, 1)]})
        pq.write_table(table, tmp_path / "r.parquet")
        assert times(read(tmp_path / "r.parquet", scale="1-5")) == [MARCH]


class TestRepeatedPairs:
    ROWS = "user,item,rating,time\na,x,5,2004-03-02\na,x,1,2004-03-01\nb,x,4,2004-03-01\na,x,2,\n"

    def test_the_last_is_the_latest(self, write: Write) -> None:
        dataset = read(write(self.ROWS), scale="1-5", duplicates="last")
        assert dataset.ratings.value.tolist() == [5, 4]
        assert times(dataset) == [MARCH + 86_400 * SECOND, MARCH]
        assert any(note.endswith("the latest was kept") for note in dataset.notes)

    def test_of_equally_late_ones_the_last_row_counts(self, write: Write) -> None:
        rows = "user,item,rating,time\na,x,5,2004-03-02\na,x,1,2004-03-02\nb,x,4,2004-03-01\n"
        assert read(write(rows), scale="1-5", duplicates="last").ratings.value.tolist() == [1, 4]

    def test_without_times_it_is_the_last_row(self, write: Write) -> None:
        dataset = read(write(self.ROWS), scale="1-5", duplicates="last", time_column="none")
        assert dataset.ratings.value.tolist() == [4, 2]

    def test_a_mean_is_as_old_as_its_latest(self, write: Write) -> None:
        dataset = read(write(self.ROWS), scale="1-5", duplicates="mean")
        assert dataset.ratings.value.tolist() == pytest.approx([8 / 3, 4])
        assert times(dataset) == [MARCH + 86_400 * SECOND, MARCH]

    def test_implicit_pairs_are_had_since_the_earliest(self, write: Write) -> None:
        rows = "user,item,rating,time\na,x,5,2004-03-02\nb,x,0,2004-03-02\nb,x,0,2004-03-01\na,y,0,\n"
        implicit = read(write(rows), scale="1-5", implicit_value=0).implicit
        assert implicit is not None
        assert implicit.time is not None
        assert implicit.time.tolist() == [MARCH, NO_TIME]


def test_the_cache_keeps_times(write: Write, tmp_path: Path) -> None:
    rows = "user,item,rating,time\na,x,5,2004-03-02\nb,x,0,2004-03-01\n"
    dataset = read(write(rows), scale="1-5", implicit_value=0)
    save_cached(dataset, tmp_path / "cache", {})
    loaded = load_cached(tmp_path / "cache", {})
    assert loaded is not None
    assert times(loaded) == times(dataset)
    assert loaded.implicit is not None
    assert np.array_equal(loaded.implicit.time, dataset.implicit.time)  # type: ignore[arg-type, union-attr]
