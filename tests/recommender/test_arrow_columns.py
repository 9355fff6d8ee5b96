from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toprank.recommender.arrow_columns import Nullable, arrow_column, arrow_table, plain_rows


@pytest.mark.parametrize(
    "values",
    [
        ["yes", "", "Ünï", "a\0b"],
        ["a"],
        ["a", None],
        [0.5, None],
        [3, -1, 2**40],
        [],
        np.array([0.5, -np.inf, 1]),
        np.array([True, False] * 9),
        np.arange(10, dtype=np.int32)[::2],
        np.array(["a", "bc"]),
        np.array(["a", "bc"], dtype=object),
        np.empty(0),
    ],
)
def test_columns_are_those_that_arrow_makes(values: Any) -> None:
    assert arrow_column(values).equals(pa.array(values))
    assert arrow_table({"x": values, "y": pa.array(values)}) == pa.table({"x": values, "y": values})


def test_missing_values_are_null() -> None:
    values, missing = np.arange(11), np.arange(11) % 3 == 0
    assert arrow_column(values, missing).equals(pa.array(values, mask=missing))


def test_plain_rows_are_those_of_the_table() -> None:
    missing = np.array([False, True, False])
    columns = {
        "text": ["a", "b", "c"],
        "id": [3, 4, 5],
        "word": np.array(["x", "yy", "z"]),
        "some": Nullable(["x", "", "y"], missing),
        "share": np.array([0.1, np.nan, 1]),
        "small": np.array([0.1, 2, 3], np.float32),
        "rank": np.arange(3, dtype=np.int32),
        "yes": np.array([True, False, True]),
        "near": Nullable(np.array([0.5, 0, 1]), missing),
        "title": pa.array(["t", None, "u"]),
    }
    assert repr(plain_rows(columns)) == repr(arrow_table(columns).to_pylist())
    assert plain_rows({"x": [], "y": np.empty(0)}) == []
