"""Which attributes nothing is learned from, and why."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.dataset import Attributes, Dataset
from toprank.data.reading.roles import plain_column, roles_of
from toprank.evidence.categories import MAX_DISTINCT
from toprank.evidence.groupings import Groupings

__all__ = ["left_out"]


def left_out(data: Dataset, groupings: Groupings) -> list[str]:
    """Name the attributes that are not learned from, of items and of users, each with the reason.

    Examples
    --------
    >>> import numpy as np
    >>> from toprank.core.ratings import Ratings
    >>> from toprank.core.scale import RatingScale
    >>> from toprank.evidence.groupings import build_groupings
    >>> ratings = Ratings.of(["u"] * 4, list("abcd"), [5, 4, 3, 2], RatingScale(1, 5, 4))
    >>> books = pa.table({"id": list("abcd"), "genre": ["x", "y"] * 2, "url": list("wxyz"), "shop": ["s"] * 4})
    >>> data = Dataset(ratings, items=Attributes(books, np.arange(4, dtype=np.int32)))
    >>> left_out(data, build_groupings(data))
    ["not learned from, of items: 'url' (nearly every value differs), 'shop' (has no two values)"]
    """
    of_items = {name for one in groupings.members for name in one.columns} | set(roles_of(data.items).values())
    notes = []
    for what, attributes, groups, numbers, known in (
        ("items", data.items, groupings.items[1:], groupings.item_numbers, of_items),
        ("users", data.users, groupings.users[1:], groupings.user_numbers, set[str]()),
    ):
        if attributes is not None and attributes.learn_from is None:
            names = {_column(group.name, attributes.names) for group in groups} | set(numbers) | known
            if reasons := _reasons(attributes, names):
                notes.append(f"not learned from, of {what}: {', '.join(reasons)}")
    return notes


def _column(group: str, names: Collection[str]) -> str:
    """Give the column that a group was made of: `location: last` of `location`, `year band` of `year`."""
    return next((name for name in (group, group.partition(": ")[0], group.removesuffix(" band")) if name in names), "")


def _reasons(attributes: Attributes, used: Collection[str]) -> list[str]:
    return [
        f"{name!r} ({_reason(plain_column(attributes.table.column(name)))})"
        for name in attributes.names
        if name not in used
    ]


def _reason(column: pa.ChunkedArray) -> str:
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_temporal(kind):
        return f"holds values of type {kind}"
    distinct = pc.count_distinct(column, mode="only_valid").as_py()
    if distinct < 2:
        return "has no two values"
    if distinct > MAX_DISTINCT * (len(column) - column.null_count):
        return "nearly every value differs"
    return "its values have too few positions each, or ten others have more"
