"""Errors as RFC 9457 problem documents: what is wrong, where, and the cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from toprank.errors import DataError, ToprankError

__all__ = ["PROBLEMS", "Problem", "ProblemDocument", "of_http", "of_toprank", "of_validation", "problem_response"]

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
"""Of more errors of one request the first are named."""


class Place(BaseModel):
    """One thing that is wrong."""

    where: str = Field(description="The field or parameter.", examples=["body.items.0"])
    what: str = Field(description="What is wrong with it.", examples=["String should have at least 1 character"])


class ProblemDocument(BaseModel):
    """What every error answers, by RFC 9457."""

    type: str = Field("about:blank", description="Names the kind of problem.")
    title: str = Field(description="The kind, in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What is wrong.", examples=["there is no item 'b999'"])
    cure: str = Field("", description="What to do about it.", examples=["find it by its title: /v1/items?query=…"])
    errors: list[Place] = Field(default_factory=list, description="Each wrong field of a request.")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {
        "description": words,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    for code, words in (("4XX", "What is wrong with the request."), ("5XX", "The service could not answer."))
}
"""How routes describe their errors."""


class Problem(Exception):  # noqa: N818 - by the name of RFC 9457
    """An answer that is an error.

    Parameters
    ----------
    status : int
        Of HTTP.
    detail, cure : str
        What is wrong, and what to do about it.
    errors : sequence of Place
        Each wrong field.
    headers : mapping of str to str
        Further headers, such as ``Retry-After``.

    Examples
    --------
    >>> Problem(404, "there is no item 'b9'", "find it by its title").document().title
    'Not Found'
    """

    def __init__(
        self,
        status: int,
        detail: str,
        cure: str = "",
        *,
        errors: Sequence[Place] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.cure = status, detail, cure
        self.errors, self.headers = tuple(errors), dict(headers or {})

    def document(self) -> ProblemDocument:
        """Give the document."""
        return ProblemDocument(
            type="about:blank",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            cure=self.cure,
            errors=list(self.errors),
        )


def problem_response(problem: Problem) -> JSONResponse:
    """Write a problem as a response."""
    body = problem.document().model_dump()
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def of_toprank(error: ToprankError) -> Problem:
    """What the library refused: the request asks for what cannot be answered."""
    if isinstance(error, DataError):
        return Problem(422, error.problem, error.cure)
    return Problem(422, str(error))


def of_validation(error: RequestValidationError) -> Problem:
    """Name the wrong fields, in the order of the request."""
    found = jsonable_encoder(error.errors(), exclude={"input", "ctx", "url"}, custom_encoder={bytes: repr})
    places = [Place(where=".".join(map(str, one["loc"])), what=str(one["msg"])) for one in found[:MAX_ERRORS]]
    first = f"{places[0].where}: {places[0].what}" if places else "the request is not valid"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return Problem(422, f"{first}{more}", "send what /v1/openapi.json describes", errors=places)


def of_http(error: HTTPException) -> Problem:
    """Say what the framework refused."""
    words = {
        404: ("there is nothing here", "see /v1/openapi.json for what there is"),
        405: ("this method is not allowed here", "see /v1/openapi.json for what is"),
        400: ("the body cannot be read", "send JSON, as /v1/openapi.json describes"),
    }
    detail, cure = words.get(error.status_code, (str(error.detail), ""))
    return Problem(error.status_code, detail, cure, headers=error.headers)
