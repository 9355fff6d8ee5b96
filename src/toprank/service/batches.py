"""Ratings by the batch: JSON, JSON lines or CSV; which rows cannot be used, and why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import ValidationError

from toprank.core.scale import RatingScale
from toprank.service.forms import RatingRow
from toprank.service.problems import Problem
from toprank.service.said import Said

__all__ = ["Batch", "read_batch"]

MAX_ROWS = 10_000
JSON_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines")
_SHAPE = 'send {"ratings": [{"reader": …, "item": …, "rating": …}]}'
_NAMES = {"user": "reader", "isbn": "item", "book": "item"}


@dataclass(frozen=True)
class Batch:
    """Rows as they were sent.

    Parameters
    ----------
    said : list of (reader, item, rating)
    failed : list of (int, str)
        The line or place of each row that cannot be used, and what is wrong.
    """

    said: list[Said] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)


def read_batch(body: bytes, content_type: str, scale: RatingScale) -> Batch:
    """Read a batch.

    Examples
    --------
    >>> read_batch(b"reader,item,rating\\nann,b1,9\\nann,b2,11", "text/csv", RatingScale(1, 10, 8))
    Batch(said=[('ann', 'b1', 9.0)], failed=[(3, 'rating: 11 is not on the scale 1 to 10, liked from 8')])
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        rows = _csv_rows(_text(body))
    elif kind in JSON_LINES:
        rows = _json_lines(_text(body))
    elif kind in ("application/json", ""):
        rows = _json_rows(_text(body))
    else:
        words = f"the body is {kind[:100]!r}"
        raise Problem(415, words, "send application/json, application/x-ndjson or text/csv")
    batch = Batch()
    for count, (line, row) in enumerate(rows):
        if count >= MAX_ROWS:
            raise Problem(413, f"there are more than {MAX_ROWS:,} rows", "send them in several requests")
        try:
            one = row if isinstance(row, str) else RatingRow.model_validate(row)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            one = f"{'.'.join(map(str, first['loc'])) or 'row'}: {first['msg']}"
        if isinstance(one, str):
            batch.failed.append((line, one))
        elif not bool(scale.contains(np.array([one.rating], np.float32))[0]):
            batch.failed.append((line, f"rating: {one.rating:g} is not on the scale {scale}"))
        else:
            batch.said.append((one.reader, one.item, one.rating))
    if not batch.said and not batch.failed:
        raise Problem(422, "there is no row", "send at least one rating")
    return batch


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(422, f"byte {error.start} of the body is not UTF-8", "send it in UTF-8") from None


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(
            422, "the body is not JSON", 'send {"ratings": [{"reader": …, "item": …, "rating": …}]}'
        ) from None
    rows = found.get("ratings") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise Problem(422, "there is no list of ratings", _SHAPE)
    yield from enumerate(rows)


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            try:
                yield line, json.loads(row)
            except (ValueError, RecursionError):
                yield line, "row: this is not JSON"


def _csv_rows(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        names = [_NAMES.get(name, name) for name in names]
        missing = [name for name in ("reader", "item", "rating") if names.count(name) != 1]
        if missing:
            raise Problem(422, f"the header has no column {missing[0]!r}, or two", "begin with reader,item,rating")
        for row in reader:
            if row:
                whole = len(row) == len(names)
                words = f"row: there are {len(row)} fields, and {len(names)} in the header"
                yield reader.line_num, dict(zip(names, row, strict=True)) if whole else words
    except csv.Error as error:
        yield reader.line_num, f"row: {error}"
