"""Books of an export found among the model's by title and author, as editions of one work are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from toprank.core.arrays import AnyArray, IntArray
from toprank.data.book_names import title_keys
from toprank.data.same_books import same_books
from toprank.recommender.titles import Titles

__all__ = ["TitleIndex"]

MIN_ALIKE = 92
"""Of 100: a title of an author that is so like the one asked, letter by letter, is a slip of it."""

MIN_LETTERS = 12
"""Letters of a title in which a slip is forgiven."""

MAX_TRIED = 400
"""Books that are compared with one of an export: the best known of those that begin alike or are by its author."""


@dataclass(frozen=True, eq=False)
class TitleIndex:
    """Titles of the model, to be found by their beginning, whole, by their own name within a series, and by author.

    Parameters
    ----------
    title, author : pyarrow.Array of text
        By row of the table; the author is empty where none is known.
    item : int64[rows]
        The best-known item of each row.
    known : int64[rows]
        How well known that is.
    whole : object[rows] of str
        The title's letters and digits.
    by_name, by_author : dict of str to list of int
        Rows, the best known first.
    """

    title: pa.Array
    author: pa.Array
    item: IntArray
    known: IntArray
    whole: AnyArray
    by_name: dict[str, list[int]]
    by_author: dict[str, list[int]]

    @classmethod
    def of(cls, titles: Titles, known: IntArray) -> TitleIndex | None:
        """Read titles; ``known``, how well known it is, is by item. None where there are no titles."""
        if titles.title is None:
            return None
        title = titles.title.cast(pa.string()).fill_null("")
        author = titles.author.cast(pa.string()).fill_null("") if titles.author is not None else _blank(len(title))
        items = np.flatnonzero(titles.row >= 0)
        items = items[np.argsort(-known[items], kind="stable")]
        rows, first = np.unique(titles.row[items], return_index=True)
        item, best = np.full(len(title), -1, np.int64), np.zeros(len(title), np.int64)
        item[rows], best[rows] = items[first], known[items[first]]
        order = rows[np.argsort(-best[rows], kind="stable")]
        keys = title_keys(pa.chunked_array([title]), pa.chunked_array([author]))
        by_name: dict[str, list[int]] = {}
        whole = keys.whole.to_numpy(zero_copy_only=False)
        for names in (keys.head.to_pylist(), whole, keys.own):
            for row in order.tolist():
                if names[row]:
                    by_name.setdefault(names[row], []).append(row)
        by_author: dict[str, list[int]] = {}
        spelt: dict[str, str] = {}
        texts = author.to_pylist()
        for row in order.tolist():
            name = spelt.get(texts[row])
            if name is None:
                name = spelt[texts[row]] = _author_key(texts[row])
            if name:
                by_author.setdefault(name, []).append(row)
        return cls(title, author, item, best, whole, by_name, by_author)

    def find(self, titles: Sequence[str], authors: Sequence[str]) -> IntArray:
        """Give the best-known item of each book (int64[n]); -1 where it is not among them."""
        asked_title, asked_author = pa.array(titles, pa.string()), pa.array(authors, pa.string())
        keys = title_keys(pa.chunked_array([asked_title]), pa.chunked_array([asked_author]))
        head, whole = keys.head.to_pylist(), keys.whole.to_pylist()
        tried: set[int] = set()
        near: list[list[int]] = []
        for k, author in enumerate(authors):
            names = dict.fromkeys([head[k], whole[k], keys.own[k]])
            mine = [row for name in names if name for row in self.by_name.get(name, ())[:MAX_TRIED]]
            near.append(mine)
            tried.update(mine, self.by_author.get(_author_key(author), ())[:MAX_TRIED])
        rows = np.array(sorted(tried), np.int64)
        if len(rows) == 0:
            return np.full(len(titles), -1, np.int64)
        title = pa.concat_arrays([self.title.take(pa.array(rows)), asked_title])
        author = pa.concat_arrays([self.author.take(pa.array(rows)), asked_author])
        book = same_books(pa.chunked_array([title]), pa.chunked_array([author]))
        found = _best(book[: len(rows)], self.known[rows], book[len(rows) :])
        found = np.where(found >= 0, np.append(rows, -1)[found], -1)
        for k in np.flatnonzero(found < 0).tolist():
            # Without an author a title is enough where all that have it are of one author.
            if not authors[k].strip() or not self.by_author:
                found[k] = self._alone(near[k], whole[k])
            else:
                found[k] = self._misspelt(authors[k], whole[k])
        return np.where(found >= 0, self.item[found], -1)

    def _alone(self, rows: list[int], whole: str) -> int:
        """Give the row whose whole title this is; -1 where it is not one author's alone."""
        same = [row for row in rows if self.whole[row] == whole]
        people = {_author_key(self.author[row].as_py()) for row in same}
        return same[0] if len(people) == 1 else -1

    def _misspelt(self, author: str, whole: str) -> int:
        """Give the author's row whose title is this but for a slip; -1 where none is, or where numbers differ."""
        from rapidfuzz import fuzz, process

        rows = self.by_author.get(_author_key(author), ())[:MAX_TRIED]
        if len(whole) < MIN_LETTERS or not rows:
            return -1
        near = process.extractOne(whole, [self.whole[row] for row in rows], scorer=fuzz.ratio, score_cutoff=MIN_ALIKE)
        digits = near is not None and re.sub(r"\D", "", near[0]) == re.sub(r"\D", "", whole)
        return rows[near[2]] if near is not None and digits else -1


def _best(book: IntArray, known: IntArray, asked: IntArray) -> IntArray:
    """Give the best-known place of each book asked (int64[n]); -1 where it has none."""
    order = np.lexsort((-known, book))
    order = order[book[order] >= 0]
    at = np.searchsorted(book[order], asked)
    there = (at < len(order)) & (asked >= 0)
    place = np.append(order, -1)[np.where(there, at, -1)]
    return np.where(there & (np.append(book, -1)[place] == asked), place, -1)


def _author_key(author: str) -> str:
    """Write a name in the order of its words: ``Collins, Suzanne`` is ``Suzanne Collins``."""
    import unicodedata

    text = unicodedata.normalize("NFD", author.casefold())
    words = re.findall(r"[^\W_]+", "".join(c for c in text if not unicodedata.combining(c)))
    return " ".join(sorted(words))


def _blank(size: int) -> Any:
    empty: AnyArray = np.full(size, "", object)
    return pa.array(empty, pa.string())
