"""The commands."""

from __future__ import annotations

from typing import Annotated

import typer

from toprank.cli.compare import compare
from toprank.cli.console import results
from toprank.cli.decide import decide
from toprank.cli.evaluate import evaluate
from toprank.cli.explain import explain
from toprank.cli.fetch import fetch
from toprank.cli.find import find
from toprank.cli.fit import fit
from toprank.cli.inspect import inspect
from toprank.cli.keys import keys
from toprank.cli.recommend import recommend
from toprank.cli.serve import serve
from toprank.cli.similar import similar
from toprank.cli.study import study
from toprank.cli.tune import tune
from toprank.cli.update import update

__all__ = ["app"]

app = typer.Typer(
    name="toprank",
    help="Should this reader be recommended this book, yes or no?",
    epilog="Exit codes: 0 done, 1 data or options cannot be used, 2 the command is not understood, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(asked: bool) -> None:
    if asked:
        from toprank import __version__

        results().print(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Should this reader be recommended this book, yes or no?"""


for command in (fetch, inspect):
    app.command(rich_help_panel="Data")(command)
for command in (fit, evaluate, decide, recommend, explain, find, similar, update, compare):
    app.command(rich_help_panel="Recommender")(command)

app.command(rich_help_panel="Service")(serve)
app.add_typer(keys, name="keys", rich_help_panel="Service")

for command in (study, tune):
    app.command(rich_help_panel="Studies")(command)
