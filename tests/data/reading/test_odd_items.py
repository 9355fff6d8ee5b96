from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from toprank.data.reading.odd_items import odd_items
from toprank.data.reading.read import read

Write = Callable[..., Path]
ROLES = {"author": "author", "year": "year"}


def notes(**columns: list[str | int | None]) -> list[str]:
    return odd_items(pa.table(columns), ROLES, lambda rows: rows + 2, "line", last_year=2026)


def test_years_that_no_book_has() -> None:
    (said,) = notes(year=["2037", "1999", "2050", "1376", "0", "", "2027", None, "1450"])
    assert said == "warning: 3 values of the column 'year' are no years of a book: 2037, 2050, 1376 (line 2)"
    assert notes(year=[2037, None, 1999]) == [
        "warning: 1 value of the column 'year' is no year of a book: 2037 (line 2)"
    ]
    assert notes(year=[1999, 0]) == []
    assert odd_items(pa.table({"year": [9999]}), {}, lambda rows: rows, "line") == []


def test_rows_that_are_shifted_by_a_column() -> None:
    (said,) = notes(author=["Ann", "2000", "1984"], year=["1999", "DK Publishing", "1990"])
    assert said.startswith("warning: 1 row seems to be shifted by a column: the author is '2000' and the year 'DK")
    assert said.endswith("(line 3)")


def test_they_are_said_where_a_table_is_read(write: Write) -> None:
    items = write("item,title,author,year\n,skipped,x,1\nx,A,Ann,2050\ny,B;Bob,2000,Press\n", "items.csv")
    dataset = read(write("user,item,rating\nann,x,5\nann,y,2\n"), scale="1-5", items=items, bad_rows="skip")
    assert [note for note in dataset.notes if note.startswith("warning")] == [
        f"warning: 1 value of the column 'year' is no year of a book: 2050 (line 3) of {items}",
        "warning: 1 row seems to be shifted by a column: the author is '2000' and the year 'Press' (line 4) of "
        f"{items}",
    ]


def test_how_many_items_a_table_has_is_said(write: Write) -> None:
    ratings = write("user,item,rating\n" + "".join(f"ann,i{k},{1 + k % 5}\n" for k in range(10)))
    for known, said in ((3, "warning: "), (7, "")):
        items = write("item,title\n" + "".join(f"i{k},t\n" for k in range(known)), f"{known}.csv")
        found = [note for note in read(ratings, items=items).notes if "of the 10 items of the ratings" in note]
        assert [note.startswith(f"{said}{items} has {known} of") for note in found] == [True]
