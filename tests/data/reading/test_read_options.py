from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from toprank.data.reading.read_options import ReadKeywords, ReadOptions
from toprank.errors import OptionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bad_rows": "drop"}, "'error', 'skip'"),
        ({"duplicates": "first"}, "'last', 'mean'"),
        ({"scale": "5"}, "like 1-5"),
        ({"scale": "1-5", "liked_from": 7}, "liked_from is 7"),
        ({"delimiter": ";;"}, "one character"),
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


def test_the_keywords_that_editors_complete_are_the_fields() -> None:
    assert ReadKeywords.__annotations__.keys() == {field.name for field in fields(ReadOptions)}


@pytest.mark.parametrize("name", ["liked_form", "Liked_from", "liked"])
def test_a_typo_names_the_right_word(name: str) -> None:
    options: dict[str, Any] = {name: 4}
    with pytest.raises(OptionError, match=f"there is no option '{name}'; did you mean 'liked_from'?"):
        ReadOptions.of(**options)
