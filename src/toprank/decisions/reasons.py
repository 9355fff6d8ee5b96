"""Why a book is recommended or not: the parts of its log odds, in words, and they add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.special import logit

from toprank.core.arrays import FloatArray, IntArray
from toprank.evidence.build import Evidence, Fact

__all__ = ["Part", "Reason", "Shared", "explain", "named"]

SHOWN = 3
"""How many parts a sentence names."""

SLIGHT = 0.02
"""Log odds that are not worth naming: at most half a hundredth of P(liked)."""

_NAMES = {"isbn group": "language", "isbn block": "publisher's number", "location: last": "country"}
_NAMES |= {"location: last two": "state", "location": "town", "age band": "age", "year band": "time"}


_PLACES = {
    "reader ratings": "how you spread your ratings",
    "book ratings": "how its readers spread theirs",
    "likeness": "how near it lies to the books you have and like",
    "book place": "where it lies among all books",
    "reader place": "where the books lie that you have",
    "taste place": "where the books lie that you rate high",
    "kind place": "where books of its kind lie",
    "attention": "the network that reads your ratings one by one",
}

_OF_READER = ("reader ratings", "taste place")
"""Those that say nothing of a reader without ratings."""


class Shared(Protocol):
    """A fitted model whose log odds can be shared out."""

    @property
    def evidence(self) -> Evidence:
        """What it judges."""
        ...

    def shares(self, matrix: FloatArray, users: IntArray, items: IntArray) -> tuple[dict[str, FloatArray], float]:
        """Give the share of each source, and what is said of nobody in particular."""
        ...


@dataclass(frozen=True)
class Part:
    """What one source adds.

    Parameters
    ----------
    source : str
        The key, the neighbourhood, or the judge it comes from.
    words : str
        What is known, with its numbers.
    log_odds : float
        What it adds to the log odds of P(liked): for the book above 0, against it below.
    """

    source: str
    words: str
    log_odds: float


@dataclass(frozen=True)
class Reason:
    """Why P(liked) is what it is.

    Parameters
    ----------
    parts : tuple of Part
        From the strongest to the weakest.
    base : float
        Log odds of nobody in particular.
    calibration : float
        What calibration adds to the judges' log odds.
    probability : float
        P(liked). Its log odds are ``base``, plus all parts, plus ``calibration``.
    """

    parts: tuple[Part, ...]
    base: float
    calibration: float
    probability: float

    @property
    def sentence(self) -> str:
        """The strongest parts in words, those for the book apart from those against it."""
        strong = [part for part in self.parts if abs(part.log_odds) > SLIGHT][:SHOWN]
        if not strong:
            return "nothing is known that speaks for or against it"
        sides = [
            (side, [part.words for part in strong if (part.log_odds > 0) == (side == "for")])
            for side in ("for", "against")
        ]
        return "; ".join(f"{side} it: {', '.join(words)}" for side, words in sides if words)


def explain(model: Shared, users: IntArray, items: IntArray, probability: FloatArray) -> list[Reason]:
    """Give the reason for each answer.

    Parameters
    ----------
    model : Shared
        The boosted judge, or a blend.
    users, items : int[n]
        Positions, known both.
    probability : float[n]
        P(liked) that was answered, calibration included.

    Returns
    -------
    list of Reason
    """
    matrix = model.evidence.matrix(users, items)
    shares, base = model.shares(matrix, users, items)
    names = model.evidence.names
    roles = {column: role for role, column in model.evidence.known.roles.items()}
    reasons = []
    for row, (user, item) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
        facts = {fact.source: fact for fact in model.evidence.facts(user, item)}
        columns = dict(zip(names, matrix[row].tolist(), strict=True))
        parts = [
            Part(source, _words(source, facts.get(source), columns, roles), float(share[row]))
            for source, share in shares.items()
        ]
        parts.sort(key=lambda part: -abs(part.log_odds))
        rest = float(logit(probability[row])) - base - sum(part.log_odds for part in parts)
        reasons.append(Reason(tuple(parts), base, rest, float(probability[row])))
    return reasons


def _words(source: str, fact: Fact | None, columns: Mapping[str, float], roles: Mapping[str, str]) -> str:
    if fact is not None:
        return _counted(replace(fact, item=roles.get(fact.item or "", fact.item)))
    if source == "expected":
        value = columns.get("expected: rating", columns.get("expected", float("nan")))
        return "nothing to expect" if np.isnan(value) else f"all ratings taken together let expect {value:.1f}"
    if source in ("similar readers", "similar works"):
        return _neighbours(source, columns)
    if source in _PLACES:
        nothing = source in _OF_READER and not columns.get("user: count", 1.0) > 0
        return "you have rated no book to go by" if nothing else _PLACES[source]
    if source in columns:
        value = columns[source]
        return f"{named(source)} unknown" if np.isnan(value) else f"{named(source)} {value:g}"
    held = columns.get(f"{source}: held", float("nan"))
    about = {"user": "you have rated no book", "item": "nobody has rated this edition", "work": "nobody has rated it"}
    reader, _, of = source.partition(" x ")
    of = roles.get(of, of)
    if reader == "user" and of:
        about[source] = "you rated no other book " + (
            "by this author" if of == "author" else f"of the same {named(of)}"
        )
    words = about.get(source, f"no rating for {named(source)}")
    return words if np.isnan(held) or held == 0 else f"{words}, {np.expm1(held):.0f} held without a rating"


def _counted(fact: Fact) -> str:
    n, mean = fact.count, f"{fact.mean:.1f}"
    book = {"item": "this edition", "work": "this book"}
    on_average = " on average" if n > 1 else ""
    ratings = "rating" if n == 1 else "ratings"
    if fact.user == "user":
        of = {None: "", "work": " as other editions of this book", "author": " by this author"}
        which = of.get(fact.item, f" of the same {named(fact.item or '')}")
        what = "book" if n == 1 else "books"
        return f"you gave {n} {'other ' if fact.item else ''}{what}{which} {mean}{on_average}"
    if fact.user is None:
        if fact.item in book:
            return f"{n} {'reader' if n == 1 else 'readers'} gave {book[fact.item]} {mean}{on_average}"
        return f"{n} {ratings} of books of the same {named(fact.item or '')}: {mean}{on_average}"
    what = "all books" if fact.item is None else book.get(fact.item, f"books of the same {named(fact.item)}")
    return f"readers of the same {named(fact.user)} gave {what} {mean}{on_average} ({n} {ratings})"


def _neighbours(source: str, columns: Mapping[str, float]) -> str:
    count = columns[f"{source}: count"]
    if not count > 0:
        return {
            "similar readers": "no reader with books in common rated it",
            "similar works": "you rated no book that its readers have",
        }[source]
    n, liked = round(float(np.expm1(count))), f"{columns[f'{source}: liked']:.0%}"
    if source == "similar readers":
        return f"{n} {'reader' if n == 1 else 'readers'} with books in common rated it, {liked} by weight liked it"
    return f"you rated {n} {'book' if n == 1 else 'books'} that its readers have, {liked} by weight you liked"


def named(name: str) -> str:
    """Call a key, or a pair of them, by what its readers call it."""
    return " and ".join(_NAMES.get(side, side) for side in name.split(" x "))
