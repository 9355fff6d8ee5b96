"""Which classes a model folder may hold: those marked where they are defined.

A manifest names a class as ``module:name``. The name is what counts: it is given with the mark, unique, and stays when
the class is renamed or moves. The module only says what to import before the name is looked up, so that neither a table
of classes nor an import of everything is needed; a module that a class leaves goes on importing it, until the version
of the manifest rises. Because a folder says so nothing but modules of toprank is ever imported, and of what it holds
nothing but marked dataclasses is ever made. A class defined elsewhere is found if its module has been imported.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Callable
from typing import Any, TypeVar, overload

__all__ = ["stored", "stored_as", "stored_class"]

T = TypeVar("T")

_CLASSES: dict[str, type[Any]] = {}
_NAMES: dict[type[Any], str] = {}
_MODULE = re.compile(r"toprank(\.[a-z][a-z0-9_]*)+")  # not __main__, which would run


@overload
def stored(mark: type[T]) -> type[T]: ...
@overload
def stored(mark: str) -> Callable[[type[T]], type[T]]: ...
def stored(mark: type[T] | str) -> type[T] | Callable[[type[T]], type[T]]:
    """Mark a dataclass as one that a model folder may hold, under its own name or another: ``@stored("Other")``.


    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @stored("MoonPhase")
    ... @dataclass(frozen=True)
    ... class Phase:
    ...     day: int
    >>> stored_class(stored_as(Phase))(day=3)
    Phase(day=3)
    """
    if isinstance(mark, str):
        return lambda kind: _register(kind, mark)
    return _register(mark, mark.__name__)


def stored_as(kind: type[Any]) -> str | None:
    """Give ``module:name`` of a class; None if it is not marked (a subclass needs a mark of its own)."""
    return f"{kind.__module__}:{_NAMES[kind]}" if kind in _NAMES else None


def stored_class(where: Any) -> type[Any]:
    """Find the class that :func:`stored_as` named; ValueError if there is none."""
    module, _, name = where.partition(":") if isinstance(where, str) else ("", "", "")
    if name not in _CLASSES and _MODULE.fullmatch(module):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith("toprank"):
                raise
    if name not in _CLASSES:
        raise ValueError(f"{str(where)[:80]!r} is no class that this toprank keeps in model folders")
    return _CLASSES[name]


def _register(kind: type[T], name: str) -> type[T]:
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind.__qualname__} is no dataclass; put @stored above @dataclass")
    other = _CLASSES.get(name, kind)
    if (other.__module__, other.__qualname__) != (kind.__module__, kind.__qualname__):
        raise TypeError(f"{other.__module__}.{other.__qualname__} is stored as {name!r}; give {kind} another name")
    _CLASSES[name], _NAMES[kind] = kind, name
    return kind
