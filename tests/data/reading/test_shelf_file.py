from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from toprank.core.scale import RatingScale
from toprank.data.reading.shelf_file import ShelfFile, parse_shelf, read_shelf_file
from toprank.errors import DataError

SHELVES = Path(__file__).parent / "shelves"
Book = tuple[str, float | None, str]


def books(file: ShelfFile) -> list[Book]:
    return [(row.title, row.rating, row.problem or row.state) for row in file.rows]


@pytest.mark.parametrize(
    ("name", "format_", "expected"),
    [
        (
            "goodreads.csv",
            "Goodreads",
            [
                ("The Fellowship of the Ring (The Lord of the Rings, #1)", 5.0, "held"),
                ("The Da Vinci Code (Robert Langdon, #2)", 2.0, "held"),
                ("Emma", None, "held"),
                ("Persuasion", None, "wanted"),
                ("The Hobbit", None, "held"),  # wanted, but owned
                ("A Book That Nobody Has", 4.0, "held"),
            ],
        ),
        (
            "storygraph.csv",
            "StoryGraph",
            [
                ("The Fellowship of the Ring", 4.75, "held"),
                ("The Da Vinci Code", None, "held"),
                ("Emma", None, "held"),
                ("Persuasion", None, "wanted"),
            ],
        ),
        (
            "librarything.tsv",
            "LibraryThing",
            [
                ("The Fellowship of the Ring", 4.5, "held"),
                ("Cien años de soledad", 5.0, "held"),
                ("Persuasion", None, "wanted"),
                ("Emma", None, "held"),
            ],
        ),
        (
            "bookwyrm.csv",
            "BookWyrm",
            [
                ("The Fellowship of the Ring", 4.5, "held"),
                ("The Da Vinci Code", None, "held"),
                ("Persuasion", None, "wanted"),
            ],
        ),
        ("calibre.csv", "Calibre", [("The Fellowship of the Ring", 10.0, "held"), ("Emma", None, "held")]),
    ],
)
def test_each_export_is_recognised_and_read(name: str, format_: str, expected: list[Book]) -> None:
    file = read_shelf_file(SHELVES / name)
    assert file.format.name == format_
    assert books(file) == expected
    assert file.notes[0] == f"{format_}: {len(expected)} rows"


def test_isbns_are_unwrapped_and_lines_counted() -> None:
    rows = read_shelf_file(SHELVES / "goodreads.csv").rows
    assert rows[0].isbns == ("0345339703", "9780345339706")
    assert rows[1].isbns == ()  # ="" is none
    assert [row.line for row in rows] == [2, 6, 7, 8, 9, 10]  # a review of four lines
    assert read_shelf_file(SHELVES / "calibre.csv").rows[0].isbns[0] == "9780345339706"
    thing = read_shelf_file(SHELVES / "librarything.tsv")
    assert thing.rows[0].isbns[0] == "0345339703"
    assert thing.rows[0].author == "J. R. R. Tolkien"
    assert thing.notes[1] == "1 line is not UTF-8; read as Latin-1"


def test_scales_are_the_programs_own() -> None:
    calibre = (SHELVES / "calibre.csv").read_bytes()
    assert parse_shelf(calibre).scale == RatingScale(1, 10, liked_from=8, step=1)
    assert parse_shelf(calibre.replace(b",10,", b",4,")).scale == RatingScale(0.5, 5, liked_from=4, step=0.5)
    assert parse_shelf(b"item,rating\na,7.5\nb,\n").rows[0].ids == ("a",)
    assert parse_shelf(b"item,rating\na,0\n").rows[0].rating == 0  # on the model's own scale it may be one


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"Emma,Jane Austen,,9", "the rating 9 is not on the scale up to 5"),
        (b"Emma,Jane Austen,,five", "the rating 'five' is no number"),
        (b",,,5", "it has neither a title nor an ISBN"),
        (b",,9.78E+12,5", "a spreadsheet has cut its ISBN to 9.78E+12; export it again"),
        (b"Emma,5", "the row has 2 fields, the first line 4"),
        (b'Emma,"Austen,,5\nPersuasion,,,4\n', "the row has 2 fields, the first line 4 (it runs to line 4)"),
    ],
)
def test_rows_that_cannot_be_used_say_why(row: bytes, problem: str) -> None:
    file = parse_shelf(b"Title,Author,ISBN,My Rating\n" + row + b"\n")
    assert [one.problem for one in file.rows] == [problem]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"user,song,plays\n1,2,3\n", "no export that is known"),
        (b"Title,\0Author\n", "NUL byte"),
    ],
)
def test_files_that_are_none_are_refused_with_the_cure(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as told:
        parse_shelf(data, source="mine.csv")
    assert "Cure:" in str(told.value)
    assert "mine.csv" in str(told.value)


def test_more_rows_than_a_reader_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toprank.data.reading.shelf_file.MAX_SHELF_ROWS", 2)
    assert len(parse_shelf(b"item,rating\na,1\nb,2\n").rows) == 2
    with pytest.raises(DataError, match="more than 2 rows"):
        parse_shelf(b"item,rating\na,1\nb,2\nc,3\n")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_shelf_file(tmp_path / "none.csv")
    with pytest.raises(DataError, match="this is a folder"):
        read_shelf_file(tmp_path)


def test_utf_16_and_decimal_commas_are_read() -> None:
    file = parse_shelf("Title;Authors;ISBN/UID;Read Status;Star Rating\nEmma;Jane Austen;;read;4,5\n".encode("utf-16"))
    assert books(file) == [("Emma", 4.5, "held")]


CELLS = st.sampled_from(
    ['="', '""', '"', "[", "]", ",", "\t", "\n", "\r", ";", "0439023483", "5", "4,5", "nan", "1e400"]
)
TEXTS = st.lists(st.one_of(CELLS, st.text(max_size=4)), max_size=30).map("".join)
HEADERS = st.sampled_from([path.read_bytes().splitlines(keepends=True)[0] for path in sorted(SHELVES.iterdir())])


CODES = st.sampled_from(["utf-8", "latin-1", "utf-16"])


@examples(max_examples=1000)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(lambda head, body, code: head + body.encode(code, "replace"), HEADERS, TEXTS, CODES),
        st.builds(lambda head, body: head + body, HEADERS, st.binary(max_size=200)),
    )
)
def test_whatever_the_file_holds_it_is_read_or_refused(data: bytes) -> None:
    try:
        rows, scale = (file := parse_shelf(data)).rows, file.scale
    except DataError:
        return
    for row in rows:
        assert row.problem or row.title or row.isbns or row.ids
        assert row.rating is None or scale is None or 0 < row.rating <= scale.high
