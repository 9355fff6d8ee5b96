"""``toprank serve``."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from toprank.cli.arguments import ModelFolder
from toprank.cli.console import exit_on_error, note
from toprank.errors import OptionError

__all__ = ["Store", "check_service", "seconds_of", "serve"]

Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="postgresql://… or a file.", show_default="a file beside the model"),
]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@exit_on_error
def serve(
    model: ModelFolder,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535)] = 8000,
    store: Store = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Serve addresses that others reach without a key.")
    ] = False,
    update_every: Annotated[
        str | None,
        typer.Option("--update-every", metavar="5m", help="How often books' statistics take in the store's ratings."),
    ] = None,
    refit_every: Annotated[
        str | None,
        typer.Option("--refit-every", metavar="24h", help="How often all is learned anew, in a process of its own."),
    ] = None,
    refit_memory: Annotated[
        float, typer.Option("--refit-memory", min=0.1, help="Gigabytes that a refit may take.")
    ] = 4,
    challenger: Annotated[
        Path | None, typer.Option("--challenger", metavar="MODEL", help="Folder of a second model to compare with.")
    ] = None,
    share: Annotated[float, typer.Option("--share", help="Share of readers whom the challenger answers.")] = 0.1,
    log: Annotated[
        bool, typer.Option("--log/--no-log", help="Whether to keep what was answered, to check the promise.")
    ] = True,
    log_days: Annotated[float, typer.Option("--log-days", help="Days for which what was answered is kept.")] = 365,
    metrics_port: Annotated[
        int | None,
        typer.Option("--metrics-port", min=1, max=65_535, help="A port on loopback where metrics need no key."),
    ] = None,
    rate: Annotated[float, typer.Option("--rate-limit", help="Requests a second, of each key and address.")] = 500,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256, help="Requests worked on at a time.")] = 16,
) -> None:
    """Serve a model: decisions, lists and a readers' page over HTTP, with a store of ratings.

    Example: toprank serve model

    Example: toprank serve model --host 0.0.0.0 --store postgresql://toprank@localhost/toprank --refit-every 24h
    """
    check_service()
    from toprank.service.serving import serve as run
    from toprank.service.settings import Settings

    settings = Settings(
        model, store, host, port, insecure, log, challenger, share,
        seconds_of("--update-every", update_every), seconds_of("--refit-every", refit_every),
        refit_memory, metrics_port, rate, threads, log_days=log_days,
    )  # fmt: skip
    run(settings, said=note)


def check_service() -> None:
    """Say how to install what the service needs, where it is missing."""
    for name in ("alembic", "fastapi", "prometheus_client", "psycopg", "sqlalchemy", "uvicorn"):
        if find_spec(name) is None:
            cure = "pip install 'toprank[service]'"
            raise OptionError(f"the service needs the package {name}, which is not installed; {cure}")


def seconds_of(option: str, text: str | None) -> float | None:
    """Read a duration.

    Examples
    --------
    >>> seconds_of("--refit-every", "24h"), seconds_of("--update-every", "90")
    (86400.0, 90.0)
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip().lower())
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if not seconds:
        raise OptionError(f"{option} is {text!r}; write a duration like 90s, 5m, 24h or 7d")
    return seconds
