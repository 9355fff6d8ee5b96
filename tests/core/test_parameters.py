from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from inspect import signature
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le

from toprank.core.parameters import Tune, check_fields, field_hints, field_notes, with_checked_names
from toprank.errors import OptionError


@dataclass(frozen=True)
class Settings:
    size: Annotated[int, Ge(1), Tune("log", 2, 64), "How large."] = 8
    rate: Annotated[float, Gt(0), Le(1), "How fast."] = 0.5
    kind: Literal["one", "other"] = "one"
    parts: tuple[int, ...] = ()
    least: Annotated[int, Ge(1)] | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": 0}, "size is 0; it must be at least 1"),
        ({"size": 2.0}, "size is 2.0; it must be a whole number"),
        ({"size": False}, "size is False; it must be a whole number"),
        ({"rate": 0}, "rate is 0; it must be above 0"),
        ({"rate": 1.5}, "rate is 1.5; it must be at most 1"),
        ({"rate": float("nan")}, "rate is nan; it must be a finite number"),
        ({"rate": "fast"}, "rate is 'fast'; it must be a number"),
        ({"kind": "third"}, "kind is 'third'; it must be 'one' or 'other'"),
        ({"parts": (1, "a")}, "parts[1] is 'a'; it must be a whole number"),
        ({"parts": 3}, "parts is 3; it must be a valid tuple"),
        ({"least": 0}, "least is 0; it must be at least 1"),
    ],
)
def test_errors_say_field_value_and_rule(given: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        Settings(**given)
    assert str(error.value) == said


def test_equal_settings_are_written_alike() -> None:
    settings = Settings(size=np.int64(3), rate=1, least=2)  # type: ignore[arg-type]
    assert repr(settings) == repr(Settings(3, 1.0, least=2))
    assert settings == Settings(3, 1.0, least=2)


def test_a_field_says_its_type_its_help_and_where_to_search() -> None:
    assert field_hints(Settings)["size"] is int
    assert field_hints(Settings)["kind"] == Literal["one", "other"]
    assert field_notes(Settings, str) == {"size": "How large.", "rate": "How fast."}
    assert field_notes(Settings, Tune) == {"size": Tune("log", 2, 64)}


def test_a_typo_names_the_field_that_was_meant() -> None:
    checked: Any = with_checked_names(make_dataclass("Checked", [("objective", str, "f1")], frozen=True))
    assert checked(objective="halve").objective == checked("halve").objective == "halve"
    assert str(signature(checked)) == "(objective: str = 'f1') -> None"
    with pytest.raises(OptionError, match="there is no option 'objectiv'; did you mean 'objective'"):
        checked(objectiv="halve")
