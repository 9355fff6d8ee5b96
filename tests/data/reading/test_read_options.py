from __future__ import annotations

from typing import Any

import pytest

from toprank.data.reading.read_options import ReadOptions
from toprank.errors import OptionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bad_rows": "drop"}, "'error', 'skip'"),
        ({"duplicates": "first"}, "'last', 'mean'"),
        ({"scale": "5"}, "like 1-5"),
        ({"scale": "1-5", "liked_from": 7}, "liked_from is 7"),
        ({"delimiter": "::"}, "one character"),
        ({"encoding": "klingon"}, "klingon"),
        ({"encoding": "rot13"}, "rot13"),
        ({"encoding": "undefined"}, "undefined"),
        ({"encoding": "a\0b"}, "unknown"),
        ({"implicit_value": float("nan")}, "finite"),
    ],
)
def test_unusable_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ReadOptions(**options)
