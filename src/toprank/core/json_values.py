"""Values as JSON can hold them."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["json_ready"]


def json_ready(value: Any) -> Any:
    """Replace NaN and infinity, which JSON lacks, by None, however deep they lie in dicts, lists and tuples.

    Examples
    --------
    >>> json_ready({"auc": float("nan"), "interval": (0.5, float("inf"))})
    {'auc': None, 'interval': [0.5, None]}
    """
    if isinstance(value, dict):
        return {key: json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
