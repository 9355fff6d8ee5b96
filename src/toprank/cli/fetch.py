"""``toprank fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toprank.cli.console import exit_on_error, note, results
from toprank.errors import OptionError

__all__ = ["fetch"]


def _names() -> list[str]:
    from toprank.data.datasets.built_in import BUILT_IN

    return list(BUILT_IN)


@exit_on_error
def fetch(
    dataset: Annotated[
        str,
        typer.Argument(
            help="Name of the dataset, book-crossing say; a name that is none tells which there are.",
            autocompletion=_names,
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take your own copy: a folder or zip with BX-*.csv, Ratings.csv or u.data."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again even if it is there.")] = False,
) -> None:
    """Fetch a dataset into the cache folder (TOPRANK_HOME, or the user's cache).

    Example: toprank fetch book-crossing
    """
    from toprank.data.datasets.built_in import BUILT_IN

    if dataset not in BUILT_IN:
        raise OptionError(f"there is no dataset {dataset!r} to fetch; there are {', '.join(BUILT_IN)}")
    fetched = BUILT_IN[dataset].fetch(source=source, force=force)
    note(BUILT_IN[dataset].terms)
    results().print(f"{dataset} is in {fetched.folder}{'' if fetched.fetched else ' already'}", soft_wrap=True)
