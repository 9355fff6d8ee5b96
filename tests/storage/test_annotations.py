"""Annotations of every way to write a type, since NumPy and Python change how aliases are made."""

from typing import Any, TypeVar

import numpy as np
from typing_extensions import TypeAliasType

from toprank.storage.annotations import matches_type

S = TypeVar("S", bound=np.generic)
Array = TypeAliasType("Array", np.ndarray[Any, np.dtype[S]], type_params=(S,))
Count = TypeAliasType("Count", int | None)


def test_an_alias_with_parameters_is_what_it_stands_for() -> None:
    assert matches_type(np.zeros(2, np.float32), Array[np.floating[Any]])
    assert not matches_type(np.zeros(2, int), Array[np.floating[Any]])
    assert not matches_type([0.0], Array[np.floating[Any]])


def test_an_alias_without_parameters_is_what_it_stands_for() -> None:
    assert matches_type(3, Count)
    assert matches_type(None, Count)
    assert not matches_type("3", Count)
    assert matches_type((3, None), tuple[Count, ...])
