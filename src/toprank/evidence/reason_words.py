"""How evidence names groups and books in a reason."""

from __future__ import annotations

from dataclasses import dataclass

from toprank.core.arrays import FloatArray, IntArray
from toprank.evidence.source import Namer

__all__ = ["THE_BOOK", "Told", "books", "group_words", "liked_by", "named_books"]

THE_BOOK = "the book"

_GROUPS = {"isbn group": "language", "isbn block": "publisher's number", "location: last": "country"}
_GROUPS |= {"location: last two": "state", "location": "town", "age band": "age", "year band": "time"}

NAMED = 2
"""How many books a reason names."""


@dataclass(frozen=True)
class Told:
    """A fact in words, and the share of liked ratings behind it: it speaks for a book if that is high."""

    words: str
    liked: float


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
    if group in ("item", "work"):
        return THE_BOOK
    return f"books {'by' if group == 'author' else 'of'} the same {group_words(group)}"


def named_books(group: str | None, count: int, mean: float, items: IntArray, values: FloatArray, title: Namer) -> str:
    """Say what the reader gave books of a group, naming the best of them."""
    best = sorted(zip(values.tolist(), items.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1]))
    names = [(name, value) for value, item in best if (name := title(item)) is not None]
    same = {
        None: "", "work": " in another edition", "author": " by the same author",
    }.get(group, f" of the same {group_words(group)}")  # fmt: skip
    if count == 1 and names:
        between = f", {same.strip()}," if same else ""
        return f"you gave {names[0][0]}{between} {names[0][1]:g}"
    what = "1 book" if count == 1 else f"{count:,} books"
    said = f"you gave {what}{same} {mean:.1f}" + (" on average" if count > 1 else "")
    if group is None or count == 1 or not names:
        return said
    listed = " and ".join(f"{name} {value:g}" for name, value in names[:NAMED])
    return f"{said}, {listed} among them" if count > NAMED else f"you gave{same} {listed}"
