from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from toprank.data.reading.read import read
from toprank.data.reading.sql import open_query
from toprank.errors import DataError, OptionError


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "create table sales (user text, item integer, stars real, note); "
        "insert into sales values ('ann', 1, 4.5, 1), ('bob', 1, 3, 'x'), ('ann', 2, 5, null);"
    )
    connection.close()
    return f"sqlite:///{path}"


def test_a_query_is_read(shop: str) -> None:
    dataset = read(shop, query="select user, item, stars from sales", scale="1-5")
    assert dataset.ratings.value.tolist() == [4.5, 3, 5]
    assert dataset.ratings.items.ids.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from orders", "no such table: orders.*the tables are 'sales'. Cure: check --query"),
        ("delete from sales", "readonly"),
        ("select user, note from sales", r"column 'note'.*cast\(note as text\) as note"),
        ("select user, item, stars from sales where item = 9", "there are no rows"),
        ("select 1; select 2", "refused"),
    ],
)
def test_a_query_that_is_refused(shop: str, query: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(shop, query=query)


def test_what_is_missing(tmp_path: Path, shop: str) -> None:
    with pytest.raises(OptionError, match="--query"):
        read(shop)
    with pytest.raises(DataError, match="no such database"):
        read(f"sqlite:///{tmp_path / 'none.db'}", query="select 1")
    assert not (tmp_path / "none.db").exists()


def test_another_database_through_sqlalchemy(shop: str) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    assert sqlalchemy is not None
    opened = open_query(shop.replace("sqlite:", "sqlite+pysqlite:"), "select user, item, stars from sales")
    assert opened.columns == ["user", "item", "stars"]
    with pytest.raises(DataError, match=r"nobody:\*\*|//host|refused") as caught:
        open_query("postgresql://nobody:secret@127.0.0.1:1/x", "select 1")
    assert "secret" not in str(caught.value)
