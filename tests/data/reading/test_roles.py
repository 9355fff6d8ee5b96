from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from toprank.core.dataset import Attributes
from toprank.data.reading.read import read
from toprank.data.reading.roles import find_roles, roles_of, text_of

RATINGS = pa.table({"user": [1, 2], "book": ["a", "b"], "rating": [5, 4]})


@pytest.mark.parametrize(
    "header", ["author", "Author", "Book-Author", "book_author", "BookAuthor", "authors", "WRITER"]
)
def test_an_author_column_is_found_however_it_is_written(header: str) -> None:
    assert find_roles(pa.table({"book": ["a"], header: ["Ann"]})) == {"author": header}


def test_the_more_telling_name_counts() -> None:
    table = pa.table({"id": [1], "name": ["n"], "Title": ["t"], "authors": ["b"], "author": ["a"], "isbn13": [978]})
    assert find_roles(table) == {"title": "Title", "author": "author", "isbn": "isbn13"}


def test_numbers_are_no_title_and_an_id_is_none() -> None:
    assert find_roles(pa.table({"title": ["a"], "author": [1], "Name": ["A"]})) == {"title": "Name"}
    assert find_roles(pa.table({"ISBN": ["0261102354"], "year": [1954]})) == {"year": "year", "isbn": "ISBN"}


def test_they_are_kept_with_the_items_read() -> None:
    items = pa.table({"book": ["a", "b"], "Book-Title": ["x", "y"], "Year-Of-Publication": [1990, 2001]})
    users = pa.table({"user": [1, 2], "name": ["Ann", "Bob"]})
    data = read(RATINGS, items=items, users=users, scale="1-5")
    assert data.items is not None
    assert data.users is not None
    assert data.items.roles == {"title": "Book-Title", "year": "Year-Of-Publication"}
    assert data.users.roles == {}


def test_of_a_table_built_by_hand_they_are_found_when_asked() -> None:
    table = pa.table({"id": [1], "Titles": pa.array(["x"]).dictionary_encode(), "pages": [3]})
    attributes = Attributes(table, np.zeros(1, np.int32))
    texts = text_of(attributes, "title")
    assert roles_of(attributes) == {"title": "Titles"}
    assert texts is not None
    assert texts.to_pylist() == ["x"]
    assert text_of(attributes, "author") is None
    assert roles_of(None) == {}


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_dictionaries_are_written_out(kind: str) -> None:
    words = ["Emma", "Emma"]
    if kind == "pandas":
        items = pd.DataFrame({"book": ["a", "b"], "title": pd.Categorical(words), "genre": pd.Categorical(["x", "x"])})
    elif kind == "polars":
        items = pl.DataFrame({"book": ["a", "b"], "title": pl.Series(words, dtype=pl.Categorical), "genre": ["x", "x"]})
    else:
        column = pa.array(words).dictionary_encode()
        items = pa.table({"book": ["a", "b"], "title": column, "genre": pa.array(["x", "x"], pa.string_view())})
    found = read(RATINGS, items=items, scale="1-5").items
    assert found is not None
    assert found.roles == {"title": "title"}
    for name in ("title", "genre"):
        kind_of = found.table.schema.field(name).type
        assert pa.types.is_string(kind_of) or pa.types.is_large_string(kind_of)
    assert found.table.column("title").to_pylist() == words
