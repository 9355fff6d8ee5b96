"""Options that several commands share. Those about reading come from ReadOptions, where they are declared once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from toprank.data.reading.read_options import ReadOptions

__all__ = ["with_read_options", "with_rows_options"]

_TABLES = ("items", "users")

_NAMES = ("item_attributes", "user_attributes")

_OF_MODELS = (*_TABLES, *_NAMES, "name", "scale", "liked_from")
"""What a model knows of ratings that it is given."""


def with_rows_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading ratings for a model; see :func:`with_read_options`."""
    return with_read_options(command, without=_OF_MODELS)


def with_read_options(command: Callable[..., None], *, without: Collection[str] = ()) -> Callable[..., None]:
    """Give a command one option for each field of ReadOptions, and pass those that were used as a dict.

    Parameters
    ----------
    command : callable
        Takes a parameter ``reading``: dict of str to Any.
    without : collection of str, optional
        Fields that it has no options for.

    Returns
    -------
    callable
        Takes the options instead.
    """
    declared = [parameter for parameter in _parameters() if parameter.name not in without]

    @functools.wraps(command)
    def wrapped(**kwargs: Any) -> None:
        reading = {}
        for parameter in declared:
            value = kwargs.pop(parameter.name)
            if value != parameter.default:
                reading[parameter.name] = value
        command(**kwargs, reading=reading)

    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
        if name != "reading"
    ]
    wrapped.__signature__ = inspect.Signature([*own, *declared])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *declared)}
    return wrapped


def _parameters() -> list[inspect.Parameter]:
    hints = get_type_hints(ReadOptions, localns={"RatingScale": str}, include_extras=True)  # written as text here
    parameters = []
    for field in fields(ReadOptions):
        kind, text = get_args(hints[field.name])
        default = field.default
        if field.name in _TABLES:
            kind = Path | None
        elif field.name in _NAMES:
            kind = str | None
        option = typer.Option(
            f"--{field.name.replace('_', '-')}",
            help=text.replace("[", r"\["),  # Rich would take it for markup
            rich_help_panel="How to read the data",
        )
        parameters.append(
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
            )
        )
    return parameters
