"""Hyper-parameters by name, in place of a model's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from toprank.errors import OptionError

__all__ = ["replaced"]

T = TypeVar("T")

_KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}


def replaced(model: T, values: Mapping[str, Any], source: str) -> T:
    """Replace fields of a model.

    Parameters
    ----------
    model : dataclass
        What to replace fields of; it does not change.
    values : mapping of str to value
        By field; a dot leads into a field that has fields of its own.
    source : str
        Where the values are from, for errors.

    Returns
    -------
    The same type
        A new object.

    Raises
    ------
    OptionError
        If there is no such field, or the value does not fit it.

    Examples
    --------
    >>> from toprank.models.baselines import Bias
    >>> replaced(Bias(), {"user_damping": 5}, "best.json").user_damping
    5
    >>> replaced(Bias(), {"damping": 5}, "best.json")
    Traceback (most recent call last):
    toprank.errors.OptionError: best.json: Bias has no field 'damping'; its fields are user_damping, ...
    """
    fields = {field.name: field for field in dataclasses.fields(model) if field.init}  # type: ignore[arg-type]
    changed: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if head not in fields or (rest and not dataclasses.is_dataclass(getattr(model, head))):
            raise OptionError(
                f"{source}: {type(model).__name__} has no field {name!r}; its fields are {', '.join(fields)}"
            )
        if rest:
            inner.setdefault(head, {})[rest] = value
            continue
        kind = str(getattr(fields[head].type, "__name__", fields[head].type))
        fitting = _KINDS.get(kind, (object,))
        if not isinstance(value, fitting) or (isinstance(value, bool) and kind in ("int", "float")):
            raise OptionError(f"{source}: {name} is {value!r}; {type(model).__name__} takes {kind} there")
        changed[head] = tuple(value) if isinstance(value, list) else value
    for head, of_it in inner.items():
        changed[head] = replaced(getattr(model, head), of_it, source)
    try:
        return dataclasses.replace(model, **changed)  # type: ignore[type-var]
    except OptionError as error:
        raise OptionError(f"{source}: {error}") from error
