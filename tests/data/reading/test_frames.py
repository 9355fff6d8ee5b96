from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toprank.data.reading.read import read
from toprank.data.works import find_works
from toprank.errors import DataError

RATINGS: dict[str, list[Any]] = {"user": ["a", "b"], "item": ["x", "y"], "rating": [5, 3]}
BOOKS = {
    "item": ["x", "y"],
    "title": ["Emma", "Emma: a novel"],
    "author": ["Jane Austen", "J. Austen"],
    "genre": ["novel", "novel"],
}


def large(table: dict[str, list[Any]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.large_string()) for name, values in table.items()})


def parquet(frame: Any, path: Path) -> Path:
    if isinstance(frame, pd.DataFrame):
        frame.to_parquet(path)
    else:
        frame.write_parquet(path)
    return path


@pytest.mark.parametrize(
    "books",
    [
        lambda _: pd.DataFrame(BOOKS),
        lambda _: pl.DataFrame(BOOKS),
        lambda _: large(BOOKS),
        lambda _: pd.DataFrame(BOOKS).astype("category"),
        lambda _: pl.DataFrame(BOOKS, schema=dict.fromkeys(BOOKS, pl.Categorical)),
        lambda _: pa.table({name: pa.array(values).dictionary_encode() for name, values in BOOKS.items()}),
        lambda folder: parquet(pd.DataFrame(BOOKS), folder / "b.parquet"),
        lambda folder: parquet(pd.DataFrame(BOOKS).astype("category"), folder / "b.parquet"),
        lambda folder: parquet(pl.DataFrame(BOOKS), folder / "b.parquet"),
    ],
)
def test_items_join_to_works_whatever_holds_them(books: Any, tmp_path: Path) -> None:
    dataset = read(pa.table(RATINGS), scale="1-5", items=books(tmp_path))
    assert dataset.items is not None
    assert dataset.items.table.to_pydict() == BOOKS
    assert {str(column.type) for column in dataset.items.table.columns} == {"string"}
    assert dataset.items.roles["author"] == "author"
    assert find_works(dataset.ratings.items, dataset.items).n_works == 1


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_large_texts_are_ids(make: Any, tmp_path: Path) -> None:
    assert read(make(RATINGS), scale="1-5").ratings.users.ids.tolist() == ["a", "b"]
    assert read(large({**RATINGS, "rating": ["5", "3"]}), scale="1-5").ratings.value.tolist() == [5, 3]
    pq.write_table(large({**RATINGS, "rating": ["5", "3"]}), tmp_path / "r.parquet")
    assert read(tmp_path / "r.parquet", scale="1-5").ratings.items.ids.tolist() == ["x", "y"]


def test_a_mixed_column_that_nobody_asks_for_is_ignored() -> None:
    frame = pd.DataFrame({**RATINGS, "note": ["x", 5], "blob": [{1}, object()]})
    assert len(read(frame, scale="1-5").ratings) == 2
    dataset = read(pa.table(RATINGS), scale="1-5", items=pd.DataFrame({**BOOKS, "odd": [1, "a"]}))
    assert dataset.items is not None
    assert dataset.items.names == ["title", "author", "genre"]
    assert any("the column 'odd' is left out" in note and ".astype(str)" in note for note in dataset.notes)


@pytest.mark.parametrize("values", [["x", 1], [10**30, 1], [b"x", 1]])
def test_a_mixed_column_that_is_asked_for_is_named_with_its_cure(values: list[Any]) -> None:
    with pytest.raises(DataError, match=r"column 'item'.*not of one type.*frame\['item'\].astype\(str\)"):
        read(pd.DataFrame({**RATINGS, "item": pd.Series(values, dtype=object)}), scale="1-5")


def test_names_that_are_numbers() -> None:
    frame = pd.DataFrame([["a", "x", 5], ["b", "y", 3]])
    columns: dict[str, Any] = {"user_column": 0, "item_column": 1, "rating_column": 2}
    assert len(read(frame, scale="1-5", **columns).ratings) == 2
    with pytest.raises(DataError, match="no column looks like the user column; the columns are '0', '1', '2'"):
        read(frame)


def test_whole_floats_and_their_text_are_one_id() -> None:
    frames = [[3, 4], [3.0, 4.0], ["3", "4"], np.array([3, 4], np.float32)]
    for users in frames:
        table = pa.table({**RATINGS, "user": pa.array(users)})
        assert list(map(str, read(table, scale="1-5").ratings.users.ids.tolist())) == ["3", "4"]


def test_text_of_whole_floats_are_integers(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("user,item,rating\n1.0,x,5\n1,y,4\n2.0,x,3\n", encoding="utf-8")
    ratings = read(path, scale="1-5", items=pa.table({"item": ["x"], "title": ["t"]})).ratings
    assert ratings.users.ids.tolist() == [1, 2]


def test_dicts_and_booleans() -> None:
    dataset = read({"user": ["a", "b"], "item": [1, 2], "rating": [True, False]})
    assert (dataset.ratings.scale.low, dataset.ratings.scale.high) == (0, 1)
    with pytest.raises(DataError, match="different lengths"):
        read({"user": ["a"], "item": [1, 2], "rating": [1, 0]})


def test_ids_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('user,isbn,rating\na,"=""0439023483""",5\nb,="0439023483",4\n', encoding="utf-8")
    dataset = read(path, scale="1-5")
    assert dataset.ratings.items.ids.tolist() == ["0439023483"] or dataset.ratings.items.ids.tolist() == [439023483]
    assert any("a spreadsheet's wrapping" in note for note in dataset.notes)
    path.write_text('user,isbn,rating\na,"=""""",5\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 2, column 'isbn': the item id is empty"):
        read(path, scale="1-5")
    path.write_text("user,isbn,rating\na,x,5\na,9.78E+12,5\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3.*'9.78E\+12' is what a spreadsheet makes.*Cure: export"):
        read(path, scale="1-5")
    assert len(read(path, scale="1-5", bad_rows="skip").ratings) == 1


@pytest.mark.parametrize(
    ("spelt", "value"), [("4,5", 4.5), ("5 stars", 5), ("1 star", 1), (" 4 ", 4), ("3,25 Stars", 3.25)][:]
)
def test_numbers_inside_text(spelt: str, value: float) -> None:
    dataset = read(pa.table({**RATINGS, "rating": [spelt, "2"]}), scale="1-5")
    assert dataset.ratings.value.tolist() == [value, 2]
    assert spelt == " 4 " or any(f"like {spelt!r} are read as {value:g}" in note for note in dataset.notes)
