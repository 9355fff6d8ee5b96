"""Which book somebody means: words of titles and authors, slips forgiven, the well-known first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.errors import OptionError
from toprank.recommender.titles import Titles

__all__ = ["SearchIndex"]

MAX_TRIED = 500
"""Of more books that have the words, so many are compared letter by letter: the best by words and popularity."""

MIN_SHARE = 0.3
"""A book with less of what is looked for, rare words counting more, is not it."""

MIN_PREFIX = 4
"""Letters of a word that longer ones may begin with, or that may have a slip."""

MAX_WORDS = 200
"""Words that a slip or a beginning may stand for."""

PREFIX_MATCH = 0.7
"""What a word counts that begins with the word asked; the word itself counts 1."""


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """Distinct titles and authors, each of a work, and the words that they are made of.

    Parameters
    ----------
    work : int64[n]
        The work of each.
    title, author : object[n] of str
        In small letters without accents; of the title what stands after an article, before the first colon or bracket.
    popularity : float64[n]
        The logarithm of its work's interactions.
    best : int64[n_works]
        The best-known item of each work.
    words : dict of str to int
        The number of each word.
    start, having : int64[n_words + 1], int64[m]
        Those that have word k are ``having[start[k]:start[k + 1]]``.
    by_letter : dict of str to list of str
        Words by the letter that they begin with.
    """

    work: IntArray
    title: AnyArray
    author: AnyArray
    popularity: FloatArray
    best: IntArray
    words: dict[str, int]
    start: IntArray
    having: IntArray
    by_letter: dict[str, list[str]]

    @classmethod
    def of(cls, titles: Titles, work: IntArray, known: IntArray) -> SearchIndex:
        """Read titles; ``work`` and ``known``, how well known it is, are by item."""
        if titles.title is None:
            raise OptionError("no titles are known; give the items' table with a title column, or use ids")
        order = np.argsort(-known, kind="stable")
        order = order[titles.row[order] >= 0]
        best = np.full(int(work.max(initial=-1)) + 1, -1, np.int64)
        best[work[order[::-1]]] = order[::-1]
        author = pa.array([""] * len(titles.title), pa.string()) if titles.author is None else titles.author
        title, author = _plain(titles.title), _plain(author)
        whole = pc.binary_join_element_wise(title, author, "|")
        code = np.asarray(whole.dictionary_encode().indices).astype(np.int64)[titles.row[order]]
        _, first = np.unique(work[order] * (int(code.max(initial=0)) + 1) + code, return_index=True)
        items = order[np.sort(first)]
        row = pa.array(titles.row[items])
        spaced = pc.utf8_trim(pc.replace_substring_regex(whole, r"[^\p{L}\p{N}]+", " "), " ")
        split = pc.split_pattern(spaced, " ").take(row)
        spelt = pc.list_flatten(split).dictionary_encode()
        number = np.asarray(spelt.indices)
        by_word = np.argsort(number, kind="stable")
        words = {word: k for k, word in enumerate(spelt.dictionary.to_pylist())}
        by_letter: dict[str, list[str]] = {}
        for word in words:
            by_letter.setdefault(word[:1], []).append(word)
        interactions = np.bincount(work, known, len(best))
        head = pc.replace_substring_regex(title, r"^(?:the|an?) |\s*[:(\[/].*$", "").take(row)
        return cls(
            work[items],
            _texts(pc.utf8_trim_whitespace(head)),
            _texts(author.take(row)),
            np.log2(2 + interactions[work[items]]),
            best,
            words,
            np.append(0, np.cumsum(np.bincount(number, minlength=len(words)))),
            np.asarray(pc.list_parent_indices(split))[by_word],
            by_letter,
        )

    def find(self, text: str, *, n: int = 10) -> IntArray:
        r"""Give the best-known item of each work that is most likely meant: int64[m], the likeliest first.

        A book is worth :math:`s^2 (0.3 + 0.7 c) \log_2 (2 + p)`: :math:`s` is its share of the words asked, weighted by
        how seldom they are and less where there is a slip; :math:`c` how alike its title, its author or both are to
        the whole text (RapidFuzz's ``token_sort_ratio``); :math:`p` how many have rated it or have it.
        """
        from rapidfuzz import fuzz, process

        asked = _words(text)
        if not asked:
            raise OptionError(f"{text!r} has no word to look for")
        share = self._shares(asked)
        worth = share**2 * self.popularity
        tried = np.flatnonzero(share >= max(MIN_SHARE, 0.6 * float(share.max(initial=0))))
        if len(tried) > MAX_TRIED:
            tried = tried[np.argpartition(-worth[tried], MAX_TRIED)[:MAX_TRIED]]
        title, author = self.title[tried].tolist(), self.author[tried].tolist()
        both = [f"{one} {other}" for one, other in zip(title, author, strict=True)]
        whole = re.sub("^(?:the|an?) ", "", " ".join(asked))
        alike = process.cdist([whole], [*title, *author, *both], scorer=fuzz.token_sort_ratio)
        worth = worth[tried] * (0.3 + 0.7 * alike.reshape(3, -1).max(axis=0) / 100)
        order = tried[np.lexsort((tried, -worth))]
        _, first = np.unique(self.work[order], return_index=True)
        return self.best[self.work[order[np.sort(first)[:n]]]]

    def _shares(self, asked: list[str]) -> FloatArray:
        """Give each book's share of the words asked, rare ones counting more (float64[n])."""
        total, shares = 0.0, np.zeros(len(self.work))
        for word in asked:
            found = np.zeros(len(self.work), np.float32)
            near = sorted(self._near(word), key=lambda one: one[1])
            for k, similarity in near:
                found[self.having[self.start[k] : self.start[k + 1]]] = similarity
            # A slip is as rare as what was meant, not rarer.
            weight = np.log1p(len(self.work) / (1 + np.count_nonzero(found)))
            total += weight
            shares += weight * found
        return shares / total

    def _near(self, word: str) -> list[tuple[int, float]]:
        """Give words that may be meant, by number, and what each counts."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        exact = {self.words[word]: 1.0} if word in self.words else {}
        if len(word) < MIN_PREFIX:
            return list(exact.items())
        allowed = 1 if len(word) < 8 else 2
        near: dict[int, float] = {}
        pools: list[Any] = [self.by_letter.get(word[0], [])]
        pools += [] if exact else [self.words]
        for pool in pools:
            close = process.extract(word, list(pool), scorer=OSA.distance, score_cutoff=allowed, limit=MAX_WORDS)
            near |= {self.words[other]: 1 - 2 * slips / len(word) for other, slips, _ in close}
            if near:
                break
        longer = [other for other in pools[0] if other.startswith(word)][:MAX_WORDS]
        return list(({self.words[other]: PREFIX_MATCH for other in longer} | near | exact).items())


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[^\W_]+", _plain(pa.array([text]))[0].as_py())))


def _plain(texts: Any) -> Any:
    """Write in lower case without accents."""
    return pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_lower(texts.fill_null("")), "NFD"), r"\p{Mn}+", "")


def _texts(values: Any) -> AnyArray:
    return np.array(values.to_pylist(), dtype=object)
