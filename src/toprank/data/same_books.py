"""Which rows of a table of books are editions of one book: by what their titles and authors come to."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from toprank.core.arrays import IntArray
from toprank.data.book_names import OTHER_BOOK, TitleKeys, author_keys, title_keys

__all__ = ["same_books"]

MIN_LONG = 40
"""Letters of a title with a subtitle that two authors do not give by chance: the others are co-authors or editors."""

MIN_UNKNOWN = 18
"""Letters of a title that is the same book where one of two has no author."""

MIN_MISSPELT = 12
"""Letters of a title that is the same book where its authors' names differ by a slip."""

MIN_PREFIX = 10
"""Letters of a subtitle that may be another one cut short."""

MIN_SUBTITLE = 20
"""Letters of a subtitle that a title of two words may lack; a shorter one may be a sequel's name."""

MIN_TITLE = 6
"""Letters of a title that is looked for in the subtitles of its author's other books."""

SELDOM = 20
"""How much more often a word is written one way than the other, where that is a slip."""

MAX_AUTHORS = 12
"""Of a title by more authors, none is taken for another's misspelling."""

_OTHER_WORK = re.compile(
    rf"[0-9]|{OTHER_BOOK.replace(' ', '')}|complete|collect|sequel|selected|selection|relatedreadings|majorauthors|"
    r"^other(?:plays|novels|essays|works|writings)|^(?:a|the)?(?:brief|shorter|graph|concise|student|essential)|"
    r"adapt|movie|film|makingof|guide|cookbook|recipes|poster|made?easy"
)
"""Subtitles that make another book of a title: its sequel, a collection, a guide to it."""

_SMALL_WORDS = frozenset(
    ["the", "a", "an", "in", "of", "or", "to", "our", "my", "on", "at", "for", "from", "into", "y", "und"]
)
_ARTICLES = ("the", "an", "a", "la", "le", "les", "il", "el", "der", "die", "das")


def same_books(title: pa.ChunkedArray, author: pa.ChunkedArray) -> IntArray:
    """Give each row the first row of the same book (int64[n]); -1 where the title is empty.

    Titles are the same where they are letter for letter, without articles, series in brackets, "a novel" and
    punctuation; where one lacks the subtitle of the other, and its author wrote no second book of that name; or where
    one puts a series before the other's. Volumes, boxed sets and study guides stay apart. Authors are the same by the
    last name and an initial, in any order, or by the last name alone; a slip in it is forgiven.
    """
    books = _Books(title_keys(title, author), author)
    keys = books.keys
    for name, rows in books.groups(keys.whole):
        books.join_title(name, rows)
    for name, rows in books.groups(keys.head + keys.sub):
        books.join_title(name, rows)
    for _, rows in books.groups(keys.head):
        books.join_subtitles(rows)
    books.join_misspelt()
    for name, rows in books.groups(np.where(keys.own != "", keys.own, keys.head + keys.sub)):
        numbers = {re.sub(r"\D", "", keys.head[row]) for row in rows if keys.own[row]}
        # Of a yearbook the numbers tell the books apart, not the names.
        if len(numbers) == 1:
            books.join_title(name, rows, whole=False)
    return np.where(keys.whole != "", books.first(), -1)


class _Books:
    """Rows of one book under their first (union-find)."""

    def __init__(self, keys: TitleKeys, author: pa.ChunkedArray) -> None:
        self.keys = keys
        encoded = author.combine_chunks().cast(pa.string()).dictionary_encode()
        self._author = np.asarray(encoded.indices.fill_null(len(encoded.dictionary))).tolist()
        self._names = [author_keys(name) for name in encoded.dictionary.to_pylist()] + [()]
        self._parent = list(range(len(self._author)))
        self._codes = defaultdict(list)
        for code, names in enumerate(self._names):
            for name in names:
                self._codes[name].append(code)

    def first(self) -> IntArray:
        """Give the first row of each row's book."""
        return np.array([self._root(row) for row in range(len(self._parent))])

    def groups(self, titles: Any) -> Iterator[tuple[str, list[int]]]:
        """Give the rows of each title that several have; boxed sets and the like are titles of their own."""
        names = pa.array(titles + "|" + self.keys.kind).dictionary_encode()
        code = np.asarray(names.indices)
        count = np.bincount(code)
        order = np.argsort(code, kind="stable")
        rows, spelt = order[count[code[order]] > 1].tolist(), names.dictionary.to_pylist()
        begin = 0
        while begin < len(rows):
            end = begin + int(count[code[rows[begin]]])
            if name := spelt[code[rows[begin]]].partition("|")[0]:
                yield name, rows[begin:end]
            begin = end

    def join_title(self, title: str, rows: list[int], *, whole: bool = True) -> None:
        """Join rows of one title whose authors are the same, volume by volume."""
        people = self._people(rows)
        if whole and len(people) > 1 and len(title) >= MIN_LONG and self.keys.sub[rows[0]]:
            people = [[k for one in people for k in one]]
        if len(people) > 1 and len(title) >= MIN_MISSPELT:
            people = _misspelt(people, [self._names[self._author[row]] for row in rows])
        unknown = [k for k, row in enumerate(rows) if not self._names[self._author[row]]]
        if unknown and len(people) <= 1 and len(title) >= (MIN_UNKNOWN if people else MIN_MISSPELT):
            people = [[*unknown, *(people[0] if people else [])]]
        for one in people:
            self._join_volumes([rows[k] for k in one])

    def join_subtitles(self, rows: list[int]) -> None:
        """Join rows that lack the subtitle of the others, or have it cut short, where an author has no two of them."""
        if all(self.keys.sub[row] == self.keys.sub[rows[0]] for row in rows):
            return
        everyone = len(_clusters({self.keys.sub[row] for row in rows} - {""}))
        for one in self._people(rows):
            mine = [rows[k] for k in one]
            subs = {self.keys.sub[row] for row in mine} - {""}
            clusters = _clusters(subs)
            for cluster in clusters:
                self._join_volumes([row for row in mine if self.keys.sub[row] in cluster])
            long = self.keys.words[mine[0]] > 2 or (
                everyone == 1 and len(max(subs, key=len, default="")) >= MIN_SUBTITLE
            )
            if len(clusters) == 1 and long and not any(self._is_other_work(sub, mine[0]) for sub in subs):
                self._join_volumes(mine)

    def _people(self, rows: list[int]) -> list[list[int]]:
        """Group rows (by their number among these) by author; those without one are in no group."""
        codes = {self._author[row] for row in rows}
        if len(codes) == 1:
            return [list(range(len(rows)))] if self._names[codes.pop()] else []
        return _people([self._names[self._author[row]] for row in rows])

    def join_misspelt(self) -> None:
        """Join titles of one author that differ by a slip in one word, or by small words."""
        by_author: dict[str, dict[str, int]] = defaultdict(dict)
        counts = Counter(word for text in set(self.keys.text.tolist()) for word in text.split())
        plain = (self.keys.kind == "") & (self.keys.volume == "")
        for row in np.flatnonzero(plain).tolist():
            if len(self.keys.whole[row]) >= MIN_MISSPELT:
                for name in self._names[self._author[row]][:1]:
                    by_author[name].setdefault(self.keys.text[row], row)
        for titles in by_author.values():
            blocks: dict[str, set[str]] = defaultdict(set)
            for title in titles if len(titles) > 1 else ():
                for part in (title[:6], title[-6:]):
                    blocks[part].add(title)
            for block in blocks.values():
                for one, other in combinations(sorted(block), 2):
                    if _is_slip(one, other, counts):
                        self._join_volumes([titles[one], titles[other]])

    def _is_other_work(self, subtitle: str, row: int) -> bool:
        """Tell whether a subtitle names another work: by its words, or as its author has a book that is called so."""
        if _OTHER_WORK.search(subtitle):
            return True
        starts = [subtitle, *(subtitle.removeprefix(article) for article in _ARTICLES if subtitle.startswith(article))]
        codes = {code for name in self._names[self._author[row]] for code in self._codes[name]}
        titles = {self.keys.head[other] for code in codes for other in self._rows[code]} - {self.keys.head[row]}
        return any(start.startswith(title) for start in starts for title in titles if len(title) >= MIN_TITLE)

    @cached_property
    def _rows(self) -> list[list[int]]:
        """Rows of each author's code."""
        rows: list[list[int]] = [[] for _ in self._names]
        for row, code in enumerate(self._author):
            rows[code].append(row)
        return rows

    def _join_volumes(self, rows: list[int]) -> None:
        volumes = defaultdict(list)
        for row in rows:
            volumes[self.keys.volume[row]].append(row)
        for part in volumes.values():
            for row in part[1:]:
                one, other = sorted((self._root(part[0]), self._root(row)))
                self._parent[other] = one

    def _root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]
            row = self._parent[row]
        return row


def _people(authors: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """Group rows whose authors share a name; a last name alone is that of the only author who is called so."""
    initials: dict[str, set[str]] = defaultdict(set)
    for names in authors:
        for name in names:
            last, _, initial = name.partition("|")
            initials[last].add(initial)
    parent = list(range(len(authors)))

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    seen: dict[str, int] = {}
    for k, names in enumerate(authors):
        for name in names:
            last = name.partition("|")[0]
            # Of one author the initials may be several: those of J. R. R. are two.
            for key in (name, last) if "" in initials[last] and len(initials[last]) <= 3 else (name,):
                parent[root(k)] = root(seen.setdefault(key, k))
    found = defaultdict(list)
    for k, names in enumerate(authors):
        if names:
            found[root(k)].append(k)
    return list(found.values())


def _misspelt(people: list[list[int]], authors: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """Join those whose last names differ by a slip: ``tocquevil`` is ``tocqueville``."""
    if len(people) > MAX_AUTHORS:
        return people
    found: list[list[int]] = []
    for one in people:
        mine = {name for k in one for name in authors[k]}
        for other in found:
            if any(_alike(name, theirs) for name in mine for k in other for theirs in authors[k]):
                other += one
                break
        else:
            found.append(list(one))
    return found


def _is_slip(one: str, other: str, counts: Mapping[str, int]) -> bool:
    """Tell whether titles differ by small words, a plural, or a word that nobody else writes like this."""
    if abs(len(one) - len(other)) > 4:
        return False
    words = [[word for word in text.split() if word not in _SMALL_WORDS] for text in (one, other)]
    pairs = [pair for pair in zip(*words, strict=False) if pair[0] != pair[1]]
    if len(words[0]) != len(words[1]) or len(pairs) > 1:
        return False
    for short, long in (sorted(pair, key=len) for pair in pairs):
        if len(short) < 4 or re.search(r"[0-9]", short + long):
            return False
        rare, usual = sorted((counts[short], counts[long]))
        spelt = long in (f"{short}s", f"{short}es") or long.replace("our", "or") == short or rare * SELDOM <= usual
        return spelt and Levenshtein.distance(short, long, score_cutoff=2) <= 2
    return len("".join(words[0])) >= MIN_MISSPELT


def _alike(one: str, other: str) -> bool:
    (last, _, initial), (name, _, letter) = one.partition("|"), other.partition("|")
    allowed = 1 if min(len(last), len(name)) < 8 else 2
    same = initial == letter and min(len(last), len(name)) >= 5
    return same and Levenshtein.distance(last, name, score_cutoff=allowed) <= allowed


def _clusters(subtitles: Iterable[str]) -> list[set[str]]:
    """Group subtitles of which one is another cut short; a number that goes on is another number."""
    found: list[set[str]] = []
    last = ""
    for sub in sorted(subtitles):
        cut = sub.startswith(last) and len(last) >= MIN_PREFIX and not re.match(r"[0-9]", sub[len(last) :])
        if found and cut:
            found[-1].add(sub)
        else:
            found.append({sub})
        last = sub
    return found
