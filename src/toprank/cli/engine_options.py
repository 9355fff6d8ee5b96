"""Where a command's work is done: here, or on machines that Ray reaches."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from toprank.core.engine import using
from toprank.errors import OptionError

__all__ = ["with_engine"]

Command = Callable[..., None]

ENGINES = ("local", "ray")

_OPTIONS = {
    "engine": Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="<local|ray>",
            help="local: this process; ray: as tasks on a Ray cluster. Answers are the same.",
            rich_help_panel="Where to do it",
        ),
    ],
    "address": Annotated[
        str | None,
        typer.Option(
            "--address",
            help="Of a running Ray cluster, with --engine ray; without one, Ray is started here and shut down.",
            rich_help_panel="Where to do it",
        ),
    ],
}


def with_engine(command: Command) -> Command:
    """Give a command the options that say where its work is done."""
    declared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_OPTIONS[name])
        for name, default in (("engine", "local"), ("address", None))
    ]

    @functools.wraps(command)
    def wrapped(*, engine: str, address: str | None, **kwargs: Any) -> None:
        if engine not in ENGINES:
            raise OptionError(f"--engine is {engine!r}; it must be {' or '.join(ENGINES)}")
        if engine == "local":
            if address is not None:
                raise OptionError("--address is of a Ray cluster; give --engine ray with it")
            command(**kwargs)
            return
        from toprank.cluster.ray_engine import ray_engine

        with ray_engine(address) as tasks, using(tasks):
            command(**kwargs)

    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
    ]
    wrapped.__signature__ = inspect.Signature([*own, *declared])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *declared)}
    return wrapped
