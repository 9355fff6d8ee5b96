"""What a reader brought along: ratings and books held, by the model's ids, and the rows that could not be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from toprank.recommender.answer_tables import AnswerTable

__all__ = ["Matched", "Shelf", "Unmatched"]


@dataclass(frozen=True, slots=True)
class Matched:
    """A row whose book the model knows.

    Parameters
    ----------
    line : int
        Of the file.
    item : str or int
        The model's id of the book.
    rating : float or None
        On the model's scale; None where the book is held without one.
    by : {"id", "ISBN", "title and author", "title"}
        How it was found.
    """

    line: int
    item: str | int
    rating: float | None
    by: Literal["id", "ISBN", "title and author", "title"]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row that counts for nothing, and why."""

    line: int
    title: str
    author: str
    reason: str


@dataclass(frozen=True, eq=False)
class Shelf(Mapping[Any, float]):
    """A reader's ratings and holdings. It is a mapping of ids to ratings: ``recommend(ratings=shelf)`` takes it.

    Parameters
    ----------
    ratings : dict of id to float
        On the model's scale.
    held : tuple of ids
        What the reader has without a rating: never recommended.
    matched, unmatched : tuple of Matched, Unmatched
        What became of the rows, in the order of the file. Those that the reader only wants to read are in neither.
    notes : tuple of str
        What was found out of the file, and how ratings were put on the model's scale.

    Examples
    --------
    >>> shelf = Shelf({"a": 9.0}, held=("b",))
    >>> dict(shelf), shelf.held
    ({'a': 9.0}, ('b',))
    """

    ratings: dict[Any, float] = field(default_factory=dict)
    held: tuple[Any, ...] = ()
    matched: tuple[Matched, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, item: Any) -> float:
        return self.ratings[item]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.ratings)

    def __len__(self) -> int:
        return len(self.ratings)

    @property
    def summary(self) -> str:
        """What became of the file, in a sentence."""
        missed = len(self.unmatched)
        rows = "row is" if missed == 1 else "rows are"
        held = f" and {len(self.held):,} held without one" if self.held else ""
        said = f"{len(self.ratings):,} {'rating' if len(self.ratings) == 1 else 'ratings'}{held} are used"
        return f"{said}; {missed:,} {rows} not" if missed else f"{said}; no row is left out"

    def unmatched_table(self) -> AnswerTable:
        """Give the rows that count for nothing: ``line``, ``title``, ``author``, ``reason``."""
        import pyarrow as pa

        from toprank.recommender.answer_tables import AnswerTable

        kinds = {"line": pa.int64(), "title": pa.string(), "author": pa.string(), "reason": pa.string()}
        return AnswerTable(
            pa.table(
                {name: pa.array([getattr(row, name) for row in self.unmatched], kind) for name, kind in kinds.items()}
            )
        )

    def __repr__(self) -> str:
        return f"Shelf: {self.summary}"
