from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from toprank.data.reading.read import read
from toprank.errors import DataError, OptionError

Write = Callable[..., Path]
HEADER = "user,item,rating\n"


def test_tables_are_joined_and_typed(write: Write) -> None:
    items = write("title;book;pages;weight;code\nA;x;10;0.5;07\nB;y;;2;08\nAgain;x;11;1;09\n", "items.csv")
    users = pl.DataFrame({"user": [2, 1], "country": ["de", None]})
    dataset = read(write(HEADER + "1,x,5\n3,y,4\n"), scale="1-5", items=items, users=users)
    assert dataset.items is not None
    assert dataset.users is not None
    assert dataset.items.id_column == "book"
    assert dataset.items.row.tolist() == [0, 1]
    assert dataset.items.table.to_pydict()["pages"] == [10, None, 11]
    assert dataset.items.table.to_pydict()["weight"] == [0.5, 2, 1]
    assert dataset.items.table.to_pydict()["code"] == ["07", "08", "09"]
    assert any("1 rows repeat the id of an earlier row" in note for note in dataset.notes)
    assert dataset.ratings.users.ids.tolist() == [1, 2, 3]
    assert dataset.users.row.tolist() == [1, 0, -1]
    assert dataset.users.table["user"].type == pa.int64()


def test_first_column_without_usual_name(write: Write) -> None:
    dataset = read(write(HEADER + "a,x,5\n"), scale="1-5", items=write("key,title\nx,A\n", "i.csv"))
    assert dataset.items is not None
    assert dataset.items.id_column == "key"


def test_strings_win_over_integers(write: Write) -> None:
    dataset = read(write(HEADER + "1,5,5\n"), scale="1-5", items=pa.table({"item": ["x", "5"], "t": ["A", "B"]}))
    assert dataset.ratings.items.ids.tolist() == ["5", "x"]
    assert dataset.items is not None
    assert dataset.items.row.tolist() == [1, 0]


def test_empty_id(write: Write) -> None:
    items = write("item,title\nx,A\n,B\n", "items.csv")
    path = write(HEADER + "a,x,5\n")
    with pytest.raises(DataError, match=r"items\.csv, line 3, column 'item': this row has no usable item id"):
        read(path, items=items)
    dataset = read(path, items=items, bad_rows="skip", scale="1-5")
    assert dataset.items is not None
    assert dataset.items.table.num_rows == 1
    assert any("skipped 1 bad row: line 3" in note for note in dataset.notes)


def test_a_table_of_other_ids(write: Write) -> None:
    ratings = write(HEADER + "1,x,5\n2,y,4\n", "ratings.csv")
    with pytest.raises(
        DataError, match=r"i\.csv, column 'isbn': none of its item ids \(its first is 'X-1'\) is in .*ratings\.csv\."
    ):
        read(ratings, scale="1-5", items=write("isbn,title\nX-1,A\n", "i.csv"))
    with pytest.raises(DataError, match=r"none of its user ids \(its first is 3\) is in"):
        read(ratings, scale="1-5", users=pa.table({"user": [3], "age": [20]}))


def test_missing_table(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read(write(HEADER + "a,x,5\n"), items=tmp_path / "none.csv")


BOOKS = {"item": ["x", "y"], "genre": ["crime", "poetry"], "shop": ["a", None], "sold": [[1], [2]], "pages": [1, 2]}


def test_attributes_to_learn_from_are_named(write: Write) -> None:
    options = {"scale": "1-5", "items": pa.table(BOOKS), "users": pa.table({"user": ["a", "b"], "town": ["m", "n"]})}
    source = write(HEADER + "a,x,5\nb,y,4\n")
    plain = read(source, **options)
    assert plain.items is not None
    assert plain.items.learn_from is None
    dataset = read(source, **options, item_attributes=" genre, pages,genre,", user_attributes=["town"])
    assert dataset.items is not None
    assert dataset.users is not None
    assert dataset.items.learn_from == ("genre", "pages")
    assert dataset.users.learn_from == ("town",)
    assert dataset.items.names == plain.items.names  # titles, say, are shown though nothing is learned from them
    none = read(source, **options, item_attributes="")
    assert none.items is not None
    assert none.items.learn_from == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"item_attributes": "genres"}, "--item-attributes names 'genres'; the attributes are 'genre', 'shop', "),
        ({"item_attributes": "item"}, "--item-attributes names 'item'; the attributes are 'genre'"),
        ({"item_attributes": "genre,shop"}, "--item-attributes names 'shop', which has no two values; leave it out"),
        ({"item_attributes": "sold"}, "names 'sold', whose values are of type list"),
        ({"user_attributes": "town"}, "--user-attributes is given, but there is no table of users; give"),
    ],
)
def test_attributes_that_cannot_be_learned_from(write: Write, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read(write(HEADER + "a,x,5\nb,y,4\n"), scale="1-5", items=pa.table(BOOKS), **options)
