"""``toprank keys``: who may ask a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toprank.cli.arguments import AsJson
from toprank.cli.console import exit_on_error, note, results
from toprank.cli.serve import Store, check_service
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.service.store.opening import Store as OpenStore

__all__ = ["keys"]

keys = typer.Typer(help="Keys of a service: add, list and revoke them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What to call the key.", show_default=False)]
Model = Annotated[Path | None, typer.Option("--model", help="Folder of the served model, whose store is beside it.")]


@keys.command()
@exit_on_error
def add(
    name: Name,
    scope: Annotated[
        str, typer.Option("--scope", help="read, write or admin; each includes those before it.")
    ] = "read",
    reader: Annotated[
        str | None, typer.Option("--reader", help="The only reader whom it may ask about.", show_default="all")
    ] = None,
    model: Model = None,
    store: Store = None,
) -> None:
    """Make a key and print it, once: only its digest is kept.

    Example: toprank keys add shop --scope write --model model
    """
    with _opened(model, store) as kept:
        from toprank.service.keys import add_key

        key = add_key(kept, name, scope, reader=reader)
    note("Keep it; it cannot be shown again:")
    results().print(key, markup=False, soft_wrap=True)


@keys.command("list")
@exit_on_error
def list_(model: Model = None, store: Store = None, as_json: AsJson = False) -> None:
    """List keys: their names and scopes, when they were made, whether they are revoked.

    Example: toprank keys list --store postgresql://toprank@localhost/toprank
    """
    from toprank.cli.output import print_json

    with _opened(model, store) as kept:
        from toprank.service.keys import list_keys

        found = list_keys(kept)
    rows = [
        {
            "name": one.name,
            "scope": one.scope,
            "reader": one.reader,
            "made": _day(one.made),
            "revoked": _day(one.revoked),
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        about = f" of reader {row['reader']}" if row["reader"] else ""
        until = f", revoked {row['revoked']}" if row["revoked"] else ""
        results().print(f"{row['name']}: {row['scope']}{about}, made {row['made']}{until}", markup=False)
    if not rows:
        note("There is no key; toprank keys add NAME makes one")


@keys.command()
@exit_on_error
def revoke(name: Name, model: Model = None, store: Store = None) -> None:
    """End a key, and the sessions that it opened, at once.

    Example: toprank keys revoke shop --model model
    """
    with _opened(model, store) as kept:
        from toprank.service.keys import revoke_key

        revoke_key(kept, name)
    note(f"The key {name} is not valid any more")


@contextmanager
def _opened(model: Path | None, store: str | None) -> Iterator[OpenStore]:
    """Open the store that is named, or that lies beside a model."""
    if (model is None) == (store is None):
        raise OptionError("name the store with --store, or the model beside which it lies with --model: one of both")
    check_service()
    from toprank.service.settings import Settings
    from toprank.service.store.opening import open_store

    opened = open_store(Settings(model or Path("model"), store).store_address)
    try:
        yield opened
    finally:
        opened.close()


def _day(time: float | None) -> str | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
