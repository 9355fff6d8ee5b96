from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toprank.core.dataset import Dataset
from toprank.data.reading.delimited import open_delimited
from toprank.data.reading.read import read
from toprank.errors import DataError

Write = Callable[..., Path]


def triples(dataset: Dataset) -> list[tuple[Any, Any, float]]:
    ratings = dataset.ratings
    return [
        (ratings.users[user], ratings.items[item], value)
        for user, item, value in zip(ratings.user.tolist(), ratings.item.tolist(), ratings.value.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "196\t242\t3\t881250949\n186\t302\t5\t891717742\n",
        "196,242,3\n186,302,5\n",
        "196::242::3::881250949\n186::302::5::891717742",
        "sep=;\n196;242;3\n186;302;5\n",
        "196 242 3\n186 302 5\n",
        "196   242  3  \n\n186 302 5\n",
        "sep=;\r\nuser;item;rating\r\n196;242;3\r\n186;302;5\r\n",
        "user item rating\n196 242 3\n186 302 5\n",
        "user::item::rating\n196::242::3\n186::302::5\n",
    ],
)
def test_no_row_is_lost(write: Write, text: str) -> None:
    assert triples(read(write(text), scale="1-5")) == [(196, 242, 3), (186, 302, 5)]


def test_what_is_taken_for_no_header_is_said(write: Write) -> None:
    notes = read(write("ann,x,4\nbob,x,5\n"), scale="1-5").notes
    assert notes[0].startswith("format: any file without a header (recognised; ")
    assert any("columns: user 'user', item 'item', rating 'rating' (by the format)" in note for note in notes)


def test_columns_by_number(write: Write) -> None:
    path = write("4,ann,x\n5,bob,x\n")
    options: dict[str, Any] = {"rating_column": 1, "user_column": "2", "item_column": "3", "scale": "1-5"}
    assert triples(read(path, header=False, **options)) == [("ann", "x", 4), ("bob", "x", 5)]
    with pytest.raises(DataError, match="no column looks like the item column; the columns are '1', '2', '3'"):
        read(path, header=False, user_column="2")
    # A header that looks like data, and data that look like a header.
    # A header that looks like data, and data that look like a header.
    named: dict[str, Any] = {"user_column": 7, "item_column": 8, "rating_column": 9, "scale": "1-5"}
    assert triples(read(write("7,8,9\n1,2,3\n"), header=True, **named)) == [(1, 2, 3)]
    path = write("user,item,rating\nann,x,5\n")
    with pytest.raises(DataError, match=r"line 1.*'rating' is not a finite number"):
        read(path, header=False, scale="1-5")


def test_a_first_line_that_looks_like_data_is_said(write: Write) -> None:
    with pytest.raises(
        DataError, match=r"Cure: name it with --user-column, or say --no-header and name columns by num"
    ):
        read(write("5;u0;i8\n4;u1;i8\n"))


def test_lines_are_those_of_the_file(write: Write) -> None:
    for text, line in (
        ("ann,x,4\n\nbob,x,bad,\n", 3),
        ("sep=;\nuser;item;rating\nann;x;bad\n", 3),
        ("1 2 3\n1 3 9\n", 2),
    ):
        with pytest.raises(DataError, match=f"line {line}"):
            read(write(text), scale="1-5")


@pytest.mark.parametrize("header", ["who,what,grade", "user,2019,2020", ",1,2", "title,1,2"])
def test_a_header_is_none_of_these(write: Write, header: str) -> None:
    assert open_delimited(write(f"{header}\nann,3,4\n")).columns == header.split(",")


def test_backslashes_before_quotes(write: Write) -> None:
    text = '"ISBN";"Title"\n"1";"The \\"Great\\"; one"\n"2";"x"\n'
    file = open_delimited(write(text))
    assert file.read().table["Title"].to_pylist() == ['The "Great"; one', "x"]
    assert any("--escape sets it" in note for note in file.notes)
    # A path on Windows ends in a backslash, and quotes are doubled: no escapes.
    text = 'isbn,title\n1,"C:\\"\n2,"say ""x"" so"\n'
    assert open_delimited(write(text)).read().table["title"].to_pylist() == ["C:\\", 'say "x" so']


def test_an_escape_can_be_named(write: Write) -> None:
    items = write("item,title\nx,a|, b\ny,c\n", "items.csv")
    dataset = read(write("user,item,rating\nann,x,5\n"), items=items, scale="1-5", escape="|")
    assert dataset.items is not None
    assert dataset.items.table["title"].to_pylist() == ["a, b", "c"]


def test_double_colons_have_no_quotes(write: Write) -> None:
    assert triples(read(write('"a::x::4\nb::"y" z::5\n'), scale="1-5")) == [('"a', "x", 4), ("b", '"y" z', 5)]
    with pytest.raises(DataError, match=r"line 2: this row has 2 fields.*'b::5'"):
        read(write("a::x::4\nb::5\n"), scale="1-5")
