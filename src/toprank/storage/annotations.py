"""Whether a value fits an annotation, loosely."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

__all__ = ["fits", "misfit"]

_NUMBERS: dict[Any, tuple[type, ...]] = {int: (int, np.integer), float: (int, np.integer, float, np.floating)}


def misfit(values: Mapping[str, Any], hints: Mapping[str, Any]) -> str | None:
    """Name the first field that does not fit its annotation, and how.

    Parameters
    ----------
    values : mapping of str to object
        By field.
    hints : mapping of str to type
        Of the same fields.

    Returns
    -------
    str or None
    """
    for name, hint in hints.items():
        value = values[name]
        if not fits(value, hint):
            kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
            return f"{name} is {kind}, not {getattr(hint, '__name__', hint)}"
    return None


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value fits an annotation: the class, the members of tuples and dicts, an array's kind of number.

    Parameters
    ----------
    value : object
    hint : type
        An evaluated annotation. Of a protocol, the value must have the members.

    Returns
    -------
    bool

    Examples
    --------
    >>> from toprank.core.arrays import FloatArray
    >>> fits(np.zeros(2, np.float32), FloatArray), fits(np.zeros(2, int), FloatArray)
    (True, False)
    >>> fits((1, "a"), tuple[int, ...]), fits(None, int | None), fits(True, float)
    (False, True, False)
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is object:
        return True
    if origin in (Union, types.UnionType):
        return any(fits(value, argument) for argument in arguments)
    if origin is Literal:
        return value in arguments
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and _is_of(value.dtype, arguments[1])
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        each = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
        return len(value) == len(each) and all(map(fits, value, each))
    if origin is list:
        return isinstance(value, list) and all(fits(item, arguments[0]) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(
            fits(key, arguments[0]) and fits(item, arguments[1]) for key, item in value.items()
        )
    if hint is float or hint is int:
        return isinstance(value, _NUMBERS[hint]) and not isinstance(value, bool)
    if getattr(hint, "_is_protocol", False):
        return all(hasattr(value, name) for name in vars(hint) if not name.startswith("_"))
    return isinstance(hint, type) and isinstance(value, hint)


def _is_of(dtype: np.dtype[Any], hint: Any) -> bool:
    """Whether a dtype is what ``numpy.dtype[...]`` names: one, or an abstract kind."""
    (scalar,) = get_args(hint)
    kind = get_origin(scalar) or scalar
    return kind is Any or np.issubdtype(dtype, kind)
