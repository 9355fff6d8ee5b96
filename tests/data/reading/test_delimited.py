from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toprank.data.reading import delimited
from toprank.data.reading.delimited import open_delimited
from toprank.data.reading.first_lines import Dialect
from toprank.errors import DataError

Write = Callable[..., Path]
HEADER = "user,item,rating\n"


def zstandard(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def refusal(path: Path, dialect: Dialect | None = None, *, bad_rows: str = "error") -> DataError:
    with pytest.raises(DataError) as caught:
        open_delimited(path, dialect).read(bad_rows=bad_rows)  # type: ignore[arg-type]
    assert str(path) in str(caught.value)
    assert "Cure: " in str(caught.value)
    return caught.value


def test_reads_strings_in_file_order_with_their_lines(write: Write) -> None:
    rows = open_delimited(write(HEADER + "b,x, 5\n\na,,4\n")).read()
    assert rows.table.to_pydict() == {"user": ["b", "a"], "item": ["x", ""], "rating": [" 5", "4"]}
    assert rows.lines(np.array([0, 1])).tolist() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_takes_any_line_end(write: Write, end: str, last: bool) -> None:
    text = end.join(["user,item,rating", 'a,"x, y",5', "b,y,4"]) + (end if last else "")
    rows = open_delimited(write(text)).read(["item"])
    assert rows.table.to_pydict() == {"item": ["x, y", "y"]}
    assert rows.lines(np.array([1])).tolist() == [3]


def test_a_value_may_run_over_lines(write: Write) -> None:
    rows = open_delimited(write(HEADER + 'a,"x\ny",5\nb,"say ""z""",4\n')).read()
    assert rows.table["item"].to_pylist() == ["x\ny", 'say "z"']
    assert rows.lines(np.array([0, 1])).tolist() == [2, 4]


def test_escaped_quotes_leave_no_backslash(write: Write) -> None:
    path = write('u;t\n"1";"a \\"b\\" ; \\\\ c"\n')
    rows = open_delimited(path, Dialect(";", escape="\\", double_quote=False)).read()
    assert rows.table["t"].to_pylist() == ['a "b" ; \\ c']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_guesses_the_delimiter(write: Write, delimiter: str) -> None:
    file = open_delimited(write(f"user{delimiter}item name{delimiter}rating\na{delimiter}x{delimiter}5\n"))
    assert file.columns == ["user", "item name", "rating"]
    assert repr(delimiter) in file.notes[0]


def test_tsv_prefers_the_tab(write: Write) -> None:
    assert open_delimited(write("a,b\tc\n1,2\t3\n", "r.tsv")).columns == ["a,b", "c"]


def test_unpacks_gzip(write: Write) -> None:
    file = open_delimited(write(gzip.compress((HEADER + "a,x,5\n").encode()), "r.csv.gz"))
    assert file.read().table.num_rows == 1
    assert "gzip" in str(refusal(write(gzip.compress(HEADER.encode())[:-9], "s.csv.gz")))


def of_read(path: Path, bad_rows: str) -> tuple[object, ...]:
    """What reading gives, or what it says."""
    try:
        file = open_delimited(path, label="r")
        rows = file.read(bad_rows=bad_rows)  # type: ignore[arg-type]
    except DataError as error:
        return (str(error),)
    lines = rows.lines(np.arange(rows.table.num_rows)).tolist()
    return file.columns, rows.table.to_pydict(), lines, rows.skipped, {*file.notes, *rows.notes}


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstandard])
@pytest.mark.parametrize(
    "end",
    ["", "a,x,5", "é,ü,5\n", b"\xc3", b"\xe9,y,4\n", "a,\0,5\n", "a,5\n", 'a,"x,5\n', '"a \\"b\\" c",x,5\n',
     "\r\rb,y,4\n\n", '"a ""b""",x,5\n'],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_long_packed_text_is_read_as_any_other(
    write: Write, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes], end: str | bytes, start: str
) -> None:
    monkeypatch.setattr(delimited, "BEGINNING", 64)
    text = (start + HEADER + "".join(f"u{row},ß{row},{row % 5}\n" for row in range(99))).encode()
    text += end if isinstance(end, bytes) else end.encode()
    plain, packed = write(text, "plain"), write(pack(text), "packed")
    assert isinstance(open_delimited(packed), delimited.PackedFile)
    for bad_rows in ("error", "skip"):
        assert of_read(packed, bad_rows) == of_read(plain, bad_rows)


def test_a_long_packed_text_is_not_held_as_a_whole(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BEGINNING", 64)
    file = open_delimited(write(gzip.compress((HEADER + 99 * "a,x,5\n").encode())))
    monkeypatch.setattr(delimited.PackedFile, "_whole", None)
    assert file.read().table.num_rows == 99


def test_a_long_packed_text_that_is_cut_short_is_damaged(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BEGINNING", 64)
    rng = np.random.default_rng(2)
    text = (HEADER + "".join(f"u{row},x,5\n" for row in rng.integers(10**9, size=99))).encode()
    assert "damaged" in str(refusal(write(gzip.compress(text)[:-9])))


def test_a_byte_order_mark_is_noted_and_left_out(write: Write) -> None:
    file = open_delimited(write(("\ufeff" + HEADER + "a,x,5\n").encode()))
    assert file.columns[0] == "user"
    assert "byte order mark" in file.notes[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_named(write: Write, encoding: str) -> None:
    path = write((HEADER + "a,x,5\n").encode(encoding))
    assert f"--encoding {encoding}" in str(refusal(path))
    assert open_delimited(path, Dialect(encoding=encoding)).read().table.num_rows == 1


def test_a_utf8_mark_contradicts_another_encoding(write: Write) -> None:
    path = write(("\ufeff" + HEADER + "a,x,5\n").encode())
    assert "--encoding utf-8" in str(refusal(path, Dialect(encoding="latin-1")))


def test_wrong_encoding(write: Write) -> None:
    path = write((HEADER + "a,x,5\nb,café,4\n").encode("latin-1"))
    error = refusal(path)
    assert error.line == 3
    assert "0xe9" in str(error)
    assert "--encoding latin-1" in str(error)
    table = open_delimited(path, Dialect(encoding="latin-1")).read().table
    assert table["item"].to_pylist() == ["x", "café"]


def test_nul_byte(write: Write) -> None:
    error = refusal(write(HEADER + "a,x,5\nb,\0,4\n"))
    assert error.line == 3
    assert "NUL" in str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_binary_junk_is_not_taken_for_another_encoding(write: Write, encoding: str) -> None:
    error = refusal(write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x81\xff"), Dialect(encoding=encoding))
    assert "NUL" in str(error)
    assert "latin-1" not in str(error)


def test_a_nul_in_a_wide_encoding(write: Write) -> None:
    error = refusal(write((HEADER + "a,x,5\nb,\0,4\n").encode("utf-16")), Dialect(encoding="utf-16"))
    assert error.line == 3
    assert "NUL" in str(error)


def test_an_encoding_that_fails_without_a_place(write: Write) -> None:
    surrogate = write(HEADER + "a,\\ud800,5\n")
    assert "not valid unicode_escape" in str(refusal(surrogate, Dialect(encoding="unicode_escape")))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in str(refusal(tmp_path / "none.csv"))
    assert "folder" in str(refusal(tmp_path))


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n", ",,\n,,\n", ",\n"])
def test_empty_file(write: Write, content: str) -> None:
    assert "empty" in str(refusal(write(content)))


@pytest.mark.parametrize("content", ["user,item,rating", HEADER, HEADER + "\n\n"])
def test_header_only(write: Write, content: str) -> None:
    error = refusal(write(content))
    assert "no rows" in str(error)
    assert "'rating'" in str(error)


def test_wrong_delimiter(write: Write) -> None:
    error = refusal(write("user;item;rating\na;x;5\n"), Dialect(","))
    assert error.line == 1
    assert "'user;item;rating'" in str(error)
    assert "--delimiter ';'" in str(error)


def test_repeated_column(write: Write) -> None:
    assert "repeats the column 'user'" in str(refusal(write("user,item,user\na,x,5\n")))


def test_repeated_values_for_a_header_look_like_data(write: Write) -> None:
    assert open_delimited(write("0,0,1\n1,2,3\n")).read().table.num_rows == 2
    assert "--no-header" in str(refusal(write("user,item,user\na,x,5\n")))


def test_columns_without_a_name_pass(write: Write) -> None:
    file = open_delimited(write("user,item,,rating,,\na,x,?,5,,\nb,y,?,4,,\n"))
    assert file.columns == ["user", "item", "rating"]
    assert any("3 columns without a name" in note for note in file.notes)
    assert file.read().table.to_pydict() == {"user": ["a", "b"], "item": ["x", "y"], "rating": ["5", "4"]}
    error = refusal(write("user,item,rating,,\na,x,5,,\nb,y,4\n"))
    assert "3 fields, the header has 5" in str(error)
    assert "never closed" in str(refusal(write('user,item,rating,,\na,x,5,,\nb,y,4,,"\n')))


def test_a_first_column_without_a_name_can_be_read(write: Write) -> None:
    # pandas writes its index so.
    table = open_delimited(write(",title,,\nx,A,,\n")).read().table
    assert table.to_pydict() == {"": ["x"], "title": ["A"]}


def test_missing_column(write: Write) -> None:
    with pytest.raises(DataError, match="no column 'stars'; the columns are 'user', 'item', 'rating'"):
        open_delimited(write(HEADER + "a,x,5\n")).read(["stars"])


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize("blank", ["  ", " \u00a0"])
def test_lines_of_white_space_are_blank(write: Write, delimiter: str, blank: str) -> None:
    text = f"{blank}\nuser,item,rating\n{blank}\na,x,5\n{blank}\nb,y,4\n{blank}".replace(",", delimiter)
    rows = open_delimited(write(text)).read()
    assert rows.table["item"].to_pylist() == ["x", "y"]
    assert rows.lines(np.array([0, 1])).tolist() == [4, 6]
    assert rows.skipped.count == 0


def test_tabs_are_blank_unless_they_delimit(write: Write) -> None:
    assert open_delimited(write(HEADER + "a,x,5\n\t\t\n")).read().table.num_rows == 1
    assert "2 fields" in str(refusal(write((HEADER + "a,x,5\n,\n").replace(",", "\t"))))


def test_only_blank_lines_after_the_header(write: Write) -> None:
    assert "no rows" in str(refusal(write(HEADER + "  \n\t\n")))


@pytest.mark.parametrize(("row", "fields"), [("b,y", "2 fields"), ("b,y,4,more", "4 fields"), ("b", "1 field")])
def test_ragged_row(write: Write, row: str, fields: str) -> None:
    error = refusal(write(HEADER + f"a,x,5\n\n{row}\nc,z,3\n"))
    assert error.line == 4
    assert fields in str(error)
    assert repr(row) in str(error)
    assert "--bad-rows skip" in str(error)


def test_ragged_rows_are_skipped_counted_and_listed(write: Write) -> None:
    rows = open_delimited(write(HEADER + "a,x,5\nb\nc,z,3\n" + "d,e\n" * 30)).read(bad_rows="skip")
    assert rows.table["user"].to_pylist() == ["a", "c"]
    assert rows.lines(np.array([0, 1])).tolist() == [2, 4]
    assert rows.skipped.count == 31
    assert len(rows.skipped.examples) == 20
    assert rows.skipped.described("line").startswith("skipped 31 bad rows: line 3 (1 field instead of 3), line 5")
    assert rows.skipped.described("line").endswith("and 11 more")


def test_no_row_left(write: Write) -> None:
    assert "line 2: 1 field instead of 3" in str(refusal(write(HEADER + "a\nb\n"), bad_rows="skip"))


@pytest.mark.parametrize("bad_rows", ["error", "skip"])
@pytest.mark.parametrize("tail", ['b,"y,4\nc,z,3\n', 'b,y,"4\n', 'b,y,"4', 'b,"y\n'])
def test_a_quote_never_closed(write: Write, tail: str, bad_rows: str) -> None:
    error = refusal(write(HEADER + "a,x,5\n" + tail), bad_rows=bad_rows)
    assert error.line == 3
    assert "never closed" in str(error)
    assert "\0" not in str(error)


@pytest.mark.parametrize("header", ['user,item,"rating', '"user,item,rating'])
def test_a_quote_never_closed_in_the_header(write: Write, header: str) -> None:
    error = refusal(write(f"{header}\n" + "a,x,5\n" * 1000))
    assert "a quote opened in the header is never closed" in str(error)
    assert len(str(error)) < 500
    assert "x00" not in str(refusal(write(f"{header}\n")))


def test_long_names_are_cut_in_errors(write: Write) -> None:
    long = "x" * 1_000_000
    for text in (f"{long},{long}\n1,2\n", f"{long};\n1;\n", f"{long},b\n"):
        assert len(str(refusal(write(text), Dialect(",")))) < 500


def test_long_fields_are_read(write: Write) -> None:
    long = "x" * 1_000_000
    file = open_delimited(write(f"user,{long},rating\na,x,5\n\nb,{long},4\nc,y\n"))
    assert file.columns[1] == long
    rows = file.read(bad_rows="skip")
    assert rows.table[long].to_pylist() == ["x", long]
    assert rows.skipped.examples == ((5, "2 fields instead of 3"),)
    assert rows.lines(np.array([0, 1])).tolist() == [2, 4]


def test_a_header_that_csv_refuses(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toprank.data.reading.first_lines._MAX_FIELD", 5)
    error = refusal(write("user,itemitem,rating\na,x,5\n"))
    assert "the header cannot be read" in str(error)


def test_a_quote_that_swallows_the_file(write: Write) -> None:
    error = refusal(write(HEADER + 'a,"x,5\n' + "b,y,4\n" * 30_000))
    assert error.line == 2
    assert "quote" in str(error)


def test_a_ragged_row_over_lines_hints_at_the_quote(write: Write) -> None:
    error = refusal(write(HEADER + 'a,"x,5\nb,y",4,9\n'))
    assert error.line == 2
    assert "runs to line 3" in str(error)


def test_quotes_inside_unquoted_values_are_text(write: Write) -> None:
    rows = open_delimited(write(HEADER + 'a,5" disk,5\nb,y,"4\n"\n')).read()
    assert rows.table["item"].to_pylist() == ['5" disk', "y"]
