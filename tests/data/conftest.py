from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

RATINGS = [(1, "0001", 0), (2, "0001", 9), (2, "000X", 3), (3, "nowhere", 8)]
BOOKS = [
    ("0001", 'The "Great" JosÃ©', "Ann &amp; Bob", "1999", "Penguin"),
    ("000X", "Der GurkenkÃ?Â¶nig", "Nöstlinger", "DK Publishing Inc", "Beltz"),
]
BOOK_HEADER = ["ISBN", "Book-Title", "Book-Author", "Year-Of-Publication", "Publisher"]
BOOK_HEADER += ["Image-URL-S", "Image-URL-M", "Image-URL-L"]
USERS = [(1, "nyc, new york, usa", None), (2, "berlin", 18), (3, "são paulo", 99)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes into a file."""

    def write_file(content: str | bytes, name: str = "r.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def dump_folder(tmp_path: Path) -> Path:
    """Make a tiny copy in the form of the original dump."""

    def line(*values: object) -> str:
        return ";".join("NULL" if v is None else '"' + str(v).replace('"', '\\"') + '"' for v in values) + "\r\n"

    folder = tmp_path / "own" / "BX-CSV-Dump"
    folder.mkdir(parents=True)
    ratings = [line("User-ID", "ISBN", "Book-Rating"), *(line(*row) for row in RATINGS)]
    books = [line(*BOOK_HEADER), *(line(*row, "s", "m", "l") for row in BOOKS)]
    users = [line("User-ID", "Location", "Age"), *(line(*row) for row in USERS)]
    for name, lines in (("BX-Book-Ratings", ratings), ("BX-Books", books), ("BX-Users", users)):
        (folder / f"{name}.csv").write_bytes("".join(lines).encode("latin-1"))
    return folder


@pytest.fixture
def csv_folder(tmp_path: Path) -> Path:
    """Make the same copy as comma-separated UTF-8, the form most people have."""
    folder = tmp_path / "kaggle"
    folder.mkdir()
    tables: dict[str, list[Iterable[object]]] = {
        "Ratings": [("User-ID", "ISBN", "Book-Rating"), *RATINGS],
        "Books": [
            BOOK_HEADER,
            *((*row, "s", "m", "l") for row in BOOKS),
        ],
        "Users": [
            ("User-ID", "Location", "Age"),
            *((user, place, "" if age is None else f"{age}.0") for user, place, age in USERS),
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """Put files into a zip archive under given paths."""

    def make(files: dict[str, bytes], name: str = "copy.zip") -> Path:
        path = tmp_path / name
        with ZipFile(path, "w") as archive:
            for inside, content in files.items():
                archive.writestr(inside, content)
        return path

    return make
