"""Texts cut into the pieces of a vocabulary, as BERT's uncased models do it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["cut"]

LONGEST = 100
"""A word of more letters is not cut into pieces."""

_WORDS = re.compile(r"\w+|[^\w\s]|_")


def cut(text: str, vocabulary: Mapping[str, int]) -> list[int]:
    """Give the numbers of a text's pieces: for each word the longest that fit, one after the other.

    Letters lose their accents and capitals, and punctuation stands alone. A word that cannot be cut is left out (Wu and
    others, "Google's Neural Machine Translation System", 2016, section 4.1).

    Examples
    --------
    >>> cut("Émile's unreadable!", {"emile": 5, "'": 6, "s": 7, "un": 8, "##read": 9, "##able": 10})
    [5, 6, 7, 8, 9, 10]
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    found: list[int] = []
    for word in _WORDS.findall(plain):
        pieces, begin = [], 0
        while begin < len(word) <= LONGEST:
            end = len(word)
            while end > begin and ("##" if begin else "") + word[begin:end] not in vocabulary:
                end -= 1
            if end == begin:
                break
            pieces.append(vocabulary[("##" if begin else "") + word[begin:end]])
            begin = end
        if begin == len(word):
            found += pieces
    return found
