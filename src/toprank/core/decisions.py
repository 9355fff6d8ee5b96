"""What is decided of pairs, and how much is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from toprank.core.arrays import AnyArray, BoolArray, FloatArray, Int32Array, IntArray
from toprank.errors import OptionError

__all__ = ["SUPPORT_WORDS", "Decisions", "Support", "SupportLevel"]


class SupportLevel(IntEnum):
    """How much an answer rests on, from nothing up to this reader and this book."""

    UNKNOWN = 0
    KIND = 1
    BOOK = 2
    READER = 3
    READER_AND_KIND = 4
    READER_AND_BOOK = 5


SUPPORT_WORDS: dict[SupportLevel, str] = {
    SupportLevel.UNKNOWN: "neither the reader nor the book is known",
    SupportLevel.KIND: "only books of its kind are known",
    SupportLevel.BOOK: "only the book is known",
    SupportLevel.READER: "only the reader is known",
    SupportLevel.READER_AND_KIND: "the reader and books of its kind are known",
    SupportLevel.READER_AND_BOOK: "the reader and the book are known",
}
"""What each level says, in words."""


@dataclass(frozen=True, eq=False)
class Support:
    """Counts of the ratings behind each answer.

    Parameters
    ----------
    reader : int64[n]
        Ratings by the reader.
    book : int64[n]
        Ratings of the book by others, all its editions together where they are joined.
    kind : int64[n]
        Ratings of books of its kind: of whichever of its author, series or publisher is to stand in for the book.
    reader_kind : int64[n]
        Ratings by this reader of books of its kind.

    Examples
    --------
    >>> known = Support(*np.array([[12, 0, 4, 0], [3, 9, 0, 0], [7, 9, 5, 0], [1, 0, 0, 0]]))
    >>> [SupportLevel(level).name for level in known.level]
    ['READER_AND_BOOK', 'BOOK', 'READER_AND_KIND', 'UNKNOWN']
    """

    reader: IntArray
    book: IntArray
    kind: IntArray
    reader_kind: IntArray

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise OptionError(f"the counts have different lengths: {lengths}; give one of each for every pair")
        for name in lengths:
            counts = np.asarray(getattr(self, name))
            if not np.issubdtype(counts.dtype, np.integer) or (len(counts) and int(counts.min()) < 0):
                raise OptionError(f"{name} must hold whole numbers of ratings, at least 0; where none is known, give 0")
            object.__setattr__(self, name, counts.astype(np.int64))

    @property
    def level(self) -> IntArray:
        """The :class:`SupportLevel` of each pair (int8[n])."""
        book = np.select([self.book > 0, self.kind > 0], [2, 1], default=0)
        return np.asarray(book + 3 * (self.reader > 0), dtype=np.int8)

    @classmethod
    def joined(cls, parts: Sequence[Support]) -> Support:
        """Put the counts of several one behind the other; at least one."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def take(self, rows: IntArray | BoolArray) -> Support:
        """Keep some pairs (row numbers, or a mask)."""
        return Support(self.reader[rows], self.book[rows], self.kind[rows], self.reader_kind[rows])

    def __len__(self) -> int:
        return len(self.reader)


@dataclass(frozen=True, eq=False)
class Decisions:
    """Answers about pairs of a reader and a book.

    Parameters
    ----------
    user, item : int32[n]
        Positions; -1 is unknown.
    probability : float64[n]
        P(liked).
    low, high : float64[n]
        Ends of the 95 % interval of P(liked): of such pairs, between these shares are liked.
    expected : float64[n]
        Expected rating, in rating points; NaN where none is expected.
    recommend : bool[n]
        Whether the answer is yes.
    unsure : bool[n]
        Where there is neither a yes nor a no.
    known : Support
        What each answer rests on.

    Examples
    --------
    >>> known = Support(*np.ones((4, 3), dtype=np.int64))
    >>> decisions = Decisions(
    ...     user=np.array([0, 0, 1]), item=np.array([4, 5, 4]), probability=np.array([0.9, 0.5, 0.2]),
    ...     low=np.array([0.8, 0.4, 0.1]), high=np.array([0.95, 0.6, 0.3]), expected=np.array([8.5, 7.5, 6.0]),
    ...     recommend=np.array([True, False, False]), unsure=np.array([False, True, False]), known=known,
    ... )
    >>> decisions.answer
    ['yes', 'unsure', 'no']
    """

    user: Int32Array
    item: Int32Array
    probability: FloatArray
    low: FloatArray
    high: FloatArray
    expected: FloatArray
    recommend: BoolArray
    unsure: BoolArray
    known: Support

    def __post_init__(self) -> None:
        for names, dtype in (
            (("user", "item"), np.int32),
            (("probability", "low", "high", "expected"), np.float64),
            (("recommend", "unsure"), np.bool_),
        ):
            for name in names:
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=dtype))
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise OptionError(f"the columns of decisions have different lengths: {lengths}; give one for every pair")
        ordered = (self.low > 0) & (self.low <= self.probability) & (self.probability <= self.high) & (self.high < 1)
        _refuse(~ordered, "has a P(liked) outside its interval, or an interval that is not within 0 and 1")
        _refuse(self.recommend & self.unsure, "is both recommended and unsure")

    @property
    def level(self) -> IntArray:
        """The :class:`SupportLevel` of each answer (int8[n])."""
        return self.known.level

    def take(self, rows: IntArray | BoolArray) -> Decisions:
        """Keep some answers (row numbers, or a mask)."""
        columns = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "known"}
        return Decisions(**columns, known=self.known.take(rows))

    @classmethod
    def joined(cls, parts: Sequence[Decisions]) -> Decisions:
        """Put answers one behind the other; at least one."""
        known = Support.joined([part.known for part in parts])
        columns = [field.name for field in fields(cls) if field.name != "known"]
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in columns}, known=known)

    @property
    def answer(self) -> list[str]:
        """Each answer in a word: ``yes``, ``no`` or ``unsure``."""
        words: AnyArray = np.select([self.recommend, self.unsure], ["yes", "unsure"], default="no")
        return [str(word) for word in words]

    def __len__(self) -> int:
        return len(self.user)


def _refuse(wrong: BoolArray, what: str) -> None:
    if bool(wrong.any()):
        raise OptionError(f"row {int(np.flatnonzero(wrong)[0])} of the decisions {what}")
