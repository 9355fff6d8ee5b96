"""Hyper-parameters by name, in place of a model's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from toprank.core.parameters import check_fields
from toprank.errors import OptionError

__all__ = ["replaced"]

T = TypeVar("T")


def replaced(model: T, values: Mapping[str, Any], source: str) -> T:
    """Replace fields of a model; a dot leads into a field that has fields of its own.

    Raises
    ------
    OptionError
        If there is no such field, or the value does not fit it; it names ``source``, where the values are from.

    Examples
    --------
    >>> from toprank.models.baselines import Bias
    >>> replaced(Bias(), {"user_damping": 5}, "best.json").user_damping
    5.0
    >>> replaced(Bias(), {"damping": 5}, "best.json")
    Traceback (most recent call last):
    toprank.errors.OptionError: best.json: Bias has no field 'damping'; its fields are user_damping, ...
    """
    names = [field.name for field in dataclasses.fields(model)]  # type: ignore[arg-type]
    changed: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if head not in names or (rest and not dataclasses.is_dataclass(getattr(model, head))):
            raise OptionError(
                f"{source}: {type(model).__name__} has no field {name!r}; its fields are {', '.join(names)}"
            )
        if rest:
            inner.setdefault(head, {})[rest] = value
        else:
            changed[head] = tuple(value) if isinstance(value, list) else value  # JSON has no tuples
    for head, of_it in inner.items():
        changed[head] = replaced(getattr(model, head), of_it, f"{source}, {head}")
    try:
        new = dataclasses.replace(model, **changed)  # type: ignore[type-var]
        check_fields(new)
    except OptionError as error:
        raise OptionError(f"{source}: {error}") from error
    return new
