"""Which column holds the users, the items and the ratings: named by the caller, or guessed from the usual names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from toprank.data.reading.quoting import listed, quoted
from toprank.errors import DataError

__all__ = ["USUAL_NAMES", "Role", "choose_column", "guess_columns", "has_usual_name", "header_hint"]

Role = Literal["user", "item", "rating"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Compared without case and punctuation: "User-ID", "user_id" and "userId" are one name.
USUAL_NAMES: Mapping[Role, frozenset[str]] = {
    "user": _names(
        "user users userid username usernumber uid reader readerid reviewer reviewerid customer customerid "
        "member memberid profile profileid person personid rater raterid account accountid"
    ),
    "item": _names(
        "item items itemid iid book bookid isbn isbn10 isbn13 movie movieid film filmid product productid asin "
        "track trackid song songid artist artistid game gameid anime animeid recipe recipeid business businessid "
        "article articleid joke jokeid"
    ),
    "rating": _names(
        "rating ratings bookrating userrating myrating movierating overall overallrating ratingvalue score scores "
        "userscore reviewscore stars star value grade rate"
    ),
}

_ANY_NAME = _names(
    "id title name author authors genre genres year publisher timestamp time date datetime age gender location country "
    "zipcode occupation language"
)


def choose_column(
    role: Role, given: str | None, columns: Sequence[str], *, source: str, taken: Collection[str] = ()
) -> str:
    """Find the column for a role.

    Examples
    --------
    >>> choose_column("item", None, ["User-ID", "ISBN", "Book-Rating"], source="r.csv")
    'ISBN'
    """
    option = f"--{role}-column"
    if given is not None:
        for name in (given, given.strip()):
            if name in columns:
                return name
        raise DataError(
            f"there is no column {quoted(given)}; the columns are {listed(columns)}",
            f"name one of them with {option}{_delimiter_hint(columns)}",
            source=source,
        )
    found = [column for column in guess_columns(role, columns) if column not in taken]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(
            f"{listed(found)} could each be the {role} column", f"name the right one with {option}", source=source
        )
    raise DataError(
        f"no column looks like the {role} column; the columns are {listed(columns)}",
        f"name it with {option}{_delimiter_hint(columns)}{header_hint(columns)}",
        source=source,
    )


def guess_columns(role: Role, columns: Sequence[str]) -> list[str]:
    """Give the columns with a usual name for a role."""
    return [column for column in columns if re.sub(r"[\W_]", "", column).casefold() in USUAL_NAMES[role]]


def has_usual_name(columns: Sequence[str]) -> bool:
    """Tell whether a line has a name that columns have: of a role, or of what is known of items."""
    plain = {re.sub(r"[\W_]", "", column).casefold() for column in columns}
    return bool(plain & _ANY_NAME) or any(plain & names for names in USUAL_NAMES.values())


def header_hint(columns: Sequence[str]) -> str:
    """Give one more cure where what was taken for the header looks like data; else nothing."""
    number = any(re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", column) for column in columns)
    return (
        ", or say --no-header and name columns by number, for the first line looks like data"
        if number and not has_usual_name(columns)
        else ""
    )


def _delimiter_hint(columns: Sequence[str]) -> str:
    return ", or the file's delimiter with --delimiter" if len(columns) == 1 else ""
