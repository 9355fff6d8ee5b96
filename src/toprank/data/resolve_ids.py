"""Which ids somebody means: written otherwise, or slightly wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toprank.core.arrays import Int32Array, IntArray
from toprank.core.ids import IdIndex
from toprank.data.isbn import normalised_isbns

__all__ = ["nearest_ids", "resolve_ids"]

MIN_SIMILARITY = 0.6
"""Share of an id's letters that are right where it is offered."""

LEAST_DIGITS = 5
"""Digits of an ISBN that lost all that it can lose: its zeros in front, and its last is an X."""


def resolve_ids(index: IdIndex, texts: Sequence[str | int]) -> Int32Array:
    """Give the position of each id as somebody typed it; -1 where nothing, or more than one thing, is meant.

    An id counts as it stands, then without white space around it, then as an ISBN in another form: with hyphens or
    blanks, of 10 or 13 digits, with a small x, or without the zeros that a spreadsheet took from its front.

    Parameters
    ----------
    index : IdIndex
        The ids there are.
    texts : sequence of str or int, of length n
        What was typed.

    Returns
    -------
    int32[n]

    Examples
    --------
    >>> index = IdIndex.of(["0261102354", "043935806X", "book 7"])
    >>> resolve_ids(index, ["978-0-261-10235-4", "43935806x", " book 7 ", 261102354, "book 8"]).tolist()
    [0, 1, 2, 0, -1]
    """
    typed = [text.strip() if isinstance(text, str) else text for text in texts]
    found = index.positions(texts)
    if not index.is_integer:
        typed = [str(text) for text in typed]
    found = np.where(found >= 0, found, index.positions(typed)).astype(np.int32)
    open_ = np.flatnonzero(found < 0)
    if index.is_integer or len(open_) == 0:
        return found
    asked = _isbns([typed[k] for k in open_])
    plain = index.positions([form for isbn in asked.tolist() for form in _forms(isbn)]).reshape(-1, 2)
    one = (plain >= 0).sum(axis=1) == 1
    found[open_[one]] = plain[one].max(axis=1)
    open_, asked = open_[(plain < 0).all(axis=1) & (asked >= 0)], asked[(plain < 0).all(axis=1) & (asked >= 0)]
    if len(open_) == 0:
        return found
    # Neither plain form is there: all ids are read as ISBNs.
    known, order = _isbns_of(index)
    begin, end = (np.searchsorted(known, asked, side, sorter=order) for side in ("left", "right"))
    alone = end - begin == 1
    found[open_[alone]] = order[begin[alone]]
    return found


def nearest_ids(index: IdIndex, text: str | int, n: int = 3) -> list[str | int]:
    """Give the ids that are spelt most like a text, the most alike first; none that is not alike at all.

    Parameters
    ----------
    index : IdIndex
        The ids there are.
    text : str or int
        What was typed.
    n : int
        How many at most.

    Returns
    -------
    list of str or int

    Examples
    --------
    >>> nearest_ids(IdIndex.of(["anna-01", "anna-03", "bert-03"]), "ana-03", n=2)
    ['anna-03', 'anna-01']
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, Prefix

    asked, names = str(text).strip().casefold(), [str(name).casefold() for name in index.ids.tolist()]
    near = process.extract(asked, names, scorer=OSA.normalized_similarity, limit=10 * n, score_cutoff=MIN_SIMILARITY)
    near.sort(key=lambda found: (-found[1], -Prefix.similarity(asked, found[0])))
    return [index[position] for _, _, position in near[:n]]


def _isbns_of(index: IdIndex) -> tuple[IntArray, IntArray]:
    """Read all ids of an index as ISBNs, and sort them; once for each index, since it takes half a second of many."""
    made: tuple[IntArray, IntArray] | None = index.__dict__.get("_isbns")
    if made is None:
        known = normalised_isbns(index.ids)
        made = index.__dict__["_isbns"] = known, np.argsort(known, kind="stable")
    return made


def _isbns(texts: Sequence[str | int]) -> IntArray:
    """Read texts as ISBNs; of bare digits too few, zeros may be missing in front."""
    plain = np.array([str(text) for text in texts], dtype=object)
    found = np.full(len(plain), -1, np.int64)
    # To ask Arrow about one text takes a millisecond, and most have not even these digits.
    some = [place for place, text in enumerate(plain) if sum("0" <= letter <= "9" for letter in text) >= LEAST_DIGITS]
    if some:
        found[some] = normalised_isbns(plain[some])
    short = [k for k in some if found[k] < 0 and 6 <= len(plain[k]) < 10 and plain[k][:-1].isdigit()]
    if short:
        found[short] = normalised_isbns(np.array([plain[k].zfill(10) for k in short], dtype=object))
    return found


def _forms(isbn: int) -> tuple[str, str]:
    """Spell an ISBN of twelve digits with 10 and with 13; empty where it has no such form."""
    if isbn < 0:
        return "", ""
    digits = [int(digit) for digit in str(isbn)]
    last = -sum(digit * weight for digit, weight in zip(digits, (1, 3) * 6, strict=True)) % 10
    check = -sum(digit * weight for digit, weight in zip(digits[3:], range(10, 1, -1), strict=True)) % 11
    core = str(isbn)[3:]
    return f"{core}{'X' if check == 10 else check}" if str(isbn).startswith("978") else "", f"{isbn}{last}"
