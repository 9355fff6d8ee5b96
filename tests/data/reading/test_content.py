from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from toprank.data.reading.read import read
from toprank.errors import DataError

Write = Callable[..., Path]
CSV = b"user,item,rating\nann,x,5\nbob,x,4\nann,y,3\n"
JSON = b'{"user": "ann", "item": "x", "rating": 5}\n\n{"user": "bob", "item": "x", "rating": 4}\n'
TABLE = pa.table({"user": ["ann", "bob"], "item": ["x", "x"], "rating": [5, 4]})


def zstandard(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def tarred(data: bytes, name: str = "ratings.csv") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(data)
        archive.addfile(about, io.BytesIO(data))
    return out.getvalue()


def zipped(data: bytes, name: str = "ratings.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
        archive.writestr("__MACOSX/._ratings.csv", b"\0")
    return out.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard, zipped, tarred])
@pytest.mark.parametrize("name", ["ratings.csv", "other name", "r.csv.gz"])
def test_what_is_packed_is_read_whatever_it_is_called(write: Write, pack: Callable[[bytes], bytes], name: str) -> None:
    assert len(read(write(pack(CSV), name), scale="1-5").ratings) == 3


def test_packed_twice(write: Write) -> None:
    assert len(read(write(gzip.compress(tarred(CSV)), "r.tar.gz"), scale="1-5").ratings) == 3
    assert len(read(write(zipped(gzip.compress(CSV), "r.csv.gz")), scale="1-5").ratings) == 3
    again = CSV
    for _ in range(5):
        again = gzip.compress(again)
    with pytest.raises(DataError, match="packed over and over"):
        read(write(again))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard])
def test_what_is_cut_short_is_damaged(write: Write, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DataError, match="damaged"):
        read(write(pack(CSV * 50)[:-9]))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard])
@pytest.mark.parametrize("name", ["r.jsonl", "r.json.gz", "r"])
def test_json_lines(write: Write, pack: Callable[[bytes], bytes], name: str) -> None:
    path = write(pack(JSON), name)
    assert read(path, scale="1-5").ratings.value.tolist() == [5, 4]
    with pytest.raises(DataError, match=r"line 3, column 'rating'.*4 is not on the scale"):
        read(path, scale="4.5-5")


def test_a_list_of_objects_and_mixed_values(write: Write) -> None:
    text = '[{"user": 1, "item": "x", "rating": "4"}, {"user": "a", "item": "x", "rating": 5, "more": {"a": 1}}]'
    ratings = read(write(text, "r.json"), scale="1-5").ratings
    assert (ratings.users.ids.tolist(), ratings.value.tolist()) == (["1", "a"], [4, 5])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"user": 1\n', "line 1: this line is no JSON"),
        (b'{"user": 1, "item": 2, "rating": 3}\n[1]\n', "line 2: this line is no object"),
        (b"[1, 2]", "more than objects"),
        (b"[{]", "this is no JSON"),
        (b"[" * 100_000, "this is no JSON"),
        (b"[]", "no rows"),
    ],
)
def test_json_that_is_none(write: Write, text: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(write(text, "r.json"))


@pytest.mark.parametrize("kind", ["parquet", "feather", "arrow", "stream", "csv"])
@pytest.mark.parametrize("where", ["file", "object"])
def test_tables_by_what_they_hold(tmp_path: Path, kind: str, where: str) -> None:
    path = tmp_path / "no ending"
    if kind == "parquet":
        pq.write_table(TABLE, path)
    elif kind == "feather":
        feather.write_feather(TABLE, path, compression="zstd")
    elif kind == "csv":
        path.write_bytes(CSV)
    else:
        new = ipc.new_file if kind == "arrow" else ipc.new_stream
        with new(str(path), TABLE.schema) as writer:
            writer.write_table(TABLE)
    source = path if where == "file" else io.BytesIO(path.read_bytes())
    assert read(source, scale="1-5").ratings.value.tolist()[:2] == [5, 4]


def test_an_open_file_of_text() -> None:
    assert len(read(io.StringIO(CSV.decode()), scale="1-5").ratings) == 3
    with pytest.raises(DataError, match=r"the file object.*line 2"):
        read(io.StringIO("user,item,rating\nann,x,?\n"))


@pytest.mark.parametrize("partitioned", [False, True])
def test_a_folder_of_parquet(tmp_path: Path, partitioned: bool) -> None:
    for part, user in enumerate(["ann", "bob"]):
        folder = tmp_path / "data" / (f"year={part}" if partitioned else "")
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"user": [user], "item": ["x"], "rating": [4 + part]}), folder / f"part-{part}.parquet")
    (tmp_path / "data" / "_SUCCESS").write_bytes(b"")
    dataset = read(tmp_path / "data", scale="1-5")
    assert dataset.ratings.value.tolist() == [4, 5]
    assert any("2 files are read as one table" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0", "an old Excel file. Cure: save the sheet as CSV"),
        (zipped(b"", "[Content_Types].xml"), "an Excel workbook"),
        (b"SQLite format 3\0", "an SQLite database.*--query"),
        (b"\x80\x04\x95", "a pickle, which is never opened"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\3\4 junk", "cannot be unpacked"),
        (b"ARROW1\0\0junk", "cannot be read as Arrow"),
        (b"PAR1junk", "cannot be read as Parquet"),
    ],
)
def test_other_files_are_named(write: Write, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(write(content))


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        read(tmp_path)
