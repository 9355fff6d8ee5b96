"""What goes into the API and what comes out of it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "Decision",
    "DecisionRequest",
    "Decisions",
    "Explained",
    "Explanations",
    "Given",
    "Id",
    "Listed",
    "PathId",
    "Promised",
    "RatingRow",
    "RecommendationRequest",
    "Recommendations",
]

MAX_ITEMS = 1000
MAX_GIVEN = 5000
MAX_AMONG = 20_000

Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"),
]
"""Not of white space alone: a model reads that as no id."""

PathId = Annotated[
    str,
    Path(description="An id; a slash in it is written %2F."),
    AfterValidator(lambda text: _checked_id(text.replace("\x1f", "/"))),
]
Rating = Annotated[
    float,
    BeforeValidator(lambda value: _no_truth(value)),
    Field(ge=-1e9, le=1e9, allow_inf_nan=False, description="On the model's scale."),
]
Support = Literal["unknown", "kind", "book", "reader", "reader_and_kind", "reader_and_book"]

READER = Field(default=None, description="A reader by id: what the model and the store know of them counts.")
GIVEN = Field(
    default=None, max_length=MAX_GIVEN, description="In place of a reader: what somebody rated, kept nowhere."
)


def _checked_id(text: str) -> str:
    if not text.strip() or len(text) > 200 or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("an id has 1 to 200 characters, not white space alone, none of them a control character")
    return text


def _no_truth(value: Any) -> Any:
    """Refuse true and false, which would be read as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a rating is a number")
    return value


class Strict(BaseModel):
    """A body with no fields beyond those named."""

    model_config = ConfigDict(extra="forbid")


class Given(Strict):
    """What a reader gave an item."""

    item: Id
    rating: Rating | None = Field(default=None, description="None where they have it and gave no rating.")


class RatingRow(BaseModel):
    """One row of a batch."""

    reader: Id
    item: Id
    rating: Rating


class Asked(Strict):
    """Who is asked about."""

    reader: Id | None = READER
    ratings: list[Given] | None = GIVEN

    @model_validator(mode="after")
    def one_of_both(self) -> Any:
        """A reader, or ratings."""
        if (self.reader is None) == (self.ratings is None):
            raise ValueError("name a reader, or send what they rated: one of both")
        return self


class DecisionRequest(Asked):
    """Which items to decide on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reader": "241791", "items": ["0385504209", "0971880107"]},
                {"ratings": [{"item": "059035342X", "rating": 10}], "items": ["0385504209"]},
            ]
        }
    )
    items: list[Id] = Field(min_length=1, max_length=MAX_ITEMS)
    reasons: bool | None = Field(default=None, description="Whether to say why; by default for at most 100 items.")


class RecommendationRequest(Asked):
    """What a list is to hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reader": "241791", "n": 5, "diversity": 0.5}]})
    n: int = Field(default=10, ge=1, le=100)
    only: dict[Id, Id | int | float | bool] | None = Field(
        default=None, max_length=20, description="What the items must be: columns of their table and values."
    )
    exclude_author: list[Id] = Field(default_factory=list, max_length=100)
    among: list[Id] | None = Field(default=None, max_length=MAX_AMONG, description="The items that may be listed.")
    max_by_author: int | None = Field(default=None, ge=1, le=100)
    diversity: float | None = Field(default=None, ge=0, le=10, allow_inf_nan=False)
    reasons: bool = True


class Promised(BaseModel):
    """What the cutoff keeps on new readers' answers."""

    words: str = Field(description="In a sentence.")
    promised: float | None = Field(description="The bound; of precision, the share of the recommended that is liked.")
    requested: float = Field(description="The bound that was asked for.")
    kept: bool = Field(description="Whether what was asked for is promised.")
    confidence: float
    objective: str


class Envelope(BaseModel):
    """What all answers of one request share: one model gave them."""

    model: str = Field(description="The version of the model that answered.", examples=["3f2a90c1d4e5"])
    reader: str | None = Field(description="As it was asked; none where ratings were sent.")
    cutoff: float = Field(description="From this P(liked) on the answer is yes.")
    promise: Promised | None = Field(description="None where the model's objective promises nothing.")


class About(BaseModel):
    """What is said of an item."""

    item: str
    title: str | None = None
    author: str | None = None
    probability: float = Field(description="P(liked).")
    low: float = Field(description="Its 95 % interval begins here …")
    high: float = Field(description="… and ends here.")
    expected: float | None = Field(description="Rating points.")
    nearness: float | None = Field(description="How near it is to what the reader reads; the model's measure of it.")
    near: str | None = Field(description="The same in words.")
    support: Support = Field(description="How much the answer rests on.")
    known: str = Field(description="The same in words.")
    reason: str | None = None


class Decision(About):
    """One answer."""

    answer: Literal["yes", "no", "unsure"]
    recommend: bool
    item_known: bool = Field(description="Whether the model knows the item.")
    rated: float | None = Field(description="What the reader gave it, or another edition: that is the answer then.")
    reader_ratings: int
    book_ratings: int
    kind_ratings: int
    reader_kind_ratings: int


class Decisions(Envelope):
    """Answers, in the order of the items asked about."""

    answers: list[Decision]


class Listed(About):
    """One item of a list."""

    rank: int
    relevance: float = Field(description="Log odds to be picked; comparable within a reader.")


class Recommendations(Envelope):
    """A list, best first."""

    answers: list[Listed]


class Part(BaseModel):
    """What one source of evidence adds."""

    source: str
    words: str
    log_odds: float


class Explained(Decision):
    """One answer and its parts, which add up to the log odds of P(liked)."""

    parts: list[Part]


class Explanations(Envelope):
    """Answers with their parts."""

    answers: list[Explained]
