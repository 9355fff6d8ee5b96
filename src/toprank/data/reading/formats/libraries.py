"""Frames and data-set objects of other libraries, which are known by what they have; none of them is imported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from toprank.data.reading.formats.format import Found, Source, of_frame, renamed
from toprank.data.reading.frames import open_arrow

__all__ = ["find_cornac", "find_lenskit", "find_place", "find_rectools", "find_surprise"]

_NAMES = ["user", "item", "rating", "timestamp"]
_ROLES = {name: name for name in _NAMES[:3]}


def find_place(source: Source) -> Found | None:
    """Take columns without names by their places: user, item, rating, and maybe a time."""
    if not source.is_table or not source.table.sample:
        return None
    width = len(source.table.columns)
    names = [*_NAMES[:width], *(str(number) for number in range(5, width + 1))]
    return Found(renamed(source.table, names, _ROLES))


def find_surprise(source: Source) -> Found | None:
    """Take ``Dataset.load_from_df`` and the like, and a training set."""
    given = source.given
    if hasattr(given, "raw_ratings"):
        rows, reader = given.raw_ratings, getattr(given, "reader", None)
    elif all(hasattr(given, name) for name in ("all_ratings", "to_raw_uid", "to_raw_iid")):
        rows = [(given.to_raw_uid(u), given.to_raw_iid(i), rating) for u, i, rating in given.all_ratings()]
        reader = given
    else:
        return None
    rows = [row[:4] if len(row) > 3 and row[3] is not None else row[:3] for row in rows]
    scale = getattr(reader, "rating_scale", None)
    options = {} if scale is None else {"scale": f"{scale[0]:g}-{scale[1]:g}"}
    return Found(of_frame(rows, "Surprise's data set", _ROLES), options=options)


def find_lenskit(source: Source) -> Found | None:
    """Take a data set with ``interaction_table``."""
    if not hasattr(source.given, "interaction_table"):
        return None
    frame = source.given.interaction_table(format="pandas", original_ids=True)
    return Found(of_frame(frame, "LensKit's data set", {"user": "user_id", "item": "item_id"}))


def find_rectools(source: Source) -> Found | None:
    """Take a data set with ``get_raw_interactions``, or a frame or file of ``user_id, item_id, weight, datetime``."""
    roles = {"user": "user_id", "item": "item_id", "rating": "weight"}
    if hasattr(source.given, "get_raw_interactions"):
        return Found(of_frame(source.given.get_raw_interactions(), "RecTools' data set", roles))
    if not source.is_table or set(source.table.columns) != {"user_id", "item_id", "weight", "datetime"}:
        return None
    return Found(renamed(source.table, source.table.columns, roles))


def find_cornac(source: Source) -> Found | None:
    """Take a data set with ``uir_tuple``."""
    given = source.given
    if not all(hasattr(given, name) for name in ("uir_tuple", "user_ids", "item_ids")):
        return None
    user, item, rating = given.uir_tuple
    columns: dict[str, Any] = {
        "user": _ids(given.user_ids, user), "item": _ids(given.item_ids, item), "rating": np.asarray(rating),
    }  # fmt: skip
    if getattr(given, "timestamps", None) is not None:
        columns["timestamp"] = np.asarray(given.timestamps)
    opened = open_arrow(pa.table(columns), "Cornac's data set")
    return Found(renamed(opened, opened.columns, _ROLES))


def _ids(ids: Any, positions: Any) -> pa.Array:
    listed = list(ids)
    whole = all(isinstance(one, int | np.integer) for one in listed)
    return pa.array(listed if whole else list(map(str, listed))).take(pa.array(np.asarray(positions)))
