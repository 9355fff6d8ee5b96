"""The files in which readers take their books with them: by which columns each is known, and what its words mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from toprank.core.scale import RatingScale
from toprank.errors import DataError

__all__ = ["SHELF_FORMATS", "ShelfFormat", "ShelfState", "column_key", "recognise_shelf"]

ShelfState = Literal["held", "wanted"]
"""A book that the reader has read or owns, or one that they only want to read."""

_YES = frozenset(["yes", "true", "1"])


_STARS = RatingScale(1, 5, liked_from=4, step=1)
_HALF_STARS = RatingScale(0.5, 5, liked_from=4, step=0.5)
_QUARTER_STARS = RatingScale(0.25, 5, liked_from=4, step=0.25)


@dataclass(frozen=True)
class ShelfFormat:
    """One program's export. Columns are compared without case, blanks and punctuation.

    Parameters
    ----------
    name : str
        Whose export it is.
    needed : tuple of str
        Columns by which it is recognised: all of them are there.
    title, author, rating : str
        The columns of these; a column that is not there is empty.
    last_first : bool
        Whether authors are written "Tolkien, J. R. R.".
    isbns : tuple of str
        Columns that may hold ISBNs, the best first.
    scale : RatingScale, optional
        Of its ratings; None where they are on the model's own. A 0 is no rating.
    ids : tuple of str
        Columns that may hold the model's own ids.
    shelf : tuple of str
        Columns that say on which shelves a book is.
    wanted : frozenset of str
        Shelves of books that the reader only wants.
    owned : str
        The column that says whether, or how often, the reader owns the book.
    """

    name: str
    needed: tuple[str, ...]
    title: str = "title"
    author: str = "author"
    rating: str = "rating"
    last_first: bool = False
    isbns: tuple[str, ...] = ("isbn", "isbn13")
    scale: RatingScale | None = _STARS
    ids: tuple[str, ...] = ()
    shelf: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    owned: str = ""

    def state(self, row: Mapping[str, str]) -> ShelfState:
        """Say whether a book is held or only wanted; one that is on several shelves is held if any says so."""
        owned = row.get(self.owned, "").strip().casefold()
        if owned in _YES or (owned.isdecimal() and owned.strip("0")):
            return "held"
        shelves = {part.strip().casefold() for name in self.shelf for part in row.get(name, "").split(",")} - {""}
        return "wanted" if shelves and shelves <= self.wanted else "held"


SHELF_FORMATS: tuple[ShelfFormat, ...] = (
    ShelfFormat(
        "Goodreads", ("title", "author", "myrating"),
        rating="myrating", shelf=("exclusiveshelf",), wanted=frozenset(["to-read"]), owned="ownedcopies",
    ),
    ShelfFormat(
        "StoryGraph", ("title", "authors", "readstatus", "starrating"),
        author="authors", rating="starrating", isbns=("isbnuid",), scale=_QUARTER_STARS,
        shelf=("readstatus",), wanted=frozenset(["to-read"]), owned="owned",
    ),
    ShelfFormat(
        "LibraryThing", ("bookid", "title", "primaryauthor", "rating"),
        author="primaryauthor", last_first=True, isbns=("isbn", "isbns"), scale=_HALF_STARS,
        shelf=("collections",), wanted=frozenset(["wishlist", "to read"]),
    ),
    ShelfFormat(
        "BookWyrm", ("title", "authortext", "rating"),
        author="authortext", isbns=("isbn13", "isbn10"), scale=_HALF_STARS,
        shelf=("shelf",), wanted=frozenset(["to-read"]),
    ),
    ShelfFormat(
        "Calibre", ("authors", "title", "rating", "uuid"),
        author="authors", isbns=("isbn", "identifiers"), scale=_HALF_STARS,
    ),
    ShelfFormat("a list of ratings", ("item", "rating"), isbns=(), scale=None, ids=("item",)),
    ShelfFormat("a list of ratings", ("isbn", "rating"), isbns=("isbn",), scale=None, ids=("isbn",)),
    ShelfFormat("a list of ratings", ("title", "rating"), scale=None),
)  # fmt: skip
"""Every format, the most particular first."""


def column_key(name: str) -> str:
    """Write a column's name as it is compared.

    Examples
    --------
    >>> column_key("ISBN/UID"), column_key("Owned?"), column_key("author_text")
    ('isbnuid', 'owned', 'authortext')
    """
    return re.sub(r"[\W_]", "", name).casefold()


def recognise_shelf(columns: Iterable[str], source: str) -> ShelfFormat:
    """Tell whose export has these columns.

    Examples
    --------
    >>> recognise_shelf(["Title", "Author", "ISBN", "My Rating"], "mine.csv").name
    'Goodreads'
    """
    found = {column_key(name) for name in columns}
    for one in SHELF_FORMATS:
        if found.issuperset(one.needed):
            return one
    names = ", ".join(dict.fromkeys(one.name for one in SHELF_FORMATS if one.scale is not None))
    raise DataError(
        "this is no export that is known, by its first line",
        f"give the export of one of {names}, or a table with the columns item (or isbn, or title) and rating",
        source=source,
        line=1,
    )
