"""What items are called."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa

from toprank.core.arrays import IntArray
from toprank.core.dataset import Attributes, Dataset
from toprank.data.reading.roles import text_of
from toprank.recommender.arrow_columns import Nullable, arrow_column

__all__ = ["Titles", "spoken_title"]

NOT_ASKED = -2
"""The code of a book that was not taken apart yet: each is once, as lists name the same ones again and again."""

LONG_TITLE = 45
"""Letters of a title that is said without its subtitle."""

_LOUD, _NUMERAL = re.compile(r"[A-Z']{5,}\W*$"), re.compile(r"[IVX]+\W*$")
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"])

_ARTICLE = re.compile(r"^\W*(the|a|an|der|die|das|le|la|les|el|los)\s")
_SUBTITLE = re.compile(r"(?<=.)[:(\[].*$", re.DOTALL)
_OTHER_AUTHORS = re.compile(r"\s*(;|&|/|\band\b).*$", re.DOTALL)
_FIRST_AND_LAST = re.compile(r"^\W*([^\W\d_]).*?([^\W_]+)\W*$", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Titles:
    """Titles and authors by position.

    Parameters
    ----------
    title, author : pyarrow.Array of text, or None
        By row of the table; None where there is no such column.
    row : int32[n_items]
        The table's row of each item; -1 where it has none.
    """

    title: pa.Array | None
    author: pa.Array | None
    row: IntArray

    @classmethod
    def of(cls, data: Dataset, row: IntArray | None = None) -> Titles:
        """Look the columns up; ``row`` takes the place of the table's own where editions share theirs."""
        items = data.items
        if items is None:
            return cls(None, None, np.full(len(data.ratings.items), -1))
        return cls(_text(items, "title"), _text(items, "author"), items.row if row is None else row)

    def columns(self, items: IntArray) -> dict[str, pa.Array]:
        """Give ``title`` and ``author`` of positions, where there are such columns."""
        found = {"title": self.title, "author": self.author}
        at = arrow_column(self.row[items], missing=self.row[items] < 0)
        return {name: texts.take(at) for name, texts in found.items() if texts is not None}

    def texts(self, items: IntArray) -> dict[str, Nullable]:
        """Give the same as plain texts: of few positions that is quicker."""
        rows, found = self.row[items], {"title": self.title, "author": self.author}
        plain = {
            name: [None if row < 0 else texts[row].as_py() for row in rows.tolist()]
            for name, texts in found.items()
            if texts is not None
        }
        return {
            name: Nullable([text or "" for text in texts], np.array([text is None for text in texts], np.bool_))
            for name, texts in plain.items()
        }

    def name_of(self, item: int) -> str | None:
        """Give the title of a position as it is said in a sentence; None where it has none."""
        row = int(self.row[item])
        title = None if self.title is None or row < 0 else self.title[row].as_py()
        return None if title is None else spoken_title(title)

    def book_codes(self, items: IntArray) -> IntArray:
        """Number the books that items are by short title and author (int64[n]); -1 where either is unknown."""
        return self._codes(items, by_title=True)

    def author_codes(self, items: IntArray) -> IntArray:
        """Number the authors of items, whose spellings may differ (int64, shaped as items); -1 where unknown."""
        return self._codes(items.ravel(), by_title=False).reshape(items.shape)

    @cached_property
    def _numbered(self) -> tuple[_Numbered, _Numbered]:
        size = max(len(self.row), 0 if self.author is None else len(self.author))
        return _Numbered.of(size), _Numbered.of(size)

    def _codes(self, items: IntArray, *, by_title: bool) -> IntArray:
        if self.author is None or (by_title and self.title is None):
            return np.full(len(items), -1)
        row = np.where(items < 0, -1, self.row[items])
        known = self._numbered[by_title]
        new = row[(row >= 0) & (known.code[row] == NOT_ASKED)]
        if len(new):
            self._number(known, np.unique(new), by_title=by_title)
        return np.where(row < 0, -1, known.code[row])

    def _number(self, known: _Numbered, rows: IntArray, *, by_title: bool) -> None:
        """Number books, or authors, that nobody has asked about yet."""
        at = arrow_column(rows)
        authors = [None if name is None else _short_author(name) for name in _picked(self.author, at)]
        titles = authors
        if by_title:
            titles = [None if name is None else _short_title(name) for name in _picked(self.title, at)]
        with _numbering:
            codes = known.codes
            found = [
                codes.setdefault((one, by), len(codes)) if one and by is not None else -1
                for one, by in zip(titles, authors, strict=True)
            ]
            known.code[rows] = found


@dataclass(frozen=True, eq=False)
class _Numbered:
    """The numbers of names, and of the rows of a table that were asked about (int64[n])."""

    codes: dict[tuple[str, str], int]
    code: IntArray

    @classmethod
    def of(cls, size: int) -> _Numbered:
        return cls({}, np.full(size, NOT_ASKED))


_numbering = threading.Lock()


def _picked(texts: pa.Array | None, at: pa.Array) -> list[str | None]:
    found: list[str | None] = [] if texts is None else texts.take(at).to_pylist()
    return found


def _short_title(title: str) -> str:
    """Leave out the article, what follows a colon or a bracket, and punctuation."""
    return re.sub(r"[\W_]+", "", _SUBTITLE.sub("", _ARTICLE.sub("", title.lower())))


def _short_author(author: str) -> str:
    """Keep the first author's first letter and last name, without apostrophes and accents.

    Examples
    --------
    >>> _short_author("LOUIS L'AMOUR"), _short_author("Louis Lamour"), _short_author("Gabriel García Márquez & others")
    ('l lamour', 'l lamour', 'g marquez')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", author.lower()) if not unicodedata.combining(c))
    return _FIRST_AND_LAST.sub(r"\1 \2", _OTHER_AUTHORS.sub("", re.sub("['’`]", "", plain)))


@lru_cache(20_000)
def spoken_title(title: str) -> str:
    """Leave out brackets, "a novel" and the like, and what is said twice; write capitals small.

    Examples
    --------
    >>> spoken_title("GARDEN OF SHADOWS (Dollanger Saga (Paperback))"), spoken_title("LAKE NEWS : A Novel")
    ('Garden of Shadows', 'Lake News')
    >>> spoken_title("Into Thin Air : A Personal Account of the Mt. Everest Disaster")
    'Into Thin Air'
    """
    short = re.sub(r"\s*[(\[].*$", "", title) or title
    short = re.sub(r"(?i)\s*[:;]+\s*(an?|the)\s(\S+\s){0,2}(novel|mystery|thriller|romance|memoir)\b.*$", "", short)
    head, _, rest = (part.strip() for part in re.sub(r"\s*:\s*", ":", short).partition(":"))
    if rest and (rest.casefold() == head.casefold() or len(short) > LONG_TITLE):
        short = head
    loud = short.upper() == short
    words = [
        word.capitalize() if _LOUD.match(word) or (loud and not _NUMERAL.match(word)) else word
        for word in short.split()
    ]
    short = " ".join([*words[:1], *(word.lower() if loud and word.lower() in _SMALL else word for word in words[1:])])
    return short.strip() or title


def _text(items: Attributes, role: str) -> pa.Array | None:
    column = text_of(items, role)
    return None if column is None else column.combine_chunks()
