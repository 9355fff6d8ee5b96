"""MovieLens of every size."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toprank.data.reading.formats.format import Found, Source, changed, renamed
from toprank.data.reading.table import OpenTable

__all__ = ["GENRES_100K", "find_1m", "find_100k", "find_csv"]

GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""The columns of 0 and 1 in ``u.item``, in their order."""

RATING = {"user": "user", "item": "movie", "rating": "rating"}
_COLUMNS = ("user", "movie", "rating", "timestamp")
_NO_GENRES = "(no genres listed)"


def find_100k(source: Source) -> Found | None:
    """Read ``u.data``, and ``u.item`` and ``u.user`` where they are."""
    data = source.file("u.data")
    if data is None:
        return None
    movies, users = source.file("u.item"), source.file("u.user")
    item_names = ["movie", "title", "release date", "", "", *GENRES_100K]
    bar: dict[str, Any] = {"delimiter": "|", "encoding": "latin-1", "header": False, "quotes": False}
    return Found(
        renamed(source.open(data, delimiter="\t", header=False), _COLUMNS, RATING),
        None if movies is None else _with_genres(renamed(source.open(movies, **bar), item_names, {"item": "movie"})),
        None
        if users is None
        else renamed(source.open(users, **bar), ["user", "age", "gender", "occupation", "zip code"], {"user": "user"}),
        options={"scale": "1-5"},
    )


def find_1m(source: Source) -> Found | None:
    """Read ``ratings.dat``, and ``movies.dat`` and ``users.dat`` where they are."""
    data = source.file("ratings.dat")
    if data is None or b"::" not in data.head:
        return None
    movies, users = source.file("movies.dat"), source.file("users.dat")
    double: dict[str, Any] = {"delimiter": "::", "header": False, "encoding": "latin-1"}
    user_names = ["user", "gender", "age", "occupation", "zip code"]
    return Found(
        renamed(source.open(data, **double), _COLUMNS, RATING),
        None
        if movies is None
        else _with_year(renamed(source.open(movies, **double), ["movie", "title", "genres"], {"item": "movie"})),
        None if users is None else renamed(source.open(users, **double), user_names, {"user": "user"}),
    )


def find_csv(source: Source) -> Found | None:
    """Read ``ratings.csv`` and ``movies.csv`` of 20M and later."""
    data, movies = source.file("ratings.csv"), source.file("movies.csv")
    if data is None or movies is None:
        return None
    ratings, items = source.open(data, delimiter=","), source.open(movies, delimiter=",")
    if ratings.columns[:3] != ["userId", "movieId", "rating"] or items.columns != ["movieId", "title", "genres"]:
        return None
    return Found(ratings, _with_year(items), options={"scale": "0.5-5"})


def _with_genres(opened: OpenTable) -> OpenTable:
    """Make one column of genres of the columns of 0 and 1, and a year of the date of release."""

    def change(table: pa.Table) -> pa.Table:
        flags = [pc.equal(table[name], "1").to_pylist() for name in GENRES_100K]
        genres = ["|".join(name for name, has in zip(GENRES_100K, row, strict=True) if has and name != "unknown")
                  for row in zip(*flags, strict=True)]  # fmt: skip
        year = pc.struct_field(pc.extract_regex(table["release date"], r"(?P<year>\d{4})$"), [0])
        return pa.table(
            {"movie": table["movie"], "title": table["title"], "year": pc.fill_null(year, ""), "genres": genres}
        )

    return changed(opened, ["movie", "title", "year", "genres"], change)


def _with_year(opened: OpenTable) -> OpenTable:
    """Take the year out of the title, and say that no genre is none."""

    def change(table: pa.Table) -> pa.Table:
        year = pc.struct_field(pc.extract_regex(table["title"], r"\((?P<year>\d{4})\)\s*$"), [0])
        genres = pc.if_else(pc.equal(table["genres"], _NO_GENRES), "", table["genres"])
        table = table.set_column(table.column_names.index("genres"), "genres", genres)
        return table.append_column("year", pc.fill_null(year, ""))

    return changed(opened, [*opened.columns, "year"], change)
