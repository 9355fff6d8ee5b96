"""A small hand-made copy of every format: it is read, and what breaks it is said."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from toprank.core.dataset import Dataset
from toprank.data.reading.formats.registry import FORMATS
from toprank.data.reading.read import read
from toprank.errors import DataError, OptionError

Files = Mapping[str, str | bytes]

GENRES = "0|" * 4 + "0|1|" + "0|" * 8 + "1|" + "0|" * 3 + "0"
"""What ``u.item`` says of a comedy and romance."""

LATIN_ITEMS = f"""242|Kolya (1996)|24-Jan-1997||http://x|{GENRES}
302|Amélie "x|01-Jan-2001||http://y|{GENRES}
"""

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\ta\t4\t9\n1\tb\t5\t9\n2\ta\t3\t8\n"
ITEM = 'item_id:token\tmovie_title:token_seq\tclass:token_seq\na\tToy "Story\tAnimation Comedy\nb\tX\tDrama\n'

COPIES: dict[str, Files] = {
    "movielens-100k": {
        "ml-100k/u.data": "196\t242\t3\t881250949\n186\t302\t4\t891717742\n196\t302\t5\t881250950\n",
        "ml-100k/u.item": LATIN_ITEMS.encode("latin-1"),
        "ml-100k/u.user": "196|24|M|technician|85711\n186|53|F|other|94043\n",
        "ml-100k/README": "about",
    },
    "movielens-1m": {
        "ml-1m/ratings.dat": "1::1193::5::978300760\n1::661::3::978302109\n2::661::4::978301968\n",
        "ml-1m/movies.dat": '1193::"Great" Flew, The (1975)::Drama\n661::Pêche (1996)::Animation|Comedy\n'.encode(
            "latin-1"
        ),
        "ml-1m/users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    },
    "movielens": {
        "ml-25m/ratings.csv": "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n1,306,3.5,1147\n2,306,0.5,1\n",
        "ml-25m/movies.csv": "movieId,title,genres\n296,Pulp Fiction (1994),Comedy|Crime\n306,Red,(no genres listed)\n",
        "ml-25m/links.csv": "movieId,imdbId,tmdbId\n296,1,2\n",
    },
    "goodbooks-10k": {
        "goodbooks/ratings.csv": "user_id,book_id,rating\n1,258,5\n2,4081,4\n2,258,3\n",
        "goodbooks/books.csv": "book_id,goodreads_book_id,authors,title\n258,7,Ann,Emma\n4081,8,Bob,Emil\n",
        "goodbooks/to_read.csv": "user_id,book_id\n1,4081\n",
        "goodbooks/tags.csv": "tag_id,tag_name\n1,fiction\n2,to-read\n",
        "goodbooks/book_tags.csv": "goodreads_book_id,tag_id,count\n7,1,30\n7,2,90\n8,1,5\n",
    },
    "recbole": {
        "ml/ml.inter": INTER,
        "ml/ml.item": ITEM,
        "ml/ml.user": "user_id:token\tage:float\n1\t20\n2\t30\n",
    },
    "book-crossing-files": {
        "bx/BX-Book-Ratings.csv": '"User-ID";"ISBN";"Book-Rating"\n"1";"a";"0"\n"1";"b";"8"\n"2";"a";"5"\n',
        "bx/BX-Books.csv": '"ISBN";"Book-Title";"Book-Author"\n"a";"The \\"Great\\"; é";"A"\n"b";"B";"C"\n'.encode(
            "latin-1"
        ),
        "bx/BX-Users.csv": '"User-ID";"Location";"Age"\n"1";"nyc, usa";NULL\n"2";"rom, italy";"30"\n',
    },
    "netflix": {
        "nf/combined_data_1.txt": "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n1488844,4,2005-10-19\n",
    },
    "amazon-2023": {
        "books.jsonl.gz": gzip.compress(
            "\n".join(
                json.dumps(
                    {
                        "rating": r,
                        "title": "t",
                        "images": [],
                        "asin": "x",
                        "parent_asin": p,
                        "user_id": u,
                        "timestamp": 1,
                    }
                )
                for u, p, r in [("A", "p", 5.0), ("A", "q", 1.0), ("B", "p", 4.0)]
            ).encode()
        )
    },
    "amazon-json": {
        "reviews.json": "\n".join(
            json.dumps({"reviewerID": u, "asin": p, "overall": r})
            for u, p, r in [("A", "p", 5.0), ("B", "p", 4.0), ("A", "q", 3)]
        )
    },
    "amazon-2018": {
        "Books.csv": "0001713353,A1C6M8LCIX4M6M,5.0,1123804800\n0001713353,A1REUF3A1YCPHM,4.0,1112140800\n"
        "B000FA5KKA,A1C6M8LCIX4M6M,3.0,1112140800\n"
    },
    "amazon-2014": {
        "ratings_Books.csv": "A3OXHLG6DIBRW8,0005019281,4.0,1203984000\nA2M1CU2IRZG0K9,0005019281,3.0,1351728000\n"
        "A3OXHLG6DIBRW8,B000FA5KKA,5.0,1351728000\n"
    },
    "no-header": {"plain.txt": "ann b1 4 881250949\nbob b1 5 881250949\nann b2 3 881250949\n"},
}

FRAME = pd.DataFrame({"user_id": ["a", "b", "a"], "item_id": [1, 1, 2], "rating": [4.0, 3.0, 5.0]})


class _Trainset:
    rating_scale = (1, 5)

    def all_ratings(self) -> list[tuple[int, int, float]]:
        return [(0, 0, 4.0), (1, 0, 3.0), (0, 1, 5.0)]

    def to_raw_uid(self, inner: int) -> str:
        return "ab"[inner]

    def to_raw_iid(self, inner: int) -> int:
        return (1, 2)[inner]


OBJECTS: dict[str, Any] = {
    "surprise": SimpleNamespace(
        raw_ratings=[("a", 1, 4.0, None), ("b", 1, 3.0, None), ("a", 2, 5.0, None)],
        reader=SimpleNamespace(rating_scale=(1, 5)),
    ),
    "surprise training set": _Trainset(),
    "lenskit": SimpleNamespace(interaction_table=lambda **_: FRAME),
    "rectools": SimpleNamespace(
        get_raw_interactions=lambda: FRAME.rename(columns={"rating": "weight"}).assign(datetime="2020-01-01")
    ),
    "cornac": SimpleNamespace(
        uir_tuple=(np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([4.0, 3.0, 5.0])),
        user_ids=["a", "b"], item_ids=[1, 2], timestamps=np.array([7, 8, 9]),
    ),
    "cornac rows": [("a", 1, 4.0), ("b", 1, 3.0), ("a", 2, 5.0)],
    "lenskit frame": FRAME.rename(columns={"user_id": "user", "item_id": "item"}),
}  # fmt: skip


def laid_out(tmp_path: Path, files: Files, form: str) -> Path:
    """Write a copy as a folder, or as a zip archive; a single file as itself."""
    for name, content in files.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if form == "zip":
        archive = tmp_path / "copy.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in (tmp_path / "copy").rglob("*"):
                if path.is_file():
                    file.write(path, path.relative_to(tmp_path / "copy"))
        return archive
    return tmp_path / "copy" / next(iter(files)).split("/")[0]


def triples(dataset: Dataset) -> list[tuple[Any, Any, float]]:
    ratings = dataset.ratings
    return [
        (ratings.users[user], ratings.items[item], value)
        for user, item, value in zip(ratings.user.tolist(), ratings.item.tolist(), ratings.value.tolist(), strict=True)
    ]


def test_every_format_has_a_copy() -> None:
    refused = {"last-fm", "shelf"}
    assert {one.name for one in FORMATS} == set(COPIES) | {name for name in OBJECTS if " " not in name} | refused


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_read(name: str, form: str, tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES[name], form))
    title = next(one.title for one in FORMATS if one.name == name)
    assert dataset.notes[0] == f"format: {title} (recognised; --format plain reads it as any table)"
    ratings = dataset.ratings
    assert (len(np.unique(ratings.user)), len(np.unique(ratings.item))) == (2, 2)
    assert len(ratings) == (2 if name == "book-crossing-files" else 3)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_of_a_library_is_read(name: str) -> None:
    dataset = read(OBJECTS[name], scale="1-5")
    assert triples(dataset) == [("a", 1, 4), ("b", 1, 3), ("a", 2, 5)]


def test_movielens_100k_has_its_genres_year_and_readers(tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES["movielens-100k"], "zip"))
    assert dataset.items is not None
    assert dataset.users is not None
    assert dataset.items.table.to_pylist() == [
        {"movie": 242, "title": "Kolya (1996)", "year": 1997, "genres": "Comedy|Romance"},
        {"movie": 302, "title": 'Amélie "x', "year": 2001, "genres": "Comedy|Romance"},
    ]
    assert dataset.users.names == ["age", "gender", "occupation", "zip code"]


def test_the_year_is_taken_out_of_the_title_and_no_genre_is_none(tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES["movielens"], "folder"))
    assert dataset.items is not None
    assert dataset.items.table["year"].to_pylist() == [1994, None]
    assert dataset.items.table["genres"].to_pylist() == ["Comedy|Crime", None]
    assert dataset.ratings.scale.low == 0.5


def test_goodbooks_has_books_to_read_and_tags_with_counts(tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES["goodbooks-10k"], "zip"))
    assert dataset.implicit is not None
    assert dataset.items is not None
    held = zip(dataset.implicit.user.tolist(), dataset.implicit.item.tolist(), strict=True)
    assert [(dataset.ratings.users[u], dataset.ratings.items[i]) for u, i in held] == [(1, 4081)]
    assert dict(dataset.items.table["tags"].to_pylist()[0]) == {"to-read": 90.0, "fiction": 30.0}


def test_sequences_of_recbole_are_lists(tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES["recbole"], "folder"))
    assert dataset.items is not None
    assert dataset.items.table["class"].to_pylist() == [["Animation", "Comedy"], ["Drama"]]


def test_several_files_of_netflix_are_one(tmp_path: Path) -> None:
    files = {**COPIES["netflix"], "nf/combined_data_2.txt": "3:\n7,1,2005-10-19\n"}
    assert triples(read(laid_out(tmp_path, files, "folder")))[-1] == (7, 3, 1)


def test_zeros_of_book_crossing_are_held_and_backslashes_are_read(tmp_path: Path) -> None:
    dataset = read(laid_out(tmp_path, COPIES["book-crossing-files"], "zip"))
    assert dataset.implicit is not None
    assert dataset.items is not None
    assert len(dataset.implicit) == 1
    assert dataset.items.table["Book-Title"].to_pylist() == ['The "Great"; é', "B"]


BROKEN: list[tuple[str, str, str | bytes, str]] = [
    ("movielens-100k", "ml-100k/u.data", "196\t242\t3\t1\n186\t302\n", "line 2.*2 fields"),
    ("movielens-1m", "ml-1m/ratings.dat", "1::1193::5::1\n1::661::x::2\n", "line 2.*'x' is not a finite number"),
    ("movielens", "ml-25m/ratings.csv", "userId,movieId,rating,timestamp\n1,296,7,1\n", "7 is not on the scale"),
    ("goodbooks-10k", "goodbooks/to_read.csv", "user_id,book_id\n1,\n", "lacks a user or an item"),
    ("recbole", "ml/ml.inter", "user_id:token\titem_id:token\n1\ta\n", "no column looks like the rating"),
    ("book-crossing-files", "bx/BX-Book-Ratings.csv", "User-ID;ISBN;Book-Rating\n1;a;11\n", "11 is not on the scale"),
    ("netflix", "nf/combined_data_1.txt", "1:\n5,3,2005-09-06\n5;4\n", "line 3: '5;4' is neither"),
    ("amazon-2023", "books.jsonl.gz", b'{"user_id": "A", "parent_asin": "p", "rating": 5}\n{"u', "line 2: .*no JSON"),
    ("amazon-json", "reviews.json", '{"reviewerID": "A", "asin": "p", "overall": "good"}', "'good' is not a finite"),
    ("amazon-2018", "Books.csv", "0001713353,A1C6M8LCIX4M6M,50,1\n" * 2, "50 is not on the scale 1 to 5"),
    ("amazon-2014", "ratings_Books.csv", "A3OXHLG6DIBRW8,0005019281,,1\n", "the rating is empty|no column"),
    ("no-header", "plain.txt", "ann b1 4 881250949\nbob b1 good 881250949\n", "line 2.*'good' is not a finite"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "file", "content", "said"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_breaks_a_copy_is_said(name: str, file: str, content: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read(laid_out(tmp_path, {**COPIES[name], file: content}, "folder"))
    assert "Cure: " in str(caught.value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("userID\tartistID\tweight\n2\t51\t13883\n", "counts of plays"),
        ("Book Id,Title,Author,ISBN,My Rating,Exclusive Shelf\n1,T,A,,5,read\n", "one reader's export from Goodreads"),
        ("Title,Authors,ISBN/UID,Read Status,Star Rating\nT,A,1,read,4.5\n", "StoryGraph"),
        ("Book Id\tTitle\tPrimary Author\tRating\tWork id\n1\tT\tA\t4\t7\n", "LibraryThing"),
        ("title,author_text,remote_id,isbn_13,rating\nT,A,u,1,5\n", "BookWyrm"),
        ("authors,title,author_sort,rating,isbn,id,uuid\nA,T,A,5,1,1,u\n", "Calibre"),
    ],
)
def test_what_is_no_ratings_of_readers_is_refused(header: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(header, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read(path)


def test_a_format_can_be_named_and_refused(tmp_path: Path) -> None:
    path = laid_out(tmp_path, COPIES["amazon-2014"], "folder")
    assert triples(read(path, format="amazon-2014"))[0] == ("A3OXHLG6DIBRW8", "0005019281", 4)
    with pytest.raises(OptionError, match="does not look like 'netflix'"):
        read(path, format="netflix")
    with pytest.raises(OptionError, match="the formats are movielens-100k"):
        read(path, format="excel")


def test_plain_is_any_table(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("User-ID,ISBN,Book-Rating\n1,a,0\n1,b,8\n", encoding="utf-8")
    assert read(path, format="plain", scale="0-10").implicit is None
    assert read(path).implicit is not None


def test_what_is_said_counts_more_than_the_format(tmp_path: Path) -> None:
    path = laid_out(tmp_path, COPIES["movielens"], "zip")
    items = pa.table({"id": [296, 306], "title": ["x", "y"]})
    dataset = read(path, scale="0-10", items=items, name="mine")
    assert (dataset.ratings.scale.high, dataset.name) == (10, "mine")
    assert dataset.items is not None
    assert dataset.items.names == ["title"]
    # Columns by number: nothing gets a name by its place.
    path = laid_out(tmp_path / "a", COPIES["amazon-2014"], "folder")
    swapped = read(path, user_column="2", item_column="1", rating_column="3", scale="1-5")
    assert triples(swapped)[0] == ("0005019281", "A3OXHLG6DIBRW8", 4)


def test_a_wildcard_of_parts_is_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in range(2):
        (tmp_path / f"part-{part}.csv").write_text(f"user,item,rating\n{part},a,4\n{part},b,5\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    for source in (
        str(tmp_path / "part-*.csv"),
        "~/part-*.csv",
        [tmp_path / "part-0.csv", tmp_path / "part-1.csv"],
        tmp_path,
    ):
        assert len(read(source, scale="1-5").ratings) == 4
    (tmp_path / "part-1.csv").write_text("user,item,rating\n1,a,4\n1,b,bad\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"part-1.csv, line 3, column 'rating'"):
        read(tmp_path, scale="1-5")
    (tmp_path / "part-1.csv").write_text("user,item,stars\n1,a,4\n", encoding="utf-8")
    with pytest.raises(DataError, match="files with the same columns"):
        read(tmp_path, scale="1-5")
    with pytest.raises(DataError, match="no file is so named"):
        read(tmp_path / "none-*.csv")
