"""Options of commands that come from the fields of settings, where they are declared once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from annotated_types import Ge, Le

from toprank.data.reading.read_options import ReadOptions

__all__ = ["with_fields", "with_read_options", "with_rows_options"]

Command = Callable[..., None]

_AS_WORDS = {"items": Path | None, "users": Path | None, "item_attributes": str | None, "user_attributes": str | None}
"""Types of fields that the library takes as frames or sequences, as the command line has them."""

_OF_MODELS = (*_AS_WORDS, "name", "scale", "liked_from")
"""What a model knows of ratings that it is given."""


def with_read_options(command: Command) -> Command:
    """Give a command the options of reading ratings, as the dict ``reading``."""
    return with_fields(ReadOptions, "reading", panel="How to read the data")(command)


def with_rows_options(command: Command) -> Command:
    """Give a command the options of reading ratings for a model, as the dict ``reading``."""
    return with_fields(ReadOptions, "reading", without=_OF_MODELS, panel="How to read the data")(command)


def with_fields(
    kind: type, into: str, *, without: Collection[str] = (), panel: str | None = None
) -> Callable[[Command], Command]:
    """Give a command one option for each field of a dataclass; those that were used reach it as the dict ``into``."""
    declared = [parameter for parameter in _parameters(kind, panel) if parameter.name not in without]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def wrapped(**kwargs: Any) -> None:
            used = {one.name: kwargs.pop(one.name) for one in declared}
            command(**kwargs, **{into: {one.name: used[one.name] for one in declared if used[one.name] != one.default}})

        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
            if name != into
        ]
        wrapped.__signature__ = inspect.Signature([*own, *declared])  # type: ignore[attr-defined]
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *declared)}
        return wrapped

    return decorate


def _parameters(kind: type, panel: str | None) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, localns={"RatingScale": str}, include_extras=True)  # written as text here
    parameters = []
    for field in fields(kind):
        hint = hints[field.name]
        taken: Any = _AS_WORDS.get(field.name, get_args(hint)[0])
        annotation = Annotated[taken, _option(field.name, hint, panel)]
        parameters.append(
            inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=annotation)
        )
    return parameters


def _option(name: str, hint: Any, panel: str | None) -> Any:
    """Make the option of a field: its bounds and its help are those of the field."""
    kind, *notes = get_args(hint)
    words = name.replace("_", "-")
    return typer.Option(
        f"--{words}/--no-{words}" if kind in (bool, bool | None) else f"--{words}",
        help=next(one for one in notes if isinstance(one, str)).replace("[", r"\["),  # Rich would take it for markup
        min=next((one.ge for one in notes if isinstance(one, Ge)), None),  # type: ignore[arg-type]
        max=next((one.le for one in notes if isinstance(one, Le)), None),  # type: ignore[arg-type]
        rich_help_panel=panel,
    )
