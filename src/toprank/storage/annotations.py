"""Whether a value is of the type that an annotation names, loosely."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

__all__ = ["matches_type", "type_error"]

_NUMBERS: dict[Any, tuple[type, ...]] = {int: (int, np.integer), float: (int, np.integer, float, np.floating)}


def type_error(kind: Any, values: Mapping[str, Any]) -> str | None:
    """Say which of a dataclass's fields is not of its annotated type, and what it is; those left out have defaults."""
    for name, hint in _annotations(kind).items():
        if name not in values:
            continue
        value = values[name]
        if not matches_type(value, hint):
            found = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
            return f"{name} is {found}, not {getattr(_meant(hint), '__name__', hint)}"
    return None


def matches_type(value: Any, hint: Any) -> bool:
    """Tell whether a value is of a type: the class, the members of tuples and dicts, an array's kind of number.

    Examples
    --------
    >>> from toprank.core.arrays import FloatArray
    >>> matches_type(np.zeros(2, np.float32), FloatArray), matches_type(np.zeros(2, int), FloatArray)
    (True, False)
    >>> matches_type((1, "a"), tuple[int, ...]), matches_type(None, int | None), matches_type(True, float)
    (False, True, False)
    """
    hint = _meant(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is object:
        return True
    if origin in (Union, types.UnionType):
        return any(matches_type(value, argument) for argument in arguments)
    if origin is Literal:
        return value in arguments
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and _is_of(value.dtype, arguments[1])
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        each = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
        return len(value) == len(each) and all(map(matches_type, value, each))
    if origin is list:
        return isinstance(value, list) and all(matches_type(item, arguments[0]) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(
            matches_type(key, arguments[0]) and matches_type(item, arguments[1]) for key, item in value.items()
        )
    if origin is not None:
        return isinstance(value, origin)
    if hint is float or hint is int:
        return isinstance(value, _NUMBERS[hint]) and not isinstance(value, bool)
    if getattr(hint, "_is_protocol", False):
        return all(hasattr(value, name) for name in vars(hint) if not name.startswith("_"))
    return isinstance(hint, type) and isinstance(value, hint)


def _meant(hint: Any) -> Any:
    """Follow aliases, with parameters or without; NDArray is one from NumPy 2.5 on."""
    origin = get_origin(hint)
    while hasattr(origin, "__value__") or hasattr(hint, "__value__"):
        hint = origin.__value__[get_args(hint)] if hasattr(origin, "__value__") else hint.__value__
        origin = get_origin(hint)
    return hint


@cache
def _annotations(kind: Any) -> dict[str, Any]:
    import pyarrow as pa

    known: dict[str, Any] = {"pa": pa}
    while True:
        try:
            hints = get_type_hints(kind, localns=known)
        except NameError as error:  # its module imports that one for type checkers only: any object will do
            known[str(error.name)] = Any
        else:
            return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _is_of(dtype: np.dtype[Any], hint: Any) -> bool:
    """Whether a dtype is what ``numpy.dtype[...]`` names: one, or an abstract kind."""
    (scalar,) = get_args(hint)
    kind = get_origin(scalar) or scalar
    return kind is Any or np.issubdtype(dtype, kind)
