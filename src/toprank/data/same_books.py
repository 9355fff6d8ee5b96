"""Which rows of a table of books are editions of one book: by what their titles and authors come to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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

MIN_RESPELT = 0.88
"""Share of the letters that two long subtitles of one book have in common at least."""

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

_NUMBERED = re.compile(r"[0-9]|more|another|first|second|third|fourth|fifth|sixth|windows|mac|women")
"""What tells the subtitles of two books apart that are alike otherwise."""

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
    keys = title_keys(title, author)
    books = _Books(keys, author)
    both = pc.binary_join_element_wise(keys.head, keys.sub, "")
    for names in (keys.whole, both):
        for name, rows in books.groups(names):
            books.join_title(name, rows)
    for _, rows in books.groups(keys.head, keys.sub):
        books.join_subtitles(rows)
    books.join_misspelt()
    for name, rows in books.named_groups(both):
        numbers = {re.sub(r"\D", "", books.head[row]) for row in rows if keys.own[row]}
        # Of a yearbook the numbers tell the books apart, not the names.
        if len(numbers) == 1:
            books.join_title(name, rows, whole=False)
    return np.where(np.asarray(pc.not_equal(keys.whole, "")), books.first(), -1)


class _Books:
    """Rows, and which of them are of one book: links that are joined at the end."""

    def __init__(self, keys: TitleKeys, author: pa.ChunkedArray) -> None:
        self.keys = keys
        self.head, self.sub, self.volume = keys.head.to_pylist(), keys.sub.to_pylist(), keys.volume.tolist()
        encoded = author.combine_chunks().cast(pa.string()).dictionary_encode()
        # Of an author however spelt the names are what counts.
        codes: dict[tuple[str, ...], int] = {(): 0}
        spelt = [codes.setdefault(author_keys(name), len(codes)) for name in encoded.dictionary.to_pylist()]
        self._names: list[tuple[str, ...]] = list(codes)
        self._author = np.array([*spelt, 0])[np.asarray(encoded.indices.fill_null(len(spelt)))]
        self._links: list[tuple[int, int]] = []
        self._same: list[tuple[IntArray, IntArray]] = []
        self._heads: dict[str, set[str]] = {}
        # Of an unknown author no two rows are alike.
        self._by_row: list[tuple[str, ...]] = [self._names[code] for code in self._author.tolist()]
        alike = np.where(self._author > 0, self._author, len(codes) + np.arange(len(self._author)))
        self._edition = _paired(alike, _coded(keys.volume))
        self._kind = _coded(keys.kind)

    def first(self) -> IntArray:
        """Give the first row of each row's book."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        size = len(self._author)
        links = np.array(self._links, np.int64).reshape(-1, 2)
        one, other = (np.concatenate(ends) for ends in zip(*self._same, links.T, strict=True))
        graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(size, size))
        book = connected_components(graph, directed=False)[1]
        return _firsts(book)[1]

    def groups(self, titles: Any, parts: Any = None) -> Iterator[tuple[str, list[int]]]:
        """Give the rows of each title that several have; boxed sets and the like are titles of their own.

        Rows of one author and volume (and of one part, where those are given) are joined at once, and the first stands
        for them.
        """
        title = self._coded(titles)
        rows = _several(title)
        alike = _paired(title[rows], self._edition[rows])
        first, same = _firsts(alike if parts is None else _paired(alike, _coded(parts.take(pa.array(rows)))))
        self._same.append((rows, rows[same]))
        for block in _groups(title, rows[first]):
            yield titles[block[0]].as_py(), block

    def named_groups(self, both: Any) -> Iterator[tuple[str, list[int]]]:
        """Give the rows of each title that is some row's own name, behind that of a series."""
        own = self.keys.own != ""
        titles = pc.replace_with_mask(both, pa.array(own), pa.array(self.keys.own[own], pa.string()))
        title = self._coded(titles)
        named = np.zeros(int(title.max(initial=0)) + 1, bool)
        named[title[own]] = True
        rows = _several(title)
        for block in _groups(title, rows[named[title[rows]]]):
            yield titles[block[0]].as_py(), block

    def _coded(self, titles: Any) -> IntArray:
        """Number titles and kinds; the empty title is -1."""
        code = _coded(titles)
        return np.where(np.asarray(pc.equal(titles, "")), -1, code + self._kind * len(code))

    def join_title(self, title: str, rows: list[int], *, whole: bool = True) -> None:
        """Join rows of one title whose authors are the same, volume by volume."""
        people = self._people(rows)
        if whole and len(people) > 1 and len(title) >= MIN_LONG and self.sub[rows[0]]:
            people = [[k for one in people for k in one]]
        if len(people) > 1 and len(title) >= MIN_MISSPELT:
            people = _misspelt(people, [self._of(row) for row in rows])
        unknown = [k for k, row in enumerate(rows) if not self._of(row)]
        if unknown and len(people) <= 1 and len(title) >= (MIN_UNKNOWN if people else MIN_MISSPELT):
            people = [[*unknown, *(people[0] if people else [])]]
        for one in people:
            if len(one) > 1:
                self._join_volumes([rows[k] for k in one])

    def join_subtitles(self, rows: list[int]) -> None:
        """Join rows that lack the subtitle of the others, or have it cut short, where an author has no two of them."""
        if all(self.sub[row] == self.sub[rows[0]] for row in rows):
            return
        for one in self._people(rows):
            if len(one) == 1:
                continue
            mine = [rows[k] for k in one]
            subs = {self.sub[row] for row in mine} - {""}
            clusters = _clusters(subs)
            for cluster in clusters:
                self._join_volumes([row for row in mine if self.sub[row] in cluster])
            one_book = len(clusters) == 1 and self._is_enough(mine, rows)
            if one_book and not any(self._is_other_work(sub, mine[0]) for sub in subs):
                self._join_volumes(mine)

    def _is_enough(self, mine: list[int], rows: list[int]) -> bool:
        """Tell whether what stands before an author's subtitles says which book it is, of all rows that begin so."""
        if self.keys.words[mine[0]] > 2:
            return True
        said = any(len(self.sub[row]) >= MIN_SUBTITLE or self._describes(row) for row in mine)
        return said and len(_clusters({self.sub[row] for row in rows} - {""})) == 1

    def _people(self, rows: list[int]) -> list[list[int]]:
        """Group rows (by their number among these) by author; those without one are in no group."""
        names = [self._of(row) for row in rows]
        if set(names[0]).intersection(*names[1:]):
            return [list(range(len(rows)))]
        each = set().union(*names)
        if len(each) == sum(map(len, names)) and not any(name[-1] == "|" for name in each):
            return [[k] for k, mine in enumerate(names) if mine]
        return _people(names)

    def join_misspelt(self) -> None:
        """Join titles of one author that differ by a slip in one word, or by small words."""
        keys = self.keys
        words = pc.value_counts(pc.list_flatten(pc.split_pattern(keys.text.unique(), " ")))
        counts = dict(zip(words.field(0).to_pylist(), words.field(1).to_pylist(), strict=True))
        name = _coded([names[0] if names else "" for names in self._names])[self._author]
        long = np.asarray(pc.greater_equal(pc.utf8_length(keys.whole), MIN_MISSPELT))
        rows = np.flatnonzero((keys.kind == "") & (keys.volume == "") & (self._author > 0) & long)
        titles = keys.text.take(pa.array(rows))
        first, _ = _firsts(_paired(name[rows], _coded(titles)))
        rows, titles = rows[first], titles.take(pa.array(first))
        spelt, split = titles.to_pylist(), {}
        for part in (pc.utf8_slice_codeunits(titles, 0, 6), pc.utf8_slice_codeunits(titles, -6)):
            for block in _groups(_paired(name[rows], _coded(part)), np.arange(len(rows))):
                for one, other in combinations(block, 2):
                    if abs(len(spelt[one]) - len(spelt[other])) > 4:
                        continue
                    for k in (one, other):
                        if k not in split:
                            split[k] = [word for word in spelt[k].split() if word not in _SMALL_WORDS]
                    if len(split[one]) == len(split[other]) and _is_slip(split[one], split[other], counts):
                        self._links.append((int(rows[one]), int(rows[other])))

    def _describes(self, row: int) -> bool:
        """Tell whether a subtitle says what the book is, as "An American Legend" does, and names no other."""
        words = self.keys.text[row].as_py().split()[self.keys.words[row] :]
        return len(words) > 1 and words[0] in ("a", "an")

    def _is_other_work(self, subtitle: str, row: int) -> bool:
        """Tell whether a subtitle names another work: by its words, or as its author has a book that is called so."""
        if _OTHER_WORK.search(subtitle):
            return True
        starts = [subtitle, *(subtitle.removeprefix(article) for article in _ARTICLES if subtitle.startswith(article))]
        begun = {start[:length] for start in starts for length in range(MIN_TITLE, len(start) + 1)} - {self.head[row]}
        return any(not begun.isdisjoint(self._heads_of(name)) for name in self._of(row))

    def _heads_of(self, name: str) -> set[str]:
        """Give what the titles of all authors with a name begin with."""
        if name not in self._heads:
            order, start = self._by_author
            rows = [row for code in self._codes[name] for row in order[start[code] : start[code + 1]].tolist()]
            self._heads[name] = {self.head[row] for row in rows}
        return self._heads[name]

    @cached_property
    def _codes(self) -> dict[str, list[int]]:
        """Authors by each of their names."""
        codes = defaultdict(list)
        for code, names in enumerate(self._names):
            for name in names:
                codes[name].append(code)
        return codes

    @cached_property
    def _by_author(self) -> tuple[IntArray, IntArray]:
        """Rows by author, and where each author's begin."""
        order = np.argsort(self._author, kind="stable")
        return order, np.searchsorted(self._author[order], np.arange(len(self._names) + 1))

    def _of(self, row: int) -> tuple[str, ...]:
        """Give the names of a row's author."""
        return self._by_row[row]

    def _join_volumes(self, rows: list[int]) -> None:
        volumes = {self.volume[row] for row in rows}
        # A book of a series is also sold without its number.
        one = len(volumes) == 2 and "" in volumes and len(self.head[rows[0]]) >= MIN_UNKNOWN
        one = one and not any(self.keys.numbered[row] for row in rows)
        first: dict[str, int] = {}
        for row in rows:
            self._links.append((first.setdefault("" if one else self.volume[row], row), row))


def _coded(values: Any) -> IntArray:
    """Number distinct texts or numbers as they come (int64[n])."""
    whole = values if isinstance(values, pa.Array) else pa.array(values)
    return np.asarray(whole.dictionary_encode().indices).astype(np.int64)


def _paired(one: IntArray, other: IntArray) -> IntArray:
    """Number distinct pairs of numbers (int64[n])."""
    return _coded(one * (int(other.max(initial=0)) + 1) + other)


def _firsts(code: IntArray) -> tuple[IntArray, IntArray]:
    """Give the first row of each code in turn, and that of each row's own."""
    first = np.empty(int(code.max(initial=-1)) + 1, np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first, first[code]


def _several(code: IntArray) -> IntArray:
    """Give the rows whose code others have too, or that have none."""
    return np.flatnonzero((np.bincount(code + 1)[code + 1] > 1) | (code < 0))


def _groups(code: IntArray, rows: IntArray) -> Iterator[list[int]]:
    """Give those of some rows (ascending) that share a code, where several do; -1 is none."""
    rows = rows[code[rows] >= 0]
    rows = rows[np.argsort(code[rows], kind="stable")]
    begin = np.flatnonzero(np.append(True, code[rows][1:] != code[rows][:-1])[: len(rows)])
    end = np.append(begin[1:], len(rows))
    several = end - begin > 1
    for a, b in zip(begin[several].tolist(), end[several].tolist(), strict=True):
        yield rows[a:b].tolist()


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


def _is_slip(one: list[str], other: list[str], counts: Mapping[str, int]) -> bool:
    """Tell whether as many words differ in nothing, a plural, or one word that nobody else writes like this."""
    pairs = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    if len(pairs) > 1:
        return False
    for short, long in (sorted(pair, key=len) for pair in pairs):
        if len(short) < 4 or re.search(r"[0-9]", short + long):
            return False
        rare, usual = sorted((counts[short], counts[long]))
        spelt = long in (f"{short}s", f"{short}es") or long.replace("our", "or") == short or rare * SELDOM <= usual
        return spelt and Levenshtein.distance(short, long, score_cutoff=2) <= 2
    return len("".join(one)) >= MIN_MISSPELT


def _alike(one: str, other: str) -> bool:
    if one[-1] != other[-1]:
        return False
    last, name = one.partition("|")[0], other.partition("|")[0]
    allowed = 1 if min(len(last), len(name)) < 8 else 2
    return min(len(last), len(name)) >= 5 and Levenshtein.distance(last, name, score_cutoff=allowed) <= allowed


def _is_respelt(one: str, other: str) -> bool:
    """Tell whether two subtitles are one but for a word: of the Mt., of the Mount Everest disaster."""
    numbers = (_NUMBERED.findall(text) for text in (one, other))
    return next(numbers) == next(numbers) and Levenshtein.normalized_similarity(one, other) >= MIN_RESPELT


def _clusters(subtitles: Iterable[str]) -> list[set[str]]:
    """Group subtitles of which one is another cut short; a number that goes on is another number."""
    found: list[set[str]] = []
    last = ""
    for sub in sorted(subtitles):
        cut = sub.startswith(last) and len(last) >= MIN_PREFIX and not re.match(r"[0-9]", sub[len(last) :])
        cut = cut or (len(last) >= MIN_SUBTITLE and _is_respelt(last, sub))
        if found and cut:
            found[-1].add(sub)
        else:
            found.append({sub})
        last = sub
    return found
