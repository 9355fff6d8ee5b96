"""Amazon's reviews of 2014, 2018 and 2023, as CSV or JSON lines."""

from __future__ import annotations

import re

from toprank.data.reading.formats.format import Found, Source, renamed

__all__ = ["find_2014", "find_2018", "find_2023", "find_json"]

_PRODUCT = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")
_REVIEWER = re.compile(r"A[0-9A-Z]{9,20}|#oc-[0-9A-Z]+")
# A product is often rated more than once by the same reviewer.
_OPTIONS = {"duplicates": "last", "scale": "1-5"}


def find_2014(source: Source) -> Found | None:
    """Read user, item, rating, timestamp, without a header."""
    return _without_header(source, (_REVIEWER, _PRODUCT), ["user", "item", "rating", "timestamp"])


def find_2018(source: Source) -> Found | None:
    """Read item, user, rating, timestamp, without a header."""
    return _without_header(source, (_PRODUCT, _REVIEWER), ["item", "user", "rating", "timestamp"])


def find_2023(source: Source) -> Found | None:
    """Read ``user_id,parent_asin,rating,timestamp``, or JSON with these keys: the product is the parent."""
    if not source.is_table or not {"user_id", "parent_asin", "rating"} <= set(source.table.columns):
        return None
    roles = {"user": "user_id", "item": "parent_asin", "rating": "rating"}
    return Found(renamed(source.table, source.table.columns, roles), options=_OPTIONS)


def find_json(source: Source) -> Found | None:
    """Read the JSON of 2014 and 2018: ``reviewerID``, ``asin``, ``overall``."""
    if not source.is_table or not {"reviewerID", "asin", "overall"} <= set(source.table.columns):
        return None
    roles = {"user": "reviewerID", "item": "asin", "rating": "overall"}
    return Found(renamed(source.table, source.table.columns, roles), options=_OPTIONS)


def _without_header(source: Source, shapes: tuple[re.Pattern[str], re.Pattern[str]], names: list[str]) -> Found | None:
    if not source.is_table or not source.table.sample:
        return None
    rows = source.table.sample
    if not all(len(row) == 4 and all(s.fullmatch(v) for s, v in zip(shapes, row, strict=False)) for row in rows):
        return None
    roles = {name: name for name in ("user", "item", "rating")}
    return Found(renamed(source.table, names, roles), options=_OPTIONS)
