"""What the API says of what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from toprank.service.forms import Rating, Strict

if TYPE_CHECKING:
    from toprank.recommender.shelf import Shelf

__all__ = [
    "MAX_SHOWN",
    "BatchResult",
    "Book",
    "Books",
    "FailedRow",
    "ImportResult",
    "ItemPage",
    "KeptMark",
    "KeptRating",
    "KeptReader",
    "LastImport",
    "MarkBody",
    "ModelPage",
    "RatingBody",
    "UnmatchedRow",
]

MAX_SHOWN = 1000
"""Of more rows that are not used the first are named."""


class RatingBody(Strict):
    """A rating."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rating": 9}]})
    rating: Rating


class MarkBody(Strict):
    """A mark."""

    mark: Literal["have", "not-interested"]


class KeptRating(BaseModel):
    """A rating that is kept now."""

    model: str = Field(description="The version of the model that will answer this reader.")
    reader: str
    item: str = Field(description="As the model writes it.")
    rating: float
    liked: bool
    item_known: bool


class KeptMark(BaseModel):
    """A mark that is kept now."""

    model: str
    reader: str
    item: str
    mark: Literal["have", "not-interested"]


class FailedRow(BaseModel):
    """A row that was not kept."""

    row: int = Field(description="The line, from 1; in JSON the place in the list, from 0.")
    what: str = Field(description="What is wrong with it.")


class BatchResult(BaseModel):
    """What became of a batch."""

    model: str
    accepted: int = Field(description="Rows that are kept.")
    failed: int = Field(description="Rows that are not.")
    failures: list[FailedRow] = Field(description="Of these the first thousand.")


class UnmatchedRow(BaseModel):
    """A row of an export that counts for nothing."""

    line: int
    title: str
    author: str
    reason: str


class ImportResult(BaseModel):
    """What became of an export."""

    model: str
    reader: str
    ratings: int = Field(description="Ratings that are kept now.")
    held: int = Field(description="Books that are kept as held, without a rating.")
    unmatched: int = Field(description="Rows that count for nothing.")
    unmatched_rows: list[UnmatchedRow] = Field(description="Of these the first thousand.")
    notes: list[str]
    summary: str

    @classmethod
    def of(cls, model: str, reader: str, shelf: Shelf) -> ImportResult:
        """Put what was read into it."""
        rows = [
            UnmatchedRow(line=row.line, title=row.title, author=row.author, reason=row.reason)
            for row in shelf.unmatched[:MAX_SHOWN]
        ]
        return cls(
            model=model, reader=reader, ratings=len(shelf), held=len(shelf.held), unmatched=len(shelf.unmatched),
            unmatched_rows=rows, notes=list(shelf.notes), summary=shelf.summary,
        )  # fmt: skip


class LastImport(BaseModel):
    """The last file that a reader imported on the page."""

    running: bool
    done: int = Field(description="Rows looked at.")
    total: int = Field(description="Rows in all; 0 before that is known.")
    trouble: str = Field(description="Why nothing came of it; empty where something did, or still may.")
    result: ImportResult | None
    time: float = Field(description="When it was last heard of, in seconds since 1970.")


class StatementRow(BaseModel):
    """What a reader said of an item."""

    item: str
    mark: Literal["rating", "have", "not-interested", "withdrawn"]
    rating: float | None
    time: float = Field(description="Seconds since 1970.")


class LearnedRow(BaseModel):
    """What the model was fitted on."""

    item: str
    rating: float | None = Field(description="None where the reader had it without a rating.")


class ServedRow(BaseModel):
    """What was answered, and what became of it."""

    id: int
    answer: str
    item: str
    kind: Literal["decision", "list"]
    arm: str
    model: str
    recommended: bool
    probability: float
    cutoff: float
    promise: float | None
    rank: int | None
    nearness: float | None
    time: float
    rated: float | None
    liked: bool | None


class More(BaseModel):
    """What to ask for next, where there is more; None where there is not."""

    statements_after: str | None
    model_after: int | None
    served_after: int | None


class KeptReader(BaseModel):
    """All that is kept of a reader."""

    model: str
    reader: str
    statements: list[StatementRow]
    learned: list[LearnedRow]
    served: list[ServedRow]
    sessions: int
    last_import: LastImport | None = Field(description="For a day.")
    more: More


class Book(BaseModel):
    """An item."""

    item: str
    title: str | None = None
    author: str | None = None
    ratings: int = Field(description="Of all its editions.")
    reason: str | None = None


class Books(BaseModel):
    """Items, the likeliest first."""

    model: str
    items: list[Book]


class ItemPage(Book):
    """All that is known of an item."""

    model: str
    editions: list[str] = Field(description="Ids of the same work, its own first.")
    attributes: dict[str, Any]


class ChallengerPage(BaseModel):
    """The second model."""

    version: str
    share: float


class ModelPage(BaseModel):
    """The model's card in figures."""

    model: str
    loaded: float
    data: dict[str, Any]
    objective: str
    cutoff: float
    promise: dict[str, Any] | None
    verdict: str
    measured_on: int = Field(description="Ratings that nothing was learned from.")
    figures: dict[str, dict[str, float | None]]
    achieved: list[dict[str, Any]]
    settings: dict[str, Any]
    challenger: ChallengerPage | None
