"""What the fields of settings say of themselves: their bounds, their help, where to search; and the check of them.

A field is declared once, ``num_leaves: Annotated[int, Ge(2), Tune("log", 7, 127), "Leaves of a tree."] = 31``. From
this come the check, the options of the command line, the search space of ``toprank tune`` and the documentation.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from functools import cache, wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from toprank.errors import OptionError

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Tune", "check_fields", "check_names", "field_hints", "field_notes", "with_checked_names"]

T = TypeVar("T")

_RULES = {
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "above {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "below {lt:g}",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "True or False",
    "string_type": "text",
    "dataclass_exact_type": "of the class {class_name}",
    "dataclass_type": "of the class {class_name}",
    "is_instance_of": "of the class {class}",
}
"""pydantic's kinds of errors, as what a value must be."""


@dataclasses.dataclass(frozen=True, init=False)
class Tune:
    """Where to search for a hyper-parameter: ``log`` or ``uniform`` between two ends, or ``choice`` of values."""

    kind: str
    among: tuple[Any, ...]

    def __init__(self, kind: str, *among: Any) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "among", among)


def check_fields(settings: Any) -> None:
    """Hold each field of a frozen dataclass to its annotation; call it from ``__post_init__``.

    Whole numbers given for a ``float`` become floats, and numpy's scalars Python's, so that equal settings have equal
    ``repr``. Nothing else is converted.

    Raises
    ------
    OptionError
        If a value does not fit: the field, the value, and what it must be.
    """
    if all(_is_given(field, getattr(settings, field.name)) for field in dataclasses.fields(settings)):
        return  # pydantic takes its time to be imported
    import numpy as np
    from pydantic import ValidationError

    given = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    given = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
    try:
        checked = _checker(settings.__class__).model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name, *within = first["loc"]
        inside = "".join(f"[{place}]" for place in within if isinstance(place, int))
        rule = first["msg"].replace("Input should be", "it must be")
        if first["type"] in _RULES:
            rule = "it must be " + _RULES[first["type"]].format(**first.get("ctx", {}))
        raise OptionError(f"{name}{inside} is {first['input']!r}; {rule}") from None
    for name, value in checked:
        if isinstance(value, int | float):
            object.__setattr__(settings, name, value)


def check_names(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a keyword that is none of the options, with an OptionError that names the one that was meant."""
    known = list(known)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            cure = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise OptionError(f"there is no option {name!r}; {cure}")


def with_checked_names(kind: type[T]) -> type[T]:
    """Have a dataclass refuse a keyword that is none of its fields as :func:`check_names` does."""
    init: Any = kind.__init__
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]

    @wraps(init)
    def checked(self: Any, *values: Any, **given: Any) -> None:
        check_names(given, known)
        init(self, *values, **given)

    kind.__init__ = checked  # type: ignore[method-assign]
    return kind


def field_hints(kind: type) -> dict[str, Any]:
    """Give the evaluated type of each field, without what is noted beside it."""
    hints = _hints(kind).items()
    return {name: get_args(hint)[0] if get_origin(hint) is Annotated else hint for name, hint in hints}


def field_notes(kind: type, note: type) -> dict[str, Any]:
    """Give what fields have noted beside their type: ``str`` for their help, ``Tune`` for where to search."""
    noted = {
        name: [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, note)]
        for name, hint in _hints(kind).items()
    }
    return {name: found[0] for name, found in noted.items() if found}


def _is_given(field: dataclasses.Field[Any], value: Any) -> bool:
    """Tell whether a value is what its field has by itself, or a switch the other way: nothing to check."""
    if field.default_factory is not dataclasses.MISSING:
        return isinstance(value, dict | tuple) and not value and bool(value == field.default_factory())
    return type(value) is type(field.default) and (value == field.default or isinstance(value, bool))


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


@cache
def _checker(kind: type) -> type[BaseModel]:
    from pydantic import ConfigDict, create_model

    config = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    fields: dict[str, Any] = {name: (hint, ...) for name, hint in _hints(kind).items()}
    return create_model(kind.__name__, __config__=config, **fields)
