"""How evidence names groups and books in a reason."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.evidence.source import Namer

__all__ = [
    "BROAD",
    "NAMED",
    "NOTHING_RATED",
    "THE_BOOK",
    "Told",
    "books",
    "group_words",
    "liked_by",
    "named_books",
    "points",
    "rated",
    "readers",
]

THE_BOOK = "the book"

NOTHING_RATED = "you have rated no book to go by"

BROAD = frozenset(["isbn group", "isbn block", "publisher", "year band", "collection"])
"""Groups of books that hold so many that they say little: named where nothing nearer is known."""

_GROUPS = {"isbn group": "language", "isbn block": "publisher's number", "location: last": "country"}
_GROUPS |= {"location: last two": "state", "location": "town", "age band": "age", "year band": "time"}

_BOOKS = {"author": "by the same author", "publisher": "from the same publisher", "series": "of the same series"}
_BOOKS |= {"isbn group": "in the same language", "isbn block": "from the same publisher"}
_BOOKS |= {
    "year band": "of the same years",
    "collection": "of the same publisher's series",
    "work": "in another edition",
}

_READERS = {"location: last": "in your country", "location: last two": "in your state", "location": "in your town"}
_READERS |= {"age band": "of your age"}

NAMED = 2
"""How many books a reason names."""


@dataclass(frozen=True)
class Told:
    """A fact in words.

    Parameters
    ----------
    words : str
    liked : float
        The share of liked ratings behind it: it speaks for a book if that is high.
    broad : bool
        Whether it is about so many books or readers that nearer facts say more.
    topic : str
        Facts of one topic say the same twice.
    items : frozenset of int
        The reader's books that it names.
    """

    words: str
    liked: float
    broad: bool = False
    topic: str = ""
    items: frozenset[int] = frozenset()


def liked_by(liked: int, n: int, like_you: str = "") -> str:
    """Count the raters who liked a book; ``like_you`` says which ones they are."""
    if n == 1:
        who = f"the one reader {like_you} who rated it".replace("  ", " ")
        return f"{who} {'liked' if liked else 'did not like'} it"
    who = f"the {n:,} readers {like_you} who rated it".replace("  ", " ")
    return f"{'none' if liked == 0 else 'all' if liked == n else f'{liked:,}'} of {who} liked it"


def group_words(name: str | None) -> str:
    """Call a group by what its readers call it."""
    return _GROUPS.get(str(name), str(name))


def books(group: str) -> str:
    """Call the books of a group."""
    return THE_BOOK if group in ("item", "work") else f"books {_of(group)}"


def readers(group: str | None) -> str:
    """Say which readers a group holds, to one of them."""
    return "" if group is None else _READERS.get(group, f"of the same {group_words(group)}")


def points(mean: float) -> str:
    """Write a mean rating."""
    return f"{mean:.1f}".removesuffix(".0")


def rated(name: str | int | None, value: float) -> str:
    """Write a title and what it was given, apart where the title ends in a number.

    Examples
    --------
    >>> rated("Emma", 9.0), rated("Star Trek 10", 9.0)
    ('Emma 9', 'Star Trek 10: 9')
    """
    return f"{name}{':' * str(name)[-1:].isdigit()} {value:g}"


def named_books(
    group: str | None, mean: float, items: IntArray, values: FloatArray, title: Namer, *, best: bool = True
) -> tuple[str, frozenset[int]]:
    """Say what the reader gave books of a group, naming the best of them, or the worst; and which these are."""
    order = np.lexsort((items, -values if best else values)).tolist()
    named = list(islice(((name, row) for row in order if (name := title(int(items[row]))) is not None), NAMED))
    count, same = len(items), "" if group is None else f" {_of(group)}"
    those = frozenset(int(items[row]) for _, row in named)
    if count == 1 and named:
        name = named[0][0]
        return f"you gave {f'{name},{same}, {values[0]:g}' if same else rated(name, values[0])}", those
    listed = " and ".join(rated(name, values[row]) for name, row in named)
    if 1 < count == len(named):
        return f"you gave {listed}{f', both{same}' if same else ''}", those
    average = f"{points(mean)}{' on average' if count > 1 else ''}"
    said = f"you gave {count:,} book{'s' * (count > 1)}{same} {average}"
    return f"{said}, {listed} among them" if named else said, those


def _of(group: str) -> str:
    return _BOOKS.get(group, f"of the same {group_words(group)}")
